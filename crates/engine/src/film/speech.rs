//! A text spoken at once, as a file.

use std::sync::Arc;

use media::audio::{Spec, wav};
use serde::{Deserialize, Serialize};
use speech::{Request, Spoken, Synthesizer as _};

use super::material::{Material, MaterialId, MaterialKind, MaterialState, PageText};
use crate::access::{Caller, Door};
use crate::job::{Failure, FailureCode};
use crate::recognition::Sequence;
use crate::uploads::UploadedFile;
use crate::{Engine, Error, Result};

/// Longest text that is spoken while a caller waits, in characters.
const TEXT_CHARS_MAX: usize = 10_000;
/// What files of speech are called, and their bits per sample.
const FILE_NAME: &str = "speech.wav";
const BITS: u16 = 16;

/// A text that was spoken.
#[derive(Debug, Clone, PartialEq)]
pub struct SpokenText {
    /// The sound, kept as one of the caller's materials.
    pub material: Material,
    /// The voice that spoke.
    pub voice_id: String,
    /// When each word is said.
    pub words: Vec<SpokenWord>,
    /// What is not as asked for.
    pub warnings: Vec<String>,
}

/// When a word is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpokenWord {
    /// The word as it is written.
    pub text: String,
    /// Its beginning.
    pub start_ms: u32,
    /// Its end.
    pub end_ms: u32,
}

impl Engine {
    /// Speaks a text into a WAV file of the caller's.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is empty or too long; [`Error::Refused`] for one that the voice cannot speak.
    pub async fn speak(
        &self,
        caller: &Caller,
        door: Door,
        text: &str,
        voice: &str,
        language: Option<&str>,
    ) -> Result<SpokenText> {
        if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
            let reason = format!("must be 1 to {TEXT_CHARS_MAX} characters");
            return Err(Error::Invalid { field: "text", reason });
        }
        let _turn = self.inspections().acquire().await;
        let studio = Arc::clone(self.studio()?);
        let (text, voice, language) = (text.to_owned(), voice.to_owned(), language.map(str::to_owned));
        let path = self.blobs().scratch("wav");
        let work = tokio::task::spawn_blocking(move || {
            let (info, warning) = studio.voices().resolve(&voice, language.as_deref());
            let request = Request { language: language.as_deref(), ..Request::new(&text, &info.id) };
            let mut spoken = studio.voices().speak_all(&request).map_err(|error| error.to_string())?;
            spoken.warnings.extend(warning);
            let file = write_wav(path, &spoken)?;
            Ok::<_, String>((spoken, info.id.clone(), file))
        });
        let refused = |message: String| Error::Refused(Failure::new(FailureCode::BadSource, message));
        let died = |panic: tokio::task::JoinError| Failure::new(FailureCode::Internal, panic.to_string());
        let done = work.await.map_err(|panic| Error::Refused(died(panic)))?;
        let (spoken, voice_id, file) = done.map_err(refused)?;
        let material = self.keep_speech(caller, door, file, spoken.duration_ms()).await?;
        let words = spoken.words.into_iter();
        let words = words.map(|word| SpokenWord { text: word.text, start_ms: word.start_ms, end_ms: word.end_ms });
        Ok(SpokenText { material, voice_id, words: words.collect(), warnings: spoken.warnings })
    }

    async fn keep_speech(&self, caller: &Caller, door: Door, file: UploadedFile, duration_ms: u32) -> Result<Material> {
        let asset_id = self.store_asset(&file, "audio/wav").await?;
        let mut tx = self.store().write().await?;
        let material = Material {
            id: MaterialId::random(self.entropy()),
            number: tx.take_numbers(Sequence::Material, 1).await?,
            account_id: caller.account_id.clone(),
            door,
            name: FILE_NAME.to_owned(),
            tag: "speech".to_owned(),
            kind: MaterialKind::Audio,
            media_type: "audio/wav".to_owned(),
            extension: "wav".to_owned(),
            state: MaterialState::Ready,
            failure: String::new(),
            asset_id,
            n_bytes: i64::try_from(file.n_bytes()).unwrap_or(i64::MAX),
            duration_ms: Some(i64::from(duration_ms)),
            width: None,
            height: None,
            copies: std::collections::BTreeMap::new(),
            text: PageText::default(),
            parent_id: None,
            position: 0,
            created_at: self.now(),
        };
        tx.insert_material(&material).await?;
        tx.commit().await?;
        Ok(material)
    }
}

/// Writes what was spoken, and describes the file.
fn write_wav(path: std::path::PathBuf, spoken: &Spoken) -> Result<UploadedFile, String> {
    let spec = Spec { sample_rate: spoken.sample_rate, channels: 1, mask: 4 };
    // Named before it is filled, so that what is cut short is removed too.
    let file = UploadedFile::new(path, 0, String::new(), FILE_NAME);
    let write = || {
        let mut writer = wav::Writer::create(file.path(), spec, BITS)?;
        writer.push(&spoken.samples)?;
        writer.finish()
    };
    write().map_err(|error| error.to_string())?;
    file.measured().map_err(|error| error.to_string())
}
