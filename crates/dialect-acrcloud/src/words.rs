//! This API's words for what the engine writes by itself: callbacks, dumps, offline databases.

use engine::recognition::{BucketFile, UserDefined, Words};
use serde_json::json;

use crate::callback::scan_callback_body;
use crate::dump;

/// Longest entry of an offline database, in bytes.
const ENTRY_BYTES_MAX: usize = (64 << 10) - 1;

/// Returns the words.
pub fn words() -> Words {
    Words { scan_callback: scan_callback_body, dump_columns: dump::COLUMNS, dump_row: dump::line, offline_entry }
}

/// Writes what an offline database tells of a file: what identification shows of it.
fn offline_entry(file: &BucketFile) -> String {
    let entry = entry_with(file, &file.user_defined);
    // Without the caller's values there is nothing long in it.
    if entry.len() > ENTRY_BYTES_MAX { entry_with(file, &UserDefined::default()) } else { entry }
}

fn entry_with(file: &BucketFile, user_defined: &UserDefined) -> String {
    json!({
        "acrid": file.acr_id,
        "title": file.title,
        "audio_id": file.audio_id,
        "bucket_id": file.bucket_id.to_string(),
        "duration_ms": file.duration_us / 1000,
        "user_defined": user_defined,
    })
    .to_string()
}
