//! Backgrounds that come with the program, drawn as SVG of 1920 × 1080.

/// One background.
struct Builtin {
    name: &'static str,
    svg: &'static str,
}

macro_rules! backgrounds {
    ($($name:literal),* $(,)?) => {
        /// All of them.
        const BACKGROUNDS: &[Builtin] =
            &[$(Builtin { name: $name, svg: include_str!(concat!("../backgrounds/", $name, ".svg")) }),*];
    };
}

backgrounds!("blue-gradient", "dawn", "studio", "office", "paper", "night", "mint", "classroom");

/// Returns the SVG of a background.
pub(crate) fn background(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("backgrounds/").unwrap_or(name);
    BACKGROUNDS.iter().find(|background| background.name == name).map(|background| background.svg)
}

/// Lists the backgrounds that come with the program, as names for documents.
pub fn builtin_backgrounds() -> impl Iterator<Item = String> {
    BACKGROUNDS.iter().map(|background| format!("builtin:{}", background.name))
}
