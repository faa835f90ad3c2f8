//! Webhooks and what was or is to be posted to them.

use async_trait::async_trait;
use engine::film::{Deliveries, Delivery, DeliveryId, FilmEvent, FilmId, Webhook, WebhookId, Webhooks};
use engine::{AccountId, Door, Page, StoreError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, broken, json, micros, opt_time, parsed, time, to_json};
use crate::text::list_of;

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_WEBHOOK = "INSERT INTO webhooks (id, name, description, url, events, state, sealed_secret, previous_secret, \
        previous_until, n_failed, updated_at, style, number, account_id, door, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    WEBHOOK = "SELECT * FROM webhooks WHERE account_id = $1 AND id = $2";
    LOCK_WEBHOOK = "UPDATE webhooks SET updated_at = updated_at WHERE account_id = $1 AND id = $2 RETURNING *";
    NUMBERED_WEBHOOK = "SELECT * FROM webhooks WHERE account_id = $1 AND door = $2 AND number = $3";
    WEBHOOKS = "SELECT * FROM webhooks WHERE account_id = $1 AND door = $2 AND events <> '' \
        ORDER BY created_at, id LIMIT $3 OFFSET $4";
    COUNT_WEBHOOKS = "SELECT COUNT(*) FROM webhooks WHERE account_id = $1 AND door = $2 AND events <> ''";
    LISTENERS = "SELECT * FROM webhooks WHERE account_id = $1 AND door = $2 AND state IN ('active', 'pending') \
        AND events LIKE '%,' || $3 || ',%' ORDER BY created_at, id LIMIT 1000";
    UPDATE_WEBHOOK = "UPDATE webhooks SET name = $2, description = $3, url = $4, events = $5, state = $6, \
        sealed_secret = $7, previous_secret = $8, previous_until = $9, n_failed = $10, updated_at = $11, style = $12 WHERE id = $1";
    DELETE_WEBHOOK = "DELETE FROM webhooks WHERE account_id = $1 AND id = $2";
    INSERT_DELIVERY = "INSERT INTO deliveries (id, url, body, state, attempts, next_at, account_id, door, film_id, event, \
        webhook_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    DELIVERY = "SELECT * FROM deliveries WHERE account_id = $1 AND id = $2";
    LOCK_DELIVERY = "UPDATE deliveries SET url = url WHERE account_id = $1 AND id = $2 RETURNING *";
    DELIVERIES = "SELECT * FROM deliveries WHERE account_id = $1 AND ($2 = '' OR webhook_id = $2) \
        ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4";
    UPDATE_DELIVERY = "UPDATE deliveries SET url = $2, body = $3, state = $4, attempts = $5, next_at = $6 WHERE id = $1";
    FORGET_DELIVERIES = "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE created_at < $1 \
        AND state <> 'pending' ORDER BY created_at LIMIT $2)";
}

#[async_trait]
impl Webhooks for SqlTransaction {
    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<()> {
        let statement = bind_webhook(INSERT_WEBHOOK, webhook)
            .bind(webhook.number)
            .bind(webhook.account_id.as_str())
            .bind(webhook.door.name())
            .bind(webhook.created_at.as_micros());
        self.run("add a webhook", statement).await.map(|_| ())
    }

