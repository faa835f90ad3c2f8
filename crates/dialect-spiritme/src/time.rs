//! Points in time as the vendor writes them.

use engine::Timestamp;

/// Writes a time in UTC with six digits of a second, such as `2026-03-02T09:15:04.120553Z`.
pub(crate) fn iso(time: Timestamp) -> String {
    time.to_string()
}
