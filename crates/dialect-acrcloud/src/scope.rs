//! What a token may be limited to: a name per area and direction, as the vendor's console offers them.

/// The scope that an operation needs, as a type, so that it stands in the operation's signature.
pub(crate) trait Scope {
    /// The name in the credential's list.
    const NAME: &'static str;
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $type:ident = $constant:ident = $name:literal),* $(,)?) => {
        $(
            $(#[$doc])*
            pub(crate) const $constant: &str = $name;

            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) struct $type;

            impl Scope for $type {
                const NAME: &'static str = $constant;
            }
        )*

        /// Every scope; a credential without a list may do everything.
        pub const SCOPES: &[&str] = &[$($constant),*];
    };
}

scopes! {
    /// Looking at buckets.
    ReadBuckets = READ_BUCKETS = "read-buckets",
    /// Changing buckets.
    WriteBuckets = WRITE_BUCKETS = "write-buckets",
    /// Looking at what is in buckets.
    ReadAudios = READ_AUDIOS = "read-audios",
    /// Changing what is in buckets.
    WriteAudios = WRITE_AUDIOS = "write-audios",
    /// Looking at base projects, their key pairs included.
    ReadBaseProjects = READ_BASE_PROJECTS = "read-base-projects",
    /// Changing base projects.
    WriteBaseProjects = WRITE_BASE_PROJECTS = "write-base-projects",
    /// Looking at containers and scans.
    ReadFilescanning = READ_FILESCANNING = "read-filescanning",
    /// Changing containers, starting scans.
    WriteFilescanning = WRITE_FILESCANNING = "write-filescanning",
    /// Looking at offline databases.
    ReadOfflineDbs = READ_OFFLINE_DBS = "read-offline-dbs",
    /// Changing and building offline databases.
    WriteOfflineDbs = WRITE_OFFLINE_DBS = "write-offline-dbs",
    /// Looking tracks up.
    ReadMetadata = READ_METADATA = "read-metadata",
}
