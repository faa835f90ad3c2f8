//! Files we wrote, read by an independent parser.

use std::ops::ControlFlow;
use std::path::Path;

use media::cover::{Canvas, CoverFrame};
use media::h264::{STILL_QP, StillVideo, encode_still};
use media::mp4::{CoverArt, Mp4Options, Mp4Report, Mp4Tags, write_still_video};
use media::{ErrorKind, Result};
use mp4_atom::{Codec, Decode, Moov};

use crate::cover::art;
use crate::support::ListSource;

fn still() -> StillVideo {
    let canvas = Canvas::new(128, 128).expect("valid");
    let frame = CoverFrame::from_art(art(40, 40), canvas).expect("composes");
    encode_still(&frame, STILL_QP).expect("encodes")
}

fn write(out: &Path, source: &mut ListSource, tags: &Mp4Tags) -> Result<Mp4Report> {
    let mut progress = |_, _| ControlFlow::Continue(());
    write_still_video(out, source, &still(), tags, &Mp4Options::default(), &mut progress)
}

/// Returns the top-level boxes: name, start, end.
fn boxes(file: &[u8]) -> Vec<(String, usize, usize)> {
    let (mut at, mut found) = (0, Vec::new());
    while at < file.len() {
        let size = u32::from_be_bytes(file[at..at + 4].try_into().expect("4 bytes")) as usize;
        assert!(size >= 8 && at + size <= file.len(), "box at {at} of {size} bytes");
        let name = String::from_utf8_lossy(&file[at + 4..at + 8]).into_owned();
        found.push((name, at, at + size));
        at += size;
    }
    found
}

fn moov(file: &[u8]) -> Moov {
    let all = boxes(file);
    let (_, start, end) = all.iter().find(|(name, _, _)| name == "moov").expect("a moov");
    Moov::decode(&mut &file[*start..*end]).expect("valid")
}

fn check(file: &[u8], report: &Mp4Report, n_packets: usize, packet_bytes: usize) {
    let all = boxes(file);
    let names: Vec<&str> = all.iter().map(|(name, _, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"ftyp"));
    assert_eq!(names.get(1), Some(&"moov"));
    assert_eq!(names.last(), Some(&"mdat"));
    assert_eq!(report.file_bytes, file.len() as u64);
    let moov = moov(file);
    let [video, audio] = moov.trak.as_slice() else { panic!("two tracks") };
    let audible = n_packets as u64 * 1024 - 1024;
    assert_eq!(report.audio_frames, audible);
    assert_eq!(u64::from(moov.mvhd.timescale), 44_100);
    assert_eq!(moov.mvhd.duration, audible);
    assert_eq!(video.tkhd.duration, audible);
    assert_eq!(audio.tkhd.duration, audible);
    assert_eq!(audio.mdia.mdhd.duration, n_packets as u64 * 1024);

    let edit = &audio.edts.as_ref().and_then(|edts| edts.elst.as_ref()).expect("an edit").entries[0];
    assert_eq!((edit.segment_duration, edit.media_time), (audible, Some(1024)));

    let table = &video.mdia.minf.stbl;
    assert!(table.stss.is_none() && table.ctts.is_none(), "every sample is a sync sample in order");
    let shown: u64 = table.stts.entries.iter().map(|e| u64::from(e.sample_count) * u64::from(e.sample_delta)).sum();
    assert_eq!(shown, audible);
    let offsets = &table.stco.as_ref().expect("32-bit offsets").entries;
    assert!(offsets.iter().all(|offset| offset == &offsets[0]), "all samples share their bytes");
    let still = still();
    let first = &file[offsets[0] as usize..];
    assert!(first.starts_with(&still.samples[0]));
    assert!(first[still.samples[0].len()..].starts_with(&still.samples[1]));

    let table = &audio.mdia.minf.stbl;
    assert!(matches!(table.stsd.codecs[0], Codec::Mp4a(_)));
    assert_eq!(table.stts.entries.len(), 1);
    assert_eq!(table.stts.entries[0].sample_count as usize, n_packets);
    let offsets = &table.stco.as_ref().expect("32-bit offsets").entries;
    let mut idx = 0;
    for (chunk, &offset) in offsets.iter().enumerate() {
        let row = table.stsc.entries.iter().rfind(|row| row.first_chunk as usize <= chunk + 1);
        let mut at = offset as usize;
        for _ in 0..row.expect("a row").samples_per_chunk {
            let wanted: Vec<u8> = (idx..idx + packet_bytes).map(|idx| (idx * 7 % 251) as u8).collect();
            assert_eq!(&file[at..at + packet_bytes], wanted, "packet {idx}");
            at += packet_bytes;
            idx += 1;
        }
    }
    assert_eq!(idx, n_packets);
    assert_eq!((table.sgpd.len(), table.sbgp.len()), (1, 1), "pre-roll of AAC");
}

