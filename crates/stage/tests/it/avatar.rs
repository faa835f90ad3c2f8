//! Avatars: who there is, how they move, what they look like.

use stage::avatar::{Cast, Direction, Heard, Performance, Pose, Puppet, Rig, contact_sheet, lineup, seed};
use stage::document::{Crop, Emotion};
use stage::utterance::{MouthCue, Utterance, Viseme, WordCue};
use vello_cpu::kurbo::{Affine, Rect};
use vello_cpu::{Pixmap, RenderContext, Resources};

const EMOTIONS: [Emotion; 6] =
    [Emotion::Neutral, Emotion::Semismile, Emotion::Smile, Emotion::Happiness, Emotion::Sadness, Emotion::Surprise];

/// Something said with these visemes, `length_ms` each, from `start_ms` on.
fn said(start_ms: u32, length_ms: u32, visemes: &[Viseme]) -> Utterance {
    let mouth: Vec<MouthCue> = visemes
        .iter()
        .zip(0..)
        .map(|(&viseme, idx)| MouthCue {
            viseme,
            start_ms: start_ms + idx * length_ms,
            end_ms: start_ms + (idx + 1) * length_ms,
        })
        .collect();
    let end_ms = mouth.last().map_or(start_ms, |cue| cue.end_ms);
    let words = mouth
        .chunks(4)
        .zip(0..)
        .map(|(cues, idx)| WordCue {
            text: "word.".to_owned(),
            start_ms: cues[0].start_ms,
            end_ms: cues[cues.len() - 1].end_ms,
            stressed: idx % 2 == 0,
            ends_sentence: idx % 3 == 2,
        })
        .collect();
    Utterance { start_ms, end_ms, words, mouth, ..Utterance::default() }
}

fn plan(own: Vec<Utterance>, emotion: Emotion, fps: u32) -> Performance {
    Performance::new(&Direction { own, emotion, fps, seed: seed("layer", "bruno"), ..Direction::default() })
}

fn pixels(puppet: &mut Puppet, pose: &Pose, transform: Affine, (width, height): (u16, u16)) -> Pixmap {
    let mut ctx = RenderContext::new(width, height);
    puppet.draw(&mut ctx, transform, pose);
    ctx.flush();
    let mut pixels = Pixmap::new(width, height);
    ctx.render(&mut pixels, &mut Resources::new());
    pixels
}

fn fit(rig: &Rig, crop: Crop, width: u16) -> (Affine, (u16, u16)) {
    let rect = rig.view(crop).rect;
    let scale = f64::from(width) / rect.width();
    let height = (rect.height() * scale).ceil() as u16;
    (Affine::scale(scale) * Affine::translate((-rect.x0, -rect.y0)), (width, height))
}

#[test]
fn at_least_eight_people_have_three_outfits_each() {
    let cast = Cast::builtin();
    assert!(cast.iter().count() >= 8);
    for rig in cast.iter() {
        let profile = rig.profile();
        assert!(profile.outfits.len() >= 3, "{}", profile.id);
        assert!(["female", "male", "neutral"].contains(&profile.gender.as_str()));
        assert!(["young", "adult", "senior"].contains(&profile.age.as_str()));
    }
}

#[test]
fn an_unknown_id_always_gets_the_same_stand_in() {
    let cast = Cast::builtin();
    let (rig, stands_in) = cast.get("M000045058");
    assert!(stands_in);
    assert_eq!(rig.profile().id, Cast::builtin().get("M000045058").0.profile().id);
    let (outfit, stands_in) = rig.outfit(Some("BG00002320"));
    assert!(stands_in && outfit < rig.profile().outfits.len());
    assert_eq!(rig.outfit(None), (0, false));
    let (bruno, stands_in) = cast.get("bruno");
    assert!(!stands_in);
    assert_eq!(bruno.outfit(Some(&bruno.profile().outfits[2].id)), (2, false));
    let different: std::collections::BTreeSet<&str> =
        (0..200).map(|idx| cast.get(&format!("M{idx:09}")).0.profile().id.as_str()).collect();
    assert!(different.len() >= 8, "stand-ins vary: {different:?}");
}

#[test]
fn a_pose_does_not_depend_on_what_was_asked_before() {
    let own = vec![said(700, 90, &Viseme::ALL), said(3000, 70, &Viseme::ALL)];
    let performance = plan(own.clone(), Emotion::Smile, 30);
    let forward: Vec<Pose> = (0..300).map(|frame| performance.pose(frame)).collect();
    let other = plan(own, Emotion::Smile, 30);
    for frame in (0..300).rev() {
        assert_eq!(other.pose(frame), forward[frame as usize]);
    }
}

