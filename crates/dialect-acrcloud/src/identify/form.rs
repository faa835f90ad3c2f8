//! Receives a request, whichever of the two kinds of form it is, as sloppy as clients send them.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use futures::StreamExt;
use intake::{Clip, Error, Form, Plan, Texts};
use tokio::time::timeout;

use super::fields::{Fields, TEXT_BYTES_MAX, TEXT_NAMES};
use super::{IDLE_MAX, urlencoded};
use crate::status::Status;

/// Bytes that are read and thrown away after a sample was found too large, so that the client sees the answer.
const DRAIN_BYTES_MAX: u64 = 64 << 20;
/// Most parts of a form; callers may add parameters of their own.
const PARTS_MAX: usize = 64;
/// Characters of a body per byte of the sample, where each character of the base64 is escaped.
const ESCAPED_CHARS_PER_BYTE: u64 = 4;

/// Reads the fields of a request.
pub(super) async fn receive(request: Request, sample_bytes_max: usize) -> Result<Fields, Status> {
    if intake::is_form(request.headers()) {
        return receive_multipart(request, sample_bytes_max).await;
    }
    if is_urlencoded(request.headers()) {
        return receive_urlencoded(request, sample_bytes_max).await;
    }
    // Read to its end, so that the client reads the answer.
    let _ = intake::bytes(request.into_body(), 0, DRAIN_BYTES_MAX).await;
    Err(Status::BadContentType)
}

async fn receive_multipart(request: Request, sample_bytes_max: usize) -> Result<Fields, Status> {
    let plan = Plan {
        files: &["sample"],
        files_repeat: false,
        texts: Texts::Named(&TEXT_NAMES),
        file_bytes_max: sample_bytes_max as u64,
        text_bytes_max: TEXT_BYTES_MAX,
        parts_max: PARTS_MAX,
        drain_bytes_max: DRAIN_BYTES_MAX,
    };
    let mut form = Form::<Clip>::to_memory(request, &plan).await.map_err(|error| {
        tracing::debug!(error = &error as &dyn std::error::Error, "cannot read a form");
        match error {
            Error::NoBoundary => Status::BadContentType,
            Error::BodyTooLarge { .. } | Error::FileTooLarge { .. } => Status::TooLarge,
            Error::Disk(_) => Status::ServiceError,
            Error::Malformed { .. }
            | Error::TooSlow { .. }
            | Error::TooManyParts { .. }
            | Error::Repeated { .. }
            | Error::TextTooLong { .. }
            | Error::NotText { .. } => Status::BadParameters,
        }
    })?;
    let sample = form.take_file("sample");
    let n_bytes = sample.as_ref().map_or(0, |sample| sample.n_bytes);
    let mut fields = Fields { sample: sample.map(|sample| sample.content), ..Fields::default() };
    for (name, text) in form.texts {
        fields.set(name.as_bytes(), text.into_bytes());
    }
    if fields.sample_bytes.as_deref().is_some_and(|said| said.trim().parse() != Ok(n_bytes)) {
        tracing::info!(said = fields.sample_bytes, n_bytes, "`sample_bytes` is not the size of the sample");
    }
    Ok(fields)
}

async fn receive_urlencoded(request: Request, sample_bytes_max: usize) -> Result<Fields, Status> {
    let sample_chars_max = (sample_bytes_max as u64).saturating_mul(ESCAPED_CHARS_PER_BYTE);
    let mut n_bytes_left = sample_chars_max.saturating_add(DRAIN_BYTES_MAX);
    let mut reader = urlencoded::Reader::new(sample_bytes_max);
    let mut frames = request.into_body().into_data_stream();
    while let Some(frame) = timeout(IDLE_MAX, frames.next()).await.map_err(|_| Status::BadParameters)? {
        let frame = frame.map_err(|_| Status::BadParameters)?;
        n_bytes_left = n_bytes_left.checked_sub(frame.len() as u64).ok_or(Status::TooLarge)?;
        reader.push(&frame);
    }
    Ok(reader.finish())
}

fn is_urlencoded(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
