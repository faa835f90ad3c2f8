//! Identifiers that clients see as integers, and the small values that rows of this domain share.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{Entropy, TrackId};

/// A sequence of numbers, each handed out once and never again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequence {
    /// Accounts, where clients see a number for them.
    Account,
    /// Buckets.
    Bucket,
    /// Files in buckets.
    File,
    /// Projects.
    Project,
    /// Containers.
    Container,
    /// Offline databases.
    OfflineDb,
    /// Entries of deduplicated collections.
    Dedup,
    /// Changes of what belongs into the index.
    IndexChange,
    /// Films that are videos or drafts.
    Film,
    /// Films that are one of many from a template.
    BatchVideo,
    /// Files that accounts bring for their films.
    Material,
    /// Templates of accounts.
    Template,
    /// Webhooks.
    Webhook,
    /// The newest change whose removal has been forgotten; set, not counted.
    IndexForgotten,
}

impl Sequence {
    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Bucket => "bucket",
            Self::File => "file",
            Self::Project => "project",
            Self::Container => "container",
            Self::OfflineDb => "offline_db",
            Self::Dedup => "dedup",
            Self::IndexChange => "index_change",
            Self::Film => "film",
            Self::BatchVideo => "batch_video",
            Self::Material => "material",
            Self::Template => "template",
            Self::Webhook => "webhook",
            Self::IndexForgotten => "index_forgotten",
        }
    }
}

macro_rules! number {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

number! {
    /// Names a bucket.
    BucketId,
    /// Names a file in a bucket.
    FileId,
    /// Names a project.
    ProjectId,
    /// Names a container of recordings.
    ContainerId,
    /// Names an offline database.
    OfflineDbId,
    /// Names an entry of a deduplicated collection.
    DedupId,
}

/// Names the sound of a file towards clients: 32 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AcrId(String);

impl AcrId {
    /// Makes a new one.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self(hex::encode(uuid::Builder::from_random_bytes(bytes).into_uuid().into_bytes()))
    }

    /// Wraps what is stored.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads 32 hex digits, of either case, with or without the hyphens of a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        let id = uuid::Uuid::try_parse(text).ok().filter(|_| matches!(text.len(), 32 | 36))?;
        Some(Self(id.simple().to_string()))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id of the track that has this sound, where there is one: the same digits with hyphens.
    pub fn track_id(&self) -> TrackId {
        let id = uuid::Uuid::try_parse(&self.0);
        TrackId::from_text(id.map_or_else(|_| self.0.clone(), |id| id.to_string()))
    }
}

impl fmt::Display for AcrId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a client names a file: by number or by sound.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileRef {
    /// By number.
    Id(FileId),
    /// By sound.
    Acr(AcrId),
}

impl FileRef {
    /// Reads a decimal number or 32 hex digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(number) = text.parse()
        {
            return Some(Self::Id(FileId(number)));
        }
        AcrId::parse(text).filter(|_| text.len() == 32).map(Self::Acr)
    }
}

impl fmt::Display for FileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Acr(id) => id.fmt(f),
        }
    }
}

/// A caller's own values on a row, given back as they came.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserDefined(pub Map<String, Value>);

impl UserDefined {
    /// Returns a value that is text (or a number, as text).
    pub fn text(&self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// A stretch of a list, and how long the list is.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many rows the whole list has.
    pub total: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_number_or_by_sound() {
        assert_eq!(FileRef::parse("12"), Some(FileRef::Id(FileId(12))));
        let hex = "6d3e17559677cd79ecb0b7cd2c79bea0";
        assert_eq!(FileRef::parse(hex), Some(FileRef::Acr(AcrId::from_text(hex))));
        assert_eq!(FileRef::parse(&hex.to_uppercase()), Some(FileRef::Acr(AcrId::from_text(hex))));
        // All digits, yet too long for a number.
        let digits = "12345678901234567890123456789012";
        assert_eq!(FileRef::parse(digits), Some(FileRef::Acr(AcrId::from_text(digits))));
        for other in ["", "-1", "1 ", "x", "99999999999999999999", "6d3e1755-9677-cd79-ecb0-b7cd2c79bea0"] {
            assert_eq!(FileRef::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_sound_and_its_track_have_the_same_digits() {
        let id = AcrId::parse("6D3E1755-9677-cd79-ecb0-b7cd2c79bea0").unwrap();
        assert_eq!(id.as_str(), "6d3e17559677cd79ecb0b7cd2c79bea0");
        assert_eq!(id.track_id().as_str(), "6d3e1755-9677-cd79-ecb0-b7cd2c79bea0");
    }
}
