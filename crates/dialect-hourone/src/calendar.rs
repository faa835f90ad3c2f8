//! Days, weeks and months, in UTC.

use engine::Timestamp;

/// Microseconds of a day.
const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// A day of the Gregorian calendar, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i64);

/// A day's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// 1 to 31.
    pub(crate) day: i64,
}

/// A week that begins on a Monday, as ISO 8601 counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Week {
    /// The year that has most of its days.
    pub(crate) year: i64,
    /// 1 to 53.
    pub(crate) week: i64,
}

impl Day {
    /// Returns the day of a point in time.
    pub(crate) fn of(time: Timestamp) -> Self {
        Self(time.as_micros().div_euclid(DAY_US))
    }

    /// Returns its first moment.
    pub(crate) fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_mul(DAY_US))
    }

    /// Returns the day `n` days later.
    pub(crate) fn plus(self, n: i64) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// Returns the days from `earlier` to this one.
    pub(crate) fn days_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Reads `YYYY-MM-DD`; none for what is no day of the calendar.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let is_shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(index, byte)| match index {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !is_shaped {
            return None;
        }
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
        let date = Date { year: number(0, 4)?, month: number(5, 7)?, day: number(8, 10)? };
        if date.year < 1 || !(1..=12).contains(&date.month) {
            return None;
        }
        let day = Self::from_date(date);
        // A day that its month has not falls into the next one.
        (day.date() == date).then_some(day)
    }

    /// Computes the day of a date, after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    fn from_date(date: Date) -> Self {
        let year = if date.month <= 2 { date.year - 1 } else { date.year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (date.month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// Returns the date, by the same author's `civil_from_days`.
    pub(crate) fn date(self) -> Date {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date { year, month, day }
    }

    /// Returns the week that it is in.
    pub(crate) fn week(self) -> Week {
        // 1970-01-01 was a Thursday; the year of a week is the year of its Thursday.
        let days_from_monday = (self.0 + 3).rem_euclid(7);
        let thursday = self.plus(3 - days_from_monday);
        let year = thursday.date().year;
        let first = Self::from_date(Date { year, month: 1, day: 1 });
        Week { year, week: thursday.days_since(first) / 7 + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day("1970-01-01"), Day(0));
        assert_eq!(day("2026-01-02"), Day::of(Timestamp::from_micros(1_767_323_045_678_901)));
        assert_eq!(day("2024-03-01").days_since(day("2024-02-28")), 2);
        assert_eq!(day("2026-03-01").days_since(day("2026-02-28")), 1);
        for text in ["2024-02-29", "2000-02-29", "0001-12-31", "9999-12-31"] {
            let Date { year, month, day } = day(text).date();
            assert_eq!(format!("{year:04}-{month:02}-{day:02}"), text);
        }
        for text in ["2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-01"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        for text in
            ["", "20260101", "2026-01-01 ", "2026/01/01", "+026-01-01", "２026-01-1", "-123-01-01", "0000-01-01"]
        {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn weeks_are_those_of_iso_8601() {
        // The examples of ISO 8601 and of its article in Wikipedia.
        for (text, year, week) in [
            ("2005-01-01", 2004, 53),
            ("2005-01-02", 2004, 53),
            ("2005-12-31", 2005, 52),
            ("2006-01-01", 2005, 52),
            ("2006-01-02", 2006, 1),
            ("2007-01-01", 2007, 1),
            ("2007-12-30", 2007, 52),
            ("2007-12-31", 2008, 1),
            ("2008-12-29", 2009, 1),
            ("2009-12-31", 2009, 53),
            ("2010-01-03", 2009, 53),
        ] {
            assert_eq!(day(text).week(), Week { year, week }, "{text}");
        }
    }
}
