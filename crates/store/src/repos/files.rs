//! Files in buckets; their lists are in [`super::file_lists`].

use async_trait::async_trait;
use engine::recognition::{AcrId, BucketFile, BucketId, FileFilter, FileId, FileRef, FileState, Files, UserDefined};
use engine::{AccountId, BlobKey, StoreError, TrackId};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::{statements, worded};
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, json, opt_blob, parsed, time, to_json};
use crate::text::{fold, start_of};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The start of a title that it is sorted and found by; a row of a PostgreSQL index holds no more than 2,704 bytes.
const SEARCH_TITLE_BYTES_MAX: usize = 2600;
/// Longest text that may be an ISRC; the code itself has 12 characters (ISO 3901).
const ISRC_BYTES_MAX: usize = 64;

statements! {
    INSERT_FILE = "INSERT INTO bucket_files (id, bucket_id, acr_id, state, state_rank, failure, title, search_title, \
        audio_id, duration_us, isrc, user_defined, track_id, fingerprint, updated_at, account_id, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    FILE_BY_ID = "SELECT * FROM bucket_files WHERE account_id = $1 AND id = $2";
    FILE_BY_SOUND = "SELECT * FROM bucket_files WHERE account_id = $1 AND acr_id = $2 ORDER BY id LIMIT 1";
    ANY_FILE = "SELECT * FROM bucket_files WHERE id = $1";
    // The second and third conditions are the index's, which holds only the start of an id.
    FILE_BY_AUDIO_ID = "SELECT * FROM bucket_files WHERE account_id = $1 AND audio_id <> '' \
        AND substr(audio_id, 1, 500) = substr($2, 1, 500) AND audio_id = $2 AND track_id IS NOT NULL \
        ORDER BY id DESC LIMIT 1";
    FILES_BY_ISRC = "SELECT * FROM bucket_files WHERE account_id = $1 AND isrc <> '' AND isrc = $2 ORDER BY id LIMIT $3";
    FILES_AFTER = "SELECT * FROM bucket_files WHERE bucket_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    UPDATE_FILE = "UPDATE bucket_files SET bucket_id = $2, acr_id = $3, state = $4, state_rank = $5, failure = $6, \
        title = $7, search_title = $8, audio_id = $9, duration_us = $10, isrc = $11, user_defined = $12, \
        track_id = $13, fingerprint = $14, updated_at = $15 WHERE id = $1";
}

worded! {
    // The pluses keep SQLite from reading all files of the account.
    FILES_BY_IDS = "SELECT * FROM bucket_files WHERE +account_id = $1 AND id IN (SELECT value FROM json_each($2))",
        "SELECT * FROM bucket_files WHERE account_id = $1 \
         AND id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(CAST($2 AS TEXT) AS JSON)) AS ids (value))";
    FILES_BY_SOUNDS = "SELECT * FROM bucket_files WHERE account_id = $1 \
         AND acr_id IN (SELECT value FROM json_each($2))",
        "SELECT * FROM bucket_files WHERE account_id = $1 \
         AND acr_id IN (SELECT value FROM json_array_elements_text(CAST(CAST($2 AS TEXT) AS JSON)) AS ids (value))";
    DELETE_FILES = "DELETE FROM bucket_files WHERE +account_id = $1 AND id IN (SELECT value FROM json_each($2)) \
         RETURNING id",
        "DELETE FROM bucket_files WHERE account_id = $1 \
         AND id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(CAST($2 AS TEXT) AS JSON)) AS ids (value)) \
         RETURNING id";
}

#[async_trait]
impl Files for SqlTransaction {
    async fn insert_file(&mut self, file: &BucketFile) -> Result<()> {
        let statement =
            bind_changing(INSERT_FILE, file)?.bind(file.account_id.as_str()).bind(file.created_at.as_micros());
        self.run("add a file", statement).await.map(|_| ())
    }

    async fn file(&mut self, account: &AccountId, id: &FileRef) -> Result<Option<BucketFile>> {
        let statement = match id {
            FileRef::Id(id) => query(FILE_BY_ID).bind(account.as_str()).bind(id.0),
            FileRef::Acr(id) => query(FILE_BY_SOUND).bind(account.as_str()).bind(id.as_str()),
        };
        self.one("read a file", statement).await
    }

    async fn any_file(&mut self, id: FileId) -> Result<Option<BucketFile>> {
        self.one("read a file", query(ANY_FILE).bind(id.0)).await
    }

    async fn files_by_refs(&mut self, account: &AccountId, refs: &[FileRef]) -> Result<Vec<BucketFile>> {
        let (mut ids, mut sounds) = (Vec::new(), Vec::new());
        for named in refs {
            match named {
                FileRef::Id(id) => ids.push(*id),
                FileRef::Acr(id) => sounds.push(id),
            }
        }
        let mut found: Vec<BucketFile> = Vec::new();
        if !ids.is_empty() {
            found = self.named_files(FILES_BY_IDS, account, to_json("write the ids of files", &ids)?).await?;
        }
        if !sounds.is_empty() {
            let by_id: std::collections::HashSet<FileId> = found.iter().map(|file| file.id).collect();
            let named =
                self.named_files(FILES_BY_SOUNDS, account, to_json("write the ids of sounds", &sounds)?).await?;
            found.extend(named.into_iter().filter(|file| !by_id.contains(&file.id)));
        }
        Ok(found)
    }

