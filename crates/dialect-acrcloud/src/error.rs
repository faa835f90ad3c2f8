//! Every refusal with its status and body.
//!
//! Clients print `message`, else `error`, else the raw text, so there is a `message` in every one, and it says what to do.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{AuthFailure, Failure, FailureCode};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// When to come back after a full queue; our choice, a few short jobs' time.
const QUEUE_RETRY_AFTER: Duration = Duration::from_secs(10);
/// When to come back to a server that is about to stop.
const RESTART_RETRY_AFTER: Duration = Duration::from_secs(10);
/// The message of all 422, as the vendor's framework words it.
const INVALID: &str = "The given data was invalid.";

/// What is wrong with a request's members: name → sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Problems(BTreeMap<String, Vec<String>>);

impl Problems {
    /// Adds a sentence that says what to do.
    pub(crate) fn add(&mut self, field: &str, what_to_do: impl Into<String>) {
        self.0.entry(field.to_owned()).or_default().push(what_to_do.into());
    }

    /// Fails if there are any.
    pub(crate) fn check(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Invalid(self)) }
    }
}

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// No token, or one that lets nobody in.
    Unauthenticated,
    /// The token is not for this.
    MissingScope {
        scope: &'static str,
    },
    /// The operator disabled the caller.
    Disabled,
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
    Invalid(Problems),
    TooManyRequests {
        retry_after: Duration,
        /// Requests per second that are let through, where known.
        limit: Option<u32>,
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
    /// Blames one member of the request; the text says what to do.
    pub(crate) fn invalid(field: &str, what_to_do: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(field, what_to_do);
        Self::Invalid(problems)
    }

    /// Says that there is no such thing.
    pub(crate) fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }

    /// Words the failure of work; `field` is the member that named what could not be worked on.
    pub(crate) fn of_failure(failure: &Failure, field: &str) -> Self {
        match failure.code {
            FailureCode::BadSource | FailureCode::BadMedia => {
                Self::invalid(field, format!("Send another {field}: {}.", failure.message.trim_end_matches('.')))
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
            Self::MissingScope { .. } | Self::Disabled | Self::NoBalance => StatusCode::FORBIDDEN,
            Self::NotFound { .. } | Self::NoPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests { .. } | Self::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "Unauthenticated.".to_owned(),
            Self::MissingScope { scope } => {
                format!("This token may not be used here; use one that has the scope `{scope}`.")
            }
            Self::Disabled => "This account is disabled; ask the operator of this server to enable it.".to_owned(),
            Self::NoBalance => "The balance is not sufficient; ask the operator of this server for credits.".to_owned(),
            Self::NotFound { what, id } => format!("There is no {what} `{id}`; check the id."),
            Self::NoPath => "There is nothing at this path; check the URL.".to_owned(),
            Self::WrongMethod => "This path takes other methods; the header `Allow` lists them.".to_owned(),
            Self::TooLarge { n_bytes_max } => format!("The body is too large; send at most {n_bytes_max} bytes."),
            Self::Invalid(_) => INVALID.to_owned(),
            Self::TooManyRequests { .. } => "Too many requests; wait as long as `Retry-After` says.".to_owned(),
            Self::QueueFull { n_max } => {
                format!("At most {n_max} pieces of work may be unfinished; send more when some have ended.")
            }
            Self::Internal => "The server failed; its log says why.".to_owned(),
            Self::Stopping => "The server is about to stop; try again in a moment.".to_owned(),
        }
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let later = |wait: Duration| (RETRY_AFTER, HeaderValue::from(intake::retry_after_seconds(wait)));
        match self {
            Self::Unauthenticated => vec![(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))],
            Self::TooManyRequests { retry_after, limit } => {
                let mut headers = vec![later(*retry_after)];
                let named = |name| HeaderName::from_static(name);
                headers.extend(limit.map(|limit| (named("x-rate-limit-limit"), limit.into())));
                headers.push((named("x-rate-limit-remaining"), 0.into()));
                headers.push((named("x-rate-limit-reset"), intake::retry_after_seconds(*retry_after).into()));
                headers
            }
            Self::QueueFull { .. } => vec![later(QUEUE_RETRY_AFTER)],
            Self::Stopping => vec![later(RESTART_RETRY_AFTER)],
            _ => Vec::new(),
        }
    }
}

