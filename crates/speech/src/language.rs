//! Which language a text is in, as far as its letters tell.

use unicode_script::{Script, UnicodeScript as _};

/// Returns the language whose letters a text is mostly written in; none for Latin letters, which hundreds of languages share.
///
/// Where several languages share other letters, the one with most speakers is taken, unless letters of its own tell another.
/// Markup (`<...>`) does not count.
pub fn language_of(text: &str) -> Option<&'static str> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    let mut in_tag = false;
    for letter in text.chars() {
        match letter {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if !in_tag && letter.is_alphabetic() => {
                let script = letter.script();
                match counts.iter_mut().find(|(known, _)| *known == script) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((script, 1)),
                }
            }
            _ => {}
        }
    }
    // The first of equals: who writes two scripts begins with their own.
    let (script, _) = counts.iter().rev().max_by_key(|(_, count)| *count)?;
    let has = |letters: &[char]| text.contains(letters);
    let has_kana = counts.iter().any(|(script, _)| matches!(script, Script::Hiragana | Script::Katakana));
    Some(match script {
        Script::Cyrillic if has(&['ў', 'Ў']) => "be",
        Script::Cyrillic if has(&['і', 'ї', 'є', 'ґ', 'І', 'Ї', 'Є', 'Ґ']) => "uk",
        Script::Cyrillic => "ru",
        Script::Greek => "el",
        Script::Armenian => "hy",
        Script::Georgian => "ka",
        Script::Hebrew => "he",
        Script::Arabic if has(&['ٹ', 'ڈ', 'ڑ', 'ے']) => "ur",
        Script::Arabic if has(&['پ', 'چ', 'ژ', 'گ']) => "fa",
        Script::Arabic => "ar",
        Script::Ethiopic => "am",
        Script::Devanagari => "hi",
        Script::Bengali => "bn",
        Script::Gurmukhi => "pa",
        Script::Gujarati => "gu",
        Script::Oriya => "or",
        Script::Tamil => "ta",
        Script::Telugu => "te",
        Script::Kannada => "kn",
        Script::Malayalam => "ml",
        Script::Sinhala => "si",
        Script::Myanmar => "my",
        Script::Hangul => "ko",
        Script::Hiragana | Script::Katakana => "ja",
        Script::Han if has_kana => "ja",
        Script::Han => "zh",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::language_of;

    #[test]
    fn letters_tell_the_language() {
        let texts = [
            ("Привет, как дела?", "ru"),
            ("Привіт, як справи?", "uk"),
            ("안녕하세요", "ko"),
            ("日本語を話します", "ja"),
            ("你好，世界", "zh"),
            ("नमस्ते दुनिया", "hi"),
            ("مرحبا بالعالم", "ar"),
            ("سلام، چطوری؟ گفتم", "fa"),
            ("שלום עולם", "he"),
            ("Καλημέρα κόσμε", "el"),
            ("<break time='400ms'/> Привет <emphasis level='strong'>мир</emphasis>", "ru"),
            ("Наш сайт: example", "ru"),
        ];
        for (text, language) in texts {
            assert_eq!(language_of(text), Some(language), "{text}");
        }
        for text in ["Hello, world", "Grüße", "", "123 …", "<p>", "Hello Привет and welcome"] {
            assert_eq!(language_of(text), None, "{text}");
        }
    }
}
