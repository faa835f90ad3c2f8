//! Where fonts come from.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::catalog::{Catalog, Selection, Wish, may_be_on_machine};
use super::emoji::Emoji;
use super::machine::{self, FontFile};
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
///
/// Those of the machine are listed at once and read when a text asks for what the others lack: reading hundreds of
/// files takes longer than drawing most scenes.
#[derive(Debug)]
pub struct Fonts {
    /// The operator's and the built-in ones.
    own: Catalog,
    /// The files with the machine's.
    machine: Vec<FontFile>,
    /// All of them, those of `own` under the same numbers.
    all: OnceLock<Catalog>,
    pub(super) emoji: Emoji,
    /// Engines that are not in use. Each learns fonts as it meets them, so they are kept.
    engines: Mutex<Vec<Engine>>,
    shipped: OnceLock<Catalog>,
}

/// The faces for a text, and where they are.
pub(super) struct Choice<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) selection: Selection,
    /// Why it is not the family that was asked for.
    pub(super) warning: Option<String>,
}

impl<'a> Choice<'a> {
    /// Chooses among the faces of one catalog.
    pub(super) fn within(catalog: &'a Catalog, family: Option<&str>, wish: Wish, chars: &[char]) -> Self {
        let (family, warning) = catalog.resolve(family);
        Self { catalog, selection: catalog.select(family, wish, chars), warning }
    }
}

impl Fonts {
    /// Returns the built-in fonts alone: Latin, Greek, Cyrillic, Arabic, Hebrew and some more scripts, symbols and emoji.
    pub fn bundled_only() -> Self {
        Self::of(Catalog::shipped_only(), Vec::new())
    }

    /// Reads the fonts of `sources`, beside the built-in ones. What can't be used is left out with a warning.
    pub fn load(sources: &FontSources) -> Self {
        let mut own = Catalog::default();
        for folder in &sources.folders {
            own.add_folder(folder);
        }
        own.add_shipped();
        Self::of(own, if sources.system { machine::font_files() } else { Vec::new() })
    }

    fn of(own: Catalog, machine: Vec<FontFile>) -> Self {
        let (all, shipped) = (OnceLock::new(), OnceLock::new());
        Self { own, machine, all, emoji: Emoji::default(), engines: Mutex::default(), shipped }
    }

    /// Returns which files could not be used, and why; of the machine's only when a text has needed them.
    pub fn warnings(&self) -> &[String] {
        self.all.get().unwrap_or(&self.own).warnings()
    }

    /// Returns the names of all families, in lower case, in order. Reads the machine's fonts.
    pub fn family_names(&self) -> impl Iterator<Item = &str> {
        self.all().family_names()
    }

    /// Returns what tells one set of fonts apart from another, without reading the machine's: the names of the own families, and path, bytes and
    /// time of each file of the machine.
    pub fn identity(&self) -> impl Iterator<Item = String> {
        self.own.family_names().map(str::to_owned).chain(self.machine.iter().map(FontFile::identity))
    }

    /// Returns what a text in `family` asks for and can't have: scripts without a font, a family that isn't there.
    pub fn missing_for(&self, text: &str, family: Option<&str>) -> Vec<String> {
        let prepared = prepare(&[(text, 0)], &self.emoji, |c| self.is_shipped(c));
        let wish = Wish { weight: 400, is_italic: false, language: Language::of(text) };
        let choice = self.choose(family, wish, &prepared.chars);
        choice.warning.into_iter().chain(describe_missing(&choice.selection.missing, &prepared.chars)).collect()
    }

    /// Chooses the faces that draw `chars`. The machine's come after all others, so they are read only where those do not do.
    pub(super) fn choose(&self, family: Option<&str>, wish: Wish, chars: &[char]) -> Choice<'_> {
        if self.machine.is_empty() || self.own.is_certain(family) {
            let choice = Choice::within(&self.own, family, wish, chars);
            if self.machine.is_empty() || !choice.selection.missing.iter().any(|&c| may_be_on_machine(c)) {
                return choice;
            }
        }
        Choice::within(self.all(), family, wish, chars)
    }

    /// Whether the fonts that are part of the program have `c`.
    pub(super) fn is_shipped(&self, c: char) -> bool {
        self.own.is_shipped(c)
    }

    fn all(&self) -> &Catalog {
        self.all.get_or_init(|| {
            let mut all = self.own.clone();
            all.add_system(self.machine.iter().map(FontFile::path));
            all
        })
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
