//! Avatars of other people's making: folders and photos.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use stage::avatar::{Cast, Direction, Performance, Picture, Pose, check, load, preview, scaffold, still};
use stage::document::{Crop, Emotion};
use stage::utterance::{MouthCue, Utterance, Viseme};
use vello_cpu::kurbo::{Affine, Rect};
use vello_cpu::{Pixmap, RenderContext, Resources};

fn scaffolded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    scaffold(folder.path(), "Robin \"R\" Doe").expect("a new avatar");
    folder
}

fn write_png(path: &Path, picture: &Picture) {
    let file = fs::File::create(path).expect("a file");
    let mut encoder = png::Encoder::new(file, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&picture.rgba)).expect("a picture");
}

/// Changes `avatar.toml` and returns what is wrong then, as lines.
fn wrong_after(change: impl Fn(&str) -> String) -> Vec<String> {
    let folder = scaffolded();
    let path = folder.path().join("avatar.toml");
    let text = fs::read_to_string(&path).expect("a manifest");
    let changed = change(&text);
    assert_ne!(text, changed, "the change changes something");
    fs::write(&path, changed).expect("a manifest");
    check(folder.path()).iter().map(ToString::to_string).collect()
}

fn talking(emotion: Emotion) -> Performance {
    let mouth = (0..15)
        .zip(Viseme::ALL)
        .map(|(idx, viseme)| MouthCue { viseme, start_ms: idx * 100, end_ms: idx * 100 + 100 })
        .collect();
    let said = Utterance { start_ms: 0, end_ms: 1500, mouth, ..Utterance::default() };
    Performance::new(&Direction { own: vec![said], emotion, fps: 30, seed: 3, ..Direction::default() })
}

#[test]
fn a_new_folder_works_and_looks_like_somebody() {
    let folder = scaffolded();
    assert_eq!(check(folder.path()), []);
    let mut cast = Cast::builtin();
    let n_builtin = cast.iter().count();
    assert_eq!(cast.add_folder(folder.path()), []);
    assert_eq!(cast.iter().count(), n_builtin + 1);
    let (rig, stands_in) = cast.get("robin--r--doe");
    assert!(!stands_in);
    assert_eq!(rig.profile().name, "Robin \"R\" Doe");
    assert_eq!(rig.profile().outfits.len(), 3);
    let picture = still(rig, 1, Crop::Half, &Pose::default(), 240);
    assert_eq!(preview(rig).len(), 3);
    let ours = still(cast.get("elena").0, 1, Crop::Half, &Pose::default(), 240);
    let covered = |picture: &Picture| picture.rgba.chunks(4).filter(|pixel| pixel[3] > 200).count();
    assert!(
        covered(&picture).abs_diff(covered(&ours)) < covered(&ours) / 20,
        "{} {}",
        covered(&picture),
        covered(&ours)
    );
}

#[test]
fn a_new_folder_is_never_written_over() {
    let folder = scaffolded();
    assert!(scaffold(folder.path(), "Another").is_err());
}

