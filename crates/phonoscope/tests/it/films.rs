//! Films in the real binary: batches survive `kill -9`, the page to watch one works, the catalog's commands do.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, files, json_of, phonoscope, text};

const PATIENCE: Duration = Duration::from_secs(300);

/// Makes an account with a general token.
fn general_token(data: &Path) -> String {
    let account = json_of(data, &["account", "create", "tenant"]);
    let created = json_of(data, &["credential", "create", "--account", account["id"].as_str().unwrap()]);
    created["token"].as_str().unwrap().to_owned()
}

fn template() -> Value {
    json!({
        "version": 1,
        "name": "For {{name}}",
        "canvas": { "width": 320, "height": 180, "fps": 24 },
        "scenes": [{
            "duration_ms": 1500,
            "layers": [
                { "type": "text", "text": "{{name}}", "font_size": 40, "enter": { "effect": "left", "duration_ms": 1000 } },
            ],
        }],
    })
}

async fn get(server: &Server, token: &str, path: &str) -> Value {
    let sent = server.client.get(format!("{}{path}", server.url)).bearer_auth(token).send().await.unwrap();
    sent.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_ends_whatever_dies_in_between() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Server::start(data, &["--workers", "2"]);
    let token = general_token(data);
    let rows: Vec<Value> = (0..12).map(|number| json!({ "name": format!("guest {number}") })).collect();
    let body = json!({ "template": template(), "rows": rows });
    let (status, batch) = server.post(&token, "/phonoscope/v1/batches", &body).await;
    assert_eq!(status, 201, "{batch}");
    let path = format!("/phonoscope/v1/batches/{}", batch["id"].as_str().unwrap());
    for alive_ms in [60, 150, 320, 30, 220] {
        server.kill();
        server = Server::start(data, &["--workers", "2"]);
        tokio::time::sleep(Duration::from_millis(alive_ms)).await;
    }
    let begun = Instant::now();
    let done = loop {
        let batch = get(&server, &token, &path).await;
        if !batch["finished_at"].is_null() {
            break batch;
        }
        assert!(begun.elapsed() < PATIENCE, "{batch}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((&done["done"], &done["failed"]), (&json!(12), &json!(0)), "{done}");
    let rows = get(&server, &token, &format!("{path}/rows?limit=100")).await;
    for row in rows.as_array().unwrap() {
        let (_, path) = row["video_url"].as_str().unwrap().split_once("/media/").unwrap();
        let video = server.client.get(format!("{}/media/{path}", server.url)).send().await.unwrap();
        assert_eq!(&video.bytes().await.unwrap()[4..8], b"ftyp", "{row}");
    }
    // A video, a poster and the times of each, and nothing else.
    assert_eq!(files(&data.join("media/outputs")).len(), 12 * 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_can_be_watched_by_its_link_from_the_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let token = general_token(folder.path());
    let body = json!({ "template": template(), "rows": [{ "name": "Ada" }] });
    let (_, batch) = server.post(&token, "/phonoscope/v1/batches", &body).await;
    let rows = get(&server, &token, &format!("/phonoscope/v1/batches/{}/rows", batch["id"].as_str().unwrap())).await;
    let url = rows[0]["watch_url"].as_str().unwrap();
    let page = server.client.get(url).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(!page.headers().contains_key("x-frame-options"), "other pages may embed it");
    let begun = Instant::now();
    let shown = loop {
        let sent = server.client.get(format!("{url}/status.json")).send().await.unwrap();
        let shown: Value = sent.json().await.unwrap();
        assert!(["queued", "running", "done"].contains(&shown["state"].as_str().unwrap()), "{shown}");
        if shown["state"] == "done" {
            break shown;
        }
        assert!(begun.elapsed() < PATIENCE, "{shown}");
    };
    assert_eq!((&shown["name"], &shown["progress"], &shown["width"]), (&json!("For Ada"), &json!(100), &json!(320)));
    let video = server.client.get(shown["video_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(video.headers()["content-type"], "video/mp4");
    let poster = server.client.get(shown["poster_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(&poster.bytes().await.unwrap()[..3], [0xFF, 0xD8, 0xFF]);
    let signature = url.rsplit('/').nth(1).unwrap();
    for wrong in [url.replace(signature, &"0".repeat(32)), format!("{url}0")] {
        assert_eq!(server.client.get(&wrong).send().await.unwrap().status().as_u16(), 404, "{wrong}");
        let status = server.client.get(format!("{wrong}/status.json")).send().await.unwrap();
        assert_eq!(status.status().as_u16(), 404);
    }
}

#[test]
fn an_operator_adds_to_the_catalog() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |args: &[&str]| phonoscope(&data).arg("catalog").args(args).output().unwrap();
    for kind in ["avatars", "voices", "backgrounds", "palettes", "templates", "layouts"] {
        let listed = run(&["list", kind, "--json"]);
        assert!(listed.status.success(), "{}", text(&listed));
        let rows: Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert!(!rows.as_array().unwrap().is_empty(), "{kind}: {rows}");
    }
    let picture = folder.path().join("sea.svg");
    std::fs::write(&picture, r##"<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"><rect width="16" height="9" fill="#08f"/></svg>"##)
        .unwrap();
    let path = picture.to_str().unwrap();
    let added = run(&["add", "background", path]);
    assert!(added.status.success(), "{}", text(&added));
    let listed = run(&["list", "backgrounds"]);
    assert!(text(&listed).contains("catalog:backgrounds/sea.svg"), "{}", text(&listed));
    let again = run(&["add", "background", path]);
    assert!(!again.status.success() && text(&again).contains("--replace"), "{}", text(&again));
    assert!(run(&["add", "background", path, "--replace"]).status.success());
    assert!(run(&["check"]).status.success());
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{").unwrap();
    let refused = run(&["add", "template", broken.to_str().unwrap()]);
    assert!(!refused.status.success() && text(&refused).contains("broken.json"), "{}", text(&refused));
    let checked = run(&["check"]);
    assert!(!checked.status.success() && text(&checked).contains("broken.json"), "{}", text(&checked));
    assert!(!run(&["add", "background", "/no/such/file.png"]).status.success());
}

#[test]
fn workspaces_are_made_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    json_of(folder.path(), &["account", "create", "tenant"]);
    let made = json_of(folder.path(), &["workspace", "create", "Sales", "--door", "hourone"]);
    let listed = json_of(folder.path(), &["workspace", "list", "--door", "hourone"]);
    assert_eq!(listed, json!([made]));
    assert_eq!(json_of(folder.path(), &["workspace", "list", "--door", "aistudios"]), json!([]));
    assert_eq!(json_of(folder.path(), &["workspace", "list", "--door", "hourone", "--kind", "folder"]), json!([]));
}