    async fn webhook(&mut self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>> {
        self.one("read a webhook", query(WEBHOOK).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn lock_webhook(&mut self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>> {
        self.one("lock a webhook", query(LOCK_WEBHOOK).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn numbered_webhook(&mut self, account: &AccountId, door: Door, number: i64) -> Result<Option<Webhook>> {
        let statement = query(NUMBERED_WEBHOOK).bind(account.as_str()).bind(door.name()).bind(number);
        self.one("read a webhook", statement).await
    }

    async fn webhooks(&mut self, account: &AccountId, door: Door, page: Page) -> Result<Vec<Webhook>> {
        let statement = query(WEBHOOKS)
            .bind(account.as_str())
            .bind(door.name())
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset));
        self.all("list webhooks", statement).await
    }

    async fn count_webhooks(&mut self, account: &AccountId, door: Door) -> Result<i64> {
        self.count("count webhooks", query(COUNT_WEBHOOKS).bind(account.as_str()).bind(door.name())).await
    }

    async fn listeners(&mut self, account: &AccountId, door: Door, event: FilmEvent) -> Result<Vec<Webhook>> {
        let statement = query(LISTENERS).bind(account.as_str()).bind(door.name()).bind(event.name());
        self.all("list webhooks", statement).await
    }

    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<()> {
        self.run("change a webhook", bind_webhook(UPDATE_WEBHOOK, webhook)).await.map(|_| ())
    }

    async fn delete_webhook(&mut self, account: &AccountId, id: &WebhookId) -> Result<bool> {
        let statement = query(DELETE_WEBHOOK).bind(account.as_str()).bind(id.as_str());
        Ok(self.run("remove a webhook", statement).await? == 1)
    }
}

/// Binds the id and all that can change, which both statements name first.
fn bind_webhook<'q>(sql: &'static str, webhook: &'q Webhook) -> Statement<'q> {
    let previous = webhook.previous_secret.as_ref();
    query(sql)
        .bind(webhook.id.as_str())
        .bind(webhook.name.as_str())
        .bind(webhook.description.as_str())
        .bind(webhook.url.as_str())
        .bind(list_of(webhook.events.iter().map(|event| event.name())))
        .bind(webhook.state.name())
        .bind(hex::encode(&webhook.sealed_secret))
        .bind(previous.map(|(sealed, _)| hex::encode(sealed)))
        .bind(micros(previous.map(|(_, until)| *until)))
        .bind(webhook.n_failed)
        .bind(webhook.updated_at.as_micros())
        .bind(webhook.style.as_str())
}

#[async_trait]
impl Deliveries for SqlTransaction {
    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<()> {
        let statement = bind_delivery(INSERT_DELIVERY, delivery)?
            .bind(delivery.account_id.as_str())
            .bind(delivery.door.name())
            .bind(delivery.film_id.as_str())
            .bind(delivery.event.name())
            .bind(delivery.webhook_id.as_ref().map(WebhookId::as_str))
            .bind(delivery.created_at.as_micros());
        self.run("add a delivery", statement).await.map(|_| ())
    }

    async fn delivery(&mut self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>> {
        self.one("read a delivery", query(DELIVERY).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn lock_delivery(&mut self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>> {
        self.one("lock a delivery", query(LOCK_DELIVERY).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn deliveries(
        &mut self,
        account: &AccountId,
        webhook: Option<&WebhookId>,
        page: Page,
    ) -> Result<Vec<Delivery>> {
        let statement = query(DELIVERIES)
            .bind(account.as_str())
            .bind(webhook.map_or("", WebhookId::as_str))
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset));
        self.all("list deliveries", statement).await
    }

    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<()> {
        self.run("change a delivery", bind_delivery(UPDATE_DELIVERY, delivery)?).await.map(|_| ())
    }

    async fn forget_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        let statement = query(FORGET_DELIVERIES).bind(before.as_micros()).bind(i64::from(limit));
        self.run("forget deliveries", statement).await
    }
}

/// Binds the id and all that can change, which both statements name first.
fn bind_delivery<'q>(sql: &'static str, delivery: &'q Delivery) -> Result<Statement<'q>> {
    Ok(query(sql)
        .bind(delivery.id.as_str())
        .bind(delivery.url.as_str())
        .bind(delivery.body.as_deref())
        .bind(delivery.state.name())
        .bind(to_json("write a delivery", &delivery.attempts)?)
        .bind(micros(delivery.next_at)))
}

/// Reads bytes that are stored as hex digits.
fn hex_bytes(row: &AnyRow, column: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| hex::decode(text).map_err(|error| broken(column, error))).transpose()
}

impl FromAnyRow for Webhook {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let events: String = row.try_get("events")?;
        let events = events.split(',').filter(|name| !name.is_empty());
        let events = events.map(|name| name.parse().map_err(|error: String| broken("events", error)));
        Ok(Self {
            id: WebhookId::from_text(row.try_get::<String, _>("id")?),
            number: row.try_get("number")?,
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            door: parsed(row, "door")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            style: row.try_get("style")?,
            url: row.try_get("url")?,
            events: events.collect::<Result<_, _>>()?,
            state: parsed(row, "state")?,
            sealed_secret: hex_bytes(row, "sealed_secret")?.unwrap_or_default(),
            previous_secret: hex_bytes(row, "previous_secret")?.zip(opt_time(row, "previous_until")?),
            n_failed: row.try_get("n_failed")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}

impl FromAnyRow for Delivery {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: DeliveryId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            door: parsed(row, "door")?,
            film_id: FilmId::from_text(row.try_get::<String, _>("film_id")?),
            event: parsed(row, "event")?,
            webhook_id: row.try_get::<Option<String>, _>("webhook_id")?.map(WebhookId::from_text),
            url: row.try_get("url")?,
            body: row.try_get("body")?,
            state: parsed(row, "state")?,
            attempts: json(row, "attempts")?,
            next_at: opt_time(row, "next_at")?,
            created_at: time(row, "created_at")?,
        })
    }
}
