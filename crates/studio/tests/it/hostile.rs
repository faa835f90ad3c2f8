//! Files from strangers: what cannot be shown or heard is a warning that names it, and the video is there all the same.

use std::fmt::Write as _;

use serde_json::{Value, json};
use studio::Report;

use crate::support::{Room, project};

/// Renders a scene that shows or plays each of some files.
fn render(room: &Room, kind: &str, files: &[(&str, Vec<u8>)]) -> Report {
    for (name, bytes) in files {
        std::fs::write(room.path(name), bytes).unwrap();
    }
    let layers: Vec<Value> = files.iter().map(|(name, _)| json!({ "type": kind, kind: name })).collect();
    let scene = json!({ "background": { "type": "color", "color": "#203040" }, "layers": layers, "duration_ms": 400 });
    let canvas = json!({ "width": 128, "height": 128, "fps": 25 });
    let document = json!({ "version": 1, "canvas": canvas, "scenes": [scene] });
    let (report, bytes) = room.render(&project(&document.to_string()), 2);
    assert_eq!(report.n_frames, 10);
    assert!(!bytes.is_empty());
    report
}

fn assert_warned(report: &Report, files: &[(&str, Vec<u8>)]) {
    for (name, _) in files {
        let n_warnings = report.warnings.iter().filter(|warning| warning.contains(&format!("`{name}`"))).count();
        assert_eq!(n_warnings, 1, "{name}: {:?}", report.warnings);
    }
}

/// A PNG that promises a size and holds nothing.
fn empty_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    for (kind, data) in [(b"IHDR", header.as_slice()), (b"IDAT", &[]), (b"IEND", &[])] {
        let body = [kind.as_slice(), data].concat();
        bytes.extend_from_slice(&(data.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(&crc32fast::hash(&body).to_be_bytes());
    }
    bytes
}

/// A GIF of this size with many frames of one pixel each.
fn gif(side: u16, n_frames: usize) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend_from_slice(&[side.to_le_bytes(), side.to_le_bytes()].concat());
    bytes.extend_from_slice(&[0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    for _ in 0..n_frames {
        bytes.extend_from_slice(&[0x21, 0xf9, 4, 0, 2, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
    }
    bytes.push(0x3b);
    bytes
}

fn svg(inner: &str) -> Vec<u8> {
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{inner}</svg>"#).into_bytes()
}

#[test]
fn pictures_that_would_fill_the_memory_are_warnings() {
    let webp = [b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0".as_slice(), &[0xff; 6], b"ANMF", &[0; 20]].concat();
    let files = [
        ("wide.png", empty_png(200_000, 2)),
        ("large.png", empty_png(60_000, 60_000)),
        ("large.gif", gif(u16::MAX, 1)),
        ("long.gif", gif(2_000, 4_000)),
        ("large.webp", webp),
        ("noise.png", (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()),
        ("none.png", Vec::new()),
    ];
    let room = Room::new();
    assert_warned(&render(&room, "image", &files), &files);
}

#[test]
fn drawings_that_would_never_be_finished_are_warnings() {
    let mut uses = r#"<g id="a0"><rect width="1" height="1"/></g>"#.to_owned();
    for level in 1..20 {
        let ten = format!(r##"<use href="#a{}"/>"##, level - 1).repeat(10);
        write!(uses, r#"<g id="a{level}">{ten}</g>"#).unwrap();
    }
    let files = [
        ("uses.svg", svg(&uses)),
        ("deep.svg", svg(&"<g>".repeat(100_000))),
        ("tags.svg", format!("<svg {}/", "<a".repeat(1 << 20)).into_bytes()),
        ("styles.svg", svg(&format!("<style>{}</style>{}", "a{}".repeat(40_000), "<g/>".repeat(10_000)))),
        ("self.svg", svg(r##"<g id="a"><use href="#a"/></g>"##)),
        (
            "entities.svg",
            [br#"<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>"#.to_vec(), svg("<text>&a;</text>")]
                .concat(),
        ),
    ];
    let room = Room::new();
    assert_warned(&render(&room, "image", &files), &files);
}

#[test]
fn broken_videos_and_sounds_are_warnings() {
    let room = Room::new();
    room.render(&crate::support::two_scenes(), 2);
    let whole = std::fs::read(room.path("out.mp4")).unwrap();
    // Our files begin with their tables: a head alone promises pictures that are not there.
    let videos = [("head.mp4", whole[..200].to_vec()), ("noise.mp4", vec![7; 5000]), ("none.mp4", Vec::new())];
    assert_warned(&render(&room, "video", &videos), &videos);
    let lie = [b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\0\0\0\0\0\0".as_slice(), &[0; 40]].concat();
    let sounds = [("lie.wav", lie), ("noise.mp3", vec![7; 5000]), ("none.ogg", Vec::new())];
    assert_warned(&render(&room, "audio", &sounds), &sounds);
}

#[test]
fn a_video_may_show_what_it_replaces() {
    let room = Room::new();
    room.render(&crate::support::two_scenes(), 2);
    let layer = json!({ "type": "video", "video": "out.mp4" });
    let document = json!({ "version": 1, "canvas": { "width": 128, "height": 128, "fps": 25 },
        "scenes": [{ "background": { "type": "color", "color": "#203040" }, "layers": [layer], "duration_ms": 400 }] });
    for _ in 0..2 {
        let (report, _) = room.render(&project(&document.to_string()), 2);
        assert_eq!((report.warnings.len(), report.n_frames), (0, 10));
    }
}
