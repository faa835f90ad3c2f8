//! `/api/users/current/`: the account behind the token.

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::{ApiError, Guarded};
use crate::time::iso;

/// An account. Our choice: nobody public shows the vendor's members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    #[schema(example = 1)]
    id: i64,
    /// Accounts of this server have none
    #[schema(required = true)]
    email: Option<String>,
    #[schema(example = "Ada")]
    name: String,
    /// Created datetime
    #[schema(format = DateTime)]
    cd: String,
}

/// Tells whose token it is.
#[utoipa::path(
    get, path = "/api/users/current/", operation_id = "users_current_retrieve", tag = "users",
    responses((status = 200, description = "The account", body = User), Guarded),
    security(("token" = []))
)]
pub(crate) async fn retrieve(call: Call) -> Result<Answer, ApiError> {
    let account = call.engine.account(call.account()).await?;
    let id = call.engine.account_number(call.account()).await?;
    Answer::of(&User { id, email: None, name: account.name, cd: iso(account.created_at) })
}

/// Deletes the account with everything in it, where the operator allows it.
#[utoipa::path(
    delete, path = "/api/users/current/", operation_id = "users_current_destroy", tag = "users",
    responses((status = 204, description = "It is gone, and the token with it"), Guarded),
    security(("token" = []))
)]
pub(crate) async fn destroy(call: Call) -> Result<Answer, ApiError> {
    call.engine.delete_own_account(&call.caller).await?;
    Ok(Answer::no_content())
}
