//! Templates, folders and workspaces of accounts.

use async_trait::async_trait;
use engine::film::{Place, PlaceId, PlaceKind, Places, Template, TemplateId, Templates};
use engine::{AccountId, Door, Page, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, json, parsed, time, to_json};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_TEMPLATE = "INSERT INTO templates (id, number, account_id, door, name, document, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    TEMPLATE = "SELECT * FROM templates WHERE account_id = $1 AND id = $2";
    NUMBERED_TEMPLATE = "SELECT * FROM templates WHERE account_id = $1 AND door = $2 AND number = $3";
    TEMPLATES = "SELECT * FROM templates WHERE account_id = $1 AND door = $2 \
        ORDER BY created_at DESC, number DESC LIMIT $3 OFFSET $4";
    COUNT_TEMPLATES = "SELECT COUNT(*) FROM templates WHERE account_id = $1 AND door = $2";
    DELETE_TEMPLATES = "DELETE FROM templates WHERE account_id = $1 AND door = $2";
    DELETE_WEBHOOKS = "DELETE FROM webhooks WHERE account_id = $1 AND door = $2";
    DELETE_DELIVERIES = "DELETE FROM deliveries WHERE account_id = $1 AND door = $2";
    DELETE_PLACES = "DELETE FROM places WHERE account_id = $1 AND door = $2";
    DELETE_BATCH_ROWS = "DELETE FROM batch_rows WHERE batch_id IN (SELECT id FROM batches WHERE account_id = $1 AND door = $2)";
    DELETE_BATCHES = "DELETE FROM batches WHERE account_id = $1 AND door = $2";
    INSERT_PLACE = "INSERT INTO places (id, account_id, door, kind, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    PLACE = "SELECT * FROM places WHERE account_id = $1 AND id = $2";
    PLACES = "SELECT * FROM places WHERE account_id = $1 AND door = $2 AND kind = $3 \
        ORDER BY created_at, id LIMIT $4 OFFSET $5";
}

#[async_trait]
impl Templates for SqlTransaction {
    async fn insert_template(&mut self, template: &Template) -> Result<()> {
        let statement = query(INSERT_TEMPLATE)
            .bind(template.id.as_str())
            .bind(template.number)
            .bind(template.account_id.as_str())
            .bind(template.door.name())
            .bind(template.name.as_str())
            .bind(to_json("write a template", &template.document)?)
            .bind(template.created_at.as_micros());
        self.run("add a template", statement).await.map(|_| ())
    }

    async fn template(&mut self, account: &AccountId, id: &TemplateId) -> Result<Option<Template>> {
        self.one("read a template", query(TEMPLATE).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn numbered_template(&mut self, account: &AccountId, door: Door, number: i64) -> Result<Option<Template>> {
        let statement = query(NUMBERED_TEMPLATE).bind(account.as_str()).bind(door.name()).bind(number);
        self.one("read a template", statement).await
    }

    async fn templates(&mut self, account: &AccountId, door: Door, page: Page) -> Result<Vec<Template>> {
        let statement = query(TEMPLATES)
            .bind(account.as_str())
            .bind(door.name())
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset));
        self.all("list templates", statement).await
    }

    async fn empty_door(&mut self, account: &AccountId, door: Door) -> Result<()> {
        // Rows before the batches that they refer to.
        for sql in
            [DELETE_TEMPLATES, DELETE_WEBHOOKS, DELETE_DELIVERIES, DELETE_PLACES, DELETE_BATCH_ROWS, DELETE_BATCHES]
        {
            self.run("empty a door", query(sql).bind(account.as_str()).bind(door.name())).await?;
        }
        Ok(())
    }

    async fn count_templates(&mut self, account: &AccountId, door: Door) -> Result<i64> {
        self.count("count templates", query(COUNT_TEMPLATES).bind(account.as_str()).bind(door.name())).await
    }
}

#[async_trait]
impl Places for SqlTransaction {
    async fn insert_place(&mut self, place: &Place) -> Result<()> {
        let statement = query(INSERT_PLACE)
            .bind(place.id.as_str())
            .bind(place.account_id.as_str())
            .bind(place.door.name())
            .bind(place.kind.name())
            .bind(place.name.as_str())
            .bind(place.created_at.as_micros());
        self.run("add a place", statement).await.map(|_| ())
    }

    async fn place(&mut self, account: &AccountId, id: &PlaceId) -> Result<Option<Place>> {
        self.one("read a place", query(PLACE).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn places(&mut self, account: &AccountId, door: Door, kind: PlaceKind, page: Page) -> Result<Vec<Place>> {
        let statement = query(PLACES)
            .bind(account.as_str())
            .bind(door.name())
            .bind(kind.name())
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset));
        self.all("list places", statement).await
    }
}

impl FromAnyRow for Template {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: TemplateId::from_text(row.try_get::<String, _>("id")?),
            number: row.try_get("number")?,
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            door: parsed(row, "door")?,
            name: row.try_get("name")?,
            document: json(row, "document")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromAnyRow for Place {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: PlaceId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            door: parsed(row, "door")?,
            kind: parsed(row, "kind")?,
            name: row.try_get("name")?,
            created_at: time(row, "created_at")?,
        })
    }
}