#[test]
fn what_is_wrong_is_named() {
    let expect = |change: &dyn Fn(&str) -> String, words: &str| {
        let wrong = wrong_after(change);
        assert!(wrong.iter().any(|line| line.contains(words)), "{words}: {wrong:?}");
    };
    expect(&|text| text.replace("head = \"head.svg\"", "head = \"face.svg\""), "face.svg: cannot be read");
    expect(&|text| text.replace("hair-back.svg", "../hair-back.svg"), "../hair-back.svg: is not the name of a file");
    expect(&|text| text.replace("hair-back.svg", "/etc/passwd"), "/etc/passwd: is not the name of a file");
    expect(&|text| text.replace("neck = [687", "neck = [6870"), "`anchors.neck` outside the frame");
    expect(&|text| text.replace("neck = [687", "neck = [nan"), "`anchors.neck` outside the frame");
    expect(&|text| text.replace("version = 1", "version = 9"), "version 9");
    expect(&|text| text.replace("gender = \"female\"", "gender = \"tall\""), "gender `tall`");
    expect(&|text| text.replace("kind = \"parts\"", "kind = \"parts\"\nlegs = 3"), "unknown field `legs`");
    expect(&|text| text.replace("frame = [1374", "frame = [1e9"), "has a frame of");
    expect(&|text| text[..text.find("[mouth]").expect("a mouth")].to_owned(), "has no `[mouth]`");
    let pictures = "[mouth.visemes]\nzz = \"head.svg\"\n";
    expect(&|text| text[..text.find("[mouth]").expect("a mouth")].to_owned() + pictures, "viseme `zz`");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_refused() {
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").expect("a file");
    let folder = scaffolded();
    let head = folder.path().join("head.svg");
    fs::remove_file(&head).expect("a file");
    std::os::unix::fs::symlink(outside.path().join("secret.svg"), &head).expect("a link");
    let wrong = check(folder.path());
    assert!(wrong.iter().any(|finding| finding.problem.contains("outside the folder")), "{wrong:?}");
}

#[test]
fn hostile_pictures_are_refused_at_once() {
    let folder = scaffolded();
    let nested = |depth: usize| {
        let mut text = "<g id=\"a0\"><path d=\"M0 0H9V9Z\"/></g>".to_owned();
        for level in 1..=depth {
            let below = level - 1;
            text += &format!("<g id=\"a{level}\">{}</g>", format!("<use href=\"#a{below}\"/>").repeat(10));
        }
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{text}</svg>")
    };
    let deep = |n: usize| {
        let (open, close) = ("<g>".repeat(n), "</g>".repeat(n));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{open}<path d=\"M0 0H9V9Z\"/>{close}</svg>"
        )
    };
    let layered = |deep: usize, wide: usize| {
        let (open, close) = ("<g opacity=\"0.9\">".repeat(deep), "</g>".repeat(deep));
        let one = format!("{open}<path d=\"M0 0H9V9H0Z\"/><path d=\"M0 0H9V9Z\"/>{close}");
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{}</svg>", one.repeat(wide))
    };
    let entities = "<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&b;</svg>";
    for (svg, words) in [
        (nested(9), "copies"),
        (deep(15_000), "svg"),
        (layered(12, 1), "too many groups"),
        (layered(1, 300), "too many groups"),
        (entities.to_owned(), "entities"),
        ("<svg".to_owned(), "not an SVG"),
        (" ".repeat(3 << 20), "larger than"),
    ] {
        let start = Instant::now();
        fs::write(folder.path().join("head.svg"), svg).expect("a file");
        let wrong = check(folder.path());
        assert!(wrong.iter().any(|finding| finding.to_string().contains(words)), "{words}: {wrong:?}");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    // A picture of 100,000 × 100,000 pixels, as far as its header says.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\x86\xa0\0\x01\x86\xa0\x08\x06\0\0\0".to_vec();
    let checksum = crc(&png[12..29]);
    png.extend(checksum.to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    fs::write(folder.path().join("head.png"), png).expect("a file");
    let manifest = folder.path().join("avatar.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest").replace("head = \"head.svg\"", "head = \"head.png\"");
    fs::write(&manifest, text).expect("a manifest");
    let wrong = check(folder.path());
    assert!(wrong.iter().any(|finding| finding.problem.contains("100000 × 100000")), "{wrong:?}");
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn an_svg_does_not_read_other_files() {
    let folder = scaffolded();
    let red = Picture { width: 4, height: 4, rgba: [255, 0, 0, 255].repeat(16) };
    write_png(&folder.path().join("red.png"), &red);
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><image href=\"red.png\" width=\"9\" height=\"9\"/></svg>";
    fs::write(folder.path().join("hair-front.svg"), svg).expect("a file");
    let rig = load(folder.path(), &|_| None).expect("an avatar");
    let picture = still(&rig, 0, Crop::Head, &Pose::default(), 120);
    assert!(!picture.rgba.chunks(4).any(|pixel| pixel == [255, 0, 0, 255]));
}

#[test]
fn a_bad_avatar_is_left_out_and_the_others_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    scaffold(&folder.path().join("good"), "Good").expect("an avatar");
    scaffold(&folder.path().join("bad"), "Bad").expect("an avatar");
    fs::write(folder.path().join("bad/avatar.toml"), "version = ").expect("a file");
    let mut cast = Cast::builtin();
    let wrong = cast.add_folder(folder.path());
    assert!(wrong.iter().all(|finding| finding.file.contains("bad")) && !wrong.is_empty(), "{wrong:?}");
    assert!(!cast.get("good").1);
    assert!(cast.get("bad").1);
}

#[test]
fn pictures_of_visemes_are_chosen_by_the_mouth() {
    let folder = scaffolded();
    for (name, color) in [("sil", [0, 0, 255, 255]), ("aa", [255, 0, 0, 255])] {
        let picture = Picture { width: 8, height: 8, rgba: color.repeat(64) };
        write_png(&folder.path().join(format!("{name}.png")), &picture);
    }
    let path = folder.path().join("avatar.toml");
    let text = fs::read_to_string(&path).expect("a manifest");
    let start = text.find("[mouth]").expect("a mouth");
    let at = "at = [650, 420, 74, 50]";
    let mouth = format!("[mouth.visemes]\nsil = {{ file = \"sil.png\", {at} }}\naa = {{ file = \"aa.png\", {at} }}\n");
    fs::write(&path, text[..start].to_owned() + &mouth).expect("a manifest");
    let rig = load(folder.path(), &|_| None).expect("an avatar");
    let has = |open: i8, color: [u8; 4]| {
        let mut pose = Pose::default();
        pose.mouth.open = open;
        still(&rig, 0, Crop::Head, &pose, 300).rgba.chunks(4).any(|pixel| pixel == color)
    };
    assert!(has(0, [0, 0, 255, 255]) && !has(0, [255, 0, 0, 255]));
    assert!(has(20, [255, 0, 0, 255]) && !has(20, [0, 0, 255, 255]));
}

/// A photo of somebody, as far as one can be drawn, and what `avatar.toml` says about it.
fn portrait() -> tempfile::TempDir {
    let cast = Cast::builtin();
    let (rig, _) = cast.get("elena");
    let view = rig.view(Crop::Head).rect;
    let mut photo = still(rig, 0, Crop::Head, &Pose::default(), 420);
    for (idx, pixel) in photo.rgba.chunks_mut(4).enumerate() {
        if pixel[3] < 255 {
            let stripe = if (idx / 12) % 2 == 0 { 200 } else { 150 };
            pixel.copy_from_slice(&[stripe, stripe, 220, 255]);
        }
    }
    let scale = 420.0 / view.height();
    let at = |x: f64, y: f64| format!("[{:.1}, {:.1}]", (x - view.x0) * scale, (y - view.y0) * scale);
    let head = rig.boxes().head;
    let eyes = head.y0 + 100.0;
    let folder = tempfile::tempdir().expect("a folder");
    write_png(&folder.path().join("photo.png"), &photo);
    let text = format!(
        "version = 1\nid = \"photo\"\nname = \"Photo\"\nkind = \"portrait\"\nphoto = \"photo.png\"\n[landmarks]\n\
         face = [{:.1}, {:.1}, {:.1}, {:.1}]\neyes = [{}, {}]\nmouth = [{}, {}]\n",
        (head.x0 - view.x0) * scale,
        (head.y0 - view.y0) * scale,
        head.width() * scale,
        head.height() * scale,
        at(641.0, eyes),
        at(733.0, eyes),
        at(652.0, eyes + 94.0),
        at(722.0, eyes + 94.0),
    );
    fs::write(folder.path().join("avatar.toml"), text).expect("a manifest");
    folder
}

fn drawn(puppet: &mut stage::avatar::Puppet, pose: &Pose, scale: f64, size: (u16, u16)) -> Pixmap {
    let mut ctx = RenderContext::new(size.0, size.1);
    puppet.draw(&mut ctx, Affine::scale(scale), pose);
    ctx.flush();
    let mut pixels = Pixmap::new(size.0, size.1);
    ctx.render(&mut pixels, &mut Resources::new());
    pixels
}

#[test]
fn a_photo_speaks_and_blinks_and_its_edge_stays() {
    let folder = portrait();
    assert_eq!(check(folder.path()), []);
    let rig = load(folder.path(), &|_| None).expect("a portrait");
    let frame = rig.boxes().frame;
    let size = (frame.width() as u16, frame.height() as u16);
    let mut puppet = rig.puppet(0);
    let rest = drawn(&mut puppet, &Pose::default(), 1.0, size);
    let differs = |a: &Pixmap, b: &Pixmap, rect: Rect| {
        let rows = rect.y0 as u16..rect.y1 as u16;
        rows.flat_map(|y| (rect.x0 as u16..rect.x1 as u16).map(move |x| (x, y)))
            .filter(|&(x, y)| a.sample(x, y) != b.sample(x, y))
            .count()
    };
    let head = rig.boxes().head;
    let mouth = Rect::new(head.x0, head.y0 + head.height() * 0.65, head.x1, head.y1);
    let eyes = Rect::new(head.x0, head.y0 + head.height() * 0.3, head.x1, head.y0 + head.height() * 0.5);
    let mut open = Pose::default();
    open.mouth.open = 20;
    let spoken = drawn(&mut puppet, &open, 1.0, size);
    assert!(differs(&rest, &spoken, mouth) > 300);
    assert_eq!(differs(&rest, &spoken, eyes), 0);
    let mut blink = Pose::default();
    blink.eyes.lid = 12;
    let blinking = drawn(&mut puppet, &blink, 1.0, size);
    assert!(differs(&rest, &blinking, eyes) > 100);
    let mut turned = Pose::default();
    turned.head.roll = 30;
    turned.head.x = 8;
    let moved = drawn(&mut puppet, &turned, 1.0, size);
    assert!(differs(&rest, &moved, head) > 2000);
    assert_eq!(differs(&rest, &moved, Rect::new(0.0, 0.0, 3.0, frame.height())), 0);
    assert_eq!(drawn(&mut puppet, &Pose::default(), 1.0, size).data(), rest.data(), "nothing of a pose stays behind");
}

#[test]
fn nothing_of_a_folder_or_photo_changes_outside_the_damage() {
    for folder in [portrait(), scaffolded()] {
        let rig = load(folder.path(), &|_| None).expect("an avatar");
        let view = rig.view(Crop::Half).rect;
        let scale = 240.0 / view.width();
        let size = (240, (view.height() * scale) as u16);
        let transform = Affine::scale(scale) * Affine::translate((-view.x0, -view.y0));
        let performance = talking(Emotion::Smile);
        let mut puppet = rig.puppet(0);
        let draw = |puppet: &mut stage::avatar::Puppet, pose: &Pose| {
            let mut ctx = RenderContext::new(size.0, size.1);
            puppet.draw(&mut ctx, transform, pose);
            ctx.flush();
            let mut pixels = Pixmap::new(size.0, size.1);
            ctx.render(&mut pixels, &mut Resources::new());
            pixels
        };
        let mut before = (performance.pose(0), draw(&mut puppet, &performance.pose(0)));
        for frame in 1..40 {
            let pose = performance.pose(frame);
            let after = draw(&mut puppet, &pose);
            let boxes: Vec<Rect> = puppet
                .damage(&before.0, &pose)
                .into_iter()
                .map(|rect| transform.transform_rect_bbox(rect).inflate(1.5, 1.5))
                .collect();
            for y in 0..size.1 {
                for x in 0..size.0 {
                    let (px, py) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
                    let inside = boxes.iter().any(|r| r.x0 <= px && px <= r.x1 && r.y0 <= py && py <= r.y1);
                    assert!(
                        inside || before.1.sample(x, y) == after.sample(x, y),
                        "frame {frame} at {x},{y}: {boxes:?}"
                    );
                }
            }
            before = (pose, after);
        }
    }
}

#[test]
fn wrong_landmarks_are_named() {
    let expect = |from: &str, to: &str, words: &str| {
        let folder = portrait();
        let path = folder.path().join("avatar.toml");
        let text = fs::read_to_string(&path).expect("a manifest");
        let start = text.find(from).expect("the line");
        let end = start + text[start..].find('\n').expect("its end");
        fs::write(&path, format!("{}{to}{}", &text[..start], &text[end..])).expect("a manifest");
        let wrong = check(folder.path());
        assert!(wrong.iter().any(|finding| finding.problem.contains(words)), "{words}: {wrong:?}");
    };
    expect("face =", "face = [0, 0, 9000, 9000]", "`landmarks.face` outside the photo");
    expect("eyes =", "eyes = [[1, 1], [2, 2]]", "`landmarks.eyes` outside the face");
    expect("mouth =", "mouth = [[nan, 1], [2, 2]]", "`landmarks.mouth` outside the face");
    expect("photo =", "photo = \"none.png\"", "cannot be read");
}
