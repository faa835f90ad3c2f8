//! Text as it is searched: small letters, and patterns that match a part of them.

/// Longest text that is searched for, in characters: longer than any name, and short enough for SQLite, which refuses
/// patterns over 50,000 bytes.
const SEARCHED_CHARS_MAX: usize = 4000;

/// Returns text in small letters, each by itself: a Greek sigma does not depend on whether its word ends there.
pub(crate) fn fold(text: &str) -> String {
    let letters = text.chars().flat_map(char::to_lowercase);
    letters.map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

/// Returns what to search folded text for.
pub(crate) fn searched(text: &str) -> String {
    // No title has the character 0, and PostgreSQL takes no text with it.
    fold(&text.chars().take(SEARCHED_CHARS_MAX).collect::<String>()).replace('\0', "\u{FFFD}")
}

/// Returns the pattern for `LIKE … ESCAPE '\'` that matches folded text with `text` in it, all text where it is empty.
pub(crate) fn contains_pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in searched(text).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    if pattern.len() > 1 {
        pattern.push('%');
    }
    pattern
}

/// Returns the start of a text that is at most `n_bytes_max` long.
pub(crate) fn start_of(text: &str, n_bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(n_bytes_max)]
}

/// Writes names between commas, with one at each end, so that ",a," is found in ",a,b,"; empty for none.
pub(crate) fn list_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let list = names.fold(String::new(), |list, name| list + "," + name);
    if list.is_empty() { list } else { list + "," }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_folded_one_by_one() {
        assert_eq!(fold("ÀÉ Straße ΟΔΟΣ οδος 音楽 İ"), "àé straße οδοσ οδοσ 音楽 i\u{307}");
    }

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(contains_pattern(""), "%");
        assert_eq!(contains_pattern("100% A_b\\"), "%100\\% a\\_b\\\\%");
        assert!(contains_pattern(&"%".repeat(100_000)).len() < 10_000);
    }

    #[test]
    fn a_start_ends_between_characters() {
        assert_eq!(start_of("añb", 2), "a");
        assert_eq!(start_of("añb", 3), "añ");
        assert_eq!(start_of("añb", 9), "añb");
    }
}
