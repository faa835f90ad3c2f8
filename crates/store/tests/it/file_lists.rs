//! Lists of files against a plain model of them.

use engine::recognition::{Bucket, BucketFile, FileFilter, FileId, FileSort, FileState};
use engine::{Page, Timestamp};
use store::Database;

use crate::rows::{ALL, bare_file, stored_bucket};
use crate::support::{later, on_every_database, read, tenant, write};

/// Enough for pages that are read from the end.
const N_FILES: u64 = 400;

const SORTS: [FileSort; 4] = [FileSort::Id, FileSort::State, FileSort::Title, FileSort::UpdatedAt];
const STATES: [FileState; 3] = [FileState::Failed, FileState::Processing, FileState::Ready];

/// What titles are made of, and what is searched for.
const WORDS: [&str; 14] =
    ["a", "Ab", "abc", "ABCd", "100%", "_x_", "\\", "Ärger", "ΟΔΟΣ", "οδοσα", "音楽の夜", "\u{1F3B5}", "\"q\"", "it's"];

/// A generator of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

fn everything() -> FileFilter {
    FileFilter { search: String::new(), state: None, sort: FileSort::Id, is_descending: false, page: ALL }
}

fn rank(state: FileState) -> i32 {
    match state {
        FileState::Failed => -1,
        FileState::Processing => 0,
        FileState::Ready => 1,
    }
}

fn small(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}

/// The files that a filter lets through, in its order, all pages of them.
fn model(files: &[BucketFile], filter: &FileFilter) -> Vec<FileId> {
    let mut found: Vec<&BucketFile> = files
        .iter()
        .filter(|file| small(&file.title).contains(&small(&filter.search)))
        .filter(|file| filter.state.is_none_or(|state| file.state == state))
        .collect();
    found.sort_by_key(|file| {
        let (state, title, updated) = match filter.sort {
            FileSort::Id => (0, String::new(), Timestamp::from_micros(0)),
            FileSort::State => (rank(file.state), String::new(), Timestamp::from_micros(0)),
            FileSort::Title => (0, small(&file.title), Timestamp::from_micros(0)),
            FileSort::UpdatedAt => (0, String::new(), file.updated_at),
        };
        (state, title, updated, file.id)
    });
    if filter.is_descending {
        found.reverse();
    }
    found.into_iter().map(|file| file.id).collect()
}

/// Adds files to a bucket, and counts them in.
async fn add(store: &Database, bucket: &Bucket, files: &[BucketFile]) {
    let count = |state| files.iter().filter(|file| file.state == state).count() as i64;
    let mut tx = write(store).await;
    for file in files {
        tx.insert_file(file).await.unwrap();
    }
    let n_files = files.len() as i64;
    tx.count_in_bucket(bucket.id, n_files, count(FileState::Ready), count(FileState::Failed)).await.unwrap();
    tx.commit().await.unwrap();
}

fn random_files(dice: &mut Dice, bucket: &Bucket, first: i64, n_files: u64) -> Vec<BucketFile> {
    let file = |id| {
        let title: Vec<&str> = (0..dice.below(4)).map(|_| dice.pick(&WORDS)).collect();
        BucketFile {
            state: dice.pick(&STATES),
            updated_at: later(dice.below(20)),
            ..bare_file(bucket, id, &title.join(if dice.below(2) == 0 { " " } else { "" }))
        }
    };
    (first..).take(n_files as usize).map(file).collect()
}

async fn compare(store: &Database, bucket: &Bucket, files: &[BucketFile], filter: &FileFilter, pages: &[Page]) {
    let expected = model(files, filter);
    let mut tx = read(store).await;
    for page in pages {
        let filter = FileFilter { page: *page, ..filter.clone() };
        let found: Vec<FileId> = tx.files(bucket.id, &filter).await.unwrap().iter().map(|file| file.id).collect();
        let of_page = expected.iter().skip(page.offset as usize).take(page.limit as usize);
        assert_eq!(found, of_page.copied().collect::<Vec<_>>(), "{filter:?}");
    }
    if !filter.search.is_empty() {
        let count = tx.count_files(bucket.id, &filter.search, filter.state).await.unwrap();
        assert_eq!(count, expected.len() as i64, "{filter:?}");
    }
}

fn orders() -> impl Iterator<Item = FileFilter> {
    let states = [None].into_iter().chain(STATES.map(Some));
    states.flat_map(|state| {
        SORTS.into_iter().flat_map(move |sort| {
            [false, true].map(|is_descending| FileFilter { state, sort, is_descending, ..everything() })
        })
    })
}

