//! A file as this API shows it.

use engine::recognition::{BucketFile, FileState};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::time::zulu;

/// A file in a bucket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileRow {
    #[schema(example = 41)]
    id: i64,
    #[schema(example = 1)]
    uid: i64,
    #[schema(example = 7)]
    bucket_id: i64,
    /// The name of the sound, as in results.
    #[schema(example = "5f0c3b9a7e1d4c2684a6b8d0e2f41735")]
    acr_id: String,
    /// 0 processing, 1 ready, -1 error; 0 right after the upload.
    #[schema(example = 1)]
    state: i64,
    #[schema(example = "jingle-04")]
    title: String,
    /// The caller's own id; may be empty.
    audio_id: String,
    /// Seconds: text with six decimals in the answer of an upload, a whole number elsewhere.
    #[schema(value_type = i64, example = 31)]
    duration: Duration,
    /// The caller's own values.
    #[schema(value_type = Object, example = json!({"campaign": "spring"}))]
    user_defined: Map<String, Value>,
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    created_at: String,
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    updated_at: String,
}

/// A length in seconds.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Duration {
    Exact(String),
    Rounded(i64),
}

impl FileRow {
    /// Shows a file as every operation but the upload does.
    pub(crate) fn stored(uid: i64, file: &BucketFile) -> Self {
        Self::new(uid, file, state_number(file.state), Duration::Rounded(rounded_seconds(file.duration_us)))
    }

    /// Shows a file whose audio came with the request.
    ///
    /// Vendor quirk: right after the upload the length is text, and the state 0 even where the file is ready already.
    pub(crate) fn uploaded(uid: i64, file: &BucketFile) -> Self {
        Self::new(uid, file, 0, Duration::Exact(exact_seconds(file.duration_us)))
    }

    /// Shows a file whose audio is still to be found. Our choice: its length is `"0"`.
    pub(crate) fn announced(uid: i64, file: &BucketFile) -> Self {
        Self::new(uid, file, 0, Duration::Exact("0".to_owned()))
    }

    fn new(uid: i64, file: &BucketFile, state: i64, duration: Duration) -> Self {
        Self {
            id: file.id.0,
            uid,
            bucket_id: file.bucket_id.0,
            acr_id: file.acr_id.to_string(),
            state,
            title: file.title.clone(),
            audio_id: file.audio_id.clone(),
            duration,
            user_defined: file.user_defined.0.clone(),
            created_at: zulu(file.created_at),
            updated_at: zulu(file.updated_at),
        }
    }
}

/// Returns the vendor's number of a state.
pub(crate) const fn state_number(state: FileState) -> i64 {
    match state {
        FileState::Processing => 0,
        FileState::Ready => 1,
        FileState::Failed => -1,
    }
}

fn exact_seconds(micros: i64) -> String {
    let micros = micros.max(0);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Rounds to the nearest second, halves up.
pub(crate) const fn rounded_seconds(micros: i64) -> i64 {
    micros.saturating_add(500_000).div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_six_decimals_or_none() {
        assert_eq!(exact_seconds(78_524_082), "78.524082");
        assert_eq!(exact_seconds(31_250_000), "31.250000");
        assert_eq!(exact_seconds(9), "0.000009");
        assert_eq!(rounded_seconds(78_524_082), 79);
        assert_eq!(rounded_seconds(78_499_999), 78);
        assert_eq!(rounded_seconds(500_000), 1);
        assert_eq!(rounded_seconds(0), 0);
    }
}
