//! Files in `multipart/form-data` bodies.
//!
//! Our extension: the vendor takes audio by URL only.

use axum::extract::Request;
use engine::{Blobs, UploadedFile};
use intake::{Error, Plan, Texts};
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::fields::Fields;

/// Longest text part, in bytes; longer than any URL that is accepted.
const TEXT_BYTES_MAX: usize = 16 << 10;
/// Most parts of one body.
const PARTS_MAX: usize = 32;
/// The parts that are read.
const MEMBERS: [&str; 3] = ["file", "callback_url", "async"];

/// A form that was received completely.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) file: UploadedFile,
    pub(crate) fields: Fields,
    /// The form as a task's record shows it.
    pub(crate) kept: String,
}

/// Tells whether the body calls itself a form.
pub(crate) fn is_form(request: &Request) -> bool {
    intake::is_form(request.headers())
}

/// Receives a form with one part `file`, the others being text, in any order.
///
/// The file may have `file_bytes_max` bytes.
pub(crate) async fn receive(blobs: &dyn Blobs, file_bytes_max: u64, request: Request) -> Result<Form, ApiError> {
    let plan = Plan {
        files: &MEMBERS[..1],
        files_repeat: false,
        texts: Texts::Named(&MEMBERS[1..]),
        file_bytes_max,
        text_bytes_max: TEXT_BYTES_MAX,
        parts_max: PARTS_MAX,
        drain_bytes_max: 0,
    };
    let mut form = intake::Form::to_disk(request, &plan, blobs).await.map_err(refusal)?;
    let file = form.take_file("file").filter(|file| file.n_bytes > 0);
    let file = file.ok_or(ApiError::bad("file"))?;
    let texts = form.texts.into_iter().map(|(name, text)| (name, Value::String(text)));
    let mut members: Map<_, _> = texts.collect();
    members.insert("file".to_owned(), Value::String(file.file_name));
    Ok(Form { file: file.content, kept: Value::Object(members.clone()).to_string(), fields: Fields::new(members) })
}

/// Blames the member that could not be read, else the body.
fn refusal(error: Error) -> ApiError {
    match error {
        Error::NoBoundary => ApiError::bad("content-type"),
        Error::Disk(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot write an uploaded file");
            ApiError::Internal
        }
        other => {
            let member = MEMBERS.into_iter().find(|member| other.part() == Some(*member));
            ApiError::bad(member.unwrap_or("body"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_blamed_on_the_member_or_on_the_body() {
        let part = || Some("file".to_owned());
        for (error, blamed) in [
            (Error::NoBoundary, "content-type"),
            (Error::Malformed { part: part() }, "file"),
            (Error::BodyTooLarge { part: part(), n_bytes_max: 1 }, "file"),
            (Error::FileTooLarge { part: "file".to_owned(), n_bytes_max: 1 }, "file"),
            (Error::TextTooLong { part: "async".to_owned(), n_bytes_max: 1 }, "async"),
            (Error::NotText { part: "callback_url".to_owned() }, "callback_url"),
            (Error::Malformed { part: None }, "body"),
            (Error::TooManyParts { n_max: 1 }, "body"),
            (Error::TooSlow { part: None }, "body"),
        ] {
            assert_eq!(refusal(error), ApiError::bad(blamed));
        }
    }
}
