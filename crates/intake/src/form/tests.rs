//! Forms as clients send them, in frames of any size.

use std::fmt::Write as _;

use axum::BoxError;
use axum::body::{Body, Bytes};
use sha2::{Digest, Sha256};
use store::LocalBlobs;

use super::*;
use crate::paced::HELD_BYTES_MAX;

const HEAD: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\tb.wav\"\r\n\r\n";
const PARTS_MAX: usize = 32;

fn plan(file_bytes_max: u64) -> Plan<'static> {
    Plan {
        files: &["file"],
        files_repeat: false,
        texts: Texts::Named(&["async"]),
        file_bytes_max,
        text_bytes_max: 1000,
        parts_max: PARTS_MAX,
        drain_bytes_max: 0,
    }
}

/// Makes a request whose body comes in frames of `frame_bytes`, all of them ready at once.
fn request(content_type: &str, body: &[u8], frame_bytes: usize) -> Request {
    let frames: Vec<_> = body.chunks(frame_bytes).map(Bytes::copy_from_slice).collect();
    let stream = futures::stream::iter(frames.into_iter().map(Ok::<_, BoxError>));
    Request::builder().header("content-type", content_type).body(Body::from_stream(stream)).unwrap()
}

/// Receives a form to the disk; returns what is left in the folder too.
async fn received(body: &[u8], frame_bytes: usize, plan: &Plan<'_>) -> (Result<Form<UploadedFile>, Error>, usize) {
    let dir = tempfile::tempdir().unwrap();
    let blobs = LocalBlobs::open(dir.path().join("blobs"), dir.path().join("scratch")).unwrap();
    let request = request("multipart/form-data; boundary=b", body, frame_bytes);
    let form = Form::to_disk(request, plan, &blobs).await;
    let n_files = std::fs::read_dir(dir.path().join("scratch")).unwrap().count();
    (form, n_files)
}

fn form_with(file: &[u8]) -> Vec<u8> {
    [HEAD.as_bytes(), file, b"\r\n--b--\r\n"].concat()
}

fn part(head: &str, content: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
}

#[tokio::test]
async fn a_file_is_hashed_and_named_whatever_the_frames() {
    let content: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
    let sha256 = hex::encode(Sha256::digest(&content));
    for frame_bytes in [997, 65_536, 1 << 20] {
        let (form, n_files) = received(&form_with(&content), frame_bytes, &plan(300_000)).await;
        let file = form.unwrap().take_file("file").unwrap();
        assert_eq!((file.n_bytes, file.file_name.as_str()), (300_000, "ab.wav"));
        let shown = format!("{:?}", file.content);
        assert!(shown.contains(&sha256), "{shown}");
        assert!(shown.contains("n_bytes: 300000"), "{shown}");
        assert!(shown.contains("name: \"ab.wav\""), "{shown}");
        assert_eq!(n_files, 1);
    }
}

#[tokio::test]
async fn a_file_one_byte_past_the_limit_is_refused_and_removed() {
    let (form, n_files) = received(&form_with(&[7; 1001]), 100, &plan(1000)).await;
    assert!(matches!(form.unwrap_err(), Error::FileTooLarge { n_bytes_max: 1000, .. }));
    assert_eq!(n_files, 0);
    assert!(received(&form_with(&[7; 1000]), 100, &plan(1000)).await.0.is_ok());
}