on_every_database! {
    async fn every_page_in_every_order_is_as_in_the_model(store: &Database) {
        let account = tenant(store).await.account.id;
        let (bucket, other) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let mut dice = Dice(1);
        let files = random_files(&mut dice, &bucket, 1, N_FILES);
        add(store, &bucket, &files).await;
        add(store, &other, &random_files(&mut dice, &other, 1000, 50)).await;
        let offsets = [0, 7, 99, 100, 101, 150, 200, 201, 202, 300, 392, 393, 399, 400, 401, u32::MAX];
        let mut pages: Vec<Page> = offsets.iter().map(|offset| Page { limit: 8, offset: *offset }).collect();
        pages.extend([ALL, Page { limit: 0, offset: 300 }, Page { limit: u32::MAX, offset: 250 }]);
        for filter in orders() {
            compare(store, &bucket, &files, &filter, &pages).await;
        }
    }

    async fn every_search_finds_what_the_model_does(store: &Database) {
        let account = tenant(store).await.account.id;
        let (bucket, other) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let mut dice = Dice(2);
        let files = random_files(&mut dice, &bucket, 1, N_FILES);
        add(store, &bucket, &files).await;
        add(store, &other, &random_files(&mut dice, &other, 1000, 50)).await;
        let mut searches: Vec<String> = WORDS.map(str::to_owned).to_vec();
        searches.extend(["%", "_", "ab ab", "bca", "b", "ä", "οδος", "楽の", "の夜音楽", "\"", "NOT", "zzz"].map(str::to_owned));
        searches.extend(["a*", "title:abc", "(abc)", "^ab", "abc\"", "x\u{0}y"].map(str::to_owned));
        searches.push("abc".repeat(5000));
        let pages = [Page { limit: 5, offset: 0 }, Page { limit: 9, offset: 5 }, Page { limit: 3, offset: 120 }, ALL];
        for search in &searches {
            for filter in orders() {
                let filter = FileFilter { search: search.clone(), ..filter };
                compare(store, &bucket, &files, &filter, &pages[..2 + dice.below(3) as usize]).await;
            }
        }
    }

    /// So many that they are not looked up one by one.
    async fn a_search_may_find_most_files(store: &Database) {
        let account = tenant(store).await.account.id;
        let bucket = stored_bucket(store, &account).await;
        let mut dice = Dice(3);
        let file = |id| BucketFile {
            state: dice.pick(&STATES),
            updated_at: later(dice.below(500)),
            ..bare_file(&bucket, id, if id % 100 == 0 { "another" } else { "Track" })
        };
        let files: Vec<BucketFile> = (1..=5300).map(file).collect();
        add(store, &bucket, &files).await;
        let pages = [Page { limit: 5, offset: 0 }, Page { limit: 5, offset: 3000 }, Page { limit: 9, offset: 5240 }];
        for search in ["track", "anoth", "ra"] {
            for filter in orders() {
                compare(store, &bucket, &files, &FileFilter { search: search.to_owned(), ..filter }, &pages).await;
            }
        }
    }

    async fn a_search_follows_what_changes(store: &Database) {
        let account = tenant(store).await.account.id;
        let (bucket, other) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let mut file = bare_file(&bucket, 1, "First Title");
        add(store, &bucket, std::slice::from_ref(&file)).await;
        let mut tx = write(store).await;
        assert_eq!(tx.count_files(bucket.id, "first t", None).await.unwrap(), 1);
        file.title = "Second Title".to_owned();
        tx.update_file(&file).await.unwrap();
        assert_eq!(tx.count_files(bucket.id, "first t", None).await.unwrap(), 0);
        assert_eq!(tx.count_files(bucket.id, "second t", None).await.unwrap(), 1);
        file.bucket_id = other.id;
        tx.update_file(&file).await.unwrap();
        assert_eq!(tx.count_files(bucket.id, "second t", None).await.unwrap(), 0);
        assert_eq!(tx.count_files(other.id, "second t", None).await.unwrap(), 1);
        assert_eq!(tx.count_files(other.id, "second t", Some(FileState::Ready)).await.unwrap(), 0);
        file.state = FileState::Ready;
        tx.update_file(&file).await.unwrap();
        assert_eq!(tx.count_files(other.id, "second t", Some(FileState::Ready)).await.unwrap(), 1);
        tx.delete_files(&account, &[file.id]).await.unwrap();
        assert_eq!(tx.count_files(other.id, "second t", None).await.unwrap(), 0);
        assert_eq!(tx.files_by_title(&account, "second t", 10).await.unwrap(), []);
        tx.insert_file(&file).await.unwrap();
        assert_eq!(tx.count_files(other.id, "second t", None).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn titles_are_searched_in_all_buckets_of_an_account(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let (one, two) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let foreign = stored_bucket(store, &stranger).await;
        let titles = ["Für Elise", "FÜR alle", "100% für dich", "a_b", "Elise"];
        for (id, title) in (1..).zip(titles) {
            let bucket = if id % 2 == 0 { &one } else { &two };
            add(store, bucket, &[bare_file(bucket, id, title)]).await;
            add(store, &foreign, &[bare_file(&foreign, id + 100, title)]).await;
        }
        let mut tx = read(store).await;
        for (text, expected) in [
            ("für", vec![1, 2, 3]), ("elise", vec![1, 5]), ("% F", vec![3]), ("_", vec![4]), ("l", vec![1, 2, 5]),
            ("zzz", vec![]), ("\"", vec![]), ("a OR b", vec![]),
        ] {
            let found = tx.files_by_title(&account, text, 10).await.unwrap();
            assert_eq!(found.iter().map(|file| file.id.0).collect::<Vec<_>>(), expected, "{text}");
        }
        assert_eq!(tx.files_by_title(&account, "für", 2).await.unwrap().len(), 2);
    }
}
