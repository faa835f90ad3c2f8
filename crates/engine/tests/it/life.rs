//! From draft to file, and the ways in between.

use engine::film::{Film, FilmChange, FilmFilter, FilmKind, FilmOrigin, FilmState, NewFilm, Output, Start};
use engine::{Credits, ErrorKind, MediaLink, Page, Price};
use serde_json::json;
use std::sync::atomic::Ordering;

use crate::house::{DOOR, House, long_film, new_film, plain_film, project};

const ALL: Page = Page { limit: 100, offset: 0 };

/// Follows a public link.
async fn follow(house: &House, url: &str) -> MediaLink {
    let path = url.strip_prefix("https://media.example/media/").unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    house.engine.resolve_media(parts[0], parts[1], parts[2]).await.unwrap()
}

async fn balance(house: &House) -> i64 {
    house.engine.application(&house.caller.application.id).await.unwrap().remaining.0
}

/// Gives the caller ten credits, and rendering a price of three.
async fn charge_three(house: &House) {
    let price = Price { door: DOOR.name().to_owned(), api: "films".to_owned(), amount: Credits(3) };
    house.engine.set_price(&price).await.unwrap();
    house.engine.grant_credits(&house.caller.application.id, Credits(10), "test").await.unwrap();
}

#[tokio::test]
async fn a_film_is_rendered_with_all_its_files() {
    let mut house = House::new().await;
    charge_three(&house).await;
    let layers = json!([{ "type": "avatar", "id": "a", "avatar": "M000000001" }]);
    let narration = json!([{ "speaker": "a", "text": "Good morning.", "language": "en" }]);
    let mut new = new_film(project(&layers, &narration));
    new.project.as_mut().unwrap().scenes[0].duration_ms = None;
    new.output = Output { short_side: Some(256), ..Output::default() };
    let film = house.create(new, Start::Now).await;
    assert_eq!((film.state, film.progress, film.credits), (FilmState::Queued, 0, 3));
    assert_eq!(house.engine.film_url(&film, "mp4"), None);
    assert_eq!(balance(&house).await, 7);
    house.work();
    let film = house.film_when(&film.id, |film| film.state.is_final()).await;
    assert_eq!((film.state, film.progress), (FilmState::Done, 100), "{:?}", film.failure);
    assert_eq!(film.document, json!({ "own": [1.25, null] }));
    let product = film.product.as_ref().unwrap();
    assert_eq!((product.width, product.height), (320, 256));
    assert!(product.duration_ms > 500, "{}", product.duration_ms);
    assert!(product.warnings.iter().any(|warning| warning.contains("M000000001")), "{:?}", product.warnings);
    for (extension, media_type) in [
        ("mp4", "video/mp4"),
        ("jpg", "image/jpeg"),
        ("vtt", "text/vtt; charset=utf-8"),
        ("srt", "application/x-subrip; charset=utf-8"),
        ("json", "application/json"),
    ] {
        let url = house.engine.film_url(&film, extension).unwrap();
        assert!(url.ends_with(&format!("/{}.{extension}", film.id)), "{url}");
        let link = follow(&house, &url).await;
        assert_eq!(link.media_type, media_type);
        assert!(link.n_bytes > 0, "{extension}");
    }
    assert_eq!(balance(&house).await, 7);
    assert_eq!(house.engine.audit_ledger().await.unwrap(), []);
    let n_bytes = follow(&house, &house.engine.film_url(&film, "mp4").unwrap()).await.n_bytes;
    assert_eq!(product.n_bytes, n_bytes);
    house.rest().await;
}

