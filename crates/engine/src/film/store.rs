//! What films ask of a database.

use async_trait::async_trait;

use super::batch::{Batch, BatchId, BatchRow, BatchRowState};
use super::delivery::{Delivery, DeliveryId};
use super::material::{Material, MaterialFilter, MaterialId};
use super::place::{Place, PlaceId, PlaceKind};
use super::row::{Film, FilmDay, FilmDayFilter, FilmEvent, FilmFilter, FilmId, FilmKind};
use super::template::{Template, TemplateId};
use super::webhook::{Webhook, WebhookId};
use crate::access::Door;
use crate::ids::AccountId;
use crate::store::{Page, StoreError};
use crate::time::Timestamp;

type Result<T> = std::result::Result<T, StoreError>;

/// Films.
#[async_trait]
pub trait Films {
    /// Adds a film.
    async fn insert_film(&mut self, film: &Film) -> Result<()>;
    /// Finds an account's film.
    async fn film(&mut self, account: &AccountId, id: &FilmId) -> Result<Option<Film>>;
    /// Finds an account's film and keeps other writers off it until the transaction ends.
    async fn lock_film(&mut self, account: &AccountId, id: &FilmId, now: Timestamp) -> Result<Option<Film>>;
    /// Finds an account's film by its number.
    async fn numbered_film(
        &mut self,
        account: &AccountId,
        door: Door,
        kind: FilmKind,
        number: i64,
    ) -> Result<Option<Film>>;
    /// Finds a film by a link whose signature was checked.
    async fn linked_film(&mut self, id: &FilmId) -> Result<Option<Film>>;
    /// Lists an account's films, newest first.
    async fn films(&mut self, account: &AccountId, filter: &FilmFilter) -> Result<Vec<Film>>;
    /// Counts the films that a filter lets through, whatever its page.
    async fn count_films(&mut self, account: &AccountId, filter: &FilmFilter) -> Result<i64>;
    /// Writes everything that can change back.
    async fn update_film(&mut self, film: &Film) -> Result<()>;
    /// Notes how far a film is, as long as it is being rendered; `false` if it is not.
    async fn set_film_progress(&mut self, id: &FilmId, progress: i64, now: Timestamp) -> Result<bool>;
    /// Counts a film that was finished on the day on which it was ordered.
    async fn count_film_day(&mut self, film: &Film, duration_ms: i64) -> Result<()>;
    /// Lists days with finished films, in order.
    async fn film_days(&mut self, account: &AccountId, filter: &FilmDayFilter) -> Result<Vec<FilmDay>>;
    /// Removes an account's film; `false` if it is not there.
    async fn delete_film(&mut self, account: &AccountId, id: &FilmId) -> Result<bool>;
}

/// Files that accounts bring for their films.
#[async_trait]
pub trait Materials {
    /// Adds a material.
    async fn insert_material(&mut self, material: &Material) -> Result<()>;
    /// Finds an account's material.
    async fn material(&mut self, account: &AccountId, id: &MaterialId) -> Result<Option<Material>>;
    /// Finds an account's material by its number.
    async fn numbered_material(&mut self, account: &AccountId, door: Door, number: i64) -> Result<Option<Material>>;
    /// Finds a material by a link whose signature was checked.
    async fn linked_material(&mut self, id: &MaterialId) -> Result<Option<Material>>;
    /// Lists an account's materials, newest first; those made of another in their order.
    async fn materials(&mut self, account: &AccountId, filter: &MaterialFilter) -> Result<Vec<Material>>;
    /// Counts the materials that a filter lets through, whatever its page.
    async fn count_materials(&mut self, account: &AccountId, filter: &MaterialFilter) -> Result<i64>;
    /// Writes everything that can change back.
    async fn update_material(&mut self, material: &Material) -> Result<()>;
    /// Removes an account's material with those made of it, and returns what was removed.
    async fn delete_material(&mut self, account: &AccountId, id: &MaterialId) -> Result<Vec<Material>>;
}

/// Documents that films are made from.
#[async_trait]
pub trait Templates {
    /// Adds a template.
    async fn insert_template(&mut self, template: &Template) -> Result<()>;
    /// Finds an account's template.
    async fn template(&mut self, account: &AccountId, id: &TemplateId) -> Result<Option<Template>>;
    /// Finds an account's template by its number.
    async fn numbered_template(&mut self, account: &AccountId, door: Door, number: i64) -> Result<Option<Template>>;
    /// Lists an account's templates, newest first.
    async fn templates(&mut self, account: &AccountId, door: Door, page: Page) -> Result<Vec<Template>>;
    /// Removes an account's templates, webhooks, deliveries, places and batches at a door.
    async fn empty_door(&mut self, account: &AccountId, door: Door) -> Result<()>;
    /// Counts an account's templates.
    async fn count_templates(&mut self, account: &AccountId, door: Door) -> Result<i64>;
}

