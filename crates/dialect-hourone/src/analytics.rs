//! `/analytics/summary`: how many videos were made when.

use axum::response::Response;
use engine::Door;
use engine::film::{FilmDay, FilmDayFilter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::Day;
use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::Object;
use crate::frame::ok;
use crate::problems::Fault;

/// The stretches of time that are summed up.
const BREAKDOWNS: [&str; 3] = ["daily", "weekly", "monthly"];
/// Most days from the first to the last, day by day: a month.
const DAYS_MAX_DAILY: i64 = 31;
/// Most days from the first to the last otherwise: a year, which may be a leap year.
const DAYS_MAX: i64 = 366;

/// The videos that were made in a stretch of time.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Usage {
    /// The day of the month, 1 to 31, of a daily summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<i64>,
    /// The week as ISO 8601 counts it, 1 to 53, of a weekly summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    week: Option<i64>,
    /// 1 to 12, of a daily or monthly summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<i64>,
    #[schema(example = 2026)]
    year: i64,
    videos_created: i64,
    /// In seconds.
    total_duration: i64,
}

/// What is asked for.
struct Span {
    breakdown: &'static str,
    from: Day,
    to: Day,
    correlation_id: Option<String>,
}

/// Sums up the videos that became ready by the day, week or month in which they were ordered. Stretches without any are left out.
#[utoipa::path(
    get, path = "/api/v1/analytics/summary", operation_id = "houroneAnalyticsSummary", tag = "analytics",
    params(
        ("breakdown" = Option<String>, Query, description = "`daily`, `weekly` or `monthly` (the default)"),
        ("from_date" = Option<String>, Query, description = "The first day, `YYYY-MM-DD`; a year before the last, or 30 days with `daily`"),
        ("to_date" = Option<String>, Query, description = "The last day, today if not given"),
        ("correlation_id" = Option<String>, Query, description = "Of requests with this name only")
    ),
    responses((status = 200, description = "The stretches of time, oldest first", body = Vec<Usage>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn summary(call: Call, query: Query) -> Result<Response, ApiError> {
    let today = Day::of(call.engine.now());
    let span = query.read(|query| read(query, today))?;
    let filter = FilmDayFilter {
        door: Door::Hourone,
        from: span.from.start(),
        to: span.to.plus(1).start(),
        correlation_id: span.correlation_id,
    };
    let days = call.engine.film_days(call.account(), &filter).await?;
    ok(&summed(&days, span.breakdown))
}

fn read(query: &Object<'_>, today: Day) -> Span {
    let breakdown = query.choice("breakdown", &BREAKDOWNS).unwrap_or("monthly");
    let (days_max, text) = match breakdown {
        "daily" => (DAYS_MAX_DAILY, "the span of a daily breakdown must be less than a month"),
        _ => (DAYS_MAX, "the span must be less than a year"),
    };
    let from = query.day("from_date");
    let to = query.day("to_date").unwrap_or(today);
    // Our choice: what is asked for day by day without dates is the last month.
    let from = from.unwrap_or_else(|| to.plus(if breakdown == "daily" { -30 } else { -365 }));
    if to < from {
        query.blame("to_date", Fault::rule("to_date must not be before from_date"));
    } else if to.days_since(from) > days_max {
        query.blame("from_date", Fault::rule(text));
    }
    Span { breakdown, from, to, correlation_id: query.id("correlation_id") }
}

/// Adds days up. Times are whole seconds of the sum, so that many short videos do not vanish.
fn summed(days: &[FilmDay], breakdown: &str) -> Vec<Usage> {
    let mut sums: Vec<(Usage, i64)> = Vec::new();
    for film_day in days {
        let Some(usage) = Day::parse(&film_day.day).map(|day| stretch(day, breakdown)) else { continue };
        match sums.last_mut().filter(|(last, _)| is_same(last, &usage)) {
            Some((last, duration_ms)) => {
                last.videos_created += film_day.n_films;
                *duration_ms += film_day.duration_ms;
            }
            None => sums.push((Usage { videos_created: film_day.n_films, ..usage }, film_day.duration_ms)),
        }
    }
    let seconds = |(usage, ms): (Usage, i64)| Usage { total_duration: (ms + 500) / 1000, ..usage };
    sums.into_iter().map(seconds).collect()
}

/// Returns the stretch of time that a day is in, with nothing in it.
fn stretch(day: Day, breakdown: &str) -> Usage {
    let (date, week) = (day.date(), day.week());
    let empty = Usage { day: None, week: None, month: None, year: date.year, videos_created: 0, total_duration: 0 };
    match breakdown {
        "daily" => Usage { day: Some(date.day), month: Some(date.month), ..empty },
        "weekly" => Usage { week: Some(week.week), year: week.year, ..empty },
        _ => Usage { month: Some(date.month), ..empty },
    }
}

fn is_same(a: &Usage, b: &Usage) -> bool {
    (a.day, a.week, a.month, a.year) == (b.day, b.week, b.month, b.year)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn days() -> Vec<FilmDay> {
        let day = |day: &str, n_films, duration_ms| FilmDay { day: day.to_owned(), n_films, duration_ms };
        vec![
            day("2025-12-28", 1, 400),
            day("2025-12-29", 2, 400),
            day("2025-12-31", 1, 400),
            day("2026-01-01", 3, 60_000),
        ]
    }

    fn shown(breakdown: &str) -> serde_json::Value {
        serde_json::to_value(summed(&days(), breakdown)).unwrap()
    }

    #[test]
    fn days_are_added_up_to_months_and_weeks() {
        assert_eq!(
            shown("monthly"),
            json!([
                {"month": 12, "year": 2025, "videos_created": 4, "total_duration": 1},
                {"month": 1, "year": 2026, "videos_created": 3, "total_duration": 60},
            ])
        );
        assert_eq!(
            shown("weekly"),
            json!([
                {"week": 52, "year": 2025, "videos_created": 1, "total_duration": 0},
                {"week": 1, "year": 2026, "videos_created": 6, "total_duration": 61},
            ])
        );
        let daily = shown("daily");
        assert_eq!(daily[3], json!({"day": 1, "month": 1, "year": 2026, "videos_created": 3, "total_duration": 60}));
        assert_eq!(daily.as_array().unwrap().len(), 4);
    }
}
