//! Files nobody wants to get, through every entrance.

use serde_json::json;

use crate::support::{Server, tenant, wav};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_audio_is_refused_in_the_doors_words() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (_, token) = tenant(folder.path());
    let mut noise = vec![0_u8; 100_000];
    noise.iter_mut().enumerate().for_each(|(index, byte)| *byte = (index * index % 251) as u8);
    for (name, bytes) in [
        ("empty.mp3", Vec::new()),
        ("page.mp3", b"<!doctype html><title>x</title>".to_vec()),
        ("noise.mp3", noise),
        ("header.wav", wav(1.0, 1)[..44].to_vec()),
        ("picture.mp3", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
    ] {
        let (status, answer) = server.upload(&token, name, bytes).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("bad_request")), "{name}: {answer}");
    }
    assert_eq!(crate::support::files(&folder.path().join("media")), Vec::<std::path::PathBuf>::new());
    let scratch = crate::support::files(&folder.path().join("scratch"));
    assert!(scratch.iter().all(|file| file.extension().is_some_and(|extension| extension == "lock")), "{scratch:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_but_honest_audio_becomes_a_video() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (_, token) = tenant(folder.path());
    let truncated = wav(4.0, 2)[..60_000].to_vec();
    let one_sample = [&wav(1.0, 3)[..40], &2_u32.to_le_bytes(), &[1, 2]].concat();
    for (name, bytes) in [("truncated.wav", truncated), ("one.wav", one_sample), ("lying.mp3", wav(1.0, 4))] {
        let (status, answer) = server.upload(&token, name, bytes).await;
        assert_eq!(status, 200, "{name}: {answer}");
        let body = json!({ "audio_id": answer["data"]["audio_id"] });
        let (status, answer) = server.post(&token, "/producer/videos", &body).await;
        assert_eq!(status, 200, "{name}: {answer}");
    }
}