#[tokio::test]
async fn what_a_document_names_is_fetched_and_what_cannot_be_had_is_a_warning() {
    let mut house = House::new().await;
    let png = media::picture::Picture::from_rgba(2, 2, vec![200; 16]).unwrap().to_png().unwrap();
    house.web.files.lock().unwrap().insert("https://files.example/a.png".to_owned(), png);
    let layers = json!([
        { "type": "image", "image": "https://files.example/a.png" },
        { "type": "image", "image": "https://files.example/missing.png" },
        { "type": "image", "image": "https://media.example/media/film/00/1.jpg" },
        { "type": "image", "image": "material:1" },
    ]);
    let film = house.create(new_film(project(&layers, &json!([]))), Start::Now).await;
    house.work();
    let film = house.film_when(&film.id, |film| film.state.is_final()).await;
    assert_eq!(film.state, FilmState::Done, "{:?}", film.failure);
    assert_eq!(house.web.n_fetches.load(Ordering::Relaxed), 2, "this server's own links are not fetched");
    assert_eq!(film.sources.keys().collect::<Vec<_>>(), ["https://files.example/a.png"]);
    let warnings = film.product.unwrap().warnings.join("\n");
    for missing in ["missing.png", "film/00/1.jpg", "material:1"] {
        assert!(warnings.contains(missing), "{missing}: {warnings}");
    }
    assert!(!warnings.contains("a.png"), "{warnings}");
    house.rest().await;
}

#[tokio::test]
async fn a_draft_is_rendered_when_it_is_asked_for() {
    let mut house = House::new().await;
    house.work();
    let draft = house.create(plain_film(), Start::Later).await;
    assert_eq!((draft.state, draft.job_id.clone()), (FilmState::Draft, None));
    let change = FilmChange { name: Some("Named".to_owned()), ..FilmChange::default() };
    let queued = house.engine.start_film(&house.caller, DOOR, &draft.id, change).await.unwrap();
    assert_eq!((queued.state, queued.name.as_str()), (FilmState::Queued, "Named"));
    let done = house.film_when(&draft.id, |film| film.state == FilmState::Done).await;
    // Once more: the files of the first time go.
    let again = house.engine.start_film(&house.caller, DOOR, &draft.id, FilmChange::default()).await.unwrap();
    assert_eq!((again.state, again.product), (FilmState::Queued, None));
    let done_again = house.film_when(&draft.id, |film| film.state == FilmState::Done).await;
    assert_ne!(done_again.product.unwrap().files, done.product.unwrap().files);
    house.rest().await;
}

#[tokio::test]
async fn a_changed_document_makes_a_film_a_draft_again() {
    let mut house = House::new().await;
    house.work();
    let film = house.create(plain_film(), Start::Now).await;
    house.film_when(&film.id, |film| film.state == FilmState::Done).await;
    let account = &house.caller.account_id;
    let rename = FilmChange { name: Some("Other".to_owned()), ..FilmChange::default() };
    let renamed = house.engine.change_film(account, DOOR, &film.id, rename).await.unwrap();
    assert_eq!((renamed.state, renamed.name.as_str()), (FilmState::Done, "Other"));
    assert!(renamed.product.is_some());
    let redraw = FilmChange { project: Some(project(&json!([]), &json!([]))), ..FilmChange::default() };
    let redrawn = house.engine.change_film(account, DOOR, &film.id, redraw).await.unwrap();
    assert_eq!((redrawn.state, redrawn.progress, redrawn.product), (FilmState::Draft, 0, None));
    house.rest().await;
}

#[tokio::test]
async fn a_cancelled_film_stops_and_costs_nothing() {
    let mut house = House::new().await;
    charge_three(&house).await;
    let account = house.caller.account_id.clone();
    let waiting = house.create(plain_film(), Start::Now).await;
    assert_eq!(balance(&house).await, 7);
    let cancelled = house.engine.cancel_film(&account, DOOR, &waiting.id).await.unwrap();
    assert_eq!((cancelled.state, balance(&house).await), (FilmState::Cancelled, 10));
    let running = house.create(long_film(), Start::Now).await;
    house.work();
    house.film_when(&running.id, |film| film.state == FilmState::Running && film.progress > 0).await;
    house.engine.cancel_film(&account, DOOR, &running.id).await.unwrap();
    let is_idle = async || {
        let counts = house.engine.store().read().await.unwrap().job_counts().await.unwrap();
        counts.iter().all(|(state, n_jobs)| *n_jobs == 0 || state == "done").then_some(())
    };
    house.until(is_idle).await;
    let film = house.engine.film(&account, DOOR, &running.id).await.unwrap();
    assert_eq!((film.state, film.product, balance(&house).await), (FilmState::Cancelled, None, 10));
    assert_eq!(house.engine.audit_ledger().await.unwrap(), []);
    // A film that has ended stays as it ended.
    let again = house.engine.cancel_film(&account, DOOR, &running.id).await.unwrap();
    assert_eq!(again.state, FilmState::Cancelled);
    house.rest().await;
}

