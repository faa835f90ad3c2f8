//! Family names: what generic and vendors' names stand for, and which families know which script.

use unicode_script::Script;

/// The shipped families.
pub(super) const SANS: &str = "noto sans";
pub(super) const SERIF: &str = "dejavu serif";
pub(super) const MONO: &str = "dejavu sans mono";
/// Shipped for the scripts that Noto Sans lacks.
pub(super) const WIDE: &str = "dejavu sans";

/// Generic names of CSS and families that every machine or vendor is thought to have, all in lower case.
const STANDINGS: [(&str, &[&str]); 3] = [
    (
        SANS,
        &[
            "sans",
            "sans-serif",
            "sans serif",
            "system-ui",
            "ui-sans-serif",
            "ui-rounded",
            "default",
            "arial",
            "helvetica",
            "helvetica neue",
            "roboto",
            "open sans",
            "opensans",
            "lato",
            "inter",
            "montserrat",
            "poppins",
            "nunito",
            "raleway",
            "segoe ui",
            "san francisco",
            "sf pro",
            "sf pro display",
            "sf pro text",
            "-apple-system",
            "blinkmacsystemfont",
            "verdana",
            "tahoma",
            "trebuchet ms",
            "calibri",
            "carlito",
            "liberation sans",
            "ubuntu",
            "cantarell",
            "fira sans",
            "source sans pro",
            "source sans 3",
            "work sans",
            "dm sans",
            "ibm plex sans",
            "rubik",
            "oswald",
            "bebas neue",
            "impact",
            "gill sans",
            "futura",
            "avenir",
            "century gothic",
            "microsoft sans serif",
            "noto sans cjk",
            "noto sans display",
            "cursive",
            "fantasy",
            "comic sans ms",
            "emoji",
        ],
    ),
    (
        SERIF,
        &[
            "serif",
            "ui-serif",
            "times",
            "times new roman",
            "georgia",
            "garamond",
            "cambria",
            "palatino",
            "book antiqua",
            "noto serif",
            "noto serif cjk",
            "merriweather",
            "playfair display",
            "playfair",
            "lora",
            "pt serif",
            "source serif pro",
            "source serif 4",
            "libre baskerville",
            "eb garamond",
            "crimson text",
            "liberation serif",
            "roboto serif",
            "roboto slab",
            "bitter",
        ],
    ),
    (
        MONO,
        &[
            "mono",
            "monospace",
            "ui-monospace",
            "courier",
            "courier new",
            "consolas",
            "menlo",
            "monaco",
            "lucida console",
            "roboto mono",
            "source code pro",
            "fira code",
            "fira mono",
            "jetbrains mono",
            "ubuntu mono",
            "noto sans mono",
            "ibm plex mono",
            "inconsolata",
            "liberation mono",
            "sf mono",
            "cascadia code",
            "space mono",
        ],
    ),
];

/// Families that have Chinese, Japanese and Korean, by what they prefer where the three write a character differently.
const CHINESE: [&str; 8] = [
    "noto sans cjk sc",
    "noto sans sc",
    "source han sans sc",
    "source han sans cn",
    "microsoft yahei",
    "pingfang sc",
    "wenquanyi micro hei",
    "droid sans fallback",
];
const JAPANESE: [&str; 7] = [
    "noto sans cjk jp",
    "noto sans jp",
    "source han sans",
    "source han sans jp",
    "yu gothic",
    "hiragino sans",
    "ipagothic",
];
const KOREAN: [&str; 6] =
    ["noto sans cjk kr", "noto sans kr", "source han sans kr", "malgun gothic", "apple sd gothic neo", "nanumgothic"];

/// Families for scripts whose Noto family isn't called after the script, or that other systems call otherwise.
const BY_SCRIPT: [(Script, &[&str]); 9] = [
    (Script::Arabic, &["noto sans arabic", "noto naskh arabic", "segoe ui", "geeza pro"]),
    (Script::Devanagari, &["noto sans devanagari", "nirmala ui", "kohinoor devanagari", "lohit devanagari"]),
    (Script::Bengali, &["noto sans bengali", "nirmala ui", "lohit bengali"]),
    (Script::Tamil, &["noto sans tamil", "nirmala ui", "lohit tamil"]),
    (Script::Thai, &["noto sans thai", "leelawadee ui", "thonburi", "garuda"]),
    (Script::Hebrew, &["noto sans hebrew", "segoe ui", "arial hebrew"]),
    (Script::Nko, &["noto sans nko"]),
    (Script::Canadian_Aboriginal, &["noto sans canadian aboriginal"]),
    (
        Script::Common,
        &["noto sans symbols", "noto sans symbols 2", "noto sans symbols2", "noto sans math", "segoe ui symbol"],
    ),
];

