//! SVG files from strangers.

use std::time::Instant;

use stage::ErrorKind;
use stage::svg::Vector;

fn refuse(svg: &str) -> (ErrorKind, String) {
    let begun = Instant::now();
    let error = Vector::parse(svg.as_bytes()).expect_err("it must be refused");
    assert!(begun.elapsed().as_millis() < 1000, "{:?}", begun.elapsed());
    (error.kind(), error.to_string())
}

fn wrap(inner: &str) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">{inner}</svg>"#
    )
}

#[test]
fn a_picture_is_read_with_its_size() {
    let vector = Vector::parse(wrap(r#"<rect width="50" height="50" fill="red"/>"#).as_bytes()).unwrap();
    assert_eq!(vector.size(), (100.0, 100.0));
}

#[test]
fn uses_of_uses_are_counted_before_they_are_drawn() {
    let mut inner = r#"<g id="a0"><rect width="1" height="1"/></g>"#.to_owned();
    for level in 1..30 {
        let uses = format!(r##"<use href="#a{}"/>"##, level - 1).repeat(10);
        inner += &format!(r#"<g id="a{level}">{uses}</g>"#);
    }
    let (kind, message) = refuse(&wrap(&inner));
    assert_eq!(kind, ErrorKind::Limit);
    assert!(message.contains("references written out"), "{message}");
}

#[test]
fn patterns_of_patterns_are_counted_too() {
    let mut inner = r#"<pattern id="p0" width="9" height="9"><rect width="1" height="1"/></pattern>"#.to_owned();
    for level in 1..20 {
        let rects = format!(r##"<rect width="9" height="9" fill="url(#p{})"/>"##, level - 1).repeat(10);
        inner += &format!(r#"<pattern id="p{level}" width="9" height="9">{rects}</pattern>"#);
    }
    inner += r##"<rect width="9" height="9" fill="url(#p19)"/>"##;
    assert_eq!(refuse(&wrap(&inner)).0, ErrorKind::Limit);
}

#[test]
fn what_refers_to_itself_is_drawn_without_it() {
    Vector::parse(wrap(r##"<g id="a"><use href="#a"/><rect width="5" height="5"/></g>"##).as_bytes()).unwrap();
}

#[test]
fn entities_deep_nesting_and_broken_text_are_errors() {
    let entities: String =
        (1..40).map(|level| format!(r#"<!ENTITY e{level} "{}">"#, format!("&e{};", level - 1).repeat(10))).collect();
    let bomb = format!(
        r#"<!DOCTYPE svg [<!ENTITY e0 "x">{entities}]><svg xmlns="http://www.w3.org/2000/svg"><text>&e39;</text></svg>"#
    );
    assert_eq!(refuse(&bomb).0, ErrorKind::Invalid);
    assert_eq!(refuse(&wrap(&("<g>".repeat(300) + &"</g>".repeat(300)))).0, ErrorKind::Limit);
    assert_eq!(refuse(&wrap(&"<g>".repeat(200_000))).0, ErrorKind::Limit);
    assert_eq!(refuse("<svg").0, ErrorKind::Invalid);
    assert_eq!(refuse("").0, ErrorKind::Invalid);
    assert!(Vector::parse(&[0x1f, 0x8b, 8, 0, 0, 0]).is_err());
}

#[test]
fn costly_filters_and_endless_layers_are_errors() {
    let noise = r##"<filter id="f"><feTurbulence numOctaves="100000000"/></filter><rect width="9" height="9" filter="url(#f)"/>"##;
    assert_eq!(refuse(&wrap(noise)).0, ErrorKind::Unsupported);
    let layers = r#"<rect width="100" height="100" fill="red"/>"#.repeat(2000);
    let (kind, message) = refuse(&wrap(&layers));
    assert_eq!(kind, ErrorKind::Limit);
    assert!(message.contains("layers over its whole area"), "{message}");
}

#[test]
fn nothing_outside_the_file_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret.svg");
    std::fs::write(&path, wrap(r#"<rect width="100" height="100" fill="red"/>"#)).unwrap();
    let outside = format!(r#"<image width="100" height="100" xlink:href="{}"/>"#, path.display());
    // It is read, and nothing of the file beside it is in it: what is drawn is compared in the tests of scenes.
    Vector::parse(wrap(&outside).as_bytes()).unwrap();
}