#[tokio::test]
async fn a_removed_film_leaves_nothing() {
    let mut house = House::new().await;
    house.work();
    let account = house.caller.account_id.clone();
    let film = house.create(plain_film(), Start::Now).await;
    let film = house.film_when(&film.id, |film| film.state == FilmState::Done).await;
    let url = house.engine.film_url(&film, "mp4").unwrap();
    house.engine.delete_film(&account, DOOR, &film.id).await.unwrap();
    let gone = house.engine.film(&account, DOOR, &film.id).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let parts: Vec<&str> = url.rsplit('/').take(2).collect();
    let link = house.engine.resolve_media("film", parts[1], parts[0]).await;
    assert_eq!(link.unwrap_err().kind(), ErrorKind::NotFound);
    let key = film.product.unwrap().files.remove("mp4").unwrap();
    let trash = house.engine.store().read().await.unwrap().trash(engine::Timestamp::from_micros(i64::MAX), 10).await;
    assert!(trash.unwrap().contains(&key));
    house.rest().await;
}

#[tokio::test]
async fn a_film_is_its_owners_alone() {
    let house = House::new().await;
    let film = house.create(plain_film(), Start::Now).await;
    let stranger = &house.stranger;
    let (account, engine) = (&stranger.account_id, &house.engine);
    let not_found = |result: engine::Result<Film>| assert_eq!(result.unwrap_err().kind(), ErrorKind::NotFound);
    not_found(engine.film(account, DOOR, &film.id).await);
    not_found(engine.numbered_film(account, DOOR, FilmKind::Video, film.number).await);
    not_found(engine.start_film(stranger, DOOR, &film.id, FilmChange::default()).await);
    not_found(engine.change_film(account, DOOR, &film.id, FilmChange::default()).await);
    not_found(engine.cancel_film(account, DOOR, &film.id).await);
    assert_eq!(engine.delete_film(account, DOOR, &film.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(engine.films(account, &FilmFilter::all(DOOR, FilmKind::Video, ALL)).await.unwrap().total, 0);
    // Another door of the same account does not see it either.
    not_found(engine.film(&house.caller.account_id, engine::Door::Spiritme, &film.id).await);
}

#[tokio::test]
async fn a_film_and_its_draft_are_made_together() {
    let house = House::new().await;
    let new = NewFilm { origin: FilmOrigin { folder_id: "f".to_owned(), ..FilmOrigin::default() }, ..plain_film() };
    let (film, draft) = house.engine.create_film_with_draft(&house.caller, new).await.unwrap();
    assert_eq!((film.state, draft.state), (FilmState::Queued, FilmState::Draft));
    assert_eq!((film.kind, draft.kind), (FilmKind::Video, FilmKind::Draft));
    assert_eq!((film.origin.draft_id.as_str(), film.origin.folder_id.as_str()), (draft.id.as_str(), "f"));
    assert_eq!(film.project, draft.project);
}

#[tokio::test]
async fn what_cannot_be_rendered_is_refused_at_once() {
    let house = House::new().await;
    let mut broken = plain_film();
    broken.project.as_mut().unwrap().canvas.width = 7;
    let error = house.engine.create_film(&house.caller, broken, Start::Now).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("canvas.width"), "{error}");
    let empty = house.create(NewFilm { project: None, ..plain_film() }, Start::Later).await;
    let error = house.engine.start_film(&house.caller, DOOR, &empty.id, FilmChange::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let hook = NewFilm { webhook_url: Some("ftp://a.example/".to_owned()), ..plain_film() };
    let error = house.engine.create_film(&house.caller, hook, Start::Now).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn the_page_of_a_film_is_found_by_its_link_only() {
    let house = House::new().await;
    let film = house.create(plain_film(), Start::Later).await;
    let url = house.engine.watch_url(&film.id);
    let parts: Vec<&str> = url.rsplit('/').take(2).collect();
    assert_eq!(house.engine.watched_film(parts[1], parts[0]).await.unwrap(), film);
    for (signature, id) in [("00", parts[0]), (parts[1], "66b1f0c2a94e1d0012ab34cd")] {
        let error = house.engine.watched_film(signature, id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