    async fn file_by_audio_id(&mut self, account: &AccountId, audio_id: &str) -> Result<Option<BucketFile>> {
        self.one("read a file", query(FILE_BY_AUDIO_ID).bind(account.as_str()).bind(audio_id)).await
    }

    async fn files_by_isrc(&mut self, account: &AccountId, isrc: &str, limit: u32) -> Result<Vec<BucketFile>> {
        let statement = query(FILES_BY_ISRC).bind(account.as_str()).bind(isrc.to_uppercase()).bind(i64::from(limit));
        self.all("list files by ISRC", statement).await
    }

    async fn files_by_title(&mut self, account: &AccountId, text: &str, limit: u32) -> Result<Vec<BucketFile>> {
        self.titled_files(account, text, limit).await
    }

    async fn files(&mut self, bucket: BucketId, filter: &FileFilter) -> Result<Vec<BucketFile>> {
        self.file_page(bucket, filter).await
    }

    async fn count_files(&mut self, bucket: BucketId, search: &str, state: Option<FileState>) -> Result<i64> {
        self.count_found_files(bucket, search, state).await
    }

    async fn files_after(&mut self, bucket: BucketId, after: FileId, limit: u32) -> Result<Vec<BucketFile>> {
        self.all("list files", query(FILES_AFTER).bind(bucket.0).bind(after.0).bind(i64::from(limit))).await
    }

    async fn update_file(&mut self, file: &BucketFile) -> Result<()> {
        self.run("change a file", bind_changing(UPDATE_FILE, file)?).await.map(|_| ())
    }

    async fn delete_files(&mut self, account: &AccountId, ids: &[FileId]) -> Result<Vec<FileId>> {
        let statement = query(DELETE_FILES.for_dialect(self.dialect()))
            .bind(account.as_str())
            .bind(to_json("write the ids of files", ids)?);
        let deleted: Vec<i64> = self.all("remove files", statement).await?;
        Ok(deleted.into_iter().map(FileId).collect())
    }
}

impl SqlTransaction {
    async fn named_files(
        &mut self,
        statement: super::Worded,
        account: &AccountId,
        names: String,
    ) -> Result<Vec<BucketFile>> {
        let statement = query(statement.for_dialect(self.dialect())).bind(account.as_str()).bind(names);
        self.all("read files", statement).await
    }
}

/// Returns the place of a state when files are sorted by it.
pub(super) fn rank(state: FileState) -> i64 {
    match state {
        FileState::Failed => -1,
        FileState::Processing => 0,
        FileState::Ready => 1,
    }
}

/// Returns the ISRC in a caller's values as it is compared; empty if there is none.
fn isrc_of(values: &UserDefined) -> String {
    let isrc = values.text("isrc").map(|text| text.to_uppercase());
    isrc.filter(|isrc| isrc.len() <= ISRC_BYTES_MAX).unwrap_or_default()
}

/// Binds the id and all that can change, which both statements name first.
fn bind_changing<'q>(sql: &'static str, file: &'q BucketFile) -> Result<Statement<'q>> {
    let search_title = fold(&file.title);
    Ok(query(sql)
        .bind(file.id.0)
        .bind(file.bucket_id.0)
        .bind(file.acr_id.as_str())
        .bind(file.state.name())
        .bind(rank(file.state))
        .bind(file.failure.as_str())
        .bind(file.title.as_str())
        .bind(start_of(&search_title, SEARCH_TITLE_BYTES_MAX).to_owned())
        .bind(file.audio_id.as_str())
        .bind(file.duration_us)
        .bind(isrc_of(&file.user_defined))
        .bind(to_json("write a file's values", &file.user_defined)?)
        .bind(file.track_id.as_ref().map(TrackId::as_str))
        .bind(file.fingerprint.as_ref().map(BlobKey::as_str))
        .bind(file.updated_at.as_micros()))
}

impl FromAnyRow for BucketFile {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: FileId(row.try_get("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            bucket_id: BucketId(row.try_get("bucket_id")?),
            acr_id: AcrId::from_text(row.try_get::<String, _>("acr_id")?),
            state: parsed(row, "state")?,
            failure: row.try_get("failure")?,
            title: row.try_get("title")?,
            audio_id: row.try_get("audio_id")?,
            duration_us: row.try_get("duration_us")?,
            user_defined: json(row, "user_defined")?,
            track_id: row.try_get::<Option<String>, _>("track_id")?.map(TrackId::from_text),
            fingerprint: opt_blob(row, "fingerprint")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
