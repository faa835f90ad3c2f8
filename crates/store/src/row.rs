//! Rows to values, and the three ways a statement is run.

use engine::{BlobKey, StoreError, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use crate::database::SqlTransaction;

/// A statement with its arguments bound.
pub(crate) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Reads a value of a row type out of a row.
pub(crate) trait FromAnyRow: Sized {
    /// Reads the columns that the type's `SELECT` list names.
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error>;
}

impl SqlTransaction {
    /// Runs a statement and returns how many rows it changed.
    pub(crate) async fn run(&mut self, action: &str, statement: Statement<'_>) -> Result<u64, StoreError> {
        let done = statement.execute(self.connection()).await;
        done.map(|done| done.rows_affected()).map_err(|error| StoreError::new(action, error))
    }

    /// Runs a statement and returns its first row.
    pub(crate) async fn one<T: FromAnyRow>(
        &mut self,
        action: &str,
        statement: Statement<'_>,
    ) -> Result<Option<T>, StoreError> {
        let row = statement.fetch_optional(self.connection()).await;
        let value = row.and_then(|row| row.map(|row| T::from_row(&row)).transpose());
        value.map_err(|error| StoreError::new(action, error))
    }

    /// Runs a statement whose one row is a count.
    pub(crate) async fn count(&mut self, action: &str, statement: Statement<'_>) -> Result<i64, StoreError> {
        let count: Option<i64> = self.one(action, statement).await?;
        Ok(count.unwrap_or_default())
    }

    /// Runs a statement and returns all of its rows; the statement bounds how many that can be.
    pub(crate) async fn all<T: FromAnyRow>(
        &mut self,
        action: &str,
        statement: Statement<'_>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = statement.fetch_all(self.connection()).await;
        let values = rows.and_then(|rows| rows.iter().map(T::from_row).collect());
        values.map_err(|error| StoreError::new(action, error))
    }
}

/// Reads a point in time.
pub(crate) fn time(row: &AnyRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    Ok(Timestamp::from_micros(row.try_get(column)?))
}

/// Reads a point in time that may be missing.
pub(crate) fn opt_time(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_micros))
}

/// Reads text that names a value.
pub(crate) fn parsed<T: std::str::FromStr<Err = String>>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error: String| broken(column, error))
}

/// Reads a value that is stored as JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| broken(column, error))
}

/// Reads a value that is stored as JSON and may be missing.
pub(crate) fn opt_json<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<Option<T>, sqlx::Error> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| broken(column, error))).transpose()
}

/// Returns a value as it is stored as JSON; `action` says what is written, for the error.
pub(crate) fn to_json<T: Serialize + ?Sized>(action: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::new(action, error))
}

/// Reads the key of a file that may be missing.
pub(crate) fn opt_blob(row: &AnyRow, column: &str) -> Result<Option<BlobKey>, sqlx::Error> {
    Ok(row.try_get::<Option<String>, _>(column)?.map(BlobKey::from_text))
}

/// Describes a column whose content we did not write.
pub(crate) fn broken(column: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: source.into() }
}

impl FromAnyRow for i64 {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        row.try_get(0)
    }
}

impl FromAnyRow for String {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        row.try_get(0)
    }
}

/// Returns a point in time as it is bound.
pub(crate) fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_micros)
}
