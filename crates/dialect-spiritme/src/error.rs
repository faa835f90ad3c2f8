//! Every refusal with its status and body, in the words of the vendor's framework.
//!
//! What concerns the request as a whole is `{"detail": TEXT}`; wrong members are lists of messages, nested like the body.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{AuthFailure, FailureCode};
use serde::Serialize;
use serde_json::{Value, json};
use stage::document::DocumentError;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::problems::{Path, Problems};
use crate::words::sentence;

/// When to come back after a full queue; our choice, a few short jobs' time.
const QUEUE_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unauthorized {
    /// No header, or one of another scheme.
    Missing,
    /// The scheme alone.
    Empty,
    /// More than one word after the scheme.
    Spaces,
    /// Not ASCII.
    Characters,
    /// Nobody's token.
    Unknown,
    /// The account is disabled.
    Inactive,
}

impl Unauthorized {
    fn detail(self) -> &'static str {
        match self {
            Self::Missing => "Authentication credentials were not provided.",
            Self::Empty => "Invalid token header. No credentials provided.",
            Self::Spaces => "Invalid token header. Token string should not contain spaces.",
            Self::Characters => "Invalid token header. Token string should not contain invalid characters.",
            Self::Unknown => "Invalid token.",
            Self::Inactive => "User inactive or deleted.",
        }
    }
}

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// The body cannot be read at all.
    Malformed(String),
    /// Members of the request are wrong.
    Invalid(Problems),
    Unauthorized(Unauthorized),
    /// The token, or the operator, does not allow it.
    Forbidden,
    /// No credits are left.
    NoBalance,
    /// No such path, or no such object of the caller's.
    NotFound,
    MethodNotAllowed(String),
    NotAcceptable,
    TooLarge {
        n_bytes_max: u64,
    },
    UnsupportedMediaType(String),
    Throttled {
        retry_after: Duration,
    },
    Internal,
    /// The server stops, and somebody else may take the request.
    Stopping,
}

impl ApiError {
    /// Blames one member of the body.
    pub(crate) fn invalid(member: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Problems::of(member, message))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NoBalance => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed(detail) => detail.clone(),
            Self::Invalid(_) => "Invalid input.".to_owned(),
            Self::Unauthorized(why) => why.detail().to_owned(),
            Self::Forbidden => "You do not have permission to perform this action.".to_owned(),
            Self::NoBalance => "The balance is not sufficient; ask the operator of this server for credits.".to_owned(),
            Self::NotFound => "Not found.".to_owned(),
            Self::MethodNotAllowed(method) => format!("Method \"{method}\" not allowed."),
            Self::NotAcceptable => "Could not satisfy the request Accept header.".to_owned(),
            Self::TooLarge { n_bytes_max } => {
                format!("The request is too large. At most {n_bytes_max} bytes are accepted.")
            }
            Self::UnsupportedMediaType(media_type) => format!("Unsupported media type \"{media_type}\" in request."),
            Self::Throttled { retry_after } => {
                let n_seconds = intake::retry_after_seconds(*retry_after);
                let unit = if n_seconds == 1 { "second" } else { "seconds" };
                format!("Request was throttled. Expected available in {n_seconds} {unit}.")
            }
            Self::Internal => "A server error occurred.".to_owned(),
            Self::Stopping => "The server is about to stop; try again in a moment.".to_owned(),
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::Invalid(problems) => problems.to_json(),
            other => json!({"detail": other.detail()}),
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized(_) => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Token"))),
            Self::Throttled { retry_after } => Some((RETRY_AFTER, intake::retry_after_seconds(*retry_after).into())),
            Self::Stopping => Some((RETRY_AFTER, intake::retry_after_seconds(QUEUE_RETRY_AFTER).into())),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), axum::Json(self.body())).into_response();
        response.headers_mut().extend(self.header());
        response
    }
}

impl From<AuthFailure> for ApiError {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::Unknown | AuthFailure::Expired | AuthFailure::WrongDoor => {
                Self::Unauthorized(Unauthorized::Unknown)
            }
            AuthFailure::NotAllowed => Self::Forbidden,
            AuthFailure::Disabled => Self::Unauthorized(Unauthorized::Inactive),
        }
    }
}

