//! X-SAMPA, which writes the IPA with the letters of a keyboard.

/// Symbols of X-SAMPA with their IPA, longer ones first.
const XSAMPA: [(&str, &str); 62] = [
    ("r\\`", "ɻ"),
    ("_>", "ʼ"),
    ("_h", "ʰ"),
    ("_j", "ʲ"),
    ("_w", "ʷ"),
    ("_~", "\u{303}"),
    ("r\\", "ɹ"),
    ("R\\", "ʀ"),
    ("h\\", "ɦ"),
    ("j\\", "ʝ"),
    ("s\\", "ɕ"),
    ("z\\", "ʑ"),
    ("p\\", "ɸ"),
    ("X\\", "ħ"),
    ("?\\", "ʕ"),
    ("v\\", "ʋ"),
    ("l\\", "ɺ"),
    ("t`", "ʈ"),
    ("d`", "ɖ"),
    ("n`", "ɳ"),
    ("s`", "ʂ"),
    ("z`", "ʐ"),
    ("l`", "ɭ"),
    ("r`", "ɽ"),
    ("@`", "ɚ"),
    ("3`", "ɝ"),
    ("A", "ɑ"),
    ("B", "β"),
    ("C", "ç"),
    ("D", "ð"),
    ("E", "ɛ"),
    ("F", "ɱ"),
    ("G", "ɣ"),
    ("H", "ɥ"),
    ("I", "ɪ"),
    ("J", "ɲ"),
    ("K", "ɬ"),
    ("L", "ʎ"),
    ("M", "ɯ"),
    ("N", "ŋ"),
    ("O", "ɔ"),
    ("P", "ʋ"),
    ("Q", "ɒ"),
    ("R", "ʁ"),
    ("S", "ʃ"),
    ("T", "θ"),
    ("U", "ʊ"),
    ("V", "ʌ"),
    ("W", "ʍ"),
    ("X", "χ"),
    ("Y", "ʏ"),
    ("Z", "ʒ"),
    ("@", "ə"),
    ("{", "æ"),
    ("}", "ʉ"),
    ("2", "ø"),
    ("3", "ɜ"),
    ("4", "ɾ"),
    ("7", "ɤ"),
    ("9", "œ"),
    ("\"", "ˈ"),
    ("%", "ˌ"),
];

/// Marks of one letter whose IPA is another one.
const MARKS: [(char, &str); 4] = [(':', "ː"), ('?', "ʔ"), ('~', "\u{303}"), ('g', "ɡ")];

/// Returns the IPA of a word in X-SAMPA; what is not known stays as it is.
pub(crate) fn of_xsampa(text: &str) -> String {
    let mut ipa = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let known = XSAMPA.iter().find(|(symbol, _)| rest.starts_with(symbol));
        if let Some((symbol, written)) = known {
            ipa.push_str(written);
            rest = &rest[symbol.len()..];
            continue;
        }
        match MARKS.iter().find(|(mark, _)| *mark == letter) {
            Some((_, written)) => ipa.push_str(written),
            None => ipa.push(letter),
        }
        rest = &rest[letter.len_utf8()..];
    }
    ipa
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xsampa_becomes_ipa() {
        assert_eq!(of_xsampa("h@\"l@U"), "həˈləʊ");
        assert_eq!(of_xsampa("\"r\\{p@`"), "ˈɹæpɚ");
        assert_eq!(of_xsampa("t_hi:"), "tʰiː");
    }
}
