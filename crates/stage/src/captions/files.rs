//! Captions as files: SubRip, WebVTT and JSON with the time of each word.

use std::fmt::Write as _;

use serde::Serialize;

use super::cue::Cue;

/// Writes captions as SubRip (`.srt`).
pub fn to_srt(cues: &[Cue]) -> String {
    let mut text = String::new();
    for (idx, cue) in cues.iter().enumerate() {
        let times = format_args!("{} --> {}", time(cue.start_ms, ','), time(cue.end_ms, ','));
        // Writing to a string does not fail.
        let _ = write!(text, "{}\n{times}\n", idx + 1);
        for line in 0..cue.lines.len() {
            // An arrow within a caption would be taken for times.
            let _ = writeln!(text, "{}", cue.line_text(line).replace("-->", "→"));
        }
        text.push('\n');
    }
    text
}

/// Writes captions as WebVTT (`.vtt`).
pub fn to_vtt(cues: &[Cue]) -> String {
    let mut text = "WEBVTT\n\n".to_owned();
    for cue in cues {
        let _ = writeln!(text, "{} --> {}", time(cue.start_ms, '.'), time(cue.end_ms, '.'));
        for line in 0..cue.lines.len() {
            let escaped = cue.line_text(line).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = writeln!(text, "{escaped}");
        }
        text.push('\n');
    }
    text
}

/// Writes captions as JSON with the time of each word: `{"cues": [{"start_ms", "end_ms", "text", "words": […]}]}`.
pub fn to_json(cues: &[Cue]) -> String {
    let cues = cues
        .iter()
        .map(|cue| JsonCue {
            start_ms: cue.start_ms,
            end_ms: cue.end_ms,
            text: (0..cue.lines.len()).map(|line| cue.line_text(line)).collect::<Vec<_>>().join("\n"),
            words: cue
                .words()
                .map(|word| JsonWord { text: &word.text, start_ms: word.start_ms, end_ms: word.end_ms })
                .collect(),
        })
        .collect();
    // Numbers and strings alone: there is nothing that JSON could not hold.
    serde_json::to_string_pretty(&JsonCues { cues }).unwrap_or_default()
}

#[derive(Serialize)]
struct JsonCues<'a> {
    cues: Vec<JsonCue<'a>>,
}

#[derive(Serialize)]
struct JsonCue<'a> {
    start_ms: u32,
    end_ms: u32,
    text: String,
    words: Vec<JsonWord<'a>>,
}

#[derive(Serialize)]
struct JsonWord<'a> {
    text: &'a str,
    start_ms: u32,
    end_ms: u32,
}

/// Returns `HH:MM:SS`, the separator, and milliseconds.
fn time(ms: u32, separator: char) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{separator}{:03}", ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::super::cue::{Cue, CueWord};
    use super::{to_json, to_srt, to_vtt};

    fn cue() -> Cue {
        let word = |text: &str, start_ms: u32, end_ms: u32| CueWord {
            text: text.to_owned(),
            start_ms,
            end_ms,
            is_glued: false,
        };
        Cue {
            start_ms: 3_723_004,
            end_ms: 3_725_000,
            lines: vec![
                vec![word("Tom", 3_723_004, 3_723_500), word("&", 3_723_500, 3_723_800)],
                vec![word("<Jerry>", 3_723_800, 3_724_500), word("-->", 3_724_500, 3_724_900)],
            ],
        }
    }

    #[test]
    fn srt_is_numbered_and_has_commas() {
        assert_eq!(to_srt(&[cue()]), "1\n01:02:03,004 --> 01:02:05,000\nTom &\n<Jerry> →\n\n");
        assert_eq!(to_srt(&[]), "");
    }

    #[test]
    fn vtt_is_escaped() {
        assert_eq!(to_vtt(&[cue()]), "WEBVTT\n\n01:02:03.004 --> 01:02:05.000\nTom &amp;\n&lt;Jerry&gt; --&gt;\n\n");
    }

    #[test]
    fn json_has_every_word_with_its_time() {
        let json: serde_json::Value = serde_json::from_str(&to_json(&[cue()])).unwrap();
        assert_eq!(json["cues"][0]["text"], "Tom &\n<Jerry> -->");
        assert_eq!(json["cues"][0]["words"][2]["text"], "<Jerry>");
        assert_eq!(json["cues"][0]["words"][2]["start_ms"], 3_723_800);
        assert_eq!(json["cues"][0]["words"].as_array().unwrap().len(), 4);
    }
}
