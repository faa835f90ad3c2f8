//! Pictures of text and captions, compared with reference pictures: one property each.

use std::sync::{Arc, OnceLock};

use stage::document::{Align, Color, VerticalAlign};
use stage::text::{Fonts, TextBackground, TextBlock, TextShadow, TextSpec, TextStroke};
use vello_cpu::kurbo::{Affine, Rect};
use vello_cpu::{Pixmap, RenderContext, Resources};

use crate::reference::{Drawn, assert_reference};

/// The largest difference of a channel that two machines' arithmetic may make.
const DIFFERENCE_MAX: u8 = 3;

pub(crate) const INK: Color = Color::rgb(24, 28, 48);
pub(crate) const PAPER: Color = Color::rgb(246, 244, 238);
const RED: Color = Color::rgb(214, 48, 72);

/// The built-in fonts, read once.
pub(crate) fn fonts() -> &'static Arc<Fonts> {
    static FONTS: OnceLock<Arc<Fonts>> = OnceLock::new();
    FONTS.get_or_init(|| Arc::new(Fonts::bundled_only()))
}

/// Draws on paper of this size.
pub(crate) fn picture(width: u16, height: u16, paper: Color, draw: impl FnOnce(&mut RenderContext)) -> Pixmap {
    let mut ctx = RenderContext::new(width, height);
    ctx.set_paint(vello_cpu::color::AlphaColor::from_rgba8(paper.r, paper.g, paper.b, paper.a));
    ctx.fill_rect(&Rect::new(0.0, 0.0, f64::from(width), f64::from(height)));
    draw(&mut ctx);
    ctx.flush();
    let mut pixmap = Pixmap::new(width, height);
    ctx.render(&mut pixmap, &mut Resources::new());
    pixmap
}

/// Asserts that a picture is the committed one.
pub(crate) fn assert_picture(name: &str, pixmap: &Pixmap) {
    let (width, height) = (pixmap.width().into(), pixmap.height().into());
    let drawn = Drawn { width, height, pixels: pixmap.data_as_u8_slice() };
    assert_reference(&format!("text/{name}"), &drawn, DIFFERENCE_MAX);
}

fn spec(text: &str) -> TextSpec {
    TextSpec { text: text.to_owned(), size_px: 22.0, color: INK, width: Some(260.0), ..TextSpec::default() }
}

fn check(name: &str, height: u16, spec: &TextSpec) {
    let block = TextBlock::layout(fonts(), spec, 1.0);
    let picture = picture(280, height, PAPER, |ctx| block.draw(ctx, Affine::translate((10.0, 8.0))));
    assert_picture(name, &picture);
}

const PROSE: &str = "The quick brown fox jumps over the lazy dog, and nobody minds.";

#[test]
fn lines_wrap_at_the_width() {
    check("wrap", 110, &spec(PROSE));
}

#[test]
fn words_that_are_too_long_are_broken() {
    check("long_word", 110, &spec("Donaudampfschifffahrtsgesellschaftskapitän an Bord"));
}

#[test]
fn lines_keep_to_every_side() {
    for (name, align) in [
        ("align_start", Align::Start),
        ("align_left", Align::Left),
        ("align_center", Align::Center),
        ("align_right", Align::Right),
        ("align_justify", Align::Justify),
    ] {
        check(name, 110, &TextSpec { align, ..spec(PROSE) });
    }
}

#[test]
fn arabic_and_hebrew_run_from_the_right() {
    check("arabic", 70, &spec("مرحبا بالعالم، هذا نص عربي طويل بما يكفي"));
    check("hebrew", 70, &spec("שלום עולם, זה טקסט בעברית שארוך מספיק"));
}

#[test]
fn directions_mix() {
    check("bidi", 70, &spec("The word سلام means “peace” (2024), and שלום too."));
    check("bidi_rtl", 70, &spec("كلمة Hello تعني مرحبا و 123 رقم"));
}

#[test]
fn greek_and_cyrillic_are_there() {
    check("greek_cyrillic", 136, &spec("Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. Съешь же ещё этих мягких булок."));
}

#[test]
fn emoji_have_colors() {
    check(
        "emoji",
        110,
        &TextSpec {
            size_px: 30.0, ..spec("Hi 😀👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈🇫🇷 ❤️ 1️⃣ 🎉.")
        },
    );
}

#[test]
fn strokes_go_around_letters() {
    let stroke = Some(TextStroke { color: INK, width: 3.0 });
    check("stroke", 70, &TextSpec { stroke, color: Color::rgb(255, 220, 80), size_px: 40.0, ..spec("Stroke") });
    let color = Color { a: 120, ..RED };
    check("stroke_translucent", 70, &TextSpec { stroke, color, size_px: 40.0, weight: 700, ..spec("Stroke") });
}

#[test]
fn shadows_are_soft() {
    let shadow = Some(TextShadow { color: Color { a: 160, ..INK }, blur: 4.0, dx: 6.0, dy: 6.0 });
    check("shadow", 80, &TextSpec { shadow, color: RED, size_px: 40.0, ..spec("Shadow 😀") });
    let shadow = Some(TextShadow { color: Color { a: 120, ..INK }, blur: 0.0, dx: 4.0, dy: 4.0 });
    check("shadow_hard", 70, &TextSpec { shadow, color: RED, size_px: 40.0, ..spec("Shadow") });
}

#[test]
fn boxes_are_behind_the_lines() {
    let background = Some(TextBackground { color: Color::rgb(200, 220, 250), padding: 6.0, radius: 8.0 });
    check("box", 80, &TextSpec { background, align: Align::Center, ..spec("A box behind words that are centered") });
}

#[test]
fn words_are_underlined() {
    check("underline", 70, &TextSpec { underline: true, ..spec("Underlined, with a gap at the end of the lines") });
}

#[test]
fn weights_and_slants_differ() {
    for (name, weight, italic) in [("bold", 700, false), ("italic", 400, true), ("bold_italic", 700, true)] {
        check(name, 50, &TextSpec { weight, italic, ..spec("Hamburgefonstiv") });
    }
    // The slanted face has no Arabic: the upright one is slanted.
    check("italic_synthetic", 50, &TextSpec { italic: true, weight: 700, ..spec("Abc مرحبا Abc") });
}

#[test]
fn families_differ() {
    for family in ["sans", "serif", "mono"] {
        check(
            &format!("family_{family}"),
            50,
            &TextSpec { family: Some(family.to_owned()), ..spec("Hamburgefonstiv") },
        );
    }
}

#[test]
fn lines_are_placed_between_top_and_bottom() {
    for (name, vertical_align) in [
        ("vertical_top", VerticalAlign::Top),
        ("vertical_middle", VerticalAlign::Middle),
        ("vertical_bottom", VerticalAlign::Bottom),
    ] {
        check(name, 116, &TextSpec { vertical_align, height: Some(100.0), ..spec("Between top and bottom of it") });
    }
}

#[test]
fn turned_and_scaled_text_is_sharp() {
    let block = TextBlock::layout(fonts(), &spec("Turned 😀"), 1.0);
    let turn = Affine::translate((40.0, 96.0)) * Affine::rotate(-0.4) * Affine::scale(1.7);
    assert_picture("turned", &picture(280, 160, PAPER, |ctx| block.draw(ctx, turn)));
}
