//! Text: what holds for every layout, and what hostile text and fonts can't do.

use std::path::Path;
use std::time::{Duration, Instant};

use stage::document::{Align, Color};
use stage::text::{FontSources, Fonts, TextBackground, TextBlock, TextShadow, TextSpec, TextStroke};
use vello_cpu::kurbo::Affine;

use crate::text_pictures::{PAPER, fonts, picture};

fn spec(text: &str) -> TextSpec {
    TextSpec { text: text.to_owned(), size_px: 24.0, width: Some(300.0), ..TextSpec::default() }
}

const TEXTS: [&str; 9] = [
    "The quick brown fox jumps over the lazy dog, and nobody minds.",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "مرحبا بالعالم، هذا نص عربي طويل بما يكفي ليملأ أكثر من سطر واحد",
    "The word سلام means peace, and שלום too; both run from the right to the left.",
    "😀👍🏽👨‍👩‍👧‍👦🏳️‍🌈🇫🇷❤️1️⃣🎉😀👍🏽👨‍👩‍👧‍👦🏳️‍🌈🇫🇷❤️1️⃣🎉",
    "a-b/c-d https://example.com/a/very/long/path?with=a&query=string#and-a-fragment",
    "one\n\ntwo\n",
    "",
    "     \t   ",
];

#[test]
fn no_line_is_wider_than_the_frame() {
    for text in TEXTS {
        for width in [40.0, 111.0, 300.0, 2000.0] {
            for align in [Align::Start, Align::Center, Align::Right, Align::Justify] {
                let spec = TextSpec { width: Some(width), align, ..spec(text) };
                let block = TextBlock::layout(fonts(), &spec, 1.0);
                for (left, right, _) in block.lines() {
                    assert!(left >= -0.01 && right <= width + 0.01, "{text:?} {width} {align:?}: {left} {right}");
                }
            }
        }
    }
}

#[test]
fn baselines_are_a_line_height_apart() {
    let block = TextBlock::layout(fonts(), &TextSpec { line_height: 1.5, ..spec("a\nمرحبا\n😀\n\nb") }, 2.0);
    let baselines: Vec<f64> = block.lines().map(|(_, _, baseline)| baseline).collect();
    assert_eq!(baselines.len(), 5);
    for pair in baselines.windows(2) {
        assert!((pair[1] - pair[0] - 72.0).abs() < 0.01, "{baselines:?}");
    }
}

#[test]
fn drawing_stays_within_the_bounds() {
    let decorated = TextSpec {
        stroke: Some(TextStroke { color: Color::rgb(255, 0, 0), width: 3.0 }),
        shadow: Some(TextShadow { color: Color::rgb(0, 0, 0), blur: 4.0, dx: -9.0, dy: 12.0 }),
        background: Some(TextBackground { color: Color::rgb(0, 90, 0), padding: 5.0, radius: 9.0 }),
        underline: true,
        italic: true,
        weight: 800,
        ..spec("Ågjy 😀 مرحبا")
    };
    for spec in [spec("Ågjy 😀 مرحبا"), decorated, TextSpec { size_px: 60.0, underline: true, ..spec("fjord") }]
    {
        let block = TextBlock::layout(fonts(), &spec, 1.0);
        let bounds = block.bounds();
        assert!(bounds.area() > 0.0);
        let at = (60.0, 60.0);
        let picture = picture(460, 260, PAPER, |ctx| block.draw(ctx, Affine::translate(at)));
        let mut touched = (u16::MAX, u16::MAX, 0, 0);
        for y in 0..260 {
            for x in 0..460 {
                let pixel = picture.sample(x, y);
                if (pixel.r, pixel.g, pixel.b) != (PAPER.r, PAPER.g, PAPER.b) {
                    touched = (touched.0.min(x), touched.1.min(y), touched.2.max(x + 1), touched.3.max(y + 1));
                }
            }
        }
        let (x0, y0, x1, y1) = (bounds.x0 + at.0, bounds.y0 + at.1, bounds.x1 + at.0, bounds.y1 + at.1);
        assert!(f64::from(touched.0) >= x0.floor() && f64::from(touched.1) >= y0.floor(), "{touched:?} {bounds:?}");
        assert!(f64::from(touched.2) <= x1.ceil() && f64::from(touched.3) <= y1.ceil(), "{touched:?} {bounds:?}");
    }
}

