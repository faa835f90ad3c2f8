//! The repositories: named statements, and how their rows are read.

mod accounts;
mod jobs;
mod ledger;
mod library;
mod tasks;
mod videos;

/// Every statement of every repository, for the test that prepares them against both databases.
#[cfg(test)]
pub(crate) fn all_statements() -> Vec<&'static str> {
    [
        accounts::STATEMENTS,
        jobs::STATEMENTS,
        ledger::STATEMENTS,
        library::STATEMENTS,
        tasks::STATEMENTS,
        videos::STATEMENTS,
    ]
    .concat()
}

#[cfg(test)]
pub(crate) use jobs::{CLAIM_POSTGRES as POSTGRES_ONLY, CLAIM_SQLITE as SQLITE_ONLY};

/// Declares named statements, and lists them for `all_statements`.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(pub(crate) const $name: &str = $sql;)*
        #[cfg(test)]
        pub(super) const STATEMENTS: &[&str] = &[$($name),*];
    };
}
use statements;
