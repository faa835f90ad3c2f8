//! Spoken text with emotion tags: `<emotion name="happiness">…</emotion>`.

use stage::document::Emotion;

/// The names of emotions, as the vendor's clients write them.
const EMOTIONS: [(&str, Emotion); 6] = [
    ("neutral", Emotion::Neutral),
    ("semismile", Emotion::Semismile),
    ("smile", Emotion::Smile),
    ("happiness", Emotion::Happiness),
    ("sadness", Emotion::Sadness),
    ("surprise", Emotion::Surprise),
];

/// A stretch of text that is said with one feeling.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stretch {
    /// The feeling; as the speaker usually looks without one.
    pub(crate) emotion: Option<Emotion>,
    /// What is said.
    pub(crate) text: String,
}

/// Cuts a text where feelings change. Tags may be nested; unknown names and tags that are never closed are no errors.
pub(crate) fn stretches(text: &str) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut feelings: Vec<Option<Emotion>> = Vec::new();
    let mut rest = text;
    loop {
        let (before, tag, after) = next_tag(rest);
        if !before.trim().is_empty() {
            let emotion = feelings.last().copied().flatten();
            stretches.push(Stretch { emotion, text: before.to_owned() });
        }
        match tag {
            None => return stretches,
            Some(Tag::Open(emotion)) => feelings.push(emotion),
            Some(Tag::Close) => {
                feelings.pop();
            }
        }
        rest = after;
    }
}

/// Returns a text without its emotion tags.
pub(crate) fn without_tags(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    loop {
        let (before, tag, after) = next_tag(rest);
        plain.push_str(before);
        if tag.is_none() {
            return plain;
        }
        rest = after;
    }
}

enum Tag {
    Open(Option<Emotion>),
    Close,
}

/// Splits a text at its first emotion tag.
fn next_tag(text: &str) -> (&str, Option<Tag>, &str) {
    let mut from = 0;
    while let Some(at) = text[from..].find('<').map(|at| from + at) {
        let inside = &text[at + 1..];
        if let Some(end) = inside.find(['<', '>']).filter(|end| inside[*end..].starts_with('>'))
            && let Some(tag) = tag_of(&inside[..end])
        {
            return (&text[..at], Some(tag), &inside[end + 1..]);
        }
        from = at + 1;
    }
    (text, None, "")
}

/// Reads what stands between `<` and `>`.
fn tag_of(inside: &str) -> Option<Tag> {
    let inside = inside.trim();
    if let Some(name) = inside.strip_prefix('/') {
        return name.trim().eq_ignore_ascii_case("emotion").then_some(Tag::Close);
    }
    let name_end = inside.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inside.len());
    if !inside[..name_end].eq_ignore_ascii_case("emotion") {
        return None;
    }
    let value = inside[name_end..].split_once('=').map_or("", |(_, value)| value);
    let name = value.trim().trim_end_matches('/').trim().trim_matches(['"', '\'', '\u{201c}', '\u{201d}']);
    let emotion = EMOTIONS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    Some(Tag::Open(emotion.map(|(_, emotion)| *emotion)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(Option<Emotion>, String)> {
        stretches(text).into_iter().map(|stretch| (stretch.emotion, stretch.text)).collect()
    }

    #[test]
    fn feelings_last_as_long_as_their_tags() {
        let text = "Hi. <emotion name=\"happiness\">Great <Emotion name='sadness'>but</emotion> done.</emotion> Bye.";
        let expected = [
            (None, "Hi. "),
            (Some(Emotion::Happiness), "Great "),
            (Some(Emotion::Sadness), "but"),
            (Some(Emotion::Happiness), " done."),
            (None, " Bye."),
        ];
        assert_eq!(cut(text), expected.map(|(emotion, text)| (emotion, text.to_owned())));
        assert_eq!(without_tags(text), "Hi. Great but done. Bye.");
    }

    #[test]
    fn broken_tags_are_no_errors() {
        assert_eq!(cut("<emotion name=\"rage\">a"), [(None, "a".to_owned())]);
        assert_eq!(cut("</emotion>a</emotion>"), [(None, "a".to_owned())]);
        assert_eq!(cut("<emotion>a"), [(None, "a".to_owned())]);
        assert_eq!(cut("1 < 2 and <emotion name="), [(None, "1 < 2 and <emotion name=".to_owned())]);
        assert_eq!(cut("<emotions>a"), [(None, "<emotions>a".to_owned())]);
        assert_eq!(
            cut("a < <emotion name=smile>b"),
            [(None, "a < ".to_owned()), (Some(Emotion::Smile), "b".to_owned())]
        );
        assert_eq!(cut("<emotion name=\"smile\"> </emotion>"), []);
    }
}
