//! Looking up what is known of a track among an account's own files.

use super::file::BucketFile;
use super::number::{AcrId, FileRef};
use crate::ids::AccountId;
use crate::{Engine, Result};

/// What to look for; several are alternatives, tried in this order until one finds something.
#[derive(Debug, Clone, Default)]
pub struct MetadataQuery {
    /// The name of a sound.
    pub acr_id: Option<AcrId>,
    /// An International Standard Recording Code, as in `user_defined`.
    pub isrc: Option<String>,
    /// Words that the title has.
    pub title: Option<String>,
    /// Words that the artist in `user_defined` has; narrows `title`.
    pub artist: Option<String>,
}

/// Most files in one answer.
const FOUND_MAX: u32 = 10;

impl Engine {
    /// Finds up to 10 of an account's files.
    pub async fn find_metadata(&self, account: &AccountId, query: &MetadataQuery) -> Result<Vec<BucketFile>> {
        let mut tx = self.store().read().await?;
        if let Some(id) = &query.acr_id
            && let Some(file) = tx.file(account, &FileRef::Acr(id.clone())).await?
        {
            return Ok(vec![file]);
        }
        if let Some(isrc) = &query.isrc {
            let found = tx.files_by_isrc(account, isrc, FOUND_MAX).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let Some(title) = query.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) else {
            return Ok(Vec::new());
        };
        let Some(artist) = query.artist.as_deref().map(str::to_lowercase) else {
            return Ok(tx.files_by_title(account, title, FOUND_MAX).await?);
        };
        let mut found = tx.files_by_title(account, title, FOUND_MAX * 10).await?;
        found.retain(|file| artist_of(file).is_some_and(|of_file| of_file.to_lowercase().contains(&artist)));
        found.truncate(FOUND_MAX as usize);
        Ok(found)
    }
}

fn artist_of(file: &BucketFile) -> Option<String> {
    file.user_defined.text("artist").or_else(|| file.user_defined.0.get("artists").map(ToString::to_string))
}