#[test]
fn an_independent_reader_agrees() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("a.mp4");
    for n_packets in [2, 50, 1500] {
        let mut source = ListSource::synthetic(n_packets, 100);
        let report = write(&out, &mut source, &Mp4Tags::default()).expect("writes");
        check(&std::fs::read(&out).expect("a file"), &report, n_packets, 100);
    }
}

#[test]
fn media_moves_when_the_estimate_was_too_small() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("a.mp4");
    // Enough media for several blocks, and every estimate around the edge of the reservation.
    for estimate in [Some(0), Some(1_000_000), None] {
        let mut source = ListSource::synthetic(40_000, 90);
        source.spec.frames_estimate = estimate;
        let report = write(&out, &mut source, &Mp4Tags::default()).expect("writes");
        check(&std::fs::read(&out).expect("a file"), &report, 40_000, 90);
    }
    for estimate in (0..1400_u64).step_by(37) {
        let mut source = ListSource::synthetic(1400, 10);
        source.spec.frames_estimate = Some(estimate * 1024);
        let report = write(&out, &mut source, &Mp4Tags::default()).expect("writes");
        check(&std::fs::read(&out).expect("a file"), &report, 1400, 10);
    }
}

#[test]
fn a_wildly_wrong_estimate_reserves_little() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("a.mp4");
    let mut source = ListSource::synthetic(50, 100);
    source.spec.frames_estimate = Some(u64::MAX);
    let report = write(&out, &mut source, &Mp4Tags::default()).expect("writes");
    assert!(report.file_bytes < 17 << 20, "{}", report.file_bytes);
}

#[test]
fn output_is_reproducible_and_tags_are_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let tags = Mp4Tags {
        title: "Tïtle".to_owned(),
        lyrics: "la\nla".to_owned(),
        cover: Some(CoverArt::Jpeg(vec![0xff, 0xd8, 0xff, 0xd9])),
        ..Mp4Tags::default()
    };
    let files = ["a.mp4", "b.mp4"].map(|name| {
        let out = folder.path().join(name);
        let mut source = ListSource::synthetic(50, 100);
        source.stretch(20);
        write(&out, &mut source, &tags).expect("writes");
        std::fs::read(&out).expect("a file")
    });
    assert_eq!(files[0], files[1]);
    let has = |text: &[u8]| files[0].windows(text.len()).any(|window| window == text);
    assert!(has("Tïtle".as_bytes()) && has(b"la\nla") && has(b"\xa9lyr") && has(b"covr"));
    assert!(!has(b"\xa9ART"), "empty texts are not written");
    assert!(moov(&files[0]).udta.is_some());
}

#[test]
fn nothing_is_left_after_cancelling_or_empty_audio() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("a.mp4");
    let mut source = ListSource::synthetic(5000, 100);
    let mut stop = |done, _| {
        if done > 100_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = Mp4Options::default();
    let tags = Mp4Tags::default();
    let error = write_still_video(&out, &mut source, &still(), &tags, &options, &mut stop);
    assert_eq!(error.expect_err("cancelled").kind(), ErrorKind::Cancelled);
    for n_packets in [0, 1] {
        let error = write(&out, &mut ListSource::synthetic(n_packets, 100), &tags);
        assert_eq!(error.expect_err("no audio").kind(), ErrorKind::Malformed);
    }
    let error = write(&folder.path().join("missing/a.mp4"), &mut ListSource::synthetic(9, 9), &tags);
    assert_eq!(error.expect_err("no folder").kind(), ErrorKind::Io);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
