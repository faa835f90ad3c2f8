//! Points in time as JavaScript writes them.

use engine::Timestamp;

/// Writes `2026-01-02T03:04:05.678Z`.
pub(crate) fn iso(time: Timestamp) -> String {
    // RFC 3339 up to the milliseconds.
    let digits: String = time.to_string().chars().take("2026-01-02T03:04:05.678".len()).collect();
    format!("{digits}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_end_at_the_millisecond() {
        assert_eq!(iso(Timestamp::from_micros(1_767_323_045_678_901)), "2026-01-02T03:04:05.678Z");
    }
}