#[test]
fn layout_is_the_same_every_time_and_on_every_thread() {
    let draw = || {
        let block = TextBlock::layout(fonts(), &spec(TEXTS[3]), 1.5);
        picture(460, 200, PAPER, |ctx| block.draw(ctx, Affine::IDENTITY)).data_as_u8_slice().to_vec()
    };
    let first = draw();
    let others: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(others.iter().all(|other| *other == first));
}

#[test]
fn scripts_without_a_font_are_named_and_not_drawn() {
    let block = TextBlock::layout(fonts(), &spec("देवनागरी"), 1.0);
    assert_eq!(block.bounds().area(), 0.0);
    assert!(block.text_rect().is_none());
    assert!(block.warnings()[0].starts_with("no font for Devanagari (दे"), "{:?}", block.warnings());
    let mixed = TextBlock::layout(fonts(), &spec("Hello 漢字 한글"), 1.0);
    assert_eq!(mixed.warnings().len(), 2, "{:?}", mixed.warnings());
    assert!(mixed.warnings()[0].contains("Han (漢字)") && mixed.warnings()[1].contains("Hangul (한글)"));
    assert!(mixed.bounds().area() > 0.0);
}

#[test]
fn shipped_scripts_need_no_warning() {
    let text = "Latin ąęłß Ελληνικά Кириллица العربية עברית Հայերեն ქართული ½ € → ∑ ♥ 😀 “quotes” — …";
    for family in [None, Some("serif"), Some("mono"), Some("Roboto"), Some("Noto Sans CJK KR"), Some("'Foo', serif")] {
        let family = family.map(str::to_owned);
        let block = TextBlock::layout(fonts(), &TextSpec { family: family.clone(), ..spec(text) }, 1.0);
        let expected = usize::from(family.is_some_and(|family| family.contains("Foo")));
        assert_eq!(block.warnings().len(), expected, "{:?}", block.warnings());
    }
}

#[test]
fn hostile_text_takes_bounded_time() {
    let texts = [
        ("long word", "x".repeat(100_000)),
        ("lines", "\n".repeat(10_000)),
        ("lines of letters", "a\n".repeat(50_000)),
        ("marks", format!("a{}", "\u{301}\u{489}".repeat(50_000))),
        ("marked letters", "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}".repeat(5_000)),
        ("controls", (0..100_000u32).filter_map(|c| char::from_u32(c % 160)).collect()),
        ("overrides", "\u{202e}a\u{202d}ب\u{2067}c\u{2066}ד\u{2068}".repeat(10_000)),
        ("unclosed isolates", "\u{2067}".repeat(50_000) + "abc"),
        ("noncharacters", "\u{ffff}\u{fffe}\u{10ffff}\u{fdd0}".repeat(10_000)),
        ("every character", (0..0x2_0000u32).filter_map(char::from_u32).collect()),
        ("emoji", "👨‍👩‍👧‍👦🏳️‍🌈".repeat(5_000)),
        ("joiners", "\u{200d}\u{fe0f}".repeat(50_000)),
        ("spaces", " ".repeat(100_000)),
        ("arabic", "سلام".repeat(25_000)),
    ];
    for (name, text) in texts {
        let started = Instant::now();
        let block = TextBlock::layout(fonts(), &TextSpec { size_px: 16.0, ..spec(&text) }, 1.0);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(1), "{name}: {took:?}");
        assert!(block.bounds().is_finite(), "{name}");
        assert!(block.lines().len() <= 1_000, "{name}");
    }
}

