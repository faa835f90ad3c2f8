//! Where fonts come from.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::catalog::{Catalog, Wish};
use super::emoji::Emoji;
use super::names::Language;
use super::prepare::{describe_missing, prepare};
use super::shape::Engine;

/// Where fonts are read from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FontSources {
    /// The operator's folders, the most wanted first.
    pub folders: Vec<PathBuf>,
    /// Whether the fonts that are installed on the machine are used, too.
    pub system: bool,
}

/// The fonts that a program has: its own, the operator's, and those of the machine.
///
/// To be made once and shared. A name is looked for in the operator's folders, then among the built-in fonts, then on
/// the machine; a character that its font lacks, too, so that what the built-in fonts have looks the same everywhere.
#[derive(Debug)]
pub struct Fonts {
    pub(super) catalog: Catalog,
    pub(super) emoji: Emoji,
    /// Engines that are not in use. Each learns fonts as it meets them, so they are kept.
    engines: Mutex<Vec<Engine>>,
    shipped: OnceLock<Catalog>,
}

impl Fonts {
    /// Returns the built-in fonts alone: Latin, Greek, Cyrillic, Arabic, Hebrew and some more scripts, symbols and emoji.
    pub fn bundled_only() -> Self {
        Self::of(Catalog::shipped_only())
    }

    /// Reads the fonts of `sources`, beside the built-in ones. What can't be used is left out with a warning.
    pub fn load(sources: &FontSources) -> Self {
        let mut catalog = Catalog::default();
        for folder in &sources.folders {
            catalog.add_folder(folder);
        }
        catalog.add_shipped();
        if sources.system {
            catalog.add_system();
        }
        Self::of(catalog)
    }

    fn of(catalog: Catalog) -> Self {
        Self { catalog, emoji: Emoji::default(), engines: Mutex::default(), shipped: OnceLock::new() }
    }

    /// Returns which files could not be used, and why.
    pub fn warnings(&self) -> &[String] {
        self.catalog.warnings()
    }

    /// Returns the names of all families, in lower case, in order.
    pub fn family_names(&self) -> impl Iterator<Item = &str> {
        self.catalog.family_names()
    }

    /// Returns what a text in `family` asks for and can't have: scripts without a font, a family that isn't there.
    pub fn missing_for(&self, text: &str, family: Option<&str>) -> Vec<String> {
        let prepared = prepare(&[(text, 0)], &self.emoji, |c| self.catalog.is_shipped(c));
        let wish = Wish { weight: 400, is_italic: false, language: Language::of(text) };
        let (family, warning) = self.catalog.resolve(family);
        let selection = self.catalog.select(family, wish, &prepared.chars);
        warning.into_iter().chain(describe_missing(&selection.missing, &prepared.chars)).collect()
    }

    pub(super) fn shipped(&self) -> &Catalog {
        self.shipped.get_or_init(Catalog::shipped_only)
    }

    pub(super) fn take_engine(&self) -> Engine {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        engines.pop().unwrap_or_else(Engine::new)
    }

    pub(super) fn give_back(&self, engine: Engine) {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
    }
}
