//! The error table: every refusal with its status, code and exact message.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::Duration;

use axum::http::StatusCode;
use engine::{AuthFailure, Failure, FailureCode};
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// When to come back after a full queue; our choice, a few short jobs' time.
const QUEUE_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// A credential of a kind this API does not know.
    ///
    /// The vendor lists `token_mismatched` with two statuses and says for neither row when it applies.
    /// Our choice: 400 for an `authorization` that is not a bearer token, 401 for a token that belongs elsewhere.
    WrongScheme,
    NotImplemented,
    Disabled,
    /// A member of the request is wrong or absent.
    BadRequest {
        field: Cow<'static, str>,
    },
    NoToken,
    InvalidToken,
    TokenExpired,
    TokenMismatched,
    UsedUp,
    NoApi,
    TooManyRequests {
        retry_after: Duration,
    },
    Internal,
    /// The work did not end while the call waited; it goes on. Not in the table of this API, but in the vendor's general one.
    Timeout,
}

/// One row of the table.
pub(crate) struct Row {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
}

impl ApiError {
    /// Blames a member of the request.
    pub(crate) const fn bad(field: &'static str) -> Self {
        Self::BadRequest { field: Cow::Borrowed(field) }
    }

    /// Returns the row of the table.
    pub(crate) fn row(&self) -> Row {
        let (status, code, message) = match self {
            Self::WrongScheme => {
                (StatusCode::BAD_REQUEST, "token_mismatched", "The specified token is not matched with API.")
            }
            Self::NotImplemented => (StatusCode::BAD_REQUEST, "api_not_implemented", "The API is not implemented."),
            Self::Disabled => (
                StatusCode::BAD_REQUEST,
                "disabled",
                "Your application has been disabled by Ace Data Cloud due to abnormal usage behavior, \
                 please contact our support to get more information.",
            ),
            Self::BadRequest { field } => {
                return Row {
                    status: StatusCode::BAD_REQUEST,
                    code: "bad_request",
                    message: format!("{field} is invalid.").into(),
                };
            }
            Self::NoToken => (StatusCode::BAD_REQUEST, "no_token", "No token specified for the request."),
            Self::InvalidToken => {
                (StatusCode::UNAUTHORIZED, "invalid_token", "The specified token is invalid or wrong.")
            }
            Self::TokenExpired => (StatusCode::UNAUTHORIZED, "token_expired", "token expired."),
            Self::TokenMismatched => (StatusCode::UNAUTHORIZED, "token_mismatched", "token and api does not match."),
            Self::UsedUp => (
                StatusCode::FORBIDDEN,
                "used_up",
                "Your balance is not sufficient for current request, please buy more in Ace Data Cloud.",
            ),
            Self::NoApi => (StatusCode::NOT_FOUND, "no_api", "API does not exist, please make sure url is correct."),
            Self::TooManyRequests { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "You have exceeded the rate limit.")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "api_error", "Internal server error."),
            // The vendor names the code and the status, not the message: the words are ours.
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "The request timed out."),
        };
        Row { status, code, message: message.into() }
    }

    /// Returns the part of a body that says what went wrong.
    pub(crate) fn detail(&self) -> ErrorDetail {
        let row = self.row();
        ErrorDetail { code: row.code, message: row.message.into_owned() }
    }

    /// Words the failure of work; `field` is the member that named what could not be worked on.
    pub(crate) fn of_failure(failure: &Failure, field: &'static str) -> Self {
        match failure.code {
            FailureCode::BadSource | FailureCode::BadMedia => Self::bad(field),
            FailureCode::Internal => Self::Internal,
        }
    }

    /// Every row, in the order of the vendor's page, for the documentation.
    fn table() -> [Self; 13] {
        [
            Self::WrongScheme,
            Self::NotImplemented,
            Self::Disabled,
            Self::bad("model"),
            Self::NoToken,
            Self::InvalidToken,
            Self::TokenExpired,
            Self::TokenMismatched,
            Self::UsedUp,
            Self::NoApi,
            Self::TooManyRequests { retry_after: Duration::ZERO },
            Self::Internal,
            Self::Timeout,
        ]
    }
}

impl From<AuthFailure> for ApiError {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::Unknown => Self::InvalidToken,
            AuthFailure::Expired => Self::TokenExpired,
            AuthFailure::WrongDoor | AuthFailure::NotAllowed => Self::TokenMismatched,
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
            Error::QueueFull { limit } => {
                tracing::info!(limit, "refused work: the account's queue is full");
                Self::TooManyRequests { retry_after: QUEUE_RETRY_AFTER }
            }
            Error::Invalid { field, reason } => {
                tracing::debug!(field, reason, "refused a member of the request");
                Self::bad(field)
            }
            Error::Refused(failure) => {
                tracing::debug!(reason = failure.message, "refused an uploaded file");
                Self::of_failure(&failure, "file")
            }
            Error::InsufficientBalance => Self::UsedUp,
            Error::TooSlow => Self::Timeout,
            // Nothing that this door calls refuses a well-formed request with the first three, or searches the index.
            error @ (Error::NotFound { .. }
            | Error::Conflict(_)
            | Error::Document(_)
            | Error::Hearing(_)
            | Error::Store(_)
            | Error::Blob(_)) => {
                tracing::error!(error = &error as &dyn StdError, "request failed");
                Self::Internal
            }
        }
    }
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// Stable code to branch on.
    #[schema(value_type = String, example = "bad_request")]
    pub(crate) code: &'static str,
    /// Text for people.
    #[schema(example = "model is invalid.")]
    pub(crate) message: String,
}

/// The body of every error: exactly these two members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What went wrong.
    pub(crate) error: ErrorDetail,
    /// The tracking ID for this request, also in the server's log.
    #[schema(example = "2efa9340-b21b-4e26-9e14-4aac95f343ab")]
    pub(crate) trace_id: String,
}

impl ErrorBody {
    /// Words an error.
    pub(crate) fn new(error: &ApiError, trace_id: impl Into<String>) -> Self {
        Self { error: error.detail(), trace_id: trace_id.into() }
    }
}

/// The rows of the table as OpenAPI responses: one per status, with an example per code.
pub(crate) struct ErrorTable;

impl IntoResponses for ErrorTable {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut by_status: BTreeMap<u16, Vec<ApiError>> = BTreeMap::new();
        for error in ApiError::table() {
            let rows = by_status.entry(error.row().status.as_u16()).or_default();
            rows.push(error);
        }
        by_status.into_iter().map(|(status, errors)| (status.to_string(), RefOr::T(documented(&errors)))).collect()
    }
}

/// The trace id of the examples.
const EXAMPLE_TRACE_ID: &str = "2efa9340-b21b-4e26-9e14-4aac95f343ab";

fn documented(errors: &[ApiError]) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("ErrorBody"));
    let mut content = ContentBuilder::new().schema(Some(schema));
    let mut codes = Vec::new();
    for error in errors {
        let row = error.row();
        let body = json!({
            "error": {"code": row.code, "message": row.message},
            "trace_id": EXAMPLE_TRACE_ID,
        });
        let example = ExampleBuilder::new().value(Some(body)).build();
        content = content.examples_from_iter([(row.code, example)]);
        codes.push(format!("`{}`", row.code));
    }
    ResponseBuilder::new().description(codes.join(", ")).content("application/json", content.build()).build()
}
