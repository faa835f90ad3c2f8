//! Every refusal with its status and body.
//!
//! The vendor publishes no list of codes. Ours are the HTTP status with a zero behind it, as in the vendor's older API.
//! Clients read `success`, then `error.code` and `error.msg`; the text says where and what to do.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{AuthFailure, Failure, FailureCode};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// When to come back after a full queue; our choice, a few short jobs' time.
const QUEUE_RETRY_AFTER: Duration = Duration::from_secs(10);
/// When to come back to a server that is about to stop.
const RESTART_RETRY_AFTER: Duration = Duration::from_secs(10);

/// The result of reading a request.
pub(crate) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// No token, or one that lets nobody in.
    Unauthenticated,
    /// The AppId and the UserKey do not belong together.
    WrongKeys,
    /// The operator disabled the caller, or restricted the key.
    NotAllowed,
    /// The workspace is not the caller's.
    OtherWorkspace(String),
    /// No credits left.
    NoBalance,
    /// No such row, or another account's.
    NotFound {
        what: &'static str,
        id: String,
    },
    NoPath,
    WrongMethod,
    TooLarge {
        n_bytes_max: u64,
    },
    /// A value of the request is missing or wrong.
    Invalid {
        /// The way to it, such as `scenes[0].clips[1].type`; empty for the body as a whole.
        path: String,
        reason: String,
    },
    TooManyRequests {
        retry_after: Duration,
    },
    QueueFull {
        n_max: i64,
    },
    /// The vendor has it, this server has not.
    NotOffered {
        what: &'static str,
        advice: &'static str,
    },
    Internal,
    /// The server stops, and somebody else may take the request.
    Stopping,
}

impl ApiError {
    /// Blames one value of the request.
    pub(crate) fn invalid(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { path: path.into(), reason: reason.into() }
    }

    /// Says that there is no such thing.
    pub(crate) fn not_found(what: &'static str, id: &str) -> Self {
        let id = id.chars().filter(|c| !c.is_control()).take(100).collect();
        Self::NotFound { what, id }
    }

    /// Words the failure of work; `field` is the member that named what could not be worked on.
    pub(crate) fn of_failure(failure: &Failure, field: &str) -> Self {
        match failure.code {
            FailureCode::BadSource | FailureCode::BadMedia => Self::invalid(field, failure.message.clone()),
            FailureCode::Internal => {
                tracing::error!(reason = failure.message, "work failed");
                Self::Internal
            }
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated | Self::WrongKeys => StatusCode::UNAUTHORIZED,
            Self::NoBalance => StatusCode::PAYMENT_REQUIRED,
            Self::NotAllowed | Self::OtherWorkspace(_) => StatusCode::FORBIDDEN,
            Self::NotFound { .. } | Self::NoPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::TooManyRequests { .. } | Self::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotOffered { .. } => StatusCode::NOT_IMPLEMENTED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Our choice: the vendor's older API numbers its errors this way.
    fn code(&self) -> u16 {
        self.status().as_u16() * 10
    }

    fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "the token is missing, wrong or older than 24 hours; get one at POST /auth/token \
                                      and send it in the header Authorization"
                .to_owned(),
            Self::WrongKeys => "appId and userKey do not belong together, or were withdrawn".to_owned(),
            Self::NotAllowed => "this account or this key may not do that; ask the operator of this server".to_owned(),
            Self::OtherWorkspace(id) => format!("workspaceId: `{id}` is no workspace of this account"),
            Self::NoBalance => "no credits are left; ask the operator of this server for more".to_owned(),
            Self::NotFound { what, id } => format!("there is no {what} `{id}`"),
            Self::NoPath => "there is nothing at this path; check the URL".to_owned(),
            Self::WrongMethod => "this path takes other methods; the header Allow lists them".to_owned(),
            Self::TooLarge { n_bytes_max } => format!("the body is too large; at most {n_bytes_max} bytes are read"),
            Self::Invalid { path, reason } if path.is_empty() => reason.clone(),
            Self::Invalid { path, reason } => format!("{path}: {reason}"),
            Self::TooManyRequests { .. } => "too many requests; wait as long as Retry-After says".to_owned(),
            Self::QueueFull { n_max } => {
                format!("at most {n_max} pieces of work may be unfinished; come back when some have ended")
            }
            Self::NotOffered { what, advice } => format!("this server does not offer {what}; {advice}"),
            Self::Internal => "the server failed; its log says why".to_owned(),
            Self::Stopping => "the server is about to stop; try again in a moment".to_owned(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests { retry_after } => Some(*retry_after),
            Self::QueueFull { .. } => Some(QUEUE_RETRY_AFTER),
            Self::Stopping => Some(RESTART_RETRY_AFTER),
            _ => None,
        }
    }

    /// Returns the body.
    pub(crate) fn body(&self) -> ErrorBody {
        ErrorBody { success: false, error: ErrorDetail { code: self.code(), msg: self.message() } }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), axum::Json(self.body())).into_response();
        if let Some(wait) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(intake::retry_after_seconds(wait)));
        }
        response
    }
}

impl From<AuthFailure> for ApiError {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::Unknown | AuthFailure::Expired | AuthFailure::WrongDoor => Self::Unauthenticated,
            AuthFailure::NotAllowed | AuthFailure::Disabled => Self::NotAllowed,
        }
    }
}

