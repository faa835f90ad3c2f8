//! The repositories: named statements, and how their rows are read.

mod accounts;
mod batches;
mod buckets;
mod containers;
mod dedups;
mod dumps;
mod file_lists;
mod file_words;
mod files;
mod films;
mod index_feed;
mod jobs;
mod ledger;
mod library;
mod materials;
mod numbers;
mod offline_dbs;
mod projects;
mod scans;
mod tasks;
mod templates;
mod trash;
mod uploads;
mod videos;
mod webhooks;

use crate::database::Dialect;

/// A statement that the two databases word differently.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Worded {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Worded {
    /// Returns the statement as a database understands it.
    pub(crate) const fn for_dialect(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// Every statement of every repository, for the test that prepares them against both databases.
#[cfg(test)]
pub(crate) fn all_statements(dialect: Dialect) -> Vec<String> {
    let shared = [
        accounts::STATEMENTS,
        batches::STATEMENTS,
        buckets::STATEMENTS,
        containers::STATEMENTS,
        dedups::STATEMENTS,
        dumps::STATEMENTS,
        file_lists::STATEMENTS,
        files::STATEMENTS,
        films::STATEMENTS,
        index_feed::STATEMENTS,
        jobs::STATEMENTS,
        ledger::STATEMENTS,
        library::STATEMENTS,
        materials::STATEMENTS,
        numbers::STATEMENTS,
        offline_dbs::STATEMENTS,
        projects::STATEMENTS,
        scans::STATEMENTS,
        tasks::STATEMENTS,
        templates::STATEMENTS,
        trash::STATEMENTS,
        uploads::STATEMENTS,
        videos::STATEMENTS,
        webhooks::STATEMENTS,
    ];
    let worded = [files::WORDED, jobs::WORDED, scans::WORDED].concat();
    let worded = worded.iter().map(|statement| statement.for_dialect(dialect));
    let mut all: Vec<String> = shared.concat().into_iter().chain(worded).map(str::to_owned).collect();
    all.extend(file_lists::shaped_statements(dialect));
    if dialect == Dialect::Sqlite {
        all.extend(file_words::STATEMENTS.iter().map(|sql| (*sql).to_owned()));
    }
    all
}

/// Declares named statements, and lists them for `all_statements`.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(pub(crate) const $name: &str = $sql;)*
        #[cfg(test)]
        pub(super) const STATEMENTS: &[&str] = &[$($name),*];
    };
}
use statements;

/// Declares named statements that SQLite (first) and PostgreSQL word differently, and lists them for `all_statements`.
macro_rules! worded {
    ($($name:ident = $sqlite:expr, $postgres:expr;)*) => {
        $(pub(crate) const $name: super::Worded = super::Worded { sqlite: $sqlite, postgres: $postgres };)*
        #[cfg(test)]
        pub(super) const WORDED: &[super::Worded] = &[$($name),*];
    };
}
use worded;
