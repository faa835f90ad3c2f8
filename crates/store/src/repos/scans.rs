//! Recordings to scan.

use async_trait::async_trait;
use engine::recognition::{ContainerId, Scan, ScanFilter, ScanId, ScanState, Scans};
use engine::{AccountId, AssetId, BlobKey, JobId, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::{statements, worded};
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, json, opt_blob, parsed, time, to_json};
use crate::text::{contains_pattern, fold};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The recordings that a filter lets through.
macro_rules! filtered {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM scans WHERE container_id = $1 AND ($2 = '' OR state = $2) \
             AND (search_name LIKE $3 ESCAPE '\\' OR search_uri LIKE $3 ESCAPE '\\')",
            $end
        )
    };
}

statements! {
    INSERT_SCAN = "INSERT INTO scans (id, name, search_name, uri, search_uri, url, data_type, state, progress, failure, \
        duration_ms, asset_id, fingerprint, spans, job_id, n_bytes, updated_at, account_id, container_id, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    SCAN = "SELECT * FROM scans WHERE account_id = $1 AND id = $2";
    SCANS = filtered!("*", " ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5");
    COUNT_SCANS = filtered!("COUNT(*)", "");
    UPDATE_SCAN = "UPDATE scans SET name = $2, search_name = $3, uri = $4, search_uri = $5, url = $6, data_type = $7, \
        state = $8, progress = $9, failure = $10, duration_ms = $11, asset_id = $12, fingerprint = $13, spans = $14, \
        job_id = $15, n_bytes = $16, updated_at = $17 WHERE id = $1";
    SET_PROGRESS = "UPDATE scans SET progress = $2 WHERE id = $1 AND state = 'processing'";
    DELETE_SCAN = "DELETE FROM scans WHERE container_id = $1 AND id = $2 RETURNING *";
}

worded! {
    // The plus keeps SQLite from reading the whole container.
    SCANS_BY_IDS = "SELECT * FROM scans WHERE +container_id = $1 AND id IN (SELECT value FROM json_each($2))",
        "SELECT * FROM scans WHERE container_id = $1 \
         AND id IN (SELECT value FROM json_array_elements_text(CAST(CAST($2 AS TEXT) AS JSON)) AS ids (value))";
}

#[async_trait]
impl Scans for SqlTransaction {
    async fn insert_scan(&mut self, scan: &Scan) -> Result<()> {
        let statement = bind_changing(INSERT_SCAN, scan)?
            .bind(scan.account_id.as_str())
            .bind(scan.container_id.0)
            .bind(scan.created_at.as_micros());
        self.run("add a recording", statement).await.map(|_| ())
    }

    async fn scan(&mut self, account: &AccountId, id: &ScanId) -> Result<Option<Scan>> {
        self.one("read a recording", query(SCAN).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn scans_by_ids(&mut self, container: ContainerId, ids: &[ScanId]) -> Result<Vec<Scan>> {
        let statement = query(SCANS_BY_IDS.for_dialect(self.dialect()))
            .bind(container.0)
            .bind(to_json("write the ids of recordings", ids)?);
        self.all("read recordings", statement).await
    }

    async fn scans(&mut self, container: ContainerId, filter: &ScanFilter) -> Result<Vec<Scan>> {
        let statement = bind_filter(SCANS, container, filter)
            .bind(i64::from(filter.page.limit))
            .bind(i64::from(filter.page.offset));
        self.all("list recordings", statement).await
    }

    async fn count_scans(&mut self, container: ContainerId, filter: &ScanFilter) -> Result<i64> {
        self.count("count recordings", bind_filter(COUNT_SCANS, container, filter)).await
    }

    async fn update_scan(&mut self, scan: &Scan) -> Result<()> {
        self.run("change a recording", bind_changing(UPDATE_SCAN, scan)?).await.map(|_| ())
    }

    async fn set_scan_progress(&mut self, id: &ScanId, progress: i64) -> Result<()> {
        let statement = query(SET_PROGRESS).bind(id.as_str()).bind(progress);
        self.run("note a scan's progress", statement).await.map(|_| ())
    }

    async fn delete_scan(&mut self, container: ContainerId, id: &ScanId) -> Result<Option<Scan>> {
        self.one("remove a recording", query(DELETE_SCAN).bind(container.0).bind(id.as_str())).await
    }
}

fn bind_filter(sql: &'static str, container: ContainerId, filter: &ScanFilter) -> Statement<'static> {
    query(sql).bind(container.0).bind(filter.state.map_or("", ScanState::name)).bind(contains_pattern(&filter.search))
}

/// Binds the id and all that can change, which both statements name first.
fn bind_changing<'q>(sql: &'static str, scan: &'q Scan) -> Result<Statement<'q>> {
    Ok(query(sql)
        .bind(scan.id.as_str())
        .bind(scan.name.as_str())
        .bind(fold(&scan.name))
        .bind(scan.uri.as_str())
        .bind(fold(&scan.uri))
        .bind(scan.url.as_str())
        .bind(scan.data_type.as_str())
        .bind(scan.state.name())
        .bind(scan.progress)
        .bind(scan.failure.as_str())
        .bind(scan.duration_ms)
        .bind(scan.asset_id.as_ref().map(AssetId::as_str))
        .bind(scan.fingerprint.as_ref().map(BlobKey::as_str))
        .bind(to_json("write what plays in a recording", &scan.spans)?)
        .bind(scan.job_id.as_str())
        .bind(scan.n_bytes)
        .bind(scan.updated_at.as_micros()))
}

impl FromAnyRow for Scan {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: ScanId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            container_id: ContainerId(row.try_get("container_id")?),
            name: row.try_get("name")?,
            uri: row.try_get("uri")?,
            url: row.try_get("url")?,
            data_type: row.try_get("data_type")?,
            state: parsed(row, "state")?,
            progress: row.try_get("progress")?,
            failure: row.try_get("failure")?,
            duration_ms: row.try_get("duration_ms")?,
            asset_id: row.try_get::<Option<String>, _>("asset_id")?.map(AssetId::from_text),
            fingerprint: opt_blob(row, "fingerprint")?,
            spans: json(row, "spans")?,
            job_id: JobId::from_text(row.try_get::<String, _>("job_id")?),
            n_bytes: row.try_get("n_bytes")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
