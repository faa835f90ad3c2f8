//! Buckets as requests name them: by number, by name, or the vendor's public one, which this server has not.

use engine::recognition::{Bucket, BucketFilter, BucketId};
use engine::{AccountId, Engine, Page};
use serde::Serialize;
use utoipa::ToSchema;

use crate::buckets::FILE;
use crate::error::ApiError;
use crate::fields::Fields;

/// The vendor's public bucket of music, as its clients name it.
const PUBLIC_ID: i64 = 23;
const PUBLIC_NAME: &str = "ACRCloud Music";
/// The label of buckets that stand in for it.
const MUSIC_LABEL: &str = "music-bucket";
/// Rows that are looked through at a time.
const STRIDE: u32 = 1000;

/// A bucket that something else searches.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BucketName {
    #[schema(example = 7)]
    pub(crate) id: i64,
    #[schema(example = "jingles")]
    name: String,
    /// Always `File`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    metadata_template: Option<String>,
}

impl BucketName {
    pub(crate) fn new(bucket: &Bucket) -> Self {
        Self {
            id: bucket.id.0,
            name: bucket.name.clone(),
            kind: FILE,
            metadata_template: bucket.metadata_template.clone(),
        }
    }

    /// Finds the buckets that several rows name, with one look.
    pub(crate) async fn of_all(
        engine: &Engine,
        account: &AccountId,
        ids: impl IntoIterator<Item = BucketId>,
    ) -> Result<Vec<Self>, ApiError> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let buckets = engine.buckets_by_ids(account, &ids).await?;
        Ok(buckets.iter().map(Self::new).collect())
    }

    /// Picks those that one row names, in its order; a bucket that is gone is passed over.
    pub(crate) fn picked(all: &[Self], ids: &[BucketId]) -> Vec<Self> {
        ids.iter().filter_map(|id| all.iter().find(|bucket| bucket.id == id.0).cloned()).collect()
    }
}

/// Reads `buckets`: numbers or names, the vendor's public bucket among them. What the account has not is a problem.
pub(crate) async fn read(
    engine: &Engine,
    account: &AccountId,
    fields: &mut Fields,
) -> Result<Option<Vec<BucketId>>, ApiError> {
    let Some(entries) = fields.list("buckets") else {
        return Ok(None);
    };
    let numbers: Vec<_> = entries.iter().filter_map(|entry| entry.parse().ok().map(BucketId)).collect();
    let own: Vec<_> = engine.buckets_by_ids(account, &numbers).await?.iter().map(|bucket| bucket.id).collect();
    let mut found = Vec::new();
    for entry in &entries {
        let number: Option<i64> = entry.parse().ok();
        let ids = match number.map(BucketId) {
            Some(id) if own.contains(&id) => vec![id],
            Some(BucketId(PUBLIC_ID)) => stand_ins(engine, account).await?,
            Some(_) => Vec::new(),
            None => named(engine, account, entry).await?,
        };
        let is_public = number == Some(PUBLIC_ID) || entry == PUBLIC_NAME;
        if ids.is_empty() && !is_public {
            fields.blame("buckets", format!("Name buckets of this account; `{entry}` is none."));
        }
        found.extend(ids.into_iter().filter(|id| !found.contains(id)).collect::<Vec<_>>());
    }
    Ok(Some(found))
}

/// Finds the account's buckets of a name.
async fn named(engine: &Engine, account: &AccountId, name: &str) -> Result<Vec<BucketId>, ApiError> {
    if name == PUBLIC_NAME {
        return stand_ins(engine, account).await;
    }
    select(engine, account, name, |bucket| bucket.name == name).await
}

/// Finds the account's buckets that stand in for the vendor's public one.
///
/// Our choice: those with its name, and those with a label for it; without any the public bucket is ignored.
async fn stand_ins(engine: &Engine, account: &AccountId) -> Result<Vec<BucketId>, ApiError> {
    select(engine, account, "", is_music).await
}

/// Tells whether a bucket stands in for the vendor's public one.
pub(crate) fn is_music(bucket: &Bucket) -> bool {
    bucket.name == PUBLIC_NAME || bucket.labels.iter().any(|label| label.eq_ignore_ascii_case(MUSIC_LABEL))
}

async fn select(
    engine: &Engine,
    account: &AccountId,
    search: &str,
    is_wanted: impl Fn(&Bucket) -> bool,
) -> Result<Vec<BucketId>, ApiError> {
    let mut ids = Vec::new();
    let mut page = Page { limit: STRIDE, offset: 0 };
    loop {
        let filter = BucketFilter { region: None, search: search.to_owned(), page };
        let listed = engine.buckets(account, &filter).await?;
        ids.extend(listed.rows.iter().filter(|bucket| is_wanted(bucket)).map(|bucket| bucket.id));
        page.offset += STRIDE;
        if i64::from(page.offset) >= listed.total {
            return Ok(ids);
        }
    }
}