#[test]
fn the_mouth_is_closed_on_p_and_open_on_a() {
    use Viseme::{Aa, E, Ih, Oh, Pp};
    for emotion in EMOTIONS {
        for fps in [24, 25, 30, 50, 60] {
            for length_ms in [50, 80, 140] {
                let cues = [Aa, Pp, Oh, Pp, E, Pp, Ih, Aa, Pp, Aa];
                let utterance = said(500, length_ms, &cues);
                let performance = plan(vec![utterance.clone()], emotion, fps);
                // Lips that close stay closed for a frame: little is left of a vowel that hardly lasts longer.
                let widely = if length_ms * fps >= 1500 { 5 } else { 1 };
                for cue in &utterance.mouth {
                    let middle = f64::from(cue.start_ms + cue.end_ms) / 2.0;
                    // The frame that is seen at that time.
                    let pose = performance.pose((middle * f64::from(fps) / 1000.0).floor() as u32);
                    match cue.viseme {
                        Pp => assert_eq!(pose.mouth.open, 0, "{emotion:?} {fps} {length_ms}"),
                        Aa => assert!(pose.mouth.open >= widely, "{emotion:?} {fps} {length_ms}: {}", pose.mouth.open),
                        _ => assert!(pose.mouth.open > 0),
                    }
                }
            }
        }
    }
}

#[test]
fn a_shape_is_strongest_in_the_middle_of_its_sound() {
    use Viseme::{Aa, Pp};
    let utterance = said(400, 120, &[Pp, Aa, Pp, Aa, Pp]);
    let performance = plan(vec![utterance], Emotion::Neutral, 1000);
    let widest = (520..640).map(|ms| performance.pose(ms).mouth.open).max().expect("a range");
    let at_widest: Vec<u32> = (520..640).filter(|&ms| performance.pose(ms).mouth.open == widest).collect();
    let middle = f64::from(at_widest[0] + at_widest[at_widest.len() - 1]) / 2.0;
    assert!((middle - 580.0).abs() <= 10.0, "{middle}");
}

#[test]
fn lips_round_before_a_round_vowel() {
    use Viseme::{Ih, Ou, Ss};
    let round_at_s = |vowel| plan(vec![said(300, 100, &[Ss, vowel])], Emotion::Neutral, 1000).pose(350).mouth.round;
    assert!(round_at_s(Ou) >= round_at_s(Ih) + 5, "{} {}", round_at_s(Ou), round_at_s(Ih));
}

#[test]
fn f_puts_the_lower_lip_under_the_teeth() {
    use Viseme::{Aa, Ff};
    let performance = plan(vec![said(300, 80, &[Aa, Ff, Aa])], Emotion::Neutral, 30);
    let mouth = performance.pose(13).mouth;
    assert!(mouth.tuck >= 20 && mouth.upper_teeth >= 12 && mouth.open < 8, "{mouth:?}");
}

#[test]
fn eyes_blink_every_few_seconds_and_not_for_long() {
    let performance = plan(Vec::new(), Emotion::Neutral, 100);
    let closed: Vec<bool> = (0..12_000).map(|frame| performance.pose(frame).eyes.lid >= 6).collect();
    let starts: Vec<usize> = (1..closed.len()).filter(|&idx| closed[idx] && !closed[idx - 1]).collect();
    assert!((20..=60).contains(&starts.len()), "{} blinks in 120 s", starts.len());
    for pair in starts.windows(2) {
        let gap = pair[1] - pair[0];
        assert!((190..=610).contains(&gap), "{gap}");
    }
    let longest = closed.split(|&closed| !closed).map(<[bool]>::len).max().expect("a slice");
    assert!((5..=20).contains(&longest), "{longest}0 ms");
}

#[test]
fn idle_frames_are_mostly_equal() {
    let performance = plan(Vec::new(), Emotion::Semismile, 30);
    let equal = (1..900).filter(|&frame| performance.pose(frame) == performance.pose(frame - 1)).count();
    assert!(equal >= 540, "{equal} of 899");
}

#[test]
fn a_listener_turns_to_the_speaker() {
    let heard = |side| Heard { utterance: said(1000, 100, &[Viseme::Aa; 40]), side };
    let looks = |side| {
        let direction = Direction { others: vec![heard(side)], fps: 30, seed: 7, ..Direction::default() };
        let performance = Performance::new(&direction);
        (45..140).map(|frame| i32::from(performance.pose(frame).head.yaw)).sum::<i32>() / 95
    };
    assert!(looks(1) >= looks(-1) + 6, "{} {}", looks(1), looks(-1));
}