#[tokio::test]
async fn a_file_without_end_is_given_up() {
    let (form, n_files) = received(&form_with(&[7; 3 << 20]), 10_000, &plan(1000)).await;
    let error = form.unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge { .. }), "{error}");
    assert_eq!((error.part(), n_files), (Some("file"), 0));
    let patient = Plan { drain_bytes_max: 4 << 20, ..plan(1000) };
    let error = received(&form_with(&[7; 3 << 20]), 10_000, &patient).await.0.unwrap_err();
    assert!(matches!(error, Error::FileTooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_body_cut_short_leaves_no_file() {
    let mut body = form_with(&[7; 1000]);
    body.truncate(body.len() - 300);
    let (form, n_files) = received(&body, 100, &plan(1000)).await;
    let error = form.unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert_eq!((error.part(), n_files), (Some("file"), 0));
}

#[tokio::test]
async fn an_endless_part_header_is_refused_before_it_fills_the_memory() {
    let mut body = b"--b\r\nX: ".to_vec();
    body.resize(HELD_BYTES_MAX * 3, b'x');
    let (form, _) = received(&body, 10_000, &plan(1 << 30)).await;
    assert!(matches!(form.unwrap_err(), Error::Malformed { part: None }));
}

#[tokio::test]
async fn a_part_that_nobody_asked_for_is_passed_over() {
    let unknown = part("name=\"x\"", &"y".repeat(HELD_BYTES_MAX * 2));
    let body = [unknown.into_bytes(), form_with(b"f")].concat();
    assert!(received(&body, 10_000, &plan(1 << 20)).await.0.is_ok());
}

#[tokio::test]
async fn a_body_of_endless_parts_is_refused() {
    let mut body = String::new();
    for i in 0..=PARTS_MAX {
        write!(body, "--b\r\nContent-Disposition: form-data; name=\"x{i}\"\r\n\r\n\r\n").unwrap();
    }
    let body = [body.into_bytes(), form_with(b"f")].concat();
    let (form, _) = received(&body, 10_000, &plan(1 << 20)).await;
    assert!(matches!(form.unwrap_err(), Error::TooManyParts { n_max: PARTS_MAX }));
}

#[tokio::test]
async fn texts_are_kept_by_name_or_all_of_them() {
    let parts = [
        part("name=\"async\"", "true"),
        part("name=\"sample\"; filename=\"x\"", "not a text"),
        part("name=\"user\"", "sömething"),
        part("name=\"async\"", "false"),
    ];
    let body = [parts.concat().into_bytes(), form_with(b"f")].concat();
    let form = received(&body, 10, &plan(10)).await.0.unwrap();
    assert_eq!((form.texts.len(), form.text("async"), form.text("user")), (2, Some("false"), None));
    let all = Plan { texts: Texts::Any, ..plan(10) };
    let form = received(&body, 10, &all).await.0.unwrap();
    assert_eq!((form.texts.len(), form.text("user"), form.text("sample")), (3, Some("sömething"), None));
}

#[tokio::test]
async fn a_text_that_is_none_and_one_that_is_too_long_are_named() {
    let long = part("name=\"async\"", &"x".repeat(1001));
    let error = received(&[long.as_bytes(), b"--b--\r\n"].concat(), 100, &plan(10)).await.0.unwrap_err();
    assert!(matches!(&error, Error::TextTooLong { part, .. } if part == "async"), "{error}");
    let head = part("name=\"async\"", "").replace("\r\n\r\n\r\n", "\r\n\r\n\u{e9}\r\n");
    let latin1: Vec<u8> = head.chars().map(|c| c as u8).collect();
    let error = received(&[&latin1[..], b"--b--\r\n"].concat(), 100, &plan(10)).await.0.unwrap_err();
    assert!(matches!(&error, Error::NotText { part } if part == "async"), "{error}");
}

#[tokio::test]
async fn a_file_may_have_no_name_or_an_encoded_one_but_come_only_once() {
    let nameless = part("name=\"file\"", "f");
    let form = received(&[nameless.as_bytes(), b"--b--\r\n"].concat(), 7, &plan(10)).await.0;
    assert_eq!(form.unwrap().take_file("file").unwrap().file_name, "");
    let encoded = part("name=\"file\"; filename*=utf-8''S%C3%B6ng.mp3", "f");
    let form = received(&[encoded.as_bytes(), b"--b--\r\n"].concat(), 7, &plan(10)).await.0;
    assert_eq!(form.unwrap().take_file("file").unwrap().file_name, "Söng.mp3");
    let twice = [nameless.as_bytes(), &form_with(b"g")].concat();
    let (form, n_files) = received(&twice, 7, &plan(10)).await;
    assert!(matches!(form.unwrap_err(), Error::Repeated { .. }));
    assert_eq!(n_files, 0);
}

#[tokio::test]
async fn files_repeat_in_their_order_where_that_is_planned() {
    let file = |name: &str, content: &str| part(&format!("name=\"file\"; filename=\"{name}\""), content);
    let body = format!("{}{}{}--b--\r\n", file("1.txt", "one"), file("2.txt", "two!"), file("3.txt", ""));
    let repeating = Plan { files_repeat: true, ..plan(1000) };
    let (form, n_files) = received(body.as_bytes(), 100, &repeating).await;
    let form = form.unwrap();
    let files: Vec<_> = form.files.iter().map(|file| (file.file_name.as_str(), file.n_bytes)).collect();
    assert_eq!(files, [("1.txt", 3), ("2.txt", 4), ("3.txt", 0)]);
    assert_eq!(n_files, 3);
}

#[tokio::test]
async fn a_clip_that_is_too_large_leaves_the_other_parts_readable() {
    let boundary = "*****2015.05.27.acrcloud.rec.copyright.1767323045*****";
    let starred = |text: String| text.replace("--b", &format!("--{boundary}"));
    let before = part("name=\"file\"", &"x".repeat(5000));
    let after = part("name=\"async\"", "1");
    let body = starred(format!("{before}{after}--b--\r\n"));
    let content_type = format!("multipart/form-data; boundary={boundary}");
    for (limit, expected) in [(4999, Clip::TooLarge), (5000, Clip::Whole("x".repeat(5000).into()))] {
        let request = request(&content_type, body.as_bytes(), 100);
        let mut form = Form::to_memory(request, &plan(limit)).await.unwrap();
        assert_eq!(form.take_file("file").unwrap().content, expected);
        assert_eq!(form.text("async"), Some("1"));
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_has_no_boundary() {
    for content_type in ["multipart/form-data", "application/json"] {
        let request = request(content_type, b"{}", 2);
        let form = Form::to_memory(request, &plan(10)).await;
        assert!(matches!(form.unwrap_err(), Error::NoBoundary));
    }
}
