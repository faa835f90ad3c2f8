//! `/keys`: the account's key for this API. There is one: a new one takes the place of the old.

use axum::http::StatusCode;
use axum::response::Response;
use engine::{Credential, CredentialId, Door};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::Call;
use crate::error::{ApiError, ErrorTable, missing};
use crate::frame::{created, ok};
use crate::path::At;

/// What the operator sees as the name of keys that were made here.
const NAME: &str = "made by its owner";

/// A key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyRow {
    id: String,
    #[schema(example = "2026-01-02T03:04:05.678000Z")]
    created_at: String,
    #[schema(example = "2026-01-02T03:04:05.678000Z")]
    updated_at: String,
}

impl From<&Credential> for KeyRow {
    fn from(credential: &Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            created_at: credential.created_at.to_string(),
            updated_at: credential.updated_at.to_string(),
        }
    }
}

/// A new key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewKeyRow {
    #[serde(flatten)]
    row: KeyRow,
    /// The key itself, shown this once.
    key: String,
}

/// Lists the keys that work.
#[utoipa::path(
    get, path = "/api/v1/keys", operation_id = "houroneKeys", tag = "keys",
    responses((status = 200, description = "The keys", body = Vec<KeyRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn list(call: Call) -> Result<Response, ApiError> {
    let keys = call.engine.door_keys(call.account(), Door::Hourone).await?;
    ok(&keys.iter().map(KeyRow::from).collect::<Vec<_>>())
}

/// Makes a new key; those before it stop working at once.
#[utoipa::path(
    post, path = "/api/v1/keys", operation_id = "houroneCreateKey", tag = "keys",
    responses((status = 201, description = "The key, shown this once", body = NewKeyRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create(call: Call) -> Result<Response, ApiError> {
    let made = call.engine.replace_door_key(&call.caller, Door::Hourone, NAME).await?;
    created(&NewKeyRow { row: KeyRow::from(&made.credential), key: made.secret.expose().to_owned() }, &[])
}

/// Revokes a key, at once.
#[utoipa::path(
    delete, path = "/api/v1/keys/{key_id}", operation_id = "houroneDeleteKey", tag = "keys",
    params(("key_id" = String, Path, description = "The key's id")),
    responses((status = 204, description = "It no longer works"), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn delete(call: Call, At(id): At<String>) -> Result<StatusCode, ApiError> {
    let id = CredentialId::from_text(id);
    call.engine.revoke_door_key(call.account(), Door::Hourone, &id).await.map_err(missing("Key"))?;
    Ok(StatusCode::NO_CONTENT)
}
