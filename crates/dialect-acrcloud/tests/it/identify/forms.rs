//! Requests as clients in the field write them, and as nobody should.

use serde_json::json;

use super::client::{Fields, MULTIPART, Pair, Shop, URLENCODED, clip, new_project, outcome, post};
use super::sound;
use doorkit::form_body;

use crate::house::House;

/// A request that is all right and finds nothing.
async fn right() -> (House, Pair, Fields) {
    let house = House::new().await;
    let pair = new_project(&house, &[]).await;
    let fields = pair.fields("audio", &sound::wav_8k(&clip(1)));
    (house, pair, fields)
}

async fn code_of(house: &House, path: &str, content_type: &str, body: impl Into<axum::body::Body>) -> i64 {
    outcome(&post(house, path, content_type, body).await)["status"]["code"].as_i64().unwrap()
}

#[tokio::test]
async fn parts_come_in_any_order_with_any_head() {
    let (house, _, fields) = right().await;
    let heads: Vec<String> = fields.texts.iter().map(|(name, _)| format!("name=\"{name}\"")).collect();
    let texts: Vec<_> =
        fields.texts.iter().zip(&heads).map(|((_, text), head)| (head.as_str(), text.as_bytes())).collect();
    let other = ("name=\"my_own_id\"", b"12".as_slice());
    for sample_head in [
        "name=\"sample\"",
        "name=\"sample\"; filename=\"\"",
        "name=sample; filename=janun",
        "name=\"sample\"; filename=\"a.wav\"\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary",
    ] {
        let sample = (sample_head, fields.sample.as_slice());
        let last: Vec<_> = texts.iter().copied().chain([other, sample]).collect();
        let middle: Vec<_> =
            texts[..3].iter().copied().chain([sample, other]).chain(texts[3..].iter().copied()).collect();
        for parts in [last, middle] {
            assert_eq!(code_of(&house, "/v1/identify", MULTIPART, form_body(&parts)).await, 1001, "{sample_head}");
        }
    }
}

#[tokio::test]
async fn boundaries_of_the_vendors_clients_are_read() {
    let (house, _, fields) = right().await;
    let body = fields.multipart();
    for boundary in
        ["*****2015.03.30.acrcloud.rec.copyright.1767323045*****", "----WebKitFormBoundaryAbC", "=_?:/,+'()"]
    {
        let needle = b"--b";
        let mut renamed = Vec::new();
        let mut rest = body.as_slice();
        // Only at the beginnings of lines.
        while let Some(at) = rest
            .windows(needle.len() + 2)
            .position(|bytes| bytes.starts_with(needle) && (bytes.ends_with(b"\r\n") || bytes.ends_with(b"--")))
        {
            renamed.extend_from_slice(&rest[..at]);
            renamed.extend_from_slice(format!("--{boundary}").as_bytes());
            rest = &rest[at + needle.len()..];
        }
        renamed.extend_from_slice(rest);
        for content_type in [
            format!("multipart/form-data; boundary={boundary}"),
            format!("multipart/form-data;boundary=\"{boundary}\""),
        ] {
            assert_eq!(code_of(&house, "/v1/identify", &content_type, renamed.clone()).await, 1001, "{content_type}");
        }
    }
}

#[tokio::test]
async fn slashes_at_the_seam_and_a_query_do_not_matter() {
    let (house, _, fields) = right().await;
    for path in ["//v1/identify", "/v1//identify", "/v1/identify/", "///v1/identify?x=1"] {
        assert_eq!(code_of(&house, path, MULTIPART, fields.multipart()).await, 1001, "{path}");
    }
}

#[tokio::test]
async fn the_timestamp_is_signed_as_it_was_sent() {
    let (house, pair, fields) = right().await;
    for timestamp in ["1767323045", "1767323045.123", "1767323045123", "0", "-1", " 1767323045", "January"] {
        let signature = pair.signature("/v1/identify", "audio", timestamp);
        let fields = fields.clone().set("timestamp", Some(timestamp)).set("signature", Some(&signature));
        assert_eq!(fields.code(&house).await, 1001, "{timestamp}");
    }
    for path in ["//v1/identify", "/v1/monitor/identify"] {
        let signature = pair.signature(path, "audio", "1");
        let fields = fields.clone().set("timestamp", Some("1")).set("signature", Some(&signature));
        assert_eq!(fields.code(&house).await, 3014, "{path}");
    }
}

