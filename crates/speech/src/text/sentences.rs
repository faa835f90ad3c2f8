//! Where words and sentences end.

/// Words whose full stop ends no sentence, lower-cased and without it.
const ABBREVIATIONS: [&str; 44] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "e.g", "i.e", "approx", "dept", "est", "fig",
    "gen", "gov", "inc", "ltd", "no", "nr", "vol", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept",
    "oct", "nov", "dec", "z.b", "d.h", "bzw", "usw", "ca", "hr", "fr", "sra", "dra",
];

/// A longer word is cut.
const WORD_MAX_CHARS: usize = 100;

/// Cuts a text at its spaces, and scripts without spaces after each of their characters.
pub(super) fn words_of(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        let (mut start, mut n_chars) = (0, 0);
        for (at, letter) in chunk.char_indices() {
            let end = at + letter.len_utf8();
            let next = chunk[end..].chars().next();
            // The punctuation after a character stays with it.
            let ends_here = next.is_some_and(|next| is_han(next) || (is_han(letter) && next.is_alphanumeric()));
            let opens = matches!(letter, '“' | '‘' | '「' | '『' | '（' | '《' | '(' | '"' | '\'');
            n_chars += 1;
            if (ends_here && !opens) || n_chars >= WORD_MAX_CHARS {
                words.push(&chunk[start..end]);
                (start, n_chars) = (end, 0);
            }
        }
        if start < chunk.len() {
            words.push(&chunk[start..]);
        }
    }
    words
}

/// Whether a character is a word by itself: Chinese and Japanese are written without spaces.
pub(crate) fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// Whether a sentence ends with `word`, given the word after it.
pub(super) fn ends_sentence(word: &str, next: Option<&str>) -> bool {
    let core = word.trim_end_matches(|letter: char| {
        matches!(letter, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '』' | '）')
    });
    let Some(mark) = core.chars().next_back() else { return false };
    match mark {
        '!' | '?' | '。' | '！' | '？' | '؟' | '।' | '۔' | '։' | '။' => true,
        '.' | '…' => stop_ends_sentence(core, next),
        _ => false,
    }
}

fn stop_ends_sentence(core: &str, next: Option<&str>) -> bool {
    let Some(next) = next else { return true };
    let first = next.chars().find(|letter| letter.is_alphanumeric());
    if first.is_some_and(char::is_lowercase) {
        return false;
    }
    if core.ends_with("..") || core.ends_with('…') {
        return true;
    }
    let bare = core.trim_end_matches('.').trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let is_initial = bare.chars().count() == 1 && bare.chars().all(char::is_uppercase);
    // "3. Mai", "1. Januar": the next word tells nothing, a lone number with a stop is an ordinal or a list's.
    let is_number = !bare.is_empty() && bare.chars().count() <= 2 && bare.chars().all(|letter| letter.is_ascii_digit());
    !(is_initial || is_number || ABBREVIATIONS.contains(&bare.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_of_abbreviations_end_nothing() {
        for (word, next, ends) in [
            ("end.", Some("Next"), true),
            ("end.", None, true),
            ("Dr.", Some("Smith"), false),
            ("e.g.", Some("Paris"), false),
            ("J.", Some("Smith"), false),
            ("etc.", Some("and"), false),
            ("really?\"", Some("she"), true),
            ("好。", Some("我"), true),
            ("3.", Some("Mai"), false),
            ("2026.", Some("We"), true),
            ("well…", Some("maybe"), false),
        ] {
            assert_eq!(ends_sentence(word, next), ends, "{word} {next:?}");
        }
    }

    #[test]
    fn chinese_is_cut_into_characters_with_their_punctuation() {
        assert_eq!(words_of("你好！我是 Anna。"), ["你", "好！", "我", "是", "Anna。"]);
        assert_eq!(words_of("“你好”，他说"), ["“你", "好”，", "他", "说"]);
        assert_eq!(words_of(" don't stop "), ["don't", "stop"]);
    }
}
