//! How good a place between two words is for a break.

/// A break at the end of a sentence.
pub(super) const SENTENCE: f64 = 0.0;
/// A break after a comma and the like.
pub(super) const CLAUSE: f64 = 2.0;
/// A break before a conjunction or a preposition.
const BEFORE_LINK: f64 = 5.0;
/// A break between any two words.
pub(super) const WORDS: f64 = 8.0;
/// A break after a conjunction or a preposition.
const AFTER_LINK: f64 = 13.0;
/// A break after a word that belongs to the next one.
pub(super) const TORN: f64 = 16.0;

/// Words that begin a part of a sentence: conjunctions and prepositions of the languages most videos are in.
const LINKS: [&str; 104] = [
    "and",
    "or",
    "but",
    "because",
    "so",
    "that",
    "which",
    "who",
    "when",
    "where",
    "while",
    "if",
    "than",
    "then",
    "with",
    "for",
    "from",
    "into",
    "without",
    "through",
    "between",
    "over",
    "under",
    "until",
    "during",
    "since",
    "about",
    "after",
    "before",
    "of",
    "in",
    "on",
    "at",
    "by",
    "to",
    "as",
    "und",
    "oder",
    "aber",
    "weil",
    "dass",
    "wenn",
    "mit",
    "von",
    "für",
    "auf",
    "als",
    "zu",
    "et",
    "ou",
    "mais",
    "parce",
    "que",
    "qui",
    "quand",
    "avec",
    "pour",
    "dans",
    "sur",
    "de",
    "y",
    "o",
    "pero",
    "porque",
    "cuando",
    "con",
    "para",
    "por",
    "en",
    "e",
    "ma",
    "perché",
    "quando",
    "per",
    "che",
    "mas",
    "quem",
    "com",
    "em",
    "и",
    "или",
    "но",
    "что",
    "когда",
    "если",
    "потому",
    "для",
    "с",
    "в",
    "на",
    "i",
    "oraz",
    "ale",
    "że",
    "gdy",
    "z",
    "w",
    "en",
    "maar",
    "omdat",
    "met",
    "voor",
    "och",
    "men",
];

/// Words that belong to the word after them: articles, and what is never said alone.
const LEANING: [&str; 72] = [
    "a", "an", "the", "my", "your", "his", "her", "its", "our", "their", "this", "these", "no", "very", "not", "to",
    "of", "in", "on", "at", "by", "for", "from", "with", "mr.", "mrs.", "ms.", "dr.", "der", "die", "das", "den",
    "dem", "des", "ein", "eine", "einen", "einem", "im", "am", "zum", "zur", "le", "la", "les", "un", "une", "des",
    "du", "au", "aux", "el", "los", "las", "una", "unos", "del", "al", "il", "lo", "gli", "uno", "os", "as", "um",
    "uma", "в", "на", "с", "к", "у", "о",
];

/// Returns how bad it is to break between `word` and `next`, 0 and up.
pub(super) fn break_cost(word: &str, next: Option<&str>, ends_sentence: bool) -> f64 {
    let last = word.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』', '）']).chars().next_back();
    if ends_sentence || last.is_some_and(|c| "!?。！？…؟।".contains(c)) {
        return SENTENCE;
    }
    if last.is_some_and(|c| ",;:—–、，；：،؛".contains(c)) {
        return CLAUSE;
    }
    let lower = word.to_lowercase();
    if LEANING.contains(&lower.as_str()) {
        return TORN;
    }
    if LINKS.contains(&lower.as_str()) {
        return AFTER_LINK;
    }
    let next = next.unwrap_or_default().to_lowercase();
    if LINKS.contains(&next.as_str()) { BEFORE_LINK } else { WORDS }
}

#[cfg(test)]
mod tests {
    use super::{AFTER_LINK, BEFORE_LINK, CLAUSE, SENTENCE, TORN, WORDS, break_cost};

    #[test]
    fn breaks_are_told_apart() {
        for (word, next, ends, cost) in [
            ("done.", Some("Next"), true, SENTENCE),
            ("really?\"", Some("she"), false, SENTENCE),
            ("rain,", Some("we"), false, CLAUSE),
            ("天，", Some("我"), false, CLAUSE),
            ("door", Some("and"), false, BEFORE_LINK),
            ("The", Some("door"), false, TORN),
            ("and", Some("then"), false, AFTER_LINK),
            ("heavy", Some("door"), false, WORDS),
            ("e.g.", Some("this"), false, WORDS),
        ] {
            assert_eq!(break_cost(word, next, ends), cost, "{word} | {next:?}");
        }
    }
}
