//! Whole videos.

use std::ops::ControlFlow;

use media::audio::{DecodeOptions, Decoder};
use media::video::{VideoLimits, VideoReader};
use stage::document::{AssetRef, Background, ColorRef, LayerKind, Soundtrack, Source};
use studio::{AlphaForm, Error, FolderSources, RenderOptions};

use crate::support::{self, Room, open, project, two_scenes};

#[test]
fn the_same_document_gives_the_same_bytes_on_one_worker_and_on_two_cold_and_cached() {
    let (one, two) = (Room::new(), Room::new());
    let document = two_scenes();
    let (report, bytes) = one.render(&document, 1);
    assert_eq!(report.n_segments_cached, 0);
    assert_eq!(report.warnings, Vec::<String>::new());
    let (_, on_two) = two.render(&document, 2);
    assert!(bytes == on_two, "another number of workers gives other bytes");
    let (again, cached) = one.render(&document, 2);
    assert_eq!(again.n_segments_cached, again.n_segments);
    assert!(bytes == cached, "the cache gives other bytes");
}

#[test]
fn words_changed_in_a_cached_video_give_the_bytes_that_it_has_made_afresh() {
    let (cached, fresh) = (Room::new(), Room::new());
    let mut document = two_scenes();
    // Long enough for several pieces of sound, with the changed words in the middle.
    document.scenes[0].duration_ms = Some(4000);
    document.scenes.insert(1, document.scenes[0].clone());
    document.scenes.insert(2, document.scenes[0].clone());
    for room in [&cached, &fresh] {
        std::fs::write(room.path("music.wav"), support::tone(3)).unwrap();
    }
    let music = serde_json::json!({ "audio": "music.wav", "fade_out_ms": 500 });
    document.soundtrack = Some(serde_json::from_value::<Soundtrack>(music).unwrap());
    cached.render(&document, 2);
    let Source::Text { text, .. } = &mut document.scenes[1].narration[0].source else { panic!("no text") };
    *text = "Something else is said now.".to_owned();
    let (_, changed) = cached.render(&document, 2);
    let (report, afresh) = fresh.render(&document, 1);
    assert_eq!(report.warnings, Vec::<String>::new());
    assert!(changed == afresh, "what is in the cache is heard");
}

#[test]
fn pictures_and_sound_are_as_long_as_the_report_says() {
    let room = Room::new();
    let (report, _) = room.render(&two_scenes(), 2);
    let reader = VideoReader::open(&room.path("out.mp4"), &VideoLimits::default()).unwrap();
    assert_eq!(reader.probe().duration_ms, report.duration_ms);
    assert_eq!((reader.probe().width, reader.probe().height), (320, 180));
    assert!(reader.probe().has_audio);
    let mut decoder = Decoder::open(&room.path("out.mp4"), &DecodeOptions::default()).unwrap();
    let (mut block, mut n_frames) = (Vec::new(), 0);
    while let n @ 1.. = decoder.next_block(&mut block).unwrap() {
        n_frames += n as u64;
    }
    assert_eq!(n_frames, report.n_frames * 48_000 / 25, "sound and picture are equally long");
}

#[test]
fn every_frame_can_be_seen_and_shows_the_scene_that_the_report_names() {
    let room = Room::new();
    let mut document = two_scenes();
    document.scenes[0].layers.clear();
    document.scenes[0].narration.clear();
    document.scenes[0].duration_ms = Some(1000);
    document.scenes[0].background = Background::Color { color: "#ff0000".parse::<ColorRef>().unwrap() };
    document.scenes[1].layers.clear();
    document.scenes[1].background = Background::Color { color: "#0000ff".parse::<ColorRef>().unwrap() };
    document.captions = None;
    let (report, _) = room.render(&document, 2);
    let mut reader = VideoReader::open(&room.path("out.mp4"), &VideoLimits::default()).unwrap();
    let red_until = report.scenes[1].start_ms;
    for time_ms in (0..report.duration_ms).step_by(40) {
        let picture = reader.frame_at(time_ms).unwrap();
        let middle = &picture.rgba()[(90 * 320 + 160) * 4..][..3];
        let is_red = middle[0] > 200 && middle[2] < 60;
        let is_blue = middle[2] > 200 && middle[0] < 60;
        assert!(is_red || is_blue, "{time_ms} ms: {middle:?}");
        assert!(time_ms >= red_until || is_red, "{time_ms} ms: the second scene is seen too early");
        assert!(time_ms < red_until + 400 || is_blue, "{time_ms} ms: the first scene is seen too long");
    }
}

#[test]
fn one_changed_scene_is_all_that_is_made_again() {
    let room = Room::new();
    let mut document = two_scenes();
    document.scenes[1].transition = None;
    document.scenes.push(document.scenes[1].clone());
    let (first, _) = room.render(&document, 2);
    let LayerKind::Text { text, .. } = &mut document.scenes[2].layers[0].kind else { panic!("no text") };
    *text = "See you".to_owned();
    let (second, _) = room.render(&document, 2);
    assert_eq!(second.n_segments, first.n_segments);
    assert_eq!(second.n_segments - second.n_segments_cached, 1);
}