impl From<engine::Error> for ApiError {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::Auth(failure) => failure.into(),
            Error::RateLimited { retry_after } => Self::Throttled { retry_after },
            Error::QueueFull { .. } => Self::Throttled { retry_after: QUEUE_RETRY_AFTER },
            Error::Invalid { field, reason } => Self::invalid(field, sentence(&reason)),
            Error::Document(error) => of_document(&error),
            Error::NotFound { .. } => Self::NotFound,
            Error::Conflict(reason) => Self::invalid(crate::problems::WHOLE, sentence(&reason)),
            Error::InsufficientBalance => Self::NoBalance,
            Error::TooSlow => Self::Stopping,
            Error::Refused(failure) if failure.code == FailureCode::Internal => {
                tracing::error!(reason = failure.message, "work failed");
                Self::Internal
            }
            Error::Refused(failure) => Self::invalid("file", sentence(&failure.message)),
            error @ (Error::Hearing(_) | Error::Store(_) | Error::Blob(_)) => {
                tracing::error!(error = &error as &dyn StdError, "request failed");
                Self::Internal
            }
        }
    }
}

/// Words what is wrong with a scene document, whose scenes are slides here.
fn of_document(error: &DocumentError) -> ApiError {
    let mut problems = Problems::default();
    let (root, slides) = (Path::default(), Path::default().member("slides"));
    for issue in error.issues() {
        let place = if issue.path.starts_with("scenes") { &slides } else { &root };
        problems.add_whole(place, sentence(&issue.message));
    }
    if problems.is_empty() {
        problems.add_whole(&root, sentence(&error.to_string()));
    }
    ApiError::Invalid(problems)
}

impl From<intake::Error> for ApiError {
    fn from(error: intake::Error) -> Self {
        use intake::Error;
        let form = |what: &str| Self::Malformed(format!("Multipart form parse error - {what}"));
        match error {
            Error::NoBoundary => form("Invalid boundary in multipart: None"),
            Error::Malformed { .. } => form("The body is malformed or was cut short"),
            Error::TooSlow { .. } => form("The body arrives too slowly"),
            Error::TooManyParts { n_max } => form(&format!("The form has more than {n_max} parts")),
            Error::Repeated { part } => Self::invalid(&part, "Send one file per request."),
            Error::NotText { part } => Self::invalid(&part, "Not a valid string."),
            Error::TextTooLong { n_bytes_max, .. } => {
                Self::TooLarge { n_bytes_max: u64::try_from(n_bytes_max).unwrap_or(u64::MAX) }
            }
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

/// What is wrong with the request as a whole.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Detail)]
pub(crate) struct DetailBody {
    /// Text for people.
    detail: String,
}

/// What is wrong with the members of the request: lists of messages, nested like the body; what concerns an object as a whole is
/// under `non_field_errors`. A body that cannot be read at all has `detail` alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problems)]
pub(crate) struct ProblemsBody {
    #[serde(flatten)]
    members: BTreeMap<String, Value>,
}

fn documented(error: &ApiError, description: &str) -> (String, RefOr<utoipa::openapi::Response>) {
    let schema = if error.status() == StatusCode::BAD_REQUEST { "Problems" } else { "Detail" };
    let content = ContentBuilder::new()
        .schema(Some(RefOr::Ref(Ref::from_schema_name(schema))))
        .example(Some(error.body()))
        .build();
    let response = ResponseBuilder::new().description(description).content("application/json", content);
    (error.status().as_u16().to_string(), RefOr::T(response.build()))
}

/// The refusals of every operation that takes a token.
pub(crate) struct Guarded;

impl IntoResponses for Guarded {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let retry_after = Duration::from_secs(30);
        BTreeMap::from([
            documented(&ApiError::Unauthorized(Unauthorized::Missing), "No token, or one that lets nobody in"),
            documented(&ApiError::Forbidden, "The token, or the operator, does not allow it"),
            documented(&ApiError::NotAcceptable, "The client accepts no JSON"),
            documented(&ApiError::Throttled { retry_after }, "Too fast, or too much unfinished work"),
        ])
    }
}

/// The refusal of every operation on one object.
pub(crate) struct OnOne;

impl IntoResponses for OnOne {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        BTreeMap::from([documented(&ApiError::NotFound, "Unknown, or another account's")])
    }
}

/// The refusal of every operation with filters.
pub(crate) struct WithFilter;

impl IntoResponses for WithFilter {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let error = ApiError::invalid("status", "Select a valid choice. done is not one of the available choices.");
        BTreeMap::from([documented(&error, "A word of a filter is unknown")])
    }
}

/// The refusals of every operation with a body.
pub(crate) struct WithBody;

impl IntoResponses for WithBody {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        BTreeMap::from([
            documented(&ApiError::invalid("name", "This field may not be blank."), "Members of the body are wrong"),
            documented(&ApiError::TooLarge { n_bytes_max: 1 << 20 }, "The body is too large"),
            documented(&ApiError::UnsupportedMediaType("text/plain".to_owned()), "The body is of another type"),
        ])
    }
}