#[test]
fn an_utterance_can_be_said_with_another_emotion() {
    let sad = Utterance { emotion: Some(Emotion::Sadness), ..said(1000, 100, &[Viseme::Aa; 10]) };
    let performance = plan(vec![sad], Emotion::Happiness, 30);
    assert!(performance.pose(0).mouth.smile > 10);
    assert!(performance.pose(45).mouth.smile < 0);
    assert!(performance.pose(90).mouth.smile > 10);
    let steps = (1..100).map(|frame| performance.pose(frame).cheeks.abs_diff(performance.pose(frame - 1).cheeks));
    assert!(steps.max().is_some_and(|step| step < 8), "feelings blend");
}

#[test]
fn a_feeling_is_not_cut_short_by_the_one_before() {
    let felt = |emotion, start_ms| Utterance { emotion: Some(emotion), ..said(start_ms, 100, &[Viseme::Aa; 10]) };
    let own = vec![felt(Emotion::Sadness, 500), felt(Emotion::Happiness, 1550)];
    let performance = plan(own, Emotion::Neutral, 30);
    assert!(performance.pose(30).mouth.smile < 0);
    assert!((54..75).all(|frame| performance.pose(frame).mouth.smile > 8));
    assert!(performance.pose(110).mouth.smile < 8);
}

#[test]
fn nothing_changes_outside_the_damage() {
    let cast = Cast::builtin();
    for (id, outfit) in [("bruno", 0), ("amara", 1), ("layla", 2), ("arthur", 1), ("sofie", 2)] {
        let (rig, _) = cast.get(id);
        let mut puppet = rig.puppet(outfit);
        let (transform, size) = fit(rig, Crop::Half, 320);
        let own = vec![said(200, 90, &Viseme::ALL)];
        let performance = plan(own, Emotion::Happiness, 30);
        let mut before = (performance.pose(0), pixels(&mut puppet, &performance.pose(0), transform, size));
        for frame in 1..46 {
            let pose = performance.pose(frame);
            let after = pixels(&mut puppet, &pose, transform, size);
            let boxes: Vec<Rect> = puppet
                .damage(&before.0, &pose)
                .into_iter()
                .map(|rect| transform.transform_rect_bbox(rect).inflate(1.0, 1.0))
                .collect();
            assert_eq!(boxes.is_empty(), pose == before.0);
            for y in 0..size.1 {
                for x in 0..size.0 {
                    let changed = before.1.sample(x, y) != after.sample(x, y);
                    let (px, py) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
                    let inside = boxes.iter().any(|r| r.x0 <= px && px <= r.x1 && r.y0 <= py && py <= r.y1);
                    assert!(!changed || inside, "{id} frame {frame} at {x},{y}: {boxes:?}");
                }
            }
            before = (pose, after);
        }
    }
}

#[test]
fn a_changed_mouth_damages_little() {
    let cast = Cast::builtin();
    for rig in cast.iter() {
        let mut open = Pose::default();
        open.mouth.open = 12;
        let mut wide = Pose::default();
        wide.mouth.wide = 10;
        let puppet = rig.puppet(0);
        let area = |pose: &Pose| puppet.damage(&Pose::default(), pose).iter().map(Rect::area).sum::<f64>();
        assert!(area(&wide) < 9_000.0, "{} {}", rig.profile().id, area(&wide));
        assert!(area(&open) < 48_000.0, "{} {}", rig.profile().id, area(&open));
    }
}

#[test]
fn everybody_can_be_drawn_in_everything_and_stays_within_the_box() {
    for rig in Cast::builtin().iter() {
        let tight = rig.boxes().tight;
        assert!(rig.boxes().frame.contains_rect(tight), "{}", rig.profile().id);
        assert!(tight.contains_rect(rig.boxes().head));
        for outfit in 0..rig.profile().outfits.len() {
            let mut puppet = rig.puppet(outfit);
            for crop in [Crop::Full, Crop::Half, Crop::Head, Crop::Circle] {
                let view = rig.view(crop);
                assert_eq!(view.circle.is_some(), crop == Crop::Circle);
                let (transform, size) = fit(rig, crop, 96);
                let drawn = pixels(&mut puppet, &Pose::default(), transform, size);
                assert!(drawn.data().iter().filter(|pixel| pixel.a == 255).count() > 500);
            }
            let scale = 0.1;
            let whole = pixels(&mut puppet, &Pose::default(), Affine::scale(scale), (138, 245));
            for (idx, pixel) in whole.data().iter().enumerate() {
                let (x, y) = ((idx % 138) as f64 / scale, (idx / 138) as f64 / scale);
                let near = tight.inflate(11.0, 11.0).contains((x, y));
                assert!(pixel.a == 0 || near, "{} {outfit} at {x},{y}", rig.profile().id);
            }
        }
    }
}

