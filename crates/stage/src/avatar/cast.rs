//! Everybody who can be asked for.

use std::collections::BTreeMap;
use std::path::Path;

use super::figure::people::{self, PEOPLE};
use super::folder::{self, Decode, Finding};
use super::motion::chance::seed_of;
use super::rig::Rig;

/// The most avatars that are read from a folder.
const AVATARS_MAX: usize = 256;

/// Everybody who can be asked for, by id.
#[derive(Debug, Clone)]
pub struct Cast {
    rigs: BTreeMap<String, Rig>,
}

impl Cast {
    /// Returns the people that ship with the program.
    pub fn builtin() -> Self {
        Self { rigs: PEOPLE.iter().map(|person| (person.id.to_owned(), people::rig(person))).collect() }
    }

    /// Adds the avatars of a folder of folders, or of one avatar's folder; returns what is wrong with those that are left out.
    ///
    /// An avatar with the id of another takes its place.
    pub fn add_folder(&mut self, path: &Path) -> Vec<Finding> {
        self.add_folder_with(path, &|_| None)
    }

    /// Adds the avatars of a folder, as [`Self::add_folder`] does, with a reader for pictures other than PNG and SVG.
    pub fn add_folder_with(&mut self, path: &Path, decode: Decode<'_>) -> Vec<Finding> {
        let mut folders = vec![path.to_owned()];
        if !path.join("avatar.toml").exists() {
            let unreadable = |err: std::io::Error| {
                vec![Finding { file: path.display().to_string(), problem: format!("cannot be opened: {err}") }]
            };
            let entries = match std::fs::read_dir(path) {
                Ok(entries) => entries,
                Err(err) => return unreadable(err),
            };
            folders = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
            folders.retain(|folder| folder.join("avatar.toml").is_file());
            folders.sort();
        }
        let mut findings = Vec::new();
        for folder in folders.into_iter().take(AVATARS_MAX) {
            match folder::load(&folder, decode) {
                Ok(rig) => {
                    self.rigs.insert(rig.profile.id.clone(), rig);
                }
                Err(wrong) => findings.extend(
                    wrong
                        .into_iter()
                        .map(|finding| Finding { file: folder.join(&finding.file).display().to_string(), ..finding }),
                ),
            }
        }
        findings
    }

    /// Returns somebody, and whether they stand in for an unknown id.
    ///
    /// The same unknown id always gets the same stand-in, one of the shipped people.
    pub fn get(&self, id: &str) -> (&Rig, bool) {
        if let Some(rig) = self.rigs.get(id) {
            return (rig, false);
        }
        let idx = (seed_of(&[id]) % PEOPLE.len() as u64) as usize;
        let rig = self.rigs.get(PEOPLE[idx].id).or_else(|| self.rigs.values().next());
        (rig.expect("the shipped people are never removed"), true)
    }

    /// Returns everybody, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Rig> {
        self.rigs.values()
    }
}