#[tokio::test]
async fn base64_is_read_with_what_forms_do_to_it() {
    let shop = Shop::new().await;
    let body = shop.pair.fields("audio", &sound::wav_8k(&clip(1))).urlencoded();
    let unescaped = body.replace("%2B", "+").replace("%2F", "/");
    let unpadded = body.replace("%3D", "");
    let broken_into_lines: String = body.split_inclusive("%2B").flat_map(|piece| [piece, "%0D%0A"]).collect();
    // The pieces end in the middle of other fields, too, where a line break is wrong.
    let broken_into_lines = broken_into_lines.replacen("%0D%0A&", "&", 1);
    let (sample, fields) = broken_into_lines.split_once('&').unwrap();
    let broken_into_lines = format!("{sample}&{}", fields.replace("%0D%0A", ""));
    for body in [body, unescaped, unpadded, broken_into_lines] {
        assert_eq!(
            code_of(&shop.house, "/v1/identify", "Application/X-WWW-Form-Urlencoded; charset=utf-8", body).await,
            0
        );
    }
    let no_base64 = shop.pair.fields("audio", b"x").urlencoded().replace("sample=", "sample=!");
    assert_eq!(code_of(&shop.house, "/v1/identify", URLENCODED, no_base64).await, 3006);
}

#[tokio::test]
async fn other_types_of_content_are_told_apart_from_broken_forms() {
    let (house, _, fields) = right().await;
    let body = fields.multipart();
    for content_type in
        ["application/json", "text/plain", "multipart/mixed; boundary=b", "multipart/form-data", "", "\u{1}"]
    {
        if let Ok(value) = axum::http::HeaderValue::from_str(content_type) {
            let request = axum::http::Request::post("/v1/identify").header("content-type", value);
            let answer = house.send(request.body(body.clone().into()).unwrap()).await;
            assert_eq!(outcome(&answer)["status"]["code"], 3002, "{content_type}");
        }
    }
    let none = axum::http::Request::post("/v1/identify").body(axum::body::Body::empty()).unwrap();
    assert_eq!(outcome(&house.send(none).await)["status"]["code"], 3002);

    let cut = &body[..body.len() - 100];
    let twice = [&body[..body.len() - 5], &body[1..]].concat();
    let long = [
        &body[..body.len() - 5],
        b"b\r\nContent-Disposition: form-data; name=\"timestamp\"\r\n\r\n",
        &[b'1'; 9000],
        b"\r\n--b--\r\n",
    ]
    .concat();
    let no_text =
        [&body[..body.len() - 5], b"b\r\nContent-Disposition: form-data; name=\"timestamp\"\r\n\r\n\xff\r\n--b--\r\n"]
            .concat();
    for (name, body) in [
        ("cut", cut),
        ("twice", &twice),
        ("long", &long),
        ("no text", &no_text),
        ("empty", b""),
        ("garbage", b"\x00\xff"),
    ] {
        assert_eq!(code_of(&house, "/v1/identify", MULTIPART, body.to_vec()).await, 3006, "{name}");
    }
    for body in ["", "&&&", "sample", "sample=AAAA", "%", "=&=%&%zz"] {
        assert_eq!(code_of(&house, "/v1/identify", URLENCODED, body).await, 3006, "{body}");
    }
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % sides
    }
}

#[tokio::test]
async fn no_body_is_answered_with_anything_but_a_code() {
    let (house, _, fields) = right().await;
    let fields = Fields { sample: fields.sample[..2000].to_vec(), ..fields };
    let bodies = [(MULTIPART, fields.multipart()), (URLENCODED, fields.urlencoded().into_bytes())];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut codes = std::collections::BTreeSet::new();
    for _ in 0..3000 {
        let (content_type, mut body) = bodies[dice.roll(2)].clone();
        for _ in 0..dice.roll(4) {
            let at = dice.roll(body.len());
            match dice.roll(4) {
                0 => body.truncate(at.max(1)),
                1 => body[at] = dice.roll(256) as u8,
                2 => drop(body.drain(at..(at + dice.roll(60)).min(body.len()))),
                _ => body.insert(at, dice.roll(256) as u8),
            }
            if body.is_empty() {
                break;
            }
        }
        codes.insert(code_of(&house, "/v1/identify", content_type, body).await);
    }
    for code in [2004, 3001, 3006, 3014] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    assert!(!codes.contains(&3000), "{codes:?}");
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn what_came_along_is_told_to_nobody() {
    let (house, pair, fields) = right().await;
    let answer = fields.set("timestamp", Some("1")).send(&house).await;
    assert!(!answer.to_string().contains(&pair.access_secret), "{answer}");
    assert_eq!(answer, json!({"status": {"msg": "Invalid signature", "code": 3014, "version": "1.0"}}));
}