#[test]
fn what_is_missing_is_a_warning_and_a_stand_in() {
    let room = Room::new();
    let mut document = two_scenes();
    document.scenes[0].background = Background::Image { image: AssetRef("nowhere.png".to_owned()), color: None };
    document.soundtrack =
        Some(serde_json::from_value::<Soundtrack>(serde_json::json!({ "audio": "nowhere.mp3" })).unwrap());
    let LayerKind::Avatar { avatar, .. } = &mut document.scenes[0].layers[0].kind else { panic!("no avatar") };
    *avatar = "M000045058".to_owned();
    let (report, bytes) = room.render(&document, 2);
    assert!(!bytes.is_empty());
    for name in ["scenes[0].background.image: `nowhere.png`", "soundtrack.audio: `nowhere.mp3`", "M000045058"] {
        assert!(report.warnings.iter().any(|warning| warning.contains(name)), "{name}: {:?}", report.warnings);
    }
}

#[test]
fn a_cancelled_render_leaves_no_file_and_what_is_finished_stays() {
    let room = Room::new();
    let document = two_scenes();
    let out = room.path("cancelled.mp4");
    let sources = FolderSources::new(room.folder.path());
    let mut n_calls = 0;
    let ended = room.studio.render(&document, &sources, &RenderOptions::default(), &out, &mut |progress| {
        n_calls += 1;
        if progress.n_done > 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
    assert!(n_calls > 1 && !out.exists());
    let leftovers: Vec<_> = std::fs::read_dir(room.folder.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(leftovers, ["cache"]);
}

#[test]
fn a_studio_opened_anew_finds_what_a_killed_one_had_finished() {
    let room = Room::new();
    let document = two_scenes();
    let sources = FolderSources::new(room.folder.path());
    let out = room.path("out.mp4");
    // The first segment is finished when the work is cut off; a kill leaves no more and no less behind.
    let _ = room.studio.render(
        &document,
        &sources,
        &RenderOptions { n_workers: std::num::NonZero::new(1), ..RenderOptions::default() },
        &out,
        &mut |progress| {
            if progress.n_done > 75 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    let studio = open(room.folder.path());
    let report =
        studio.render(&document, &sources, &RenderOptions::default(), &out, &mut |_| ControlFlow::Continue(()));
    assert!(report.unwrap().n_segments_cached >= 1);
}

#[test]
fn captions_follow_the_words() {
    let room = Room::new();
    let (report, _) = room.render(&two_scenes(), 2);
    let words: Vec<&str> = report.scenes[0].narration[0].words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["Hello", "there,", "my", "friend."]);
    assert!(report.srt().starts_with("1\n00:00:00,"), "{}", report.srt());
    assert!(report.srt().contains("Hello there, my friend."));
    assert!(report.vtt().starts_with("WEBVTT\n"));
}

#[test]
fn transparency_stays_transparent_in_a_movie_for_editors() {
    let room = Room::new();
    let mut document = two_scenes();
    document.scenes.truncate(1);
    document.captions = None;
    document.scenes[0].background = Background::Transparent;
    let out = room.path("out.mov");
    let sources = FolderSources::new(room.folder.path());
    let made = room.studio.render_alpha(
        &document,
        &sources,
        &RenderOptions::default(),
        AlphaForm::PngInMov,
        &out,
        &mut |_| ControlFlow::Continue(()),
    );
    let report = made.unwrap();
    let mut reader = VideoReader::open(&out, &VideoLimits::default()).unwrap();
    assert!(reader.probe().has_alpha);
    assert_eq!(reader.probe().duration_ms, report.duration_ms);
    let picture = reader.frame_at(500).unwrap();
    let alpha = |x: usize, y: usize| picture.rgba()[(y * 320 + x) * 4 + 3];
    assert_eq!(alpha(2, 2), 0, "the corner is empty");
    assert_eq!(alpha(160, 170), 255, "the chest is not");
}

#[test]
fn a_still_shows_its_moment_and_none_beyond_the_end() {
    let room = Room::new();
    let sources = FolderSources::new(room.folder.path());
    let document = project(
        r##"{ "version": 1, "canvas": { "width": 128, "height": 128, "fps": 30 }, "scenes": [
            { "background": { "type": "color", "color": "#00ff00" }, "duration_ms": 1000 },
            { "background": { "type": "color", "color": "#ff0000" }, "duration_ms": 1000 }
        ] }"##,
    );
    let still = |time_ms| room.studio.still(&document, &sources, &RenderOptions::default(), time_ms);
    assert_eq!(still(999).unwrap().rgba()[..4], [0, 255, 0, 255]);
    assert_eq!(still(1000).unwrap().rgba()[..4], [255, 0, 0, 255]);
    assert!(matches!(still(2000), Err(Error::Request(_))));
}