#[test]
fn prepared_bodies_look_the_same_on_every_part_of_the_picture() {
    let (rig, _) = (Cast::builtin().get("chen").0.clone(), ());
    let (transform, size) = fit(&rig, Crop::Half, 300);
    let pose = Pose { breath: 3, ..Pose::default() };
    let mut puppet = rig.puppet(0);
    puppet.prepare(transform, size);
    let whole = pixels(&mut puppet, &pose, transform, size);
    let part = pixels(&mut puppet, &pose, Affine::translate((-100.0, -80.0)) * transform, (120, 90));
    for y in 0..90 {
        for x in 0..120 {
            // Gradients are a step apart at most where the rasterizer begins to count elsewhere.
            let (a, b) = (part.sample(x, y), whole.sample(x + 100, y + 80));
            assert!(a.r.abs_diff(b.r) <= 1 && a.g.abs_diff(b.g) <= 1 && a.a.abs_diff(b.a) <= 1, "{x},{y}");
        }
    }
    let plain = pixels(&mut rig.puppet(0), &pose, transform, size);
    let worst = plain.data().iter().zip(whole.data()).map(|(a, b)| a.r.abs_diff(b.r).max(a.a.abs_diff(b.a))).max();
    assert!(worst.is_some_and(|worst| worst <= 2), "{worst:?}");
}

#[test]
fn feelings_and_sounds_can_be_told_apart() {
    let cast = Cast::builtin();
    let (rig, _) = cast.get("elena");
    let sheet = contact_sheet(rig);
    let (w, h) = (sheet.width / 15, sheet.height / 6);
    let cell = |column: u32, row: u32| -> Vec<u8> {
        (0..h)
            .flat_map(|y| {
                let start = (((row * h + y) * sheet.width + column * w) * 4) as usize;
                sheet.rgba[start..start + (w * 4) as usize].to_vec()
            })
            .collect()
    };
    for row in 0..6 {
        for other in 0..row {
            assert_ne!(cell(0, row), cell(0, other));
        }
    }
    for column in 1..15 {
        assert_ne!(cell(0, 0), cell(column, 0), "{:?}", Viseme::ALL[column as usize]);
    }
    assert!(lineup(cast.iter().take(2)).rgba.len() > 100_000);
}

/// The people side by side, 72 pixels each, as they are committed. `ACCEPT=1` writes what they are now instead.
#[test]
fn people_look_as_they_did() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/people.png");
    let cast = Cast::builtin();
    let edge = 72_u16;
    let mut ctx = RenderContext::new(edge * cast.iter().count() as u16, edge);
    let performance = plan(vec![said(0, 200, &[Viseme::E, Viseme::Aa])], Emotion::Smile, 30);
    for (idx, rig) in cast.iter().enumerate() {
        let view = rig.view(Crop::Circle).rect;
        let scale = f64::from(edge) / view.width();
        let x = f64::from(edge) * idx as f64;
        ctx.set_transform(Affine::IDENTITY);
        ctx.push_clip_rect(&Rect::new(x, 0.0, x + f64::from(edge), f64::from(edge)));
        let transform = Affine::translate((x - view.x0 * scale, -view.y0 * scale)) * Affine::scale(scale);
        rig.puppet(0).draw(&mut ctx, transform, &performance.pose(3));
        ctx.pop_clip();
    }
    ctx.flush();
    let mut now = Pixmap::new(ctx.width(), ctx.height());
    ctx.render(&mut now, &mut Resources::new());
    if std::env::var_os("ACCEPT").is_some() {
        let file = std::fs::File::create(path).expect("a file");
        let mut encoder = png::Encoder::new(file, ctx.width().into(), ctx.height().into());
        encoder.set_color(png::ColorType::Rgba);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(now.data_as_u8_slice()))
            .expect("a picture");
    }
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("the picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut then = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut then).expect("a PNG");
    assert_eq!(then.len(), now.data_as_u8_slice().len());
    // Vector units round a little differently.
    let apart: usize = then.iter().zip(now.data_as_u8_slice()).map(|(a, b)| usize::from(a.abs_diff(*b))).sum();
    assert!(apart < then.len() / 2, "the mean difference is {}", apart as f64 / then.len() as f64);
}
