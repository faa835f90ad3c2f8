//! Tables of which each row becomes a film.

use std::collections::BTreeMap;

use engine::film::{Batch, BatchRowState, FilmFilter, FilmKind, FilmState, NewBatch, Output};
use engine::{Credits, ErrorKind, Limits, Page, Price};
use serde_json::{Value, json};

use crate::house::{DOOR, House};

const ALL: Page = Page { limit: 100, offset: 0 };

fn template() -> Value {
    json!({
        "version": 1,
        "name": "For {{name}}",
        "canvas": { "width": 160, "height": 128, "fps": 24 },
        "scenes": [{ "duration_ms": 200, "layers": [{ "type": "text", "text": "{{name}}", "font_size": 20 }] }],
    })
}

fn row(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn batch(rows: Vec<BTreeMap<String, String>>) -> NewBatch {
    NewBatch {
        door: DOOR,
        name: "letters".to_owned(),
        template: template(),
        output: Output::default(),
        webhook_url: Some("https://hooks.example/row".to_owned()),
        rows,
    }
}

async fn finished(house: &House, batch: &Batch) -> Batch {
    let account = &house.caller.account_id;
    house.until(async || house.engine.batch(account, &batch.id).await.ok().filter(|b| b.finished_at.is_some())).await
}

#[tokio::test]
async fn every_row_becomes_a_film_or_says_why_not() {
    let mut house = House::new().await;
    let rows =
        vec![row(&[("name", "Ada")]), row(&[("nom", "Ben")]), row(&[("name", "\"{{name}}\\")]), row(&[("name", "Di")])];
    let batch = house.engine.create_batch(&house.caller, batch(rows)).await.unwrap();
    house.work();
    let batch = finished(&house, &batch).await;
    let rows = house.engine.batch_rows(&batch, None, ALL).await.unwrap();
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    use BatchRowState::{Done, Failed};
    assert_eq!(states, [Done, Failed, Done, Done]);
    assert!(rows[1].failure.contains("name"), "{}", rows[1].failure);
    let mut counts = house.engine.batch_counts(&batch).await.unwrap();
    counts.sort();
    assert_eq!(counts, [(Done, 3), (Failed, 1)]);
    let films =
        house.engine.films(&house.caller.account_id, &FilmFilter::all(DOOR, FilmKind::Video, ALL)).await.unwrap();
    let mut names: Vec<_> = films.rows.iter().map(|film| film.name.as_str()).collect();
    names.sort_unstable();
    let expected = ["For \"{{name}}\\", "For Ada", "For Di", "letters"];
    assert_eq!(names, expected, "values are put in as they are, and a row that does not fit is called as its batch");
    let failed = films.rows.iter().find(|film| Some(&film.id) == rows[1].film_id.as_ref()).unwrap();
    assert_eq!(
        (failed.state, failed.failure.as_ref().map(|failure| &failure.message)),
        (FilmState::Failed, Some(&rows[1].failure))
    );
    let mut told: Vec<_> = house.posts(4).await.iter().map(|post| post.body["row"].to_string()).collect();
    told.sort();
    assert_eq!(told, ["\"1\"", "\"2\"", "\"3\"", "\"4\""], "one webhook each");
    house.rest().await;
}

#[tokio::test]
async fn a_table_of_which_no_row_fits_is_refused_and_a_bad_first_row_is_not() {
    let house = House::new().await;
    let colored = |rows: &[&str]| {
        let mut new = batch(rows.iter().map(|color| row(&[("name", "Ada"), ("color", color)])).collect());
        new.template["scenes"][0]["layers"][0]["color"] = "{{color}}".into();
        new
    };
    let refused = house.engine.create_batch(&house.caller, colored(&["nono", "never"])).await.unwrap_err();
    assert!(refused.to_string().contains("nono"), "{refused}");
    let taken = house.engine.create_batch(&house.caller, colored(&["nono", "red"])).await.unwrap();
    let rows = house.engine.batch_rows(&taken, None, ALL).await.unwrap();
    assert_eq!((rows[0].state, rows[1].state), (BatchRowState::Failed, BatchRowState::Running));
    let unnamed = house.engine.create_batch(&house.caller, batch(vec![row(&[("nom", "Ada")])])).await.unwrap_err();
    assert!(unnamed.to_string().contains("name"), "{unnamed}");
}

#[tokio::test]
async fn a_long_batch_keeps_nobody_waiting() {
    let limits = Limits { batch_window: 2, ..Limits::default() };
    let mut house = House::with_limits(limits).await;
    let rows = (0..40).map(|number| row(&[("name", &number.to_string())])).collect();
    let batch = house.engine.create_batch(&house.caller, batch(rows)).await.unwrap();
    let filter = FilmFilter::all(DOOR, FilmKind::Video, ALL);
    let films = house.engine.films(&house.caller.account_id, &filter).await.unwrap();
    assert_eq!(films.total, 2, "no more than the window is queued");
    let other = house.engine.create_film(&house.stranger, crate::house::plain_film(), engine::film::Start::Now).await;
    let other = other.unwrap();
    house.work();
    let account = &house.stranger.account_id;
    let is_done = async || {
        let film = house.engine.film(account, DOOR, &other.id).await.unwrap();
        (film.state == FilmState::Done).then_some(())
    };
    house.until(is_done).await;
    let waiting = house.engine.batch_rows(&batch, Some(BatchRowState::Waiting), ALL).await.unwrap().len();
    assert!(waiting > 30, "the other account's film came before the rest of the batch, of which {waiting} wait");
    finished(&house, &batch).await;
    assert_eq!(house.engine.films(&house.caller.account_id, &filter).await.unwrap().total, 40);
    house.rest().await;
}

#[tokio::test]
async fn a_batch_is_its_owners_alone_and_has_rows() {
    let house = House::new().await;
    let error = house.engine.create_batch(&house.caller, batch(Vec::new())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let batch = house.engine.create_batch(&house.caller, batch(vec![row(&[("name", "Ada")])])).await.unwrap();
    let error = house.engine.batch(&house.stranger.account_id, &batch.id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(house.engine.batches(&house.stranger.account_id, ALL).await.unwrap(), []);
    assert_eq!(house.engine.batches(&house.caller.account_id, ALL).await.unwrap().len(), 1);
}

#[tokio::test]
async fn rows_that_cannot_be_paid_wait_until_they_can() {
    let mut house = House::new().await;
    let price = Price { door: DOOR.name().to_owned(), api: "films".to_owned(), amount: Credits(3) };
    house.engine.set_price(&price).await.unwrap();
    let application = house.caller.application.id.clone();
    house.engine.grant_credits(&application, Credits(3), "one row").await.unwrap();
    let rows = vec![row(&[("name", "Ada")]), row(&[("name", "Ben")])];
    let batch = house.engine.create_batch(&house.caller, batch(rows)).await.unwrap();
    house.work();
    let counts = async || {
        let mut counts = house.engine.batch_counts(&batch).await.unwrap();
        counts.sort();
        (counts == [(BatchRowState::Waiting, 1), (BatchRowState::Done, 1)]).then_some(())
    };
    house.until(counts).await;
    // What was refused has cost nothing.
    assert_eq!(house.engine.credential(&house.caller.credential.id).await.unwrap().used, Credits(3));
    house.engine.grant_credits(&application, Credits(3), "the other").await.unwrap();
    let batch = finished(&house, &batch).await;
    assert_eq!(house.engine.batch_counts(&batch).await.unwrap(), [(BatchRowState::Done, 2)]);
    assert_eq!(house.engine.audit_ledger().await.unwrap(), []);
    house.rest().await;
}

#[tokio::test]
async fn a_full_queue_delays_a_batch_and_receivers_that_are_down_do_not_fill_it() {
    let mut house = House::with_limits(Limits { queued_jobs_per_account_max: 1, ..Limits::default() }).await;
    house.receiver("https://hooks.example/row", &[500]);
    let rows = (0..4).map(|number| row(&[("name", &number.to_string())])).collect();
    let batch = house.engine.create_batch(&house.caller, batch(rows)).await.unwrap();
    house.work();
    let batch = finished(&house, &batch).await;
    assert_eq!(house.engine.batch_counts(&batch).await.unwrap(), [(BatchRowState::Done, 4)]);
    house.rest().await;
}

#[tokio::test]
async fn a_row_whose_video_is_removed_ends() {
    let mut house = House::new().await;
    let batch = house.engine.create_batch(&house.caller, batch(vec![row(&[("name", "Ada")])])).await.unwrap();
    let rows = house.engine.batch_rows(&batch, None, ALL).await.unwrap();
    let film = rows[0].film_id.clone().unwrap();
    house.engine.delete_film(&house.caller.account_id, DOOR, &film).await.unwrap();
    house.work();
    let batch = finished(&house, &batch).await;
    let rows = house.engine.batch_rows(&batch, None, ALL).await.unwrap();
    assert_eq!((rows[0].state, rows[0].failure.as_str()), (BatchRowState::Failed, "the video was stopped or removed"));
    house.rest().await;
}

#[tokio::test]
async fn a_batch_ends_when_its_owner_is_shut_out() {
    let mut house = House::with_limits(Limits { batch_window: 1, ..Limits::default() }).await;
    let rows = (0..3).map(|number| row(&[("name", &number.to_string())])).collect();
    let batch = house.engine.create_batch(&house.caller, batch(rows)).await.unwrap();
    house.engine.set_account_enabled(&house.caller.account_id, engine::Enabled::No).await.unwrap();
    house.work();
    let batch = finished(&house, &batch).await;
    let counts = house.engine.batch_counts(&batch).await.unwrap();
    assert!(counts.contains(&(BatchRowState::Failed, 2)), "{counts:?}");
    house.rest().await;
}
