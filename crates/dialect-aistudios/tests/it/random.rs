//! Whatever a request looks like, no operation fails.

use axum::body::Body;
use axum::http::Request;
use doorkit::{Dice, form_body};
use engine::Limits;
use serde_json::{Map, Value, json};

use crate::house::{House, json_request, news};
use crate::operations;

/// Requests that are tried.
const N_ROUNDS: usize = 3000;

/// What is made by chance.
trait Chance {
    /// Something that may be anything.
    fn value(&mut self, texts: &[String], depth: usize) -> Value;

    fn members(&mut self, texts: &[String], depth: usize) -> Map<String, Value>;

    /// A sound project with a few of its values replaced.
    fn broken_project(&mut self, texts: &[String]) -> Value;
}

impl Chance for Dice {
    fn value(&mut self, texts: &[String], depth: usize) -> Value {
        match self.roll(if depth == 0 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 1),
            2 => self.pick(&[json!(0), json!(-1), json!(1), json!(1e300), json!(-1e300), json!(0.5), json!(u64::MAX)]),
            3..7 => self.pick(texts).into(),
            7 => (0..self.roll(4)).map(|_| self.value(texts, depth - 1)).collect(),
            _ => Value::Object(self.members(texts, depth - 1)),
        }
    }

    fn members(&mut self, texts: &[String], depth: usize) -> Map<String, Value> {
        (0..self.roll(6)).map(|_| (self.pick(&MEMBERS).to_owned(), self.value(texts, depth))).collect()
    }

    fn broken_project(&mut self, texts: &[String]) -> Value {
        let mut project = news();
        project["isExport"] = false.into();
        for _ in 0..=self.roll(3) {
            let value = self.value(texts, 2);
            let mut place = &mut project;
            for _ in 0..=self.roll(6) {
                let n_members = place.as_object().map_or_else(|| place.as_array().map_or(0, Vec::len), Map::len);
                if n_members == 0 {
                    break;
                }
                let nth = self.roll(n_members);
                place = match place {
                    Value::Object(members) => members.values_mut().nth(nth).unwrap(),
                    Value::Array(items) => &mut items[nth],
                    _ => unreachable!("it has members"),
                };
            }
            *place = value;
        }
        project
    }
}

const MEMBERS: [&str; 48] = [
    "name",
    "orientation",
    "scenes",
    "clips",
    "type",
    "script",
    "scripts",
    "org",
    "model",
    "ai_name",
    "emotion",
    "clothes",
    "language",
    "text",
    "fontSize",
    "fill",
    "source_url",
    "video_url",
    "source_type",
    "background",
    "left",
    "top",
    "width",
    "height",
    "scaleX",
    "angle",
    "opacity",
    "layer",
    "animation",
    "duration",
    "delay",
    "effects",
    "headOnly",
    "editor",
    "updates",
    "value",
    "values",
    "sceneIdx",
    "tag",
    "id",
    "projectId",
    "ids",
    "isExport",
    "resolution",
    "workspaceId",
    "webhookUrl",
    "AIModel",
    "detail",
];

fn texts(ids: &[String]) -> Vec<String> {
    let fixed = [
        "",
        " ",
        "0",
        "-1",
        "true",
        "null",
        "x",
        "landscape",
        "portrait",
        "aiModel",
        "textImage",
        "image",
        "shape",
        "Star",
        "audio",
        "background",
        "https://a.example/x",
        "file:///etc/passwd",
        "builtin:dawn",
        "material:x",
        "rgb(1,2,3)",
        "#zzz",
        "4k",
        "business",
        "en",
        "<p>Hello.</p>",
        "<break time=\"99h\"/>",
        "\u{0}",
        "\u{1F600}",
        "--b",
        "fade-in",
        "head-only",
        "scripts_1",
        "{\"a\":1}",
    ];
    let long = "x".repeat(6000);
    fixed.iter().map(|text| (*text).to_owned()).chain(ids.iter().cloned()).chain([long]).collect()
}

#[tokio::test]
async fn no_request_makes_the_server_fail() {
    let house = House::with_limits(Limits { requests_per_second: 1_000_000, ..Limits::default() }).await;
    let ids = vec![house.new_draft(news()).await, house.new_draft(news()).await];
    let texts = texts(&ids);
    let operations = operations::all();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut statuses = std::collections::BTreeMap::new();
    for round in 0..N_ROUNDS {
        let operation = dice.pick(&operations);
        let mut path = operation.path_with_all(&dice.pick(&ids));
        if dice.roll(4) == 0 {
            path.push_str(&format!("?{}={}", dice.pick(&MEMBERS), dice.pick(&["1", "x", "", "%00", "business"])));
        }
        let is_project = dice.roll(2) == 0;
        let body = if is_project { dice.broken_project(&texts) } else { Value::Object(dice.members(&texts, 3)) };
        let request = match dice.roll(8) {
            0 => {
                let text = body.to_string();
                let cut: String = text.chars().take(dice.roll(text.len().max(1))).collect();
                let request = Request::builder().method(operation.method.as_str()).uri(&path);
                request.header("authorization", &house.token).body(Body::from(cut)).unwrap()
            }
            1 => {
                let text = dice.pick(&texts);
                let form = form_body(&[
                    ("name=\"file\"; filename=\"a.pdf\"", text.as_bytes()),
                    ("name=\"text\"", text.as_bytes()),
                ]);
                let request = Request::builder().method(operation.method.as_str()).uri(&path);
                let content_type = dice.pick(&["application/json", "multipart/form-data; boundary=b", "text/plain"]);
                let request = request.header("authorization", &house.token).header("content-type", content_type);
                request.body(Body::from(form)).unwrap()
            }
            _ => json_request(&house.token, &operation.method, &path, &body),
        };
        let answer = house.send(request).await;
        let is_absent = answer.status == 501;
        assert!(
            answer.status < 500 || is_absent,
            "{round} {operation:?} {path} {body}: {} {}",
            answer.status,
            answer.text()
        );
        if answer.status >= 400 {
            answer.assert_refused(answer.status);
        }
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    // Both kinds of answers were seen often, or this would say little.
    assert!(statuses[&200] > N_ROUNDS / 20 && statuses[&400] > N_ROUNDS / 20, "{statuses:?}");
    // And what was stored can all be read again.
    for id in &ids {
        assert!(matches!(house.get(&format!("/editor/project/{id}")).await.status, 200 | 404));
    }
}
