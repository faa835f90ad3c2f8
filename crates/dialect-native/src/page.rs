//! Stretches of lists.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use engine::Page;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Problem;

/// Rows in a page that nobody gave a size for, and at most.
const ROWS_USUAL: u32 = 50;
const ROWS_MAX: u32 = 100;

/// Which stretch of a list is wanted.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Stretch {
    /// Rows at most, 1 to 100; 50 without it.
    limit: Option<u32>,
    /// Rows to pass over.
    offset: Option<u32>,
}

impl Stretch {
    /// Reads the stretch.
    pub(crate) fn page(query: Result<Query<Self>, QueryRejection>) -> Result<Page, Problem> {
        let Query(stretch) = query.map_err(|error| Problem::bad_request(error.body_text()))?;
        let limit = stretch.limit.unwrap_or(ROWS_USUAL);
        if !(1..=ROWS_MAX).contains(&limit) {
            return Err(Problem::bad_request(format!("limit: must be 1 to {ROWS_MAX}")));
        }
        Ok(Page { limit, offset: stretch.offset.unwrap_or(0) })
    }
}
