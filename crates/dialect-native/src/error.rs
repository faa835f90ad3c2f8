//! Every refusal as problem details (RFC 9457).

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::AuthFailure;
use serde::Serialize;
use utoipa::ToSchema;

/// When to come back to a full queue: a few short films' time.
const QUEUE_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Why a request was not served.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The kind of problem, for people.
    pub(crate) title: &'static str,
    /// What is wrong, and where.
    pub(crate) detail: String,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status: status.as_u16(), title, detail: detail.into(), retry_after: None }
    }

    /// The request is wrong.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad request", detail)
    }

    /// There is no such path.
    pub(crate) fn no_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found", "there is nothing at this path; see /docs/phonoscope/")
    }

    /// The path is not for this method.
    pub(crate) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed", "this path is for other methods")
    }

    /// No token came along.
    pub(crate) fn no_token() -> Self {
        let detail = "send `Authorization: Bearer TOKEN` with a general credential's token";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// Our own fault.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error", "the server failed; its log says more")
    }
}

impl From<AuthFailure> for Problem {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::Unknown | AuthFailure::Expired => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthorized", failure.to_string())
            }
            AuthFailure::WrongDoor => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "the credential belongs to a vendor's door; this API takes general ones",
            ),
            AuthFailure::NotAllowed | AuthFailure::Disabled => {
                Self::new(StatusCode::FORBIDDEN, "forbidden", failure.to_string())
            }
        }
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::Auth(failure) => failure.into(),
            Error::RateLimited { retry_after } => {
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests", error.to_string());
                Self { retry_after: Some(retry_after), ..problem }
            }
            Error::QueueFull { .. } => {
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "queue full", error.to_string());
                Self { retry_after: Some(QUEUE_RETRY_AFTER), ..problem }
            }
            Error::Invalid { .. } | Error::Document(_) | Error::Refused(_) => Self::bad_request(error.to_string()),
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not found", error.to_string()),
            Error::Conflict(_) => Self::new(StatusCode::CONFLICT, "conflict", error.to_string()),
            Error::InsufficientBalance => Self::new(StatusCode::PAYMENT_REQUIRED, "used up", error.to_string()),
            Error::TooSlow => Self::new(StatusCode::SERVICE_UNAVAILABLE, "too slow", error.to_string()),
            error @ (Error::Hearing(_) | Error::Store(_) | Error::Blob(_)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "request failed");
                Self::internal()
            }
        }
    }
}

impl From<intake::Error> for Problem {
    fn from(error: intake::Error) -> Self {
        match error {
            intake::Error::FileTooLarge { n_bytes_max, .. } | intake::Error::BodyTooLarge { n_bytes_max, .. } => {
                let detail = format!("send at most {n_bytes_max} bytes");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
            }
            intake::Error::Disk(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot write an uploaded file");
                Self::internal()
            }
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(retry_after) = self.retry_after {
            let seconds = retry_after.as_secs_f64().ceil().max(1.0) as u64;
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
