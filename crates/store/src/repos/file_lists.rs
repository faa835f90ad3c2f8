//! Lists of files: sorted, filtered, searched, and cut into pages, at any size of bucket.
//!
//! A page is read in two steps: the ids of its rows, by walking an index that is in the order asked for, and then the
//! rows themselves. What a page passes over costs a step in an index, never a row; and a page beyond the middle of a
//! list is read from its end.

use engine::recognition::{BucketFile, BucketId, FileFilter, FileSort, FileState};
use engine::{AccountId, Page, StoreError};
use sqlx::{AssertSqlSafe, query};

use super::file_words::{account_word, bucket_word};
use super::files::rank;
use super::statements;
use crate::database::{Dialect, SqlTransaction};
use crate::row::Statement;
use crate::text::contains_pattern;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Pages up to here are read from the start without asking how long the list is.
const NEAR_ROWS: u32 = 100;
/// Most files that SQLite looks up one by one to compare and sort them; 6 µs each were measured among a million.
pub(super) const RARE_ROWS_MAX: i64 = 5000;

statements! {
    // By way of the buckets, whose indexes hold the titles.
    FILES_BY_PATTERN = "SELECT * FROM bucket_files WHERE id IN (SELECT f.id FROM buckets b \
        JOIN bucket_files f ON f.bucket_id = b.id WHERE b.account_id = $1 AND f.search_title LIKE $2 ESCAPE '\\' \
        ORDER BY f.id LIMIT $3) ORDER BY id";
}

/// How the files that a search finds are told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Search {
    /// There is no search.
    Nothing,
    /// By comparing titles with a pattern: those in the index that the page walks or, where PostgreSQL's planner thinks
    /// that the text is rare, those that its index of words has.
    Pattern(String),
    /// The same, for those only that SQLite's index of words has under an expression; they are few.
    Rare { pattern: String, words: String },
}

impl Search {
    /// Returns the rows that are found in the bucket `$1`; the pattern and the words are the given parameters.
    fn rows(&self, pattern: &str, words: &str) -> String {
        match self {
            Self::Nothing => "bucket_files WHERE bucket_id = $1".to_owned(),
            Self::Pattern(_) => {
                format!("bucket_files WHERE bucket_id = $1 AND search_title LIKE {pattern} ESCAPE '\\'")
            }
            // A cross join is what SQLite never turns round, and the plus keeps it from reading the whole bucket for
            // each row.
            Self::Rare { .. } => format!(
                "file_words CROSS JOIN bucket_files ON bucket_files.id = file_words.rowid \
                 WHERE file_words MATCH {words} AND +bucket_id = $1 AND search_title LIKE {pattern} ESCAPE '\\'"
            ),
        }
    }

    fn bind<'q>(&self, statement: Statement<'q>) -> Statement<'q> {
        match self {
            Self::Nothing => statement,
            Self::Pattern(pattern) => statement.bind(pattern.clone()),
            Self::Rare { pattern, words } => statement.bind(pattern.clone()).bind(words.clone()),
        }
    }

    /// Returns the statement that counts what is found. `$1` is the bucket, `$2` and `$3` are pattern and words.
    fn count_sql(&self, state: Option<FileState>) -> String {
        format!("SELECT COUNT(*) FROM {}{}", self.rows("$2", "$3"), state_filter(state))
    }
}

/// What a page shows, in which order.
#[derive(Debug, Clone, Copy)]
struct Shape<'a> {
    search: &'a Search,
    state: Option<FileState>,
    sort: FileSort,
    is_descending: bool,
    /// Whether the page's offset counts from the end of the list.
    is_from_end: bool,
}

impl Shape<'_> {
    /// Returns the page's statement. `$1` is the bucket, `$2` and `$3` are limit and offset, `$4` and `$5` are pattern
    /// and words.
    fn page_sql(self) -> String {
        let (rows, filter) = (self.search.rows("$4", "$5"), state_filter(self.state));
        let walk = order(self.sort, self.is_descending != self.is_from_end);
        let shown = order(self.sort, self.is_descending);
        format!(
            "SELECT * FROM bucket_files WHERE id IN (SELECT id FROM {rows}{filter} ORDER BY {walk} LIMIT $2 OFFSET $3) \
             ORDER BY {shown}"
        )
    }
}

