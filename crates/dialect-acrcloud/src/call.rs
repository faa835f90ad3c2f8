//! Who is calling, and what their query says.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use engine::{AccountId, Api, AuthFailure, Caller, Door, Engine, Presented};

use crate::error::ApiError;
use crate::fields::Fields;
use crate::scope::{READ_BUCKETS, Scope};

/// A caller who was let in, for what `S` names. Extracting it comes before reading the body: nobody's bytes are read for nothing.
#[derive(Debug)]
pub(crate) struct Call<S> {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
    scope: PhantomData<S>,
}

impl<S: Scope> FromRequestParts<Arc<Engine>> for Call<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, ApiError> {
        let caller = authenticate(engine, &parts.headers, S::NAME).await?;
        Ok(Self { engine: Arc::clone(engine), caller, scope: PhantomData })
    }
}

impl<S> Call<S> {
    /// Returns the account, which is in every query.
    pub(crate) fn account(&self) -> &AccountId {
        &self.caller.account_id
    }

    /// Returns the `uid` of the account's rows; asked for once per request.
    pub(crate) async fn uid(&self) -> Result<i64, ApiError> {
        Ok(self.engine.account_number(self.account()).await?)
    }
}

/// A caller of whom it only matters that they have a token.
#[derive(Debug)]
pub(crate) struct AnyCall;

impl FromRequestParts<Arc<Engine>> for AnyCall {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, ApiError> {
        match authenticate(engine, &parts.headers, READ_BUCKETS).await {
            Ok(_) | Err(ApiError::MissingScope { .. }) => Ok(Self),
            Err(error) => Err(error),
        }
    }
}

async fn authenticate(engine: &Engine, headers: &HeaderMap, scope: &'static str) -> Result<Caller, ApiError> {
    let token = intake::bearer_token(headers).ok_or(ApiError::Unauthenticated)?;
    let origin = intake::origin_host(headers);
    let presented = Presented { secret: &token, origin_host: origin.as_deref() };
    let api = Api { door: Door::Acrcloud, name: scope };
    engine.authenticate(presented, api).await.map_err(|error| match error {
        engine::Error::Auth(AuthFailure::NotAllowed) => ApiError::MissingScope { scope },
        engine::Error::RateLimited { retry_after } => {
            ApiError::TooManyRequests { retry_after, limit: Some(engine.limits().requests_per_second) }
        }
        other => other.into(),
    })
}

/// The items of a request's query.
#[derive(Debug)]
pub(crate) struct Query(pub(crate) Fields);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Fields::of_query(parts.uri.query().unwrap_or_default())))
    }
}
