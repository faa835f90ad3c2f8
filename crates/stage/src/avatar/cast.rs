//! Everybody who can be asked for.

use std::collections::BTreeMap;

use super::figure::people::{self, PEOPLE};
use super::motion::chance::seed_of;
use super::rig::Rig;

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