fn state_filter(state: Option<FileState>) -> String {
    state.map_or(String::new(), |state| format!(" AND state_rank = {}", rank(state)))
}

/// Returns the columns to sort by; all of them the other way round for the reverse, so that one index serves both.
fn order(sort: FileSort, is_descending: bool) -> &'static str {
    match (sort, is_descending) {
        (FileSort::Id, false) => "id",
        (FileSort::Id, true) => "id DESC",
        (FileSort::State, false) => "state_rank, id",
        (FileSort::State, true) => "state_rank DESC, id DESC",
        (FileSort::Title, false) => "search_title, id",
        (FileSort::Title, true) => "search_title DESC, id DESC",
        (FileSort::UpdatedAt, false) => "updated_at, id",
        (FileSort::UpdatedAt, true) => "updated_at DESC, id DESC",
    }
}

/// A stretch of a list, counted from its start or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    limit: i64,
    offset: i64,
    is_from_end: bool,
}

impl Stretch {
    fn from_start(page: Page) -> Self {
        Self { limit: i64::from(page.limit), offset: i64::from(page.offset), is_from_end: false }
    }

    /// Counts from the nearer end of a list of `total` rows; `None` for a page beyond it.
    fn from_nearer_end(page: Page, total: i64) -> Option<Self> {
        let start = Self::from_start(page);
        let left = total - start.offset;
        if left <= 0 {
            return None;
        }
        let limit = start.limit.min(left);
        let offset = left - limit;
        Some(if offset < start.offset { Self { limit, offset, is_from_end: true } } else { start })
    }
}

impl SqlTransaction {
    /// Lists the files of a page.
    pub(super) async fn file_page(&mut self, bucket: BucketId, filter: &FileFilter) -> Result<Vec<BucketFile>> {
        let search = self.search_for(bucket, &filter.search).await?;
        let Some(stretch) = self.stretch(bucket, filter).await? else {
            return Ok(Vec::new());
        };
        let shape = Shape {
            search: &search,
            state: filter.state,
            sort: filter.sort,
            is_descending: filter.is_descending,
            is_from_end: stretch.is_from_end,
        };
        let statement = query(AssertSqlSafe(shape.page_sql())).bind(bucket.0).bind(stretch.limit).bind(stretch.offset);
        let statement = search.bind(statement).persistent(self.keeps_plans());
        self.all("list files", statement).await
    }

    /// Returns where a page is read, `None` where it has no rows.
    async fn stretch(&mut self, bucket: BucketId, filter: &FileFilter) -> Result<Option<Stretch>> {
        // How many rows a search finds takes longer to know than to pass over some of them.
        if filter.page.offset <= NEAR_ROWS || !filter.search.is_empty() {
            return Ok(Some(Stretch::from_start(filter.page)));
        }
        let found = self.any_bucket(bucket).await?;
        let total = found.map_or(0, |found| found.n_in_state(filter.state));
        Ok(Stretch::from_nearer_end(filter.page, total))
    }

    /// Counts the files of a bucket that a search finds.
    pub(super) async fn count_found_files(
        &mut self,
        bucket: BucketId,
        text: &str,
        state: Option<FileState>,
    ) -> Result<i64> {
        let search = self.search_for(bucket, text).await?;
        let statement = search.bind(query(AssertSqlSafe(search.count_sql(state))).bind(bucket.0));
        let is_persistent = self.keeps_plans();
        self.count("count files", statement.persistent(is_persistent)).await
    }

