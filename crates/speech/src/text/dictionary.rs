//! How names and words of one's own are pronounced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Words with another spelling that sounds right, or with IPA between slashes.
///
/// Whole words match, whatever their case: `"sql" -> "sequel"`, `"Nguyen" -> "/ŋwiən/"`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Dictionary {
    entries: BTreeMap<String, String>,
}

impl Dictionary {
    /// Sets how a word is said, replacing what was set before.
    pub fn insert(&mut self, word: &str, pronunciation: &str) {
        self.entries.insert(word.trim().to_lowercase(), pronunciation.trim().to_owned());
    }

    /// Whether no word has a pronunciation.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns how a word is said.
    pub fn get(&self, word: &str) -> Option<&str> {
        if self.entries.is_empty() { None } else { self.entries.get(&word.to_lowercase()).map(String::as_str) }
    }
}

impl From<BTreeMap<String, String>> for Dictionary {
    fn from(entries: BTreeMap<String, String>) -> Self {
        entries.into_iter().collect()
    }
}

impl From<Dictionary> for BTreeMap<String, String> {
    fn from(dictionary: Dictionary) -> Self {
        dictionary.entries
    }
}

impl<W: AsRef<str>, P: AsRef<str>> FromIterator<(W, P)> for Dictionary {
    fn from_iter<I: IntoIterator<Item = (W, P)>>(entries: I) -> Self {
        let mut dictionary = Self::default();
        entries.into_iter().for_each(|(word, pronunciation)| dictionary.insert(word.as_ref(), pronunciation.as_ref()));
        dictionary
    }
}
