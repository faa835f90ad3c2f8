//! The server as its users meet it.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Server, json_of, phonoscope, retrieve, tenant, text, wav};

#[tokio::test(flavor = "multi_thread")]
async fn a_song_goes_in_and_a_video_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (_, token) = tenant(folder.path());
    let audio_id = server.uploaded(&token, wav(3.0, 1)).await;
    let (status, answer) = server.post(&token, "/producer/videos", &json!({ "audio_id": audio_id })).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["success"], &answer["data"]["audio_id"]), (&json!(true), &json!(audio_id)));
    let url = answer["data"]["video_url"].as_str().unwrap();

    let whole = server.client.get(url).send().await.unwrap();
    assert_eq!(whole.headers()["content-type"], "video/mp4");
    assert_eq!(whole.headers()["access-control-allow-origin"], "*");
    let length = whole.content_length().unwrap();
    let whole = whole.bytes().await.unwrap();
    assert_eq!(whole.len() as u64, length);
    let part = server.client.get(url).header("range", "bytes=4-7").send().await.unwrap();
    assert_eq!(part.status().as_u16(), 206);
    assert_eq!(part.headers()["content-range"].to_str().unwrap(), format!("bytes 4-7/{length}"));
    assert_eq!(part.bytes().await.unwrap(), "ftyp");
    let head = server.client.head(url).send().await.unwrap();
    assert_eq!(head.headers()["content-length"].to_str().unwrap(), length.to_string());
    let past = server.client.get(url).header("range", format!("bytes={length}-")).send().await.unwrap();
    assert_eq!(past.status().as_u16(), 416);

    let (_, again) = server.post(&token, "/producer/videos", &json!({ "audio_id": audio_id })).await;
    assert_eq!(again["data"], answer["data"], "the same file for the same audio");
    let task_id = answer["task_id"].as_str().unwrap();
    let (_, task) = server.post(&token, "/producer/tasks", &retrieve(task_id)).await;
    assert_eq!(task["response"]["data"]["video_url"], json!(url));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_media_link_cannot_be_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (_, token) = tenant(folder.path());
    let (_, answer) = server.upload(&token, "a.wav", wav(1.0, 2)).await;
    let url = answer["data"]["audio_url"].as_str().unwrap();
    assert_eq!(server.client.get(url).send().await.unwrap().status().as_u16(), 200);
    let signature = url.split('/').nth(5).unwrap();
    for wrong in ["0".repeat(32), String::new(), signature[1..].to_owned(), format!("{signature}00")] {
        let guessed = url.replace(signature, &wrong);
        assert_eq!(server.client.get(&guessed).send().await.unwrap().status().as_u16(), 404, "{guessed}");
    }
    let as_video = url.replace("/audio/", "/video/");
    assert_eq!(server.client.get(as_video).send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wav_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (_, token) = tenant(folder.path());
    let audio_id = server.uploaded(&token, wav(1.0, 3)).await;
    let (status, answer) = server.post(&token, "/producer/wav", &json!({ "audio_id": audio_id })).await;
    assert_eq!(status, 200, "{answer}");
    let url = answer["data"][0]["file_url"].as_str().unwrap();
    let bytes = server.client.get(url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..4], b"RIFF");
    let sound = wav(1.0, 3).split_off(44);
    assert!(bytes.ends_with(&sound), "16 kHz mono comes back as it went in");
    let (_, again) = server.post(&token, "/producer/wav", &json!({ "audio_id": audio_id })).await;
    assert_eq!(again["data"], answer["data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn audio_is_fetched_by_url_and_callbacks_are_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (_, token) = tenant(folder.path());
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = format!("http://{}", listener.local_addr().unwrap());
    let routes = axum::Router::new().route("/song.wav", axum::routing::get(|| async { wav(1.5, 4) })).route(
        "/done",
        axum::routing::post(move |axum::Json(body): axum::Json<serde_json::Value>| async move {
            sender.send(body).unwrap();
        }),
    );
    tokio::spawn(async { axum::serve(listener, routes).await });

    let body = json!({ "audio_url": format!("{home}/song.wav"), "callback_url": format!("{home}/done") });
    let (status, acknowledged) = server.post(&token, "/producer/upload", &body).await;
    assert_eq!((status, acknowledged.get("data")), (200, None), "{acknowledged}");
    let called = tokio::time::timeout(Duration::from_secs(60), received.recv()).await.unwrap().unwrap();
    assert_eq!(called["task_id"], acknowledged["task_id"]);
    assert_eq!(called["success"], json!(true), "{called}");
    let audio_id = called["data"]["audio_id"].as_str().unwrap();

    let (_, film) = server.post(&token, "/producer/videos", &json!({ "audio_id": audio_id })).await;
    assert_eq!(film["success"], json!(true), "{film}");
    let missing = json!({ "audio_url": format!("{home}/nothing.mp3") });
    let (status, refused) = server.post(&token, "/producer/upload", &missing).await;
    assert_eq!((status, &refused["error"]["message"]), (400, &json!("audio_url is invalid.")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_concurrent_renders_all_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--workers", "2"]);
    let (_, token) = tenant(folder.path());
    let mut requests = tokio::task::JoinSet::new();
    for seed in 0..64 {
        let audio_id = server.uploaded(&token, wav(1.0, seed)).await;
        let (client, url, token) = (server.client.clone(), server.url.clone(), token.clone());
        requests.spawn(async move {
            let body = json!({ "audio_id": audio_id });
            let sent = client.post(format!("{url}/producer/videos")).bearer_auth(token).json(&body).send().await;
            sent.unwrap().status().as_u16()
        });
    }
    assert!(requests.join_all().await.into_iter().all(|status| status == 200));
    // A job is counted after whoever waits for it was told.
    let begun = Instant::now();
    loop {
        let sent = server.client.get(format!("{}/metrics", server.url)).send().await;
        let metrics = sent.unwrap().text().await.unwrap();
        let rendered = metrics.lines().find(|line| line.contains("render_cover") && line.contains("done")).unwrap();
        if rendered.ends_with(" 64") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{rendered}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn identical_requests_at_once_are_one_render_and_one_charge() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (account, token) = tenant(folder.path());
    let applications = json_of(folder.path(), &["application", "list", "--account", &account]);
    let producer = applications.as_array().unwrap().iter().find(|found| found["door"] == "producer").unwrap();
    let application = producer["id"].as_str().unwrap();
    json_of(folder.path(), &["credit", "set-price", "producer", "videos", "7"]);
    json_of(folder.path(), &["credit", "grant", application, "7"]);
    let audio_id = server.uploaded(&token, wav(1.0, 5)).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (client, url, token, body) =
            (server.client.clone(), server.url.clone(), token.clone(), json!({ "audio_id": audio_id }));
        requests.spawn(async move {
            let sent = client.post(format!("{url}/producer/videos")).bearer_auth(token).json(&body).send().await;
            sent.unwrap().json::<serde_json::Value>().await.unwrap()
        });
    }
    let answers = requests.join_all().await;
    let first = &answers[0]["data"]["video_url"];
    assert!(first.is_string() && answers.iter().all(|answer| &answer["data"]["video_url"] == first), "{answers:?}");
    let shown = json_of(folder.path(), &["application", "show", application]);
    assert_eq!((&shown["remaining"], &shown["used"]), (&json!(0), &json!(7)));
    let other = server.uploaded(&token, wav(1.0, 6)).await;
    let (status, refused) = server.post(&token, "/producer/videos", &json!({ "audio_id": other })).await;
    assert_eq!((status, &refused["error"]["code"]), (403, &json!("used_up")));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_drains_and_ends_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    // It listens before its index has caught up with the database, and says so meanwhile.
    let ready = async {
        loop {
            let answer = server.client.get(format!("{}/ready", server.url)).send().await.unwrap();
            match answer.status().as_u16() {
                200 => return,
                status => assert_eq!(status, 503),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ready).await.expect("never ready");
    let (_, token) = tenant(folder.path());
    let audio_id = server.uploaded(&token, wav(60.0, 7)).await;
    let body = json!({ "audio_id": audio_id, "async": true });
    let (_, acknowledged) = server.post(&token, "/producer/videos", &body).await;
    let (status, took) = server.terminate();
    assert!(status.success() && took < Duration::from_secs(30), "{status} after {took:?}");
    // Whether it was drained or given back, the work is not lost.
    let server = Server::start(folder.path(), &[]);
    let (_, film) = server.post(&token, "/producer/videos", &json!({ "audio_id": audio_id })).await;
    assert_eq!(film["success"], json!(true), "{film}");
    let (_, task) = server.post(&token, "/producer/tasks", &retrieve(acknowledged["task_id"].as_str().unwrap())).await;
    assert_eq!(task["response"]["success"], json!(true), "{task}");
}

#[test]
fn two_servers_do_not_share_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path(), &[]);
    let second = phonoscope(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second).contains("another server is running"), "{}", text(&second));
}

#[test]
fn the_first_start_shows_a_credential_per_door_and_the_second_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    server.terminate();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    for word in ["token", "access_token", "app_id", "user_key", "api_key", "curl -H 'authorization: Bearer "] {
        assert!(log.contains(word), "{word}: {log}");
    }
    Server::start(folder.path(), &[]).terminate();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(log.matches("user_key").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_and_a_doubled_slash_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let response = client.post(format!("{}//producer/videos/", server.url)).send().await.unwrap();
    assert_eq!((response.version(), response.status().as_u16()), (reqwest::Version::HTTP_2, 400));
    let answer: serde_json::Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], json!("no_token"));
}
