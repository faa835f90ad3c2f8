//! What an account owns: originals, tracks, videos, and the links under which they are fetched.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::blobs::BlobKey;
use crate::film::{FilmId, MaterialId};
use crate::ids::{AccountId, AssetId, JobId, TrackId, VideoId};
use crate::recognition::OfflineDbId;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// A stored original, named by its content and shared by all tracks that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// SHA-256 of the bytes.
    pub id: AssetId,
    /// Size.
    pub n_bytes: i64,
    /// What the content is, such as `audio/mpeg`.
    pub media_type: String,
    /// When it was first stored.
    pub created_at: Timestamp,
}

/// A piece of audio; Producer's `audio_id` names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Identifier.
    pub id: TrackId,
    /// The tenant.
    pub account_id: AccountId,
    /// The original.
    pub asset_id: AssetId,
    /// Title from the tags, else from the file name; may be empty.
    pub title: String,
    /// Artist from the tags; may be empty.
    pub artist: String,
    /// Lyrics from the tags; may be empty.
    pub lyric: String,
    /// File name extension that fits the content, such as `mp3`.
    pub extension: String,
    /// Length.
    pub duration_ms: i64,
    /// The WAV made of it, once asked for.
    pub wav: Option<BlobKey>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Where a video stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoState {
    /// Waiting for a worker.
    Queued,
    /// Being rendered.
    Running,
    /// Ready to be fetched.
    Done,
    /// Could not be rendered; asking again tries again.
    Failed,
}

impl VideoState {
    const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Done, Self::Failed];

    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for VideoState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| format!("unknown video state `{text}`"))
    }
}

/// A video, made once per account, track and recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// Identifier.
    pub id: VideoId,
    /// The tenant.
    pub account_id: AccountId,
    /// The track it shows.
    pub track_id: TrackId,
    /// How it is drawn; two requests with one recipe share one video.
    pub recipe: String,
    /// Where it stands.
    pub state: VideoState,
    /// The job that makes or made it.
    pub job_id: JobId,
    /// Share of the work done, 0–100.
    pub progress: i64,
    /// The MP4, once done.
    pub blob: Option<BlobKey>,
    /// Size of the MP4, once done.
    pub n_bytes: i64,
    /// Length.
    pub duration_ms: i64,
    /// When it was first asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The kinds of file that have a public link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A rendered video.
    Video,
    /// A track's original.
    Audio,
    /// A track's WAV.
    Wav,
    /// An offline database.
    OfflineDb,
    /// One of the files of a film; the extension tells which.
    Film,
    /// The original of a material.
    Material,
    /// A copy of a material; named `ID.PURPOSE`.
    MaterialCopy,
}

impl MediaKind {
    const fn segment(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Wav => "wav",
            Self::OfflineDb => "offline-db",
            Self::Film => "film",
            Self::Material => "material",
            Self::MaterialCopy => "material-copy",
        }
    }
}

impl FromStr for MediaKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Video, Self::Audio, Self::Wav, Self::OfflineDb, Self::Film, Self::Material, Self::MaterialCopy]
            .into_iter()
            .find(|kind| kind.segment() == text)
            .ok_or_else(|| format!("unknown kind of media `{text}`"))
    }
}

/// A file that a signed link led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLink {
    /// Where it is stored.
    pub blob: BlobKey,
    /// Its size.
    pub n_bytes: u64,
    /// Its `Content-Type`.
    pub media_type: String,
}

impl Engine {
    /// Makes the path, below the public base URL, under which a file can be fetched without a credential.
    ///
    /// The signature makes it unguessable; the last segment is the file's name for people.
    pub fn media_path(&self, kind: MediaKind, id: &str, extension: &str) -> String {
        let segment = kind.segment();
        let signature = self.key().sign_link(&format!("{segment}/{id}"));
        format!("/media/{segment}/{signature}/{id}.{extension}")
    }

    /// Follows a link made by [`Self::media_path`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for a wrong signature as for a missing file, so that neither tells of the other.
    pub async fn resolve_media(&self, kind: &str, signature: &str, file_name: &str) -> Result<MediaLink> {
        let not_found = || Error::NotFound { what: "media", id: file_name.to_owned() };
        let kind: MediaKind = kind.parse().map_err(|_| not_found())?;
        let (id, extension) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
        if !self.key().verifies_link(&format!("{}/{id}", kind.segment()), signature) {
            return Err(not_found());
        }
        let (blob, media_type) = self.stored_file(kind, id, extension).await?.ok_or_else(not_found)?;
        let n_bytes = self.blobs().size(&blob).await?.ok_or_else(not_found)?;
        Ok(MediaLink { blob, n_bytes, media_type })
    }

    async fn stored_file(
        &self,
        kind: MediaKind,
        id: &str,
        extension: &str,
    ) -> Result<Option<(BlobKey, String)>, StoreError> {
        let mut tx = self.store().read().await?;
        Ok(match kind {
            MediaKind::Film => {
                let product = tx.linked_film(&FilmId::from_text(id)).await?.and_then(|film| film.product);
                let blob = product.and_then(|mut product| product.files.remove(extension));
                blob.map(|blob| (blob, media_type_of(extension).to_owned()))
            }
            MediaKind::Material => {
                let material = tx.linked_material(&MaterialId::from_text(id)).await?;
                material.map(|material| (BlobKey::asset(&material.asset_id), material.media_type))
            }
            MediaKind::MaterialCopy => {
                let (id, purpose) = id.split_once('.').unwrap_or((id, ""));
                let material = tx.linked_material(&MaterialId::from_text(id)).await?;
                let blob = material.and_then(|mut material| material.copies.remove(purpose));
                blob.map(|blob| (blob, media_type_of(extension).to_owned()))
            }
            MediaKind::Video => {
                let video = tx.linked_video(&VideoId::from_text(id)).await?;
                video.and_then(|video| video.blob).map(|blob| (blob, "video/mp4".to_owned()))
            }
            MediaKind::Wav => {
                let track = tx.linked_track(&TrackId::from_text(id)).await?;
                track.and_then(|track| track.wav).map(|blob| (blob, "audio/wav".to_owned()))
            }
            MediaKind::OfflineDb => {
                let db = match id.parse() {
                    Ok(number) => tx.linked_offline_db(OfflineDbId(number)).await?,
                    Err(_) => None,
                };
                db.and_then(|db| db.blob).map(|blob| (blob, "application/octet-stream".to_owned()))
            }
            MediaKind::Audio => match tx.linked_track(&TrackId::from_text(id)).await? {
                None => None,
                Some(track) => {
                    let asset = tx.asset(&track.asset_id).await?;
                    asset.map(|asset| (BlobKey::asset(&asset.id), asset.media_type))
                }
            },
        })
    }
}

/// Returns the `Content-Type` of files that were made here.
fn media_type_of(extension: &str) -> &'static str {
    match extension {
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "jpg" => "image/jpeg",
        "png" => "image/png",
        "vtt" => "text/vtt; charset=utf-8",
        "srt" => "application/x-subrip; charset=utf-8",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}