#[test]
fn hostile_numbers_are_survived() {
    for value in [f64::NAN, f64::INFINITY, -f64::INFINITY, -5.0, 0.0, 1e300] {
        let spec = TextSpec {
            size_px: value,
            line_height: value,
            width: Some(value),
            height: Some(value),
            stroke: Some(TextStroke { color: PAPER, width: value }),
            shadow: Some(TextShadow { color: PAPER, blur: value, dx: value, dy: value }),
            background: Some(TextBackground { color: PAPER, padding: value, radius: value }),
            ..spec("Hello world")
        };
        let block = TextBlock::layout(fonts(), &spec, 1.0);
        assert!(block.bounds().is_finite(), "{value}: {:?}", block.bounds());
        picture(64, 64, PAPER, |ctx| block.draw(ctx, Affine::IDENTITY));
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

fn load(folders: &[&Path]) -> Fonts {
    let folders = folders.iter().map(|&folder| folder.to_owned()).collect();
    Fonts::load(&FontSources { folders, system: false })
}

#[test]
fn fonts_of_the_folder_are_used_and_win() {
    let folder = tempfile::tempdir().unwrap();
    // A font that the program doesn't offer by itself.
    write(folder.path(), "condensed.ttf", dejavu::sans_condensed::bold());
    let fonts = load(&[folder.path()]);
    assert!(fonts.warnings().is_empty(), "{:?}", fonts.warnings());
    let spec = TextSpec { family: Some("DejaVu Sans Condensed".to_owned()), width: None, ..spec("Hamburgefonstiv") };
    let narrow = TextBlock::layout(&fonts, &spec, 1.0);
    assert!(narrow.warnings().is_empty(), "{:?}", narrow.warnings());
    let wide = TextBlock::layout(self::fonts(), &spec, 1.0);
    assert!(wide.warnings()[0].contains("no font `DejaVu Sans Condensed`"), "{:?}", wide.warnings());
    assert!((narrow.bounds().width() - wide.bounds().width()).abs() > 1.0);
}

#[test]
fn broken_fonts_are_left_out_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let whole = notosans::REGULAR_TTF;
    write(folder.path(), "a_noise.ttf", &noise(7, 50_000));
    write(folder.path(), "b_empty.otf", b"");
    write(folder.path(), "c_cut.ttf", &whole[..whole.len() / 2]);
    write(folder.path(), "d_head.ttf", &whole[..200]);
    write(folder.path(), "e_text.ttc", b"ttcf this is no font");
    write(folder.path(), "notes.txt", b"not even called a font");
    let fonts = load(&[folder.path(), &folder.path().join("nowhere")]);
    let names = ["a_noise.ttf", "b_empty.otf", "c_cut.ttf", "d_head.ttf", "e_text.ttc"];
    assert_eq!(fonts.warnings().len(), names.len(), "{:?}", fonts.warnings());
    for (warning, name) in fonts.warnings().iter().zip(names) {
        assert!(warning.contains(name), "{warning}");
    }
    assert!(TextBlock::layout(&fonts, &spec("Still here"), 1.0).bounds().area() > 0.0);
}

#[test]
fn damaged_fonts_do_no_harm() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..60 {
        let mut bytes = dejavu::sans_mono::regular().to_vec();
        // The first half of the rounds hits the tables' heads, where damage does most.
        let range = if round % 2 == 0 { 2_000 } else { bytes.len() };
        for _ in 0..(1 + round % 12) {
            let at = random.below(range);
            bytes[at] = random.below(256) as u8;
        }
        write(folder.path(), "damaged.ttf", &bytes);
        let started = Instant::now();
        let fonts = load(&[folder.path()]);
        let spec = TextSpec { family: Some("DejaVu Sans Mono".to_owned()), ..spec("Hello, wörld! مرحبا fi ffi") };
        let block = TextBlock::layout(&fonts, &spec, 1.0);
        assert!(block.bounds().is_finite());
        assert!(started.elapsed() < Duration::from_secs(1), "round {round}: {:?}", started.elapsed());
    }
}

/// A small generator with a fixed seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random(seed);
    (0..len).map(|_| random.next() as u8).collect()
}

#[test]
fn chinese_japanese_and_korean_break_between_characters() {
    let fonts = Fonts::load(&FontSources { system: true, ..FontSources::default() });
    let texts = [
        "今天天气很好，我们去公园散步吧。明天也许会下雨，所以要带伞。",
        "今日はとても天気がいいので、公園へ散歩に行きましょう。「明日」は雨かもしれません。",
        "오늘은 날씨가 아주 좋으니 공원으로 산책하러 갑시다. 내일은 비가 올지도 모릅니다.",
    ];
    for text in texts {
        let missing = fonts.missing_for(text, None);
        if !missing.is_empty() {
            println!("skipped: this machine has {missing:?}");
            continue;
        }
        let block = TextBlock::layout(&fonts, &spec(text), 1.0);
        assert!((3..=5).contains(&block.lines().len()), "{}", block.lines().len());
        for (left, right, _) in block.lines() {
            assert!(left >= -0.01 && right <= 300.01, "{left} {right}");
        }
    }
}
