//! Successful answers.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::ApiError;

/// A successful answer, already written.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
}

impl Answer {
    /// Answers with an object.
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, ApiError> {
        match serde_json::to_string(value) {
            Ok(body) => Ok(Self::text("application/json", body)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot write an answer");
                Err(ApiError::Internal)
            }
        }
    }

    /// Answers with an object that was made.
    pub(crate) fn created(value: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self { status: StatusCode::CREATED, ..Self::of(value)? })
    }

    /// Answers that something is gone.
    pub(crate) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: String::new() }
    }

    /// Answers with text of another type.
    pub(crate) fn text(content_type: &'static str, body: String) -> Self {
        Self { status: StatusCode::OK, headers: vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))], body }
    }

    /// Says what to call the answer when it is saved.
    pub(crate) fn inline(mut self, disposition: &'static str) -> Self {
        self.headers.push((CONTENT_DISPOSITION, HeaderValue::from_static(disposition)));
        self
    }

    /// Sends the client elsewhere.
    pub(crate) fn found(location: &'static str) -> Self {
        let headers = vec![(LOCATION, HeaderValue::from_static(location))];
        Self { status: StatusCode::FOUND, headers, body: String::new() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        // Text would bring its own type along.
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().extend(self.headers);
        response
    }
}
