//! Captions: what holds for all of them, files that can be read back, and what they look like.

use stage::captions::{CaptionLook, CaptionTrack, Cue, CueRules, cues, to_srt, to_vtt};
use stage::document::{Canvas, Color};
use stage::utterance::{Utterance, WordCue};
use vello_cpu::kurbo::Affine;

use crate::text_pictures::{PAPER, assert_picture, fonts, picture};

/// Says `text` at about the pace of a person.
fn said(text: &str, start_ms: u32) -> Utterance {
    let mut at = start_ms;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let end_ms = at + 90 + 45 * word.chars().count() as u32;
        let ends_sentence = word.ends_with(['.', '!', '?', '。', '؟']);
        words.push(WordCue { text: word.to_owned(), start_ms: at, end_ms, stressed: false, ends_sentence });
        at = end_ms + if ends_sentence { 450 } else { 30 };
    }
    Utterance { start_ms, end_ms: at, words, ..Utterance::default() }
}

/// A small generator with a fixed seed (an LCG of Knuth's).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(end)) as u32
    }
}

const WORDS: [&str; 20] = [
    "a",
    "the",
    "of",
    "and",
    "house,",
    "remarkably",
    "Donaudampfschifffahrtsgesellschaft",
    "rain.",
    "why?",
    "it",
    "字",
    "今天我们要介绍一个全新的产品，它可以把文字变成视频。",
    "مرحبا",
    "العالم،",
    "😀",
    "https://example.com/a/very/long/path/that/never/ends",
    "“quoted”",
    "x",
    "\u{200b}",
    "e\u{301}\u{302}",
];

