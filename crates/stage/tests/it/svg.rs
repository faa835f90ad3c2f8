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
fn fills_that_pass_on_to_many_are_counted_for_each() {
    let mut inner = String::new();
    for level in 0..20 {
        let fill = if level == 0 { "red".to_owned() } else { format!("url(#p{})", level - 1) };
        let rects = r#"<rect width="9" height="9"/>"#.repeat(10);
        inner += &format!(r#"<pattern id="p{level}" width="9" height="9"><g fill="{fill}">{rects}</g></pattern>"#);
    }
    inner += r##"<rect width="9" height="9" fill="url(#p19)"/>"##;
    assert_eq!(refuse(&wrap(&inner)).0, ErrorKind::Limit);
}

#[test]
fn references_of_style_sheets_are_counted_too() {
    let (mut styles, mut inner) = (String::new(), String::new());
    for level in 0..20 {
        let rects = format!(r#"<rect class="f{level}" width="9" height="9"/>"#).repeat(10);
        inner += &format!(r#"<pattern id="p{level}" width="9" height="9">{rects}</pattern>"#);
        styles += &format!(".f{} {{ fill: url('#p{level}') }}", level + 1);
    }
    inner += r#"<rect class="f20" width="9" height="9"/>"#;
    assert_eq!(refuse(&wrap(&format!("<style>{styles}</style>{inner}"))).0, ErrorKind::Limit);
    let fine = "<style>.sky { fill: url(#g) }</style><linearGradient id='g'><stop offset='1'/></linearGradient>";
    Vector::parse(wrap(&format!("{fine}<rect class='sky' width='9' height='9'/>")).as_bytes()).unwrap();
}

#[test]
fn style_sheets_that_are_matched_for_ages_are_errors() {
    let styles = format!("<style>{}</style>", "a{}".repeat(40_000));
    let (kind, message) = refuse(&wrap(&(styles + &"<g/>".repeat(10_000))));
    assert_eq!(kind, ErrorKind::Limit);
    assert!(message.contains("bytes of styles"), "{message}");
}

#[test]
fn a_marker_at_each_of_many_corners_is_counted() {
    let marker = format!(r#"<marker id="m">{}</marker>"#, r#"<path d="M0 0L1 1"/>"#.repeat(100));
    let path = format!(r#"<path marker-mid="url(#m)" d="M0 0{}"/>"#, "L1 2".repeat(20_000));
    assert_eq!(refuse(&wrap(&(marker + &path))).0, ErrorKind::Limit);
}

#[test]
fn what_contains_itself_is_an_error() {
    let (kind, message) = refuse(&wrap(r##"<g id="a"><use href="#a"/><rect width="5" height="5"/></g>"##));
    assert_eq!(kind, ErrorKind::Invalid);
    assert!(message.contains("`#a` contains itself"), "{message}");
    // Three in turn, and by different properties: neither is seen by the reader itself.
    let pattern = |id: u32, property: &str, other: u32| {
        format!(
            r#"<pattern id="p{id}" width="9" height="9"><rect width="9" height="9" {property}="url(#p{other})"/></pattern>"#
        )
    };
    let ring = pattern(0, "fill", 1) + &pattern(1, "stroke", 2) + &pattern(2, "fill", 0);
    assert_eq!(refuse(&wrap(&(ring + r#"<rect width="9" height="9" fill="url(#p0)"/>"#))).0, ErrorKind::Invalid);
    let link = r##"<g id="top"><a href="#top"><rect width="5" height="5"/></a></g>"##;
    Vector::parse(wrap(link).as_bytes()).unwrap();
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
    // Millions of tags, none of which ends.
    assert!(Vector::parse(format!("<svg {}/", "<a".repeat(3 << 20)).as_bytes()).is_err());
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
    let steps = format!("<filter id='f'>{}</filter>", "<feOffset dx='1'/>".repeat(2000));
    let rect = r##"<rect width="99" height="99" filter="url(#f)"/>"##;
    assert!(refuse(&wrap(&(steps + rect))).1.contains("layers over its whole area"));
    let copies =
        format!("<filter id='f'><feMerge>{}</feMerge></filter>", "<feMergeNode in='SourceGraphic'/>".repeat(2000));
    assert!(refuse(&wrap(&(copies + rect))).1.contains("layers over its whole area"));
}

#[test]
fn tiles_much_larger_than_the_picture_are_errors() {
    let tile = |side: u32| {
        wrap(&format!(
            r##"<pattern id="p" width="{side}" height="{side}" patternUnits="userSpaceOnUse"><rect width="9" height="9"/></pattern>
                <rect width="100" height="100" fill="url(#p)"/>"##
        ))
    };
    Vector::parse(tile(150).as_bytes()).unwrap();
    let (kind, message) = refuse(&tile(1500));
    assert_eq!(kind, ErrorKind::Limit);
    assert!(message.contains("tile of a pattern"), "{message}");
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
