//! What is posted to a container's callback URL when a scan ends.

use engine::recognition::{Container, Scan};
use serde::Serialize;

use crate::scans::shape::{Results, state_number};

/// The body of a callback.
#[derive(Debug, Serialize)]
struct Callback<'a> {
    cid: i64,
    file_id: &'a str,
    state: i8,
    results: Results,
}

/// Words the callback of a scan that ended, whatever its end: the container, the recording, its state and what plays when.
///
/// `account_number` is the account as clients know it; the vendor's body does not show it.
pub fn scan_callback_body(account_number: i64, scan: &Scan, container: &Container) -> String {
    tracing::debug!(uid = account_number, cid = container.id.0, file_id = %scan.id, "a scan's callback is due");
    let body = Callback {
        cid: container.id.0,
        file_id: scan.id.as_str(),
        state: state_number(scan.state),
        results: Results::new(scan, container.policy),
    };
    // Numbers, text and maps with text as keys cannot fail to serialize.
    serde_json::to_string(&body).unwrap_or_default()
}
