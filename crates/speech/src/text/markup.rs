//! Cuts a text into plain pieces, tags and pause marks. Never fails: what looks like nothing known stays text.

/// A longer `<...>` is text.
const TAG_MAX_BYTES: usize = 2_000;

/// One piece of a marked-up text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// `<name ...>` or `<name .../>`.
    Open {
        name: String,
        attributes: Vec<(String, String)>,
        closed: bool,
    },
    /// `</name>`.
    Close {
        name: String,
    },
    /// `[pause 0.5s]`, `[[slnc 500]]`.
    Pause {
        ms: f32,
    },
}

/// Cuts a text with markup.
pub(super) fn pieces_of(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '[']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = match rest.as_bytes()[0] {
            b'<' => tag(rest),
            b'[' => pause_mark(rest),
            _ => entity(rest).map(|(letter, n_bytes)| {
                plain.push(letter);
                (None, n_bytes)
            }),
        };
        match found {
            Some((piece, n_bytes)) => {
                if let Some(piece) = piece {
                    flush(&mut plain, &mut pieces);
                    pieces.push(piece);
                }
                rest = &rest[n_bytes..];
            }
            None => {
                plain.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    flush(&mut plain, &mut pieces);
    pieces
}

fn flush(plain: &mut String, pieces: &mut Vec<Piece>) {
    if !plain.is_empty() {
        pieces.push(Piece::Text(std::mem::take(plain)));
    }
}

/// Reads a tag, comment, processing instruction or declaration; the latter three give no piece.
fn tag(rest: &str) -> Option<(Option<Piece>, usize)> {
    if let Some(comment) = rest.strip_prefix("<!--") {
        let n_bytes = comment.find("-->")? + 7;
        return Some((None, n_bytes));
    }
    let n_bytes = tag_end(rest)?;
    let inside = &rest[1..n_bytes - 1];
    if inside.starts_with(['!', '?']) {
        return Some((None, n_bytes));
    }
    if let Some(name) = inside.strip_prefix('/') {
        let name = tag_name(name)?;
        return Some((Some(Piece::Close { name: name.to_lowercase() }), n_bytes));
    }
    let name = tag_name(inside)?;
    let attributes = attributes_of(&inside[name.len()..]);
    let closed = inside.ends_with('/');
    Some((Some(Piece::Open { name: name.to_lowercase(), attributes, closed }), n_bytes))
}

/// Returns the length of a tag up to its `>`, which does not count inside quotes.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().take(TAG_MAX_BYTES).skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    // A lone quotation mark: the tag ends at the first `>` then.
    rest.bytes().take(TAG_MAX_BYTES).position(|byte| byte == b'>').map(|at| at + 1)
}

fn tag_name(inside: &str) -> Option<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, ':' | '-' | '_');
    let end = inside.find(|letter| !is_name(letter)).unwrap_or(inside.len());
    (inside.starts_with(|letter: char| letter.is_ascii_alphabetic())).then(|| &inside[..end])
}

/// Reads `name="value"`, also with other quotes or without; names are lower-cased.
fn attributes_of(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        let end = rest.find(|letter: char| letter.is_whitespace() || letter == '=').unwrap_or(rest.len());
        if end == 0 && !rest.starts_with('=') {
            return attributes;
        }
        let name = rest[..end].to_lowercase();
        rest = rest[end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else { continue };
        let after = after.trim_start();
        let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''));
        let (value, next) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        attributes.push((name, decoded(value)));
        rest = next;
    }
}

/// Replaces the entities of a text.
pub(super) fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, n_bytes) = entity(rest).unwrap_or(('&', 1));
        plain.push(letter);
        rest = &rest[n_bytes..];
    }
    plain + rest
}

fn entity(rest: &str) -> Option<(char, usize)> {
    let end = rest.bytes().take(12).position(|byte| byte == b';')?;
    let name = rest.get(1..end)?;
    let letter = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "euro" => '€',
        "copy" => '©',
        _ => {
            let number = name.strip_prefix('#')?;
            let hexadecimal = number.strip_prefix(['x', 'X']);
            let code = hexadecimal.map_or_else(|| number.parse(), |digits| u32::from_str_radix(digits, 16)).ok()?;
            char::from_u32(code)?
        }
    };
    Some((letter, end + 1))
}

/// Reads `[pause]`, `[pause 0.5s]`, `[pause: 500ms]`, `[break 1s]`, `[silence=2]` and `[[slnc 500]]`.
fn pause_mark(rest: &str) -> Option<(Option<Piece>, usize)> {
    let end = rest.bytes().take(40).position(|byte| byte == b']')?;
    let double = rest.starts_with("[[");
    let inside = rest.get(1 + usize::from(double)..end)?.trim().to_lowercase();
    let n_bytes = end + 1 + usize::from(double && rest[end..].starts_with("]]"));
    let (name, value) =
        inside.split_at(inside.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(inside.len()));
    let value = value.trim_start_matches([' ', ':', '=', '-']).trim();
    let ms = match name {
        "slnc" => value.parse::<f32>().ok()?,
        "pause" | "break" | "silence" | "wait" if value.is_empty() => 500.0,
        "pause" | "break" | "silence" | "wait" => duration_ms(value)?,
        _ => return None,
    };
    (ms.is_finite() && ms >= 0.0).then_some((Some(Piece::Pause { ms }), n_bytes))
}

/// Reads `500ms`, `0.5s` and `0.5`, which are seconds.
pub(super) fn duration_ms(value: &str) -> Option<f32> {
    let value = value.trim().to_lowercase();
    let value = value.trim_end_matches("ec");
    let (number, factor) = match value.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (value.strip_suffix('s').unwrap_or(value), 1000.0),
    };
    let ms = number.trim().replace(',', ".").parse::<f32>().ok()? * factor;
    (ms.is_finite() && ms >= 0.0).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str, attributes: &[(&str, &str)], closed: bool) -> Piece {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Piece::Open { name: name.to_owned(), attributes, closed }
    }

    #[test]
    fn tags_entities_and_marks_are_told_from_text() {
        let pieces =
            pieces_of("A &lt; B <break time='0.5s'/>&amp; C [pause 2s] 1 < 2 [1] <b>x</b><!-- no -->y [[slnc 300]]");
        assert_eq!(
            pieces,
            [
                Piece::Text("A < B ".into()),
                open("break", &[("time", "0.5s")], true),
                Piece::Text("& C ".into()),
                Piece::Pause { ms: 2000.0 },
                Piece::Text(" 1 < 2 [1] ".into()),
                open("b", &[], false),
                Piece::Text("x".into()),
                Piece::Close { name: "b".into() },
                Piece::Text("y ".into()),
                Piece::Pause { ms: 300.0 },
            ]
        );
    }

    #[test]
    fn broken_markup_stays_readable() {
        assert_eq!(pieces_of("a <b c"), [Piece::Text("a <b c".into())]);
        assert_eq!(pieces_of("AT&T & co; <3"), [Piece::Text("AT&T & co; <3".into())]);
        assert_eq!(pieces_of("<x a=\"1>y"), [open("x", &[("a", "1")], false), Piece::Text("y".into())]);
        assert!(pieces_of(&"<".repeat(10_000)).len() == 1);
    }

    #[test]
    fn attributes_come_in_all_quotes() {
        let pieces = pieces_of("<a b = \"x y\" c='&quot;' d=e f>");
        assert_eq!(pieces, [open("a", &[("b", "x y"), ("c", "\""), ("d", "e")], false)]);
    }
}