/// The language of a text, as far as glyphs depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Chinese,
    Japanese,
    Korean,
    Other,
}

impl Language {
    /// Tells the language by the characters that only it uses.
    pub(super) fn of(text: &str) -> Self {
        let mut has_han = false;
        for c in text.chars().filter(|c| !c.is_ascii()) {
            match unicode_script::UnicodeScript::script(&c) {
                Script::Hiragana | Script::Katakana => return Self::Japanese,
                Script::Hangul => return Self::Korean,
                Script::Han | Script::Bopomofo => has_han = true,
                _ => {}
            }
        }
        if has_han { Self::Chinese } else { Self::Other }
    }

    /// Returns its BCP 47 tag.
    pub(super) fn tag(self) -> Option<&'static str> {
        match self {
            Self::Chinese => Some("zh-Hans"),
            Self::Japanese => Some("ja"),
            Self::Korean => Some("ko"),
            Self::Other => None,
        }
    }
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// The shipped family to use.
    pub(super) family: &'static str,
    /// Whether that was to be expected, so that nobody need be told.
    pub(super) is_usual: bool,
}

/// Returns the shipped family that stands in for `name`, which is in lower case.
pub(super) fn standing(name: &str) -> Standing {
    for (family, names) in STANDINGS {
        // `Noto Sans CJK KR` and the like are asked for by vendors' documents whatever the language of the text.
        let is_listed = names.contains(&name)
            || ["noto sans cjk ", "noto serif cjk "]
                .iter()
                .any(|cjk| name.starts_with(cjk) && names.contains(&cjk.trim()));
        if is_listed {
            return Standing { family, is_usual: true };
        }
    }
    let family = if name.contains("mono") || name.contains("code") {
        MONO
    } else if name.contains("slab") || (name.contains("serif") && !name.contains("sans")) {
        SERIF
    } else {
        SANS
    };
    Standing { family, is_usual: false }
}

/// Returns families of other systems that are known to have `script`, best first, in lower case.
pub(super) fn families_of(script: Script, language: Language) -> Vec<String> {
    let lists: &[&[&str]] = match script {
        Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => match language {
            Language::Japanese => &[&JAPANESE, &CHINESE, &KOREAN],
            Language::Korean => &[&KOREAN, &JAPANESE, &CHINESE],
            Language::Chinese | Language::Other => &[&CHINESE, &JAPANESE, &KOREAN],
        },
        _ => &[],
    };
    let mut families: Vec<String> = lists.iter().flat_map(|list| list.iter()).map(|&name| name.to_owned()).collect();
    if let Some((_, names)) = BY_SCRIPT.iter().find(|(of, _)| *of == script) {
        families.extend(names.iter().map(|&name| name.to_owned()));
    }
    let name = script.full_name().replace('_', " ").to_lowercase();
    families.extend([format!("noto sans {name}"), format!("noto serif {name}")]);
    // Punctuation of CJK is common to all scripts.
    if script == Script::Common && language != Language::Other {
        families.splice(0..0, families_of(Script::Han, language));
    }
    families
}

#[cfg(test)]
mod tests {
    use unicode_script::Script;

    use super::{Language, MONO, SANS, SERIF, families_of, standing};

    #[test]
    fn names_stand_for_shipped_families() {
        for (name, family, is_usual) in [
            ("sans", SANS, true),
            ("noto sans cjk kr", SANS, true),
            ("roboto", SANS, true),
            ("georgia", SERIF, true),
            ("courier new", MONO, true),
            ("hack mono nerd", MONO, false),
            ("corporate serif", SERIF, false),
            ("corporate sans-serif", SANS, false),
            ("zapfino", SANS, false),
        ] {
            let standing = standing(name);
            assert_eq!((standing.family, standing.is_usual), (family, is_usual), "{name}");
        }
    }

    #[test]
    fn the_language_decides_between_han_fonts() {
        assert_eq!(Language::of("Hello 漢字"), Language::Chinese);
        assert_eq!(Language::of("漢字かな"), Language::Japanese);
        assert_eq!(Language::of("漢字 한글"), Language::Korean);
        assert_eq!(Language::of("Привет, كلمة"), Language::Other);
        assert_eq!(families_of(Script::Han, Language::Korean)[0], "noto sans cjk kr");
        assert_eq!(families_of(Script::Tibetan, Language::Other)[0], "noto sans tibetan");
    }
}