fn utterances(random: &mut Random) -> Vec<Utterance> {
    let mut at = random.below(2_000);
    let mut utterances = Vec::new();
    for _ in 0..=random.below(4) {
        let n_words = random.below(60);
        let text: Vec<&str> = (0..n_words).map(|_| WORDS[random.below(WORDS.len() as u32) as usize]).collect();
        let utterance = said(&text.join(" "), at);
        // Some begin before the one before them has ended.
        at = (utterance.end_ms + random.below(3_000)).saturating_sub(random.below(1_500));
        utterances.push(utterance);
    }
    utterances
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn all_captions_keep_the_rules() {
    let mut random = Random(42);
    for round in 0..300 {
        let utterances = utterances(&mut random);
        let rules = CueRules { line_chars: 12 + random.below(40), lines: 1 + random.below(2), ..CueRules::default() };
        let cues = cues(&utterances, &rules);
        for pair in cues.windows(2) {
            assert!(pair[0].end_ms <= pair[1].start_ms, "round {round}: {pair:?}");
        }
        for cue in &cues {
            assert!(cue.start_ms < cue.end_ms);
            assert!((1..=rules.lines as usize).contains(&cue.lines.len()), "round {round}: {cue:?}");
            assert!(cue.lines.iter().all(|line| !line.is_empty()));
            for line in 0..cue.lines.len() {
                let n_chars = cue
                    .line_text(line)
                    .chars()
                    .filter(|c| !('\u{300}'..'\u{370}').contains(c) && *c != '\u{200b}')
                    .count();
                assert!(n_chars <= rules.line_chars as usize, "round {round}: {:?}", cue.line_text(line));
            }
        }
        // Every word once; of those who speak at a time, in any order.
        let mut shown: Vec<char> = cues.iter().flat_map(Cue::words).flat_map(|word| word.text.chars()).collect();
        let mut spoken: Vec<char> =
            utterances.iter().flat_map(|u| &u.words).flat_map(|word| word.text.chars()).collect();
        shown.sort_unstable();
        spoken.sort_unstable();
        assert_eq!(shown, spoken, "round {round}");
    }
}

#[test]
fn words_keep_their_order_and_times() {
    let text = "The first thing that anyone noticed about the house was its silence. Nobody had lived there for years, \
                and nobody wanted to, because of what had happened in the winter of the great storm.";
    let utterance = said(text, 500);
    let cues = cues(std::slice::from_ref(&utterance), &CueRules::default());
    let words: Vec<(&str, u32, u32)> =
        cues.iter().flat_map(Cue::words).map(|word| (word.text.as_str(), word.start_ms, word.end_ms)).collect();
    let expected: Vec<(&str, u32, u32)> =
        utterance.words.iter().map(|word| (word.text.as_str(), word.start_ms, word.end_ms)).collect();
    assert_eq!(words, expected);
    for cue in &cues {
        assert!(cue.words().all(|word| cue.start_ms <= word.start_ms && word.end_ms <= cue.end_ms));
        assert!(cue.words().count() > 1, "a lone word: {cue:?}");
    }
}

#[test]
fn an_hour_of_speech_takes_bounded_time() {
    let text = "and so the long story went on and on without an end to it ".repeat(800);
    let started = std::time::Instant::now();
    let cues = cues(&[said(&text, 0)], &CueRules::default());
    assert!(cues.len() > 500);
    assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
}

/// Reads SubRip or WebVTT back: times and text of each caption.
fn parse(file: &str) -> Vec<(u32, u32, String)> {
    let ms = |time: &str| {
        let numbers: Vec<u32> = time.split([':', ',', '.']).map(|part| part.parse().unwrap()).collect();
        ((numbers[0] * 60 + numbers[1]) * 60 + numbers[2]) * 1_000 + numbers[3]
    };
    let mut captions = Vec::new();
    for block in file.split("\n\n").filter(|block| block.contains("-->")) {
        let mut lines = block.lines().skip_while(|line| !line.contains("-->"));
        let (start, end) = lines.next().unwrap().split_once(" --> ").unwrap();
        captions.push((ms(start), ms(end), lines.collect::<Vec<_>>().join("\n")));
    }
    captions
}

#[test]
fn files_can_be_read_back() {
    let mut cues =
        cues(&[said("Tom & Jerry <both> ran away, and nobody knew where they went.", 0)], &CueRules::default());
    for cue in &mut cues {
        cue.shift(3_600_000);
    }
    let expected: Vec<(u32, u32, String)> = cues
        .iter()
        .map(|cue| {
            let lines: Vec<String> = (0..cue.lines.len()).map(|line| cue.line_text(line)).collect();
            (cue.start_ms, cue.end_ms, lines.join("\n"))
        })
        .collect();
    assert_eq!(parse(&to_srt(&cues)), expected);
    let unescaped = to_vtt(&cues).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    assert_eq!(parse(&unescaped), expected);
    assert!(expected[0].0 >= 3_600_000);
}

fn look() -> CaptionLook {
    CaptionLook {
        family: None,
        size: None,
        weight: 600,
        color: Color::rgb(255, 255, 255),
        outline: None,
        background: Some(Color { r: 12, g: 16, b: 24, a: 190 }),
        highlight: None,
        bottom: 0.07,
    }
}

fn track(look: CaptionLook, canvas: Canvas, text: &str, scale: f64) -> CaptionTrack {
    let rules = CueRules::for_canvas(canvas.width.into(), look.size_on(&canvas));
    let cues = cues(&[said(text, 0)], &rules);
    CaptionTrack::new(fonts().clone(), look, canvas, cues, scale)
}

const TEXT: &str = "When the rain had stopped at last, we went for a long walk.";
const SMALL: Canvas = Canvas { width: 480, height: 270, fps: 30 };

#[test]
fn keys_follow_the_words() {
    let plain = track(look(), SMALL, TEXT, 1.0);
    assert_eq!(plain.key_at(10).unwrap().word, None);
    assert_eq!(plain.key_at(100_000), None);
    let followed = track(CaptionLook { highlight: Some(Color::rgb(255, 210, 0)), ..look() }, SMALL, TEXT, 1.0);
    let keys: Vec<Option<u32>> =
        (0..5_000).step_by(20).filter_map(|ms| followed.key_at(ms)).map(|key| key.word).collect();
    assert_eq!(keys[0], Some(0));
    assert_eq!(*keys.last().unwrap(), Some(12));
    assert!(keys.is_sorted());
    for pair in followed.changes(0, 20_000).windows(2) {
        let (first, last) = (followed.key_at(pair[0]), followed.key_at(pair[1] - 1));
        assert_eq!(first, last, "{pair:?}");
    }
}

#[test]
fn captions_stay_on_the_canvas() {
    let long = "Incomprehensibilities WWWWWWWWWWWWWWW MMMMMMMMMMMMMM, and unquestionably more WWWWWWWWWWWW.";
    for (width, height) in [(1920, 1080), (854, 480), (1080, 1920), (480, 854), (1080, 1080), (128, 128)] {
        for (text, size) in [(TEXT, None), (long, None), (long, Some(200.0))] {
            let canvas = Canvas { width, height, fps: 30 };
            let track = track(CaptionLook { size, ..look() }, canvas, text, 1.0);
            for ms in (0..20_000).step_by(100) {
                let Some(key) = track.key_at(ms) else { continue };
                let bounds = track.bounds(key);
                let is_inside = bounds.x0 >= 0.0
                    && bounds.y0 >= 0.0
                    && bounds.x1 <= f64::from(width)
                    && bounds.y1 <= f64::from(height);
                assert!(is_inside, "{width}x{height} {text:?}: {bounds:?}");
            }
        }
    }
}

fn check(name: &str, look: CaptionLook, canvas: Canvas, text: &str, at_ms: u32) {
    let track = track(look, canvas, text, 1.0);
    assert!(track.warnings().is_empty(), "{:?}", track.warnings());
    let key = track.key_at(at_ms).unwrap();
    let (width, height) = (canvas.width as u16, canvas.height as u16);
    let picture = picture(width, height, PAPER, |ctx| track.draw(ctx, Affine::IDENTITY, key));
    assert_picture(name, &picture);
}

#[test]
fn styles_differ() {
    check("captions_box", look(), SMALL, TEXT, 500);
    let outline = CaptionLook { background: None, outline: Some(Color::rgb(10, 10, 10)), ..look() };
    check("captions_outline", outline.clone(), SMALL, TEXT, 500);
    let highlight = Some(Color::rgb(255, 210, 0));
    check("captions_highlight", CaptionLook { highlight, ..look() }, SMALL, TEXT, 900);
}

#[test]
fn portrait_and_right_to_left_are_readable() {
    check("captions_portrait", look(), Canvas { width: 270, height: 480, fps: 30 }, TEXT, 500);
    let text = "مرحبا بكم في هذا الفيديو، سنتعلم اليوم كيف نصنع فيلما قصيرا في GIMP و Blender معا.";
    let highlight = Some(Color::rgb(255, 210, 0));
    check("captions_arabic", CaptionLook { highlight, ..look() }, SMALL, text, 900);
}

#[test]
fn words_of_all_kinds_are_whole_in_files() {
    let text = "今天我们要介绍一个全新的产品， 它可以把文字变成视频。";
    let cues = cues(&[said(text, 0)], &CueRules::default());
    let shown: String = parse(&to_srt(&cues)).into_iter().map(|(_, _, text)| without_spaces(&text)).collect();
    assert_eq!(shown, without_spaces(text));
}
