//! SSML's `say-as`: what is said for characters, digits, dates and telephone numbers.

/// Returns what is said for `text`, or `None` to read it as it is.
pub(super) fn said_as(text: &str, interpret_as: &str, format: &str, language: &str) -> Option<String> {
    match interpret_as {
        "characters" | "spell-out" | "verbatim" | "spell" | "digits" | "number:digits" => Some(spelled(text)),
        "telephone" => Some(telephone(text)),
        "cardinal" | "number" => Some(text.chars().filter(|letter| !matches!(letter, ',' | '\'' | ' ')).collect()),
        "ordinal" => Some(ordinal(text.trim(), language)),
        "date" => date(text.trim(), format, language),
        "time" => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// Whether [`said_as`] knows a way of reading.
pub(super) fn is_known(interpret_as: &str) -> bool {
    const KNOWN: [&str; 12] = [
        "characters",
        "spell-out",
        "verbatim",
        "spell",
        "digits",
        "number:digits",
        "telephone",
        "cardinal",
        "number",
        "ordinal",
        "date",
        "time",
    ];
    KNOWN.contains(&interpret_as)
}

fn spelled(text: &str) -> String {
    let named = |letter: char| {
        let capital = letter.to_uppercase().to_string();
        // With a full stop it is read as the letter's name: a lone "A" would be the article.
        if letter.is_ascii_alphabetic() { capital + "." } else { capital }
    };
    text.chars().filter(|letter| !letter.is_whitespace()).map(named).collect::<Vec<_>>().join(" ")
}

/// Digits one by one, with a short pause where the number is grouped.
fn telephone(text: &str) -> String {
    let groups =
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '+').filter(|group| !group.is_empty());
    let groups: Vec<String> = groups.map(|group| spelled(group).replace('+', "plus")).collect();
    groups.join(", ")
}

fn ordinal(text: &str, language: &str) -> String {
    let Ok(number) = text.parse::<u32>() else { return text.to_owned() };
    if !language.starts_with("en") {
        return format!("{number}.");
    }
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Reads a date; only English names the month, other languages say the numbers.
fn date(text: &str, format: &str, language: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let numbers: Vec<u32> =
        text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let format = if format.is_empty() && numbers.first().is_some_and(|number| *number > 31) { "ymd" } else { format };
    let format = if format.is_empty() { if language == "en-US" { "mdy" } else { "dmy" } } else { format };
    if numbers.len() != format.len() {
        return None;
    }
    let part = |letter: char| format.chars().position(|own| own == letter).map(|idx| numbers[idx]);
    let (year, month, day) = (part('y'), part('m'), part('d'));
    if !language.starts_with("en") {
        let parts: Vec<String> = [day, month, year].iter().flatten().map(u32::to_string).collect();
        return Some(parts.join(" "));
    }
    let month = match month {
        Some(month) => Some(*MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?),
        None => None,
    };
    let day = day.map(|day| ordinal(&day.to_string(), language));
    let year = year.map(|year| year.to_string());
    let date: Vec<String> = [month.map(str::to_owned), day, year].into_iter().flatten().collect();
    Some(date.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_reading() {
        let said = |text, way, format| said_as(text, way, format, "en-US");
        assert_eq!(said("a1b", "characters", ""), Some("A. 1 B.".into()));
        assert_eq!(said("2026", "digits", ""), Some("2 0 2 6".into()));
        assert_eq!(said("1,234", "cardinal", ""), Some("1234".into()));
        assert_eq!(said("22", "ordinal", ""), Some("22nd".into()));
        assert_eq!(said("113", "ordinal", ""), Some("113th".into()));
        assert_eq!(said("+1 555-0100", "telephone", ""), Some("plus 1, 5 5 5, 0 1 0 0".into()));
        assert_eq!(said("2026-11-26", "date", ""), Some("November 26th 2026".into()));
        assert_eq!(said("1/2/2026", "date", ""), Some("January 2nd 2026".into()));
        assert_eq!(said("1/2/2026", "date", "dmy"), Some("February 1st 2026".into()));
        assert_eq!(said("5/2026", "date", "my"), Some("May 2026".into()));
        assert_eq!(said("99/99/2026", "date", "mdy"), None);
        assert_eq!(said("x", "currency", ""), None);
        assert_eq!(said_as("26.11.2026", "date", "dmy", "de-DE"), Some("26 11 2026".into()));
    }
}