/// Who wants to hear of films.
#[async_trait]
pub trait Webhooks {
    /// Adds a webhook.
    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<()>;
    /// Finds an account's webhook.
    async fn webhook(&mut self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>>;
    /// Finds an account's webhook and keeps other writers off it until the transaction ends.
    async fn lock_webhook(&mut self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>>;
    /// Finds an account's webhook by its number.
    async fn numbered_webhook(&mut self, account: &AccountId, door: Door, number: i64) -> Result<Option<Webhook>>;
    /// Lists an account's webhooks that are told of events, oldest first.
    async fn webhooks(&mut self, account: &AccountId, door: Door, page: Page) -> Result<Vec<Webhook>>;
    /// Counts them.
    async fn count_webhooks(&mut self, account: &AccountId, door: Door) -> Result<i64>;
    /// Lists an account's active webhooks that are told of an event.
    async fn listeners(&mut self, account: &AccountId, door: Door, event: FilmEvent) -> Result<Vec<Webhook>>;
    /// Writes everything that can change back.
    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<()>;
    /// Removes an account's webhook; `false` if it is not there.
    async fn delete_webhook(&mut self, account: &AccountId, id: &WebhookId) -> Result<bool>;
}

/// What was or is to be posted.
#[async_trait]
pub trait Deliveries {
    /// Adds a delivery.
    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<()>;
    /// Finds an account's delivery.
    async fn delivery(&mut self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>>;
    /// Finds an account's delivery and keeps other writers off it until the transaction ends.
    async fn lock_delivery(&mut self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>>;
    /// Lists an account's deliveries, newest first, of one webhook or of all.
    async fn deliveries(
        &mut self,
        account: &AccountId,
        webhook: Option<&WebhookId>,
        page: Page,
    ) -> Result<Vec<Delivery>>;
    /// Writes a delivery's state, body and attempts back.
    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<()>;
    /// Removes finished deliveries made before a time, at most `limit`, and returns how many.
    async fn forget_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<u64>;
}

/// Folders and workspaces.
#[async_trait]
pub trait Places {
    /// Adds a place.
    async fn insert_place(&mut self, place: &Place) -> Result<()>;
    /// Finds an account's place.
    async fn place(&mut self, account: &AccountId, id: &PlaceId) -> Result<Option<Place>>;
    /// Lists an account's places of a kind, oldest first.
    async fn places(&mut self, account: &AccountId, door: Door, kind: PlaceKind, page: Page) -> Result<Vec<Place>>;
}

/// Films of tables.
#[async_trait]
pub trait Batches {
    /// Adds a batch.
    async fn insert_batch(&mut self, batch: &Batch) -> Result<()>;
    /// Adds rows to a batch.
    async fn insert_batch_rows(&mut self, rows: &[BatchRow]) -> Result<()>;
    /// Finds an account's batch.
    async fn batch(&mut self, account: &AccountId, id: &BatchId) -> Result<Option<Batch>>;
    /// Finds a batch and keeps other writers off it until the transaction ends.
    async fn lock_batch(&mut self, id: &BatchId, now: Timestamp) -> Result<Option<Batch>>;
    /// Lists an account's batches, newest first.
    async fn batches(&mut self, account: &AccountId, page: Page) -> Result<Vec<Batch>>;
    /// Writes a batch's state back.
    async fn update_batch(&mut self, batch: &Batch) -> Result<()>;
    /// Lists rows in order, of one state or of all.
    async fn batch_rows(&mut self, id: &BatchId, state: Option<BatchRowState>, page: Page) -> Result<Vec<BatchRow>>;
    /// Counts rows by state.
    async fn count_batch_rows(&mut self, id: &BatchId) -> Result<Vec<(BatchRowState, i64)>>;
    /// Finds the row that a film was made of.
    async fn batch_row_of_film(&mut self, id: &BatchId, film: &FilmId) -> Result<Option<BatchRow>>;
    /// Writes a row's state, film and failure back.
    async fn update_batch_row(&mut self, row: &BatchRow) -> Result<()>;
    /// Lists batches that are not finished, of all accounts, oldest first.
    async fn unfinished_batches(&mut self, limit: u32) -> Result<Vec<Batch>>;
}
