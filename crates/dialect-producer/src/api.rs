//! The operations of this API and their stable identifiers.

use engine::{Door, Operation};

/// One operation; each is priced and permitted separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Videos,
    Upload,
    Wav,
    Tasks,
    Lyrics,
    Audios,
}

impl Api {
    const ALL: [Self; 6] = [Self::Videos, Self::Upload, Self::Wav, Self::Tasks, Self::Lyrics, Self::Audios];

    /// Returns the last segment of the path; also the name in prices, allow-lists and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Videos => "videos",
            Self::Upload => "upload",
            Self::Wav => "wav",
            Self::Tasks => "tasks",
            Self::Lyrics => "lyrics",
            Self::Audios => "audios",
        }
    }

    /// Returns the `api_id` of task records.
    ///
    /// Our choice: random UUIDs made once, so that records name an API alike on every installation.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Videos => "3f6d2c1a-9a0e-4b57-8f4e-6d1b0c5f7a21",
            Self::Upload => "8b9e4f70-2d63-4c1b-9e52-0a7c4be1d9f3",
            Self::Wav => "c47a15de-6b38-4f0d-a1c9-5e2f83b07d64",
            Self::Tasks => "1e05b8c9-73fa-4d26-b6d8-9c41f2a3e507",
            Self::Lyrics => "a92c6e3b-0f14-47d5-8c7b-e3b5d10f4862",
            Self::Audios => "5d81f3a6-c27e-4e90-93fb-7b60a4c9e218",
        }
    }

    /// Finds the operation that a request path names.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let name = path.strip_prefix("/producer/")?;
        Self::ALL.into_iter().find(|api| api.name() == name)
    }

    /// Finds the operation that made a task.
    pub(crate) const fn of_operation(operation: Operation) -> Self {
        match operation {
            Operation::Videos => Self::Videos,
            Operation::Upload => Self::Upload,
            Operation::Wav => Self::Wav,
        }
    }

    /// Returns the name under which the engine prices and permits it.
    pub(crate) const fn in_engine(self) -> engine::Api {
        engine::Api { door: Door::Producer, name: self.name() }
    }
}
