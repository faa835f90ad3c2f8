//! Every refusal with its status and body: `detail` is a list where the request is wrong, and a text otherwise.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{AuthFailure, Failure, FailureCode};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::problems::{Fault, Loc, Problem, Problems};

/// When to come back after a full queue; our choice, a few short jobs' time.
const QUEUE_RETRY_AFTER: Duration = Duration::from_secs(10);
/// When to come back to a server that is about to stop.
const RESTART_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ApiError {
    /// No key, or one that lets nobody in.
    Unauthenticated,
    /// The key is not for this.
    NotAllowed,
    /// The operator disabled the caller.
    Disabled,
    /// A workspace or team that the caller is not in.
    OtherPlace {
        header: &'static str,
    },
    /// No such row, or another account's.
    NotFound {
        what: &'static str,
    },
    NoPath,
    WrongMethod,
    TooLarge {
        n_bytes_max: u64,
    },
    Invalid(Vec<Problem>),
    TooManyRequests {
        retry_after: Duration,
    },
    QueueFull {
        n_max: i64,
    },
    NoBalance,
    Internal,
    /// The server stops, and somebody else may take the request.
    Stopping,
}

impl ApiError {
    /// Blames one value of the request.
    pub(crate) fn invalid(loc: &[&str], fault: Fault) -> Self {
        let loc: Vec<Loc> = loc.iter().map(|step| Loc::from(*step)).collect();
        Self::Invalid(vec![Problem::new(&loc, fault)])
    }

    /// Says that there is no such thing; `what` begins with a capital.
    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::NotFound { what }
    }

    fn of_failure(failure: &Failure) -> Self {
        match failure.code {
            FailureCode::BadSource | FailureCode::BadMedia => {
                Self::invalid(&["body"], Fault::rule(failure.message.clone()))
            }
            FailureCode::Internal => {
                tracing::error!(reason = failure.message, "work failed");
                Self::Internal
            }
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::NoBalance => StatusCode::PAYMENT_REQUIRED,
            Self::NotAllowed | Self::Disabled | Self::OtherPlace { .. } => StatusCode::FORBIDDEN,
            Self::NotFound { .. } | Self::NoPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests { .. } | Self::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The text of `detail`, where it is one.
    fn text(&self) -> String {
        match self {
            Self::Unauthenticated => "Invalid api key".to_owned(),
            Self::NotAllowed => "This api key may not be used here".to_owned(),
            Self::Disabled => "This account is disabled; ask the operator of this server to enable it".to_owned(),
            Self::OtherPlace { header } => format!("You have no access to what the header `{header}` names"),
            Self::NoBalance => "The balance is not sufficient; ask the operator of this server for credits".to_owned(),
            Self::NotFound { what } => format!("{what} not found"),
            Self::NoPath => "Not Found".to_owned(),
            Self::WrongMethod => "Method Not Allowed".to_owned(),
            Self::TooLarge { n_bytes_max } => format!("The body is too large, at most {n_bytes_max} bytes are read"),
            Self::Invalid(_) => String::new(),
            Self::TooManyRequests { .. } => "Too many requests; wait as long as Retry-After says".to_owned(),
            Self::QueueFull { n_max } => format!("Too many unfinished videos, at most {n_max} are allowed"),
            Self::Internal => "Internal Server Error".to_owned(),
            Self::Stopping => "The server is about to stop; try again in a moment".to_owned(),
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
}

/// Fails if anything is wrong with the request.
pub(crate) fn check(problems: Problems) -> Result<(), ApiError> {
    let problems = problems.into_vec();
    if problems.is_empty() { Ok(()) } else { Err(ApiError::Invalid(problems)) }
}

/// Calls what is missing by the door's name for it.
pub(crate) fn missing(what: &'static str) -> impl Fn(engine::Error) -> ApiError {
    move |error| match error {
        engine::Error::NotFound { .. } => ApiError::NotFound { what },
        other => other.into(),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status(), self.retry_after());
        let mut response = match &self {
            Self::Invalid(problems) => (status, axum::Json(InvalidBody { detail: problems.clone() })).into_response(),
            other => (status, axum::Json(ErrorBody { detail: other.text() })).into_response(),
        };
        let headers = response.headers_mut();
        if let Some(wait) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(intake::retry_after_seconds(wait)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("api-key"));
        }
        response
    }
}

impl From<AuthFailure> for ApiError {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::Unknown | AuthFailure::Expired | AuthFailure::WrongDoor => Self::Unauthenticated,
            AuthFailure::NotAllowed => Self::NotAllowed,
            AuthFailure::Disabled => Self::Disabled,
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
            Error::Invalid { field, reason } => Self::invalid(&["body", field], Fault::rule(reason)),
            Error::NotFound { what, .. } => Self::NotFound { what: capital(what) },
            Error::Conflict(reason) => Self::invalid(&["body"], Fault::rule(reason)),
            Error::Document(error) => Self::invalid(&["body"], Fault::rule(error.to_string())),
            Error::InsufficientBalance => Self::NoBalance,
            Error::TooSlow => Self::Stopping,
            Error::Refused(failure) => Self::of_failure(&failure),
            error @ (Error::Hearing(_) | Error::Store(_) | Error::Blob(_)) => {
                tracing::error!(error = &error as &dyn StdError, "request failed");
                Self::Internal
            }
        }
    }
}