/// Makes a sentence of one of the engine's reasons.
pub(crate) fn sentence(reason: &str) -> String {
    let mut chars = reason.trim_end_matches('.').chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, headers, message) = (self.status(), self.headers(), self.message());
        let errors = match self {
            Self::Invalid(problems) => Some(problems.0),
            _ => None,
        };
        let mut response = (status, axum::Json(ErrorBody { message, errors })).into_response();
        response.headers_mut().extend(headers);
        response
    }
}

impl From<AuthFailure> for ApiError {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::Unknown | AuthFailure::Expired | AuthFailure::WrongDoor => Self::Unauthenticated,
            // `Call` knows the scope and words this one.
            AuthFailure::NotAllowed => Self::MissingScope { scope: "" },
            AuthFailure::Disabled => Self::Disabled,
        }
    }
}

impl From<engine::Error> for ApiError {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::Auth(failure) => failure.into(),
            Error::RateLimited { retry_after } => Self::TooManyRequests { retry_after, limit: None },
            Error::QueueFull { limit } => Self::QueueFull { n_max: limit },
            Error::Invalid { field, reason } => Self::invalid(field, format!("Change `{field}`: {reason}.")),
            Error::NotFound { what, id } => Self::NotFound { what, id },
            Error::Conflict(reason) => Self::invalid("id", sentence(&reason)),
            Error::InsufficientBalance => Self::NoBalance,
            Error::TooSlow => Self::Stopping,
            Error::Refused(failure) => Self::of_failure(&failure, "file"),
            // Nothing here takes scene documents.
            error @ (Error::Hearing(_) | Error::Store(_) | Error::Blob(_) | Error::Document(_)) => {
                tracing::error!(error = &error as &dyn StdError, "request failed");
                Self::Internal
            }
        }
    }
}

impl From<intake::Error> for ApiError {
    fn from(error: intake::Error) -> Self {
        use intake::Error;
        let part = error.part().unwrap_or("body").to_owned();
        match error {
            Error::NoBoundary => {
                Self::invalid("body", "Name the form's boundary in `Content-Type: multipart/form-data; boundary=…`.")
            }
            Error::Malformed { .. } => {
                Self::invalid(&part, "Send the whole body; this one was cut short or is broken.")
            }
            Error::TooSlow { .. } => Self::invalid(&part, "Send the body faster; this one paused for too long."),
            Error::TooManyParts { n_max } => Self::invalid("body", format!("Send at most {n_max} parts.")),
            Error::Repeated { .. } => Self::invalid(&part, format!("Send one `{part}` per request.")),
            Error::TextTooLong { n_bytes_max, .. } => {
                Self::invalid(&part, format!("Send at most {n_bytes_max} bytes here."))
            }
            Error::NotText { .. } => Self::invalid(&part, "Send text in UTF-8."),
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
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Text for people; never empty.
    #[schema(example = "The given data was invalid.")]
    message: String,
    /// With 422 only: what to do about each member of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"name": ["Give a name."]}))]
    errors: Option<BTreeMap<String, Vec<String>>>,
}

/// The errors of every console operation as OpenAPI responses.
pub(crate) struct ErrorTable;

impl IntoResponses for ErrorTable {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let retry_after = Duration::from_secs(1);
        let rows = [
            (ApiError::Unauthenticated, "No token, or one that is unknown, revoked or expired"),
            (ApiError::MissingScope { scope: "write-audios" }, "The token lacks the scope, or the account is disabled"),
            (ApiError::not_found("bucket", "7"), "Unknown, or another account's"),
            (ApiError::TooLarge { n_bytes_max: 1 << 20 }, "The body is too large"),
            (ApiError::invalid("name", "Give a name."), "A member of the request is missing or wrong"),
            (ApiError::TooManyRequests { retry_after, limit: None }, "Too fast, or too much unfinished work"),
            (ApiError::Internal, "The server failed"),
        ];
        let documented = rows.map(|(error, description)| {
            let schema = RefOr::Ref(Ref::from_schema_name("ErrorBody"));
            let errors = match &error {
                ApiError::Invalid(problems) => Some(problems.0.clone()),
                _ => None,
            };
            let example = ErrorBody { message: error.message(), errors };
            let content = ContentBuilder::new().schema(Some(schema)).example(serde_json::to_value(example).ok());
            let response = ResponseBuilder::new().description(description).content("application/json", content.build());
            (error.status().as_u16().to_string(), RefOr::T(response.build()))
        });
        BTreeMap::from(documented)
    }
}
