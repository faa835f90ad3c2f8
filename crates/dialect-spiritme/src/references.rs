//! References to avatars, voices and files: `{"id": N}` in requests, nested objects in answers.

use std::collections::{BTreeMap, BTreeSet};

use engine::film::catalog::Catalog;
use engine::film::{Material, MaterialKind};
use engine::{AccountId, Door, Engine};

use crate::avatars::AvatarNested;
use crate::error::ApiError;
use crate::fields::{Given, Need, Object};
use crate::files::FileNested;
use crate::problems::{Path, Problems};
use crate::tts::Voice;

/// Files that one body may name; each is looked up.
const FILES_MAX: usize = 2000;

/// Says that nothing of the caller's has this id.
pub(crate) fn no_such_id(id: i64) -> String {
    format!("Invalid pk \"{id}\" - object does not exist.")
}

/// A reference as a body writes it: the id, and where it stands.
type Reference = (i64, Path);

fn read(object: &Object<'_>, problems: &mut Problems, name: &str, need: Need) -> Given<Reference> {
    match object.object(problems, name, need) {
        Given::Absent => Given::Absent,
        Given::Null => Given::Null,
        Given::Is(reference) => match reference.integer(problems, "id", Need::Required) {
            Given::Is(id) => Given::Is((id, reference.path.member("id"))),
            Given::Absent | Given::Null => Given::Absent,
        },
    }
}

/// Reads references while a body is read. What is in the catalog is checked at once; files are noted and looked up by [`Self::check`].
pub(crate) struct References<'a> {
    engine: &'a Engine,
    files: Vec<(Reference, &'static [MaterialKind])>,
    /// Whether a bare number stands for `{"id": N}`.
    takes_numbers: bool,
}

impl<'a> References<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine, files: Vec::new(), takes_numbers: false }
    }

    /// Takes bare numbers, too, as an inline template is written in answers.
    pub(crate) fn with_numbers(engine: &'a Engine) -> Self {
        Self { takes_numbers: true, ..Self::new(engine) }
    }

    fn read(&self, object: &Object<'_>, problems: &mut Problems, name: &str, need: Need) -> Given<Reference> {
        if self.takes_numbers && object.is_scalar(name) {
            return match object.integer(problems, name, need) {
                Given::Is(id) => Given::Is((id, object.path.member(name))),
                Given::Null => Given::Null,
                Given::Absent => Given::Absent,
            };
        }
        read(object, problems, name, need)
    }

    /// Reads the number of an avatar.
    pub(crate) fn avatar(
        &self,
        object: &Object<'_>,
        problems: &mut Problems,
        name: &str,
        need: Need,
    ) -> Result<Option<i64>, ApiError> {
        self.known(object, problems, name, need, |catalog, id| catalog.numbered_avatar(id).is_some())
    }

    /// Reads the number of a voice.
    pub(crate) fn voice(
        &self,
        object: &Object<'_>,
        problems: &mut Problems,
        name: &str,
        need: Need,
    ) -> Result<Option<i64>, ApiError> {
        self.known(object, problems, name, need, |catalog, id| catalog.numbered_voice(id).is_some())
    }

    /// Reads the number of something that the catalog has.
    fn known(
        &self,
        object: &Object<'_>,
        problems: &mut Problems,
        name: &str,
        need: Need,
        is_known: impl Fn(&Catalog, i64) -> bool,
    ) -> Result<Option<i64>, ApiError> {
        let Some((id, path)) = self.read(object, problems, name, need).value() else { return Ok(None) };
        if !is_known(self.engine.catalog()?, id) {
            problems.add(&path, no_such_id(id));
            return Ok(None);
        }
        Ok(Some(id))
    }

    /// Reads the number of a file, which must be of one of some kinds.
    pub(crate) fn file(
        &mut self,
        object: &Object<'_>,
        problems: &mut Problems,
        name: &str,
        kinds: &'static [MaterialKind],
    ) -> Option<i64> {
        let reference = self.read(object, problems, name, Need::Nullable).value()?;
        let id = reference.0;
        self.files.push((reference, kinds));
        Some(id)
    }

    /// Looks the files up, and blames the references to those that are missing or of another kind.
    pub(crate) async fn check(self, account: &AccountId, problems: &mut Problems) -> Result<Files, ApiError> {
        let numbers: BTreeSet<i64> = self.files.iter().map(|((id, _), _)| *id).collect();
        if numbers.len() > FILES_MAX {
            problems.add_whole(&Path::default(), format!("Ensure this request names no more than {FILES_MAX} files."));
            return Ok(Files::default());
        }
        let files = Files::load(self.engine, account, numbers).await?;
        for ((id, path), kinds) in &self.files {
            match files.get(*id) {
                None => problems.add(path, no_such_id(*id)),
                Some(file) if !kinds.contains(&file.kind) => {
                    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                    let (kind, wanted) = (file.kind.name(), kinds.join(" or "));
                    problems.add(path, format!("Incorrect type. Expected a file of type {wanted}, received {kind}."));
                }
                Some(_) => {}
            }
        }
        Ok(files)
    }
}

/// Files that objects refer to, by number. Those that were removed are not in it.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<i64, Material>);

impl Files {
    /// Looks files up.
    pub(crate) async fn load(
        engine: &Engine,
        account: &AccountId,
        numbers: impl IntoIterator<Item = i64>,
    ) -> Result<Self, ApiError> {
        let numbers: BTreeSet<i64> = numbers.into_iter().collect();
        let mut files = BTreeMap::new();
        for number in numbers {
            match engine.numbered_material(account, Door::Spiritme, number).await {
                Ok(material) => drop(files.insert(number, material)),
                Err(engine::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self(files))
    }

    /// Finds a file.
    pub(crate) fn get(&self, number: i64) -> Option<&Material> {
        self.0.get(&number)
    }
}

/// Shows what objects refer to.
pub(crate) struct Shower<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) files: &'a Files,
}

impl Shower<'_> {
    /// Shows an avatar; one that the installation no longer has is null.
    pub(crate) fn avatar(&self, number: Option<i64>) -> Result<Option<AvatarNested>, ApiError> {
        let Some(number) = number else { return Ok(None) };
        let avatar = self.engine.catalog()?.numbered_avatar(number);
        Ok(avatar.map(|avatar| AvatarNested::new(self.engine, avatar)))
    }

    /// Shows a voice; one that the installation no longer has is null.
    pub(crate) fn voice(&self, number: Option<i64>) -> Result<Option<Voice>, ApiError> {
        let Some(number) = number else { return Ok(None) };
        Ok(self.engine.catalog()?.numbered_voice(number).map(Voice::new))
    }

    /// Shows a file; one that was removed is null.
    pub(crate) fn file(&self, number: Option<i64>) -> Option<FileNested> {
        let file = self.files.get(number?)?;
        Some(FileNested::new(self.engine, file))
    }
}
