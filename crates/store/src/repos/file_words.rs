//! SQLite's index of the words of files: three characters each, out of the title, for the bucket, for the account.
//!
//! A title with some text in it has all of the text's words. Those that few files have are enough to look the files up
//! by; to read the long lists of common words as well would take longer than to compare a few titles more.

use engine::recognition::{BucketFile, BucketId};
use engine::{AccountId, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::file_lists::RARE_ROWS_MAX;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, to_json};
use crate::text::{contains_pattern, searched};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Characters of a word.
const WORD_CHARS: usize = 3;
/// Most words of a text that are looked at.
const WORDS_MAX: usize = 32;
/// Most words that are looked up together where all are common; each may take 7 ms among a million files.
const COMMON_WORDS_MAX: usize = 5;

super::statements! {
    WORD_COUNTS = "SELECT value AS word, (SELECT COUNT(*) FROM (SELECT rowid FROM file_words \
        WHERE file_words MATCH each.value LIMIT $2)) AS n_files FROM json_each($1) AS each";
    COUNT_FILES = "SELECT COUNT(*) FROM (SELECT rowid FROM file_words WHERE file_words MATCH $1 LIMIT $2)";
    // The index is in the order of ids.
    FILES_BY_WORDS = "SELECT * FROM bucket_files WHERE id IN (SELECT id FROM file_words \
        CROSS JOIN bucket_files ON bucket_files.id = file_words.rowid WHERE file_words MATCH $2 \
        AND +account_id = $1 AND search_title LIKE $3 ESCAPE '\\' ORDER BY file_words.rowid LIMIT $4) ORDER BY id";
}

impl SqlTransaction {
    /// Returns the expression to look a text up by, unless more than [`RARE_ROWS_MAX`] files, or all, would be found.
    pub(super) async fn rare_words(&mut self, owner: String, text: &str) -> Result<Option<String>> {
        let Some(words) = self.words(owner, text).await? else {
            return Ok(None);
        };
        let statement = query(COUNT_FILES).bind(words.clone()).bind(RARE_ROWS_MAX + 1);
        let count = self.count("count files", statement).await?;
        Ok((count <= RARE_ROWS_MAX).then_some(words))
    }

    /// Returns the expression to look a text up by; `None` for a text that is too short for a word.
    pub(super) async fn words(&mut self, owner: String, text: &str) -> Result<Option<String>> {
        let mut words = words_of(&searched(text));
        if words.is_empty() {
            return Ok(None);
        }
        words.push(quoted(&owner));
        let asked = query(WORD_COUNTS).bind(to_json("write words", &words)?).bind(RARE_ROWS_MAX + 1);
        let mut counts: Vec<WordCount> = self.all("count the files of words", asked).await?;
        counts.sort_by_key(|count| count.n_files);
        let n_rare = counts.iter().take_while(|count| count.n_files <= RARE_ROWS_MAX).count();
        let chosen: Vec<String> = if n_rare > 0 {
            counts.into_iter().take(n_rare).map(|count| count.word).collect()
        } else {
            spread(words, COMMON_WORDS_MAX)
        };
        Ok(Some(chosen.join(" AND ")))
    }

    /// Lists an account's files with a text in their title, oldest first.
    pub(super) async fn files_by_words(
        &mut self,
        account: &AccountId,
        text: &str,
        words: &str,
        limit: u32,
    ) -> Result<Vec<BucketFile>> {
        let statement = query(FILES_BY_WORDS)
            .bind(account.as_str())
            .bind(words)
            .bind(contains_pattern(text))
            .bind(i64::from(limit));
        self.all("list files by title", statement).await
    }
}

struct WordCount {
    word: String,
    n_files: i64,
}

impl FromAnyRow for WordCount {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self { word: row.try_get("word")?, n_files: row.try_get("n_files")? })
    }
}

/// Returns the word that a bucket's files are listed under: its id in three characters of the first private plane, 15
/// bits each.
pub(super) fn bucket_word(id: BucketId) -> String {
    let letter = |shift: u32| char::from_u32(0xF_0000 + ((id.0 >> shift) & 0x7FFF) as u32);
    [letter(0), letter(15), letter(30)].into_iter().flatten().collect()
}

/// Returns the word that an account's files are listed under, and those of a few others.
pub(super) fn account_word(id: &AccountId) -> String {
    id.as_str().chars().chain("---".chars()).take(WORD_CHARS).collect()
}

/// Returns words of a text, quoted, in their order: all, or as many as are looked at.
fn words_of(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let words = letters.windows(WORD_CHARS).map(|word| quoted(&word.iter().collect::<String>()));
    spread(words.collect(), WORDS_MAX)
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// Returns some of many, the first and the last among them, the others evenly spread.
fn spread(all: Vec<String>, n_max: usize) -> Vec<String> {
    let last = all.len().saturating_sub(1);
    if all.len() <= n_max {
        return all;
    }
    (0..n_max).filter_map(|index| all.get(index * last / (n_max - 1)).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_words_of_their_own() {
        assert_eq!(bucket_word(BucketId(1)), "\u{F0001}\u{F0000}\u{F0000}");
        assert_eq!(bucket_word(BucketId((1 << 45) - 1)), "\u{F7FFF}\u{F7FFF}\u{F7FFF}");
        assert_eq!(account_word(&AccountId::from_text("6d3e1755")), "6d3");
        assert_eq!(account_word(&AccountId::from_text("a")), "a--");
    }

    #[test]
    fn a_text_has_a_word_at_each_character() {
        assert_eq!(words_of("ab"), [""; 0]);
        assert_eq!(words_of("音楽\"x"), ["\"音楽\"\"\"", "\"楽\"\"x\""]);
        let many = words_of(&('a'..='z').cycle().take(100).collect::<String>());
        assert_eq!(many.len(), WORDS_MAX);
        assert_eq!((many[0].as_str(), many[WORDS_MAX - 1].as_str()), ("\"abc\"", "\"tuv\""));
    }
}