/// The engine's names of things, as this door writes them.
fn capital(what: &'static str) -> &'static str {
    match what {
        "video" => "Video",
        "webhook" => "Webhook",
        "delivery" => "Delivery",
        "material" | "file" => "File",
        "key" => "Key",
        "folder" => "Folder",
        "workspace" => "Workspace",
        "team" => "Team",
        other => other,
    }
}

impl From<intake::Error> for ApiError {
    fn from(error: intake::Error) -> Self {
        use intake::Error;
        let body = |text: &str| Self::invalid(&["body"], Fault::rule(text));
        match error {
            Error::TextTooLong { n_bytes_max, .. } => Self::TooLarge { n_bytes_max: n_bytes_max as u64 },
            Error::FileTooLarge { n_bytes_max, .. } | Error::BodyTooLarge { n_bytes_max, .. } => {
                Self::TooLarge { n_bytes_max }
            }
            Error::Malformed { .. } => body("the body was cut short or is broken"),
            Error::TooSlow { .. } => body("the body paused for too long"),
            Error::NotText { .. } => body("the body is not UTF-8"),
            Error::NoBoundary | Error::TooManyParts { .. } | Error::Repeated { .. } => body("the body is not JSON"),
            Error::Disk(error) => {
                tracing::error!(error = &error as &dyn StdError, "cannot write an uploaded file");
                Self::Internal
            }
        }
    }
}

/// The body of every error but 422.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Text for people.
    #[schema(example = "Video not found")]
    detail: String,
}

/// The body of 422.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvalidBody {
    /// What is wrong, and where.
    detail: Vec<Problem>,
}

/// The errors of every operation as OpenAPI responses.
pub(crate) struct ErrorTable;

impl IntoResponses for ErrorTable {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let retry_after = Duration::from_secs(1);
        let rows = [
            (ApiError::Unauthenticated, "No key, or one that is unknown, revoked or expired"),
            (ApiError::NoBalance, "The operator set prices, and no balance covers this one"),
            (ApiError::NotAllowed, "The key is not for this, or the account is disabled"),
            (ApiError::not_found("Video"), "Unknown, or another account's"),
            (ApiError::TooLarge { n_bytes_max: crate::body::BODY_BYTES_MAX }, "The body is too large"),
            (ApiError::invalid(&["body", "name"], Fault::missing()), "The request is wrong"),
            (ApiError::TooManyRequests { retry_after }, "Too fast, or too many unfinished videos"),
            (ApiError::Internal, "The server failed"),
        ];
        let documented = rows.map(|(error, description)| {
            let status = error.status().as_u16().to_string();
            let (name, example) = match error {
                ApiError::Invalid(detail) => ("InvalidBody", serde_json::to_value(InvalidBody { detail })),
                other => ("ErrorBody", serde_json::to_value(ErrorBody { detail: other.text() })),
            };
            let schema = RefOr::Ref(Ref::from_schema_name(name));
            let content = ContentBuilder::new().schema(Some(schema)).example(example.ok());
            let response = ResponseBuilder::new().description(description).content("application/json", content.build());
            (status, RefOr::T(response.build()))
        });
        BTreeMap::from(documented)
    }
}