    /// Decides how to find a text.
    async fn search_for(&mut self, bucket: BucketId, text: &str) -> Result<Search> {
        if text.is_empty() {
            return Ok(Search::Nothing);
        }
        let pattern = contains_pattern(text);
        let words = match self.dialect() {
            Dialect::Sqlite => self.rare_words(bucket_word(bucket), text).await?,
            Dialect::Postgres => None,
        };
        Ok(match words {
            Some(words) => Search::Rare { pattern, words },
            None => Search::Pattern(pattern),
        })
    }

    /// Lists an account's files with a text in their title, oldest first.
    pub(super) async fn titled_files(
        &mut self,
        account: &AccountId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<BucketFile>> {
        let words = match self.dialect() {
            Dialect::Sqlite => self.words(account_word(account), text).await?,
            Dialect::Postgres => None,
        };
        if let Some(words) = words {
            return self.files_by_words(account, text, &words, limit).await;
        }
        let is_persistent = self.keeps_plans();
        let statement =
            query(FILES_BY_PATTERN).bind(account.as_str()).bind(contains_pattern(text)).bind(i64::from(limit));
        self.all("list files by title", statement.persistent(is_persistent)).await
    }

    /// Tells whether a plan serves all values. PostgreSQL's best plan for these statements depends on how many rows a
    /// text finds and how far a page is down the list, and a statement that is kept gets one plan for all of them.
    fn keeps_plans(&self) -> bool {
        self.dialect() == Dialect::Sqlite
    }
}

/// Every statement that is put together here.
#[cfg(test)]
pub(super) fn shaped_statements(dialect: Dialect) -> Vec<String> {
    let mut searches = vec![Search::Nothing, Search::Pattern(String::new())];
    if dialect == Dialect::Sqlite {
        searches.push(Search::Rare { pattern: String::new(), words: String::new() });
    }
    let mut all = Vec::new();
    for search in &searches {
        for state in [None, Some(FileState::Failed), Some(FileState::Processing), Some(FileState::Ready)] {
            all.push(search.count_sql(state));
            for sort in [FileSort::Id, FileSort::State, FileSort::Title, FileSort::UpdatedAt] {
                for (is_descending, is_from_end) in [(false, false), (false, true), (true, false), (true, true)] {
                    all.push(Shape { search, state, sort, is_descending, is_from_end }.page_sql());
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use sqlx::Row as _;

    use super::*;

    /// Whatever SQLite's planner is in the next release: a page sorts nothing, and compares titles where it walks.
    #[tokio::test]
    async fn sqlite_walks_one_index_for_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let database = crate::Database::open_sqlite(&folder.path().join("test.db")).await.unwrap();
        let statements = shaped_statements(Dialect::Sqlite);
        for sql in statements.iter().filter(|sql| sql.contains("LIMIT") && !sql.contains("MATCH")) {
            let (_, walk) = sql.split_once("IN (").unwrap();
            let walk = walk.rsplit_once(") ORDER BY").unwrap().0;
            let plan = query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {walk}")));
            let plan = plan.fetch_all(database.writers()).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
            let is_walk = plan.len() == 1 && plan[0].contains("USING COVERING INDEX bucket_files_by");
            assert!(is_walk, "{walk}: {plan:?}");
        }
    }

    #[test]
    fn a_page_is_read_from_the_nearer_end() {
        let page = |limit, offset| Page { limit, offset };
        let forward = |limit, offset| Some(Stretch { limit, offset, is_from_end: false });
        let backward = |limit, offset| Some(Stretch { limit, offset, is_from_end: true });
        assert_eq!(Stretch::from_nearer_end(page(20, 100), 1000), forward(20, 100));
        assert_eq!(Stretch::from_nearer_end(page(20, 900), 1000), backward(20, 80));
        assert_eq!(Stretch::from_nearer_end(page(20, 990), 1000), backward(10, 0));
        assert_eq!(Stretch::from_nearer_end(page(20, 1000), 1000), None);
        assert_eq!(Stretch::from_nearer_end(page(20, u32::MAX), 0), None);
        assert_eq!(Stretch::from_nearer_end(page(0, 900), 1000), backward(0, 100));
    }
}