impl From<engine::Error> for ApiError {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::Auth(failure) => failure.into(),
            Error::RateLimited { retry_after } => Self::TooManyRequests { retry_after },
            Error::QueueFull { limit } => Self::QueueFull { n_max: limit },
            Error::Invalid { field, reason } => Self::invalid(vendor_name(field), reason),
            Error::NotFound { what, id } => Self::not_found(vendor_thing(what), &id),
            Error::Conflict(reason) => Self::invalid("", reason),
            Error::InsufficientBalance => Self::NoBalance,
            Error::TooSlow => Self::Stopping,
            Error::Refused(failure) => Self::of_failure(&failure, "file"),
            Error::Document(error) => Self::invalid("", error.to_string()),
            error @ (Error::Hearing(_) | Error::Store(_) | Error::Blob(_)) => {
                tracing::error!(error = &error as &dyn StdError, "request failed");
                Self::Internal
            }
        }
    }
}

/// Returns what this vendor calls a member that the engine blames.
fn vendor_name(field: &'static str) -> &'static str {
    match field {
        "webhook_url" => "webhookUrl",
        other => other,
    }
}

/// Returns what this vendor calls a thing of the engine's.
fn vendor_thing(what: &'static str) -> &'static str {
    match what {
        "video" => "project",
        other => other,
    }
}

impl From<intake::Error> for ApiError {
    fn from(error: intake::Error) -> Self {
        use intake::Error;
        let part = error.part().unwrap_or_default().to_owned();
        match error {
            Error::NoBoundary => Self::invalid("", "the header Content-Type must name the boundary of the form"),
            Error::Malformed { .. } => Self::invalid(part, "the body is broken or was cut short"),
            Error::TooSlow { .. } => Self::invalid(part, "the body paused for too long"),
            Error::TooManyParts { n_max } => Self::invalid("", format!("at most {n_max} parts are read")),
            Error::Repeated { .. } => Self::invalid(part, "must be sent once"),
            Error::TextTooLong { n_bytes_max, .. } => {
                Self::invalid(part, format!("at most {n_bytes_max} bytes are read"))
            }
            Error::NotText { .. } => Self::invalid(part, "must be text in UTF-8"),
            Error::FileTooLarge { n_bytes_max, .. } | Error::BodyTooLarge { n_bytes_max, .. } => {
                Self::TooLarge { n_bytes_max }
            }
            Error::Disk(error) => {
                tracing::error!(error = &error as &dyn StdError, "cannot write an uploaded file");
                Self::Internal
            }
        }
    }
}

/// The body of every error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Always false.
    #[schema(example = false)]
    success: bool,
    pub(crate) error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// The HTTP status with a zero behind it.
    #[schema(example = 4000)]
    code: u16,
    /// Where and what, for people.
    #[schema(example = "scenes: at least one scene is required")]
    msg: String,
}

/// The errors of an operation that takes a token.
pub(crate) struct ErrorTable;

impl IntoResponses for ErrorTable {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let retry_after = Duration::from_secs(1);
        documented(&[
            (
                ApiError::invalid("scenes", "at least one scene is required"),
                "The body is no JSON, or a value is missing or wrong",
            ),
            (ApiError::Unauthenticated, "No token, or a wrong or expired one"),
            (ApiError::NoBalance, "No credits are left"),
            (ApiError::NotAllowed, "Another account's workspace, or a disabled account"),
            (ApiError::not_found("project", "66b1f0c2a94e1d0012ab34cd"), "Unknown, or another account's"),
            (ApiError::TooLarge { n_bytes_max: 8 << 20 }, "The body is too large"),
            (ApiError::TooManyRequests { retry_after }, "Too fast, or too much unfinished work"),
            (ApiError::Internal, "The server failed"),
        ])
    }
}

/// The errors of an operation that exists only to say that it is not offered.
pub(crate) struct NotOffered;

impl IntoResponses for NotOffered {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        documented(&[
            (ApiError::Unauthenticated, "No token, or a wrong or expired one"),
            (ApiError::NotOffered { what: "generated pictures", advice: "send a URL of your own" }, "Not offered here"),
        ])
    }
}

/// The errors of the exchange of keys for a token.
pub(crate) struct TokenErrors;

impl IntoResponses for TokenErrors {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        documented(&[
            (ApiError::invalid("appId", "is required"), "A member is missing"),
            (ApiError::WrongKeys, "Wrong AppId or UserKey"),
            (ApiError::NotAllowed, "The account is disabled"),
            (ApiError::TooManyRequests { retry_after: Duration::from_secs(1) }, "Too fast"),
        ])
    }
}

fn documented(rows: &[(ApiError, &str)]) -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    let row = |(error, description): &(ApiError, &str)| {
        let schema = RefOr::Ref(Ref::from_schema_name("ErrorBody"));
        let content = ContentBuilder::new().schema(Some(schema)).example(serde_json::to_value(error.body()).ok());
        let response = ResponseBuilder::new().description(*description).content("application/json", content.build());
        (error.status().as_u16().to_string(), RefOr::T(response.build()))
    };
    rows.iter().map(row).collect()
}
