//! Files that accounts bring for their films.

use async_trait::async_trait;
use engine::film::{Material, MaterialFilter, MaterialId, Materials};
use engine::{AccountId, AssetId, Door, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, json, parsed, time, to_json};
use crate::text::list_of;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The materials that a filter lets through; `$4` and `$5` list kinds and states between commas. Pages have a parent and come in
/// their order; all others come newest first.
macro_rules! filtered {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM materials WHERE account_id = $1 AND door = $2 AND COALESCE(parent_id, '') = $3 \
             AND ($4 = '' OR $4 LIKE '%,' || kind || ',%') AND ($5 = '' OR $5 LIKE '%,' || state || ',%') \
             AND ($6 = '' OR tag = $6)",
            $end
        )
    };
}

statements! {
    INSERT_MATERIAL = "INSERT INTO materials (id, name, tag, state, failure, copies, page_text, number, account_id, door, \
        kind, media_type, extension, asset_id, n_bytes, duration_ms, width, height, parent_id, position, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    MATERIAL = "SELECT * FROM materials WHERE account_id = $1 AND id = $2";
    NUMBERED_MATERIAL = "SELECT * FROM materials WHERE account_id = $1 AND door = $2 AND number = $3";
    LINKED_MATERIAL = "SELECT * FROM materials WHERE id = $1";
    MATERIALS = filtered!("*", " ORDER BY position, created_at DESC, number DESC LIMIT $7 OFFSET $8");
    OLDEST_MATERIALS = filtered!("*", " ORDER BY position, created_at, number LIMIT $7 OFFSET $8");
    COUNT_MATERIALS = filtered!("COUNT(*)", "");
    UPDATE_MATERIAL = "UPDATE materials SET name = $2, tag = $3, state = $4, failure = $5, copies = $6, page_text = $7 \
        WHERE id = $1";
    DELETE_MATERIAL = "DELETE FROM materials WHERE account_id = $1 AND (id = $2 OR parent_id = $2) RETURNING *";
}

#[async_trait]
impl Materials for SqlTransaction {
    async fn insert_material(&mut self, material: &Material) -> Result<()> {
        let statement = bind_changing(INSERT_MATERIAL, material)?
            .bind(material.number)
            .bind(material.account_id.as_str())
            .bind(material.door.name())
            .bind(material.kind.name())
            .bind(material.media_type.as_str())
            .bind(material.extension.as_str())
            .bind(material.asset_id.as_str())
            .bind(material.n_bytes)
            .bind(material.duration_ms)
            .bind(material.width)
            .bind(material.height)
            .bind(material.parent_id.as_ref().map(MaterialId::as_str))
            .bind(material.position)
            .bind(material.created_at.as_micros());
        self.run("add a material", statement).await.map(|_| ())
    }

    async fn material(&mut self, account: &AccountId, id: &MaterialId) -> Result<Option<Material>> {
        self.one("read a material", query(MATERIAL).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn numbered_material(&mut self, account: &AccountId, door: Door, number: i64) -> Result<Option<Material>> {
        let statement = query(NUMBERED_MATERIAL).bind(account.as_str()).bind(door.name()).bind(number);
        self.one("read a material", statement).await
    }

    async fn linked_material(&mut self, id: &MaterialId) -> Result<Option<Material>> {
        self.one("read a material", query(LINKED_MATERIAL).bind(id.as_str())).await
    }

    async fn materials(&mut self, account: &AccountId, filter: &MaterialFilter) -> Result<Vec<Material>> {
        let sql = if filter.oldest_first { OLDEST_MATERIALS } else { MATERIALS };
        let statement =
            bind_filter(sql, account, filter).bind(i64::from(filter.page.limit)).bind(i64::from(filter.page.offset));
        self.all("list materials", statement).await
    }

    async fn count_materials(&mut self, account: &AccountId, filter: &MaterialFilter) -> Result<i64> {
        self.count("count materials", bind_filter(COUNT_MATERIALS, account, filter)).await
    }

    async fn update_material(&mut self, material: &Material) -> Result<()> {
        self.run("change a material", bind_changing(UPDATE_MATERIAL, material)?).await.map(|_| ())
    }

    async fn delete_material(&mut self, account: &AccountId, id: &MaterialId) -> Result<Vec<Material>> {
        self.all("remove a material", query(DELETE_MATERIAL).bind(account.as_str()).bind(id.as_str())).await
    }
}

fn bind_filter(sql: &'static str, account: &AccountId, filter: &MaterialFilter) -> Statement<'static> {
    query(sql)
        .bind(account.as_str().to_owned())
        .bind(filter.door.name())
        .bind(filter.parent_id.as_ref().map(MaterialId::to_string).unwrap_or_default())
        .bind(list_of(filter.kinds.iter().map(|kind| kind.name())))
        .bind(list_of(filter.states.iter().map(|state| state.name())))
        .bind(filter.tag.clone().unwrap_or_default())
}

/// Binds the id and all that can change, which both statements name first.
fn bind_changing<'q>(sql: &'static str, material: &'q Material) -> Result<Statement<'q>> {
    const ACTION: &str = "write a material";
    Ok(query(sql)
        .bind(material.id.as_str())
        .bind(material.name.as_str())
        .bind(material.tag.as_str())
        .bind(material.state.name())
        .bind(material.failure.as_str())
        .bind(to_json(ACTION, &material.copies)?)
        .bind(to_json(ACTION, &material.text)?))
}

impl FromAnyRow for Material {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: MaterialId::from_text(row.try_get::<String, _>("id")?),
            number: row.try_get("number")?,
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            door: parsed(row, "door")?,
            name: row.try_get("name")?,
            tag: row.try_get("tag")?,
            kind: parsed(row, "kind")?,
            media_type: row.try_get("media_type")?,
            extension: row.try_get("extension")?,
            state: parsed(row, "state")?,
            failure: row.try_get("failure")?,
            asset_id: AssetId::from_text(row.try_get::<String, _>("asset_id")?),
            n_bytes: row.try_get("n_bytes")?,
            duration_ms: row.try_get("duration_ms")?,
            width: row.try_get("width")?,
            height: row.try_get("height")?,
            copies: json(row, "copies")?,
            text: json(row, "page_text")?,
            parent_id: row.try_get::<Option<String>, _>("parent_id")?.map(MaterialId::from_text),
            position: row.try_get("position")?,
            created_at: time(row, "created_at")?,
        })
    }
}
