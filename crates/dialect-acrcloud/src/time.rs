//! Points in time and days, in the two styles of this API. Both end at the second.

use std::time::Duration;

use engine::Timestamp;

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Writes `2026-01-02T03:04:05.000000Z`: files in buckets, base projects, scans.
pub(crate) fn zulu(time: Timestamp) -> String {
    format!("{}.000000Z", to_seconds(time))
}

/// Writes `2026-01-02 03:04:05`: buckets, deduplicated files, everything in results.
pub(crate) fn blank(time: Timestamp) -> String {
    to_seconds(time).replace('T', " ")
}

/// Writes `2026-01-02`, the day in UTC.
pub(crate) fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

/// Writes the day that was `n` days before.
pub(crate) fn day_before(time: Timestamp, n: u32) -> String {
    day(time.saturating_sub(DAY * n))
}

fn to_seconds(time: Timestamp) -> String {
    // RFC 3339 up to the seconds.
    time.to_string().chars().take(19).collect()
}

/// Tells whether text is a day of the calendar, as `YYYY-MM-DD`.
pub(crate) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|digits| digits.parse::<u32>().ok())
    };
    match (number(0, 4), number(5, 7), number(8, 10)) {
        (Some(year), Some(month), Some(day)) => (1..=n_days(year, month)).contains(&day),
        _ => false,
    }
}

fn n_days(year: u32, month: u32) -> u32 {
    let is_leap_year = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap_year => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_at_the_second() {
        let time = Timestamp::from_micros(1_767_323_045_678_901);
        assert_eq!(zulu(time), "2026-01-02T03:04:05.000000Z");
        assert_eq!(blank(time), "2026-01-02 03:04:05");
        assert_eq!(day(time), "2026-01-02");
        assert_eq!(day_before(time, 29), "2025-12-04");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for day in ["2026-01-31", "2024-02-29", "2000-02-29", "0001-12-31"] {
            assert!(is_day(day), "{day}");
        }
        for day in ["2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-01"] {
            assert!(!is_day(day), "{day}");
        }
        for day in ["", "20260101", "2026-01-01 ", "2026/01/01", "+026-01-01", "２026-01-1", "2026-01-0１"] {
            assert!(!is_day(day), "{day}");
        }
    }
}
