//! Identifiers, one type per kind of row, and the randomness they are made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Gives random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a system without a random source cannot keep secrets, nor run this server");
    }
}

fn random_uuid(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Makes a new random identifier (a version 4 UUID).
            pub fn random(entropy: &dyn Entropy) -> Self {
                Self(random_uuid(entropy))
            }

            /// Wraps text that came from a client or the database; it need not name an existing row.
            pub fn from_text(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// Names an account.
    AccountId,
    /// Names an application of an account.
    ApplicationId,
    /// Names a credential.
    CredentialId,
    /// Names a stored original: the lower-case hex SHA-256 of its bytes.
    AssetId,
    /// Names a track; Producer calls it `audio_id`.
    TrackId,
    /// Names a video.
    VideoId,
    /// Names the record of one API call.
    TaskId,
    /// Names a unit of queued work.
    JobId,
    /// Names one HTTP request in logs and answers.
    TraceId,
    /// Names a recording to scan.
    ScanId,
    /// Names a reservation of credits.
    ChargeId,
    /// Names a ledger row.
    LedgerId,
}
