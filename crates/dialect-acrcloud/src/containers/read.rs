//! Containers as clients describe them.

use engine::recognition::{BucketId, ContainerChange, NewContainer, ScanPolicy};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::shape::SWITCHES;
use crate::bucket_names;
use crate::call::Call;
use crate::error::ApiError;
use crate::fields::Fields;
use crate::projects::AUDIO_TYPES;

/// Seconds of a window where the client names none.
const REC_LENGTH: u32 = 10;
/// Windows of a recording where the client names no number.
const POINTS: u32 = 3;

/// A container to make, or what to change of one.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(super) struct ContainerRequest {
    /// Its name; needed for a new one.
    #[schema(example = "shows")]
    name: Option<String>,
    /// Any text; it is given back. Needed for a new one, and cannot be changed.
    #[schema(example = "eu-west-1")]
    region: Option<String>,
    /// `linein` or `recorded`; needed for a new one.
    #[schema(example = "linein")]
    audio_type: Option<String>,
    /// Numbers or names of buckets; needed for a new one.
    buckets: Option<Vec<Value>>,
    /// 1 to look for fingerprints; 3 does the same, since its other half, cover songs, is not looked for here. Needed for a new one.
    #[schema(example = 1)]
    engine: Option<i64>,
    /// Which parts of a recording are listened to: `{"type": "traverse", "interval": 0, "rec_length": 10}` for window after window,
    /// `{"type": "points", "points": 3, "rec_length": 10}` for some. In seconds.
    policy: Option<Value>,
    /// Where the end of a scan is told.
    callback_url: Option<String>,
    /// Kept, and given back.
    deepright: Option<u8>,
    /// Kept, and given back.
    music_detection: Option<u8>,
    /// Kept, and given back.
    ai_detection: Option<u8>,
}

/// Reads a container to make.
pub(super) async fn new<S>(call: &Call<S>, mut fields: Fields) -> Result<NewContainer, ApiError> {
    for name in ["name", "region", "audio_type", "engine"] {
        fields.required_text(name);
    }
    if !fields.is_given("buckets") {
        fields.blame("buckets", "Send a list of `buckets`, by number or by name.");
    }
    let region = fields.text("region").unwrap_or_default();
    let change = change(call, fields).await?;
    Ok(NewContainer {
        name: change.name.unwrap_or_default(),
        region,
        audio_type: change.audio_type.unwrap_or_default(),
        engine: change.engine.unwrap_or_default(),
        policy: change.policy.unwrap_or_default(),
        callback_url: change.callback_url.flatten(),
        options: change.options,
        bucket_ids: change.bucket_ids.unwrap_or_default(),
    })
}

/// Reads what to change of a container.
pub(super) async fn change<S>(call: &Call<S>, mut fields: Fields) -> Result<ContainerChange, ApiError> {
    let bucket_ids = read_buckets(call, &mut fields).await?;
    let callback_url = fields.text("callback_url");
    let change = ContainerChange {
        name: fields.text("name"),
        audio_type: fields.word("audio_type", &AUDIO_TYPES),
        engine: read_engine(&mut fields),
        policy: read_policy(&mut fields),
        callback_url: fields.has("callback_url").then_some(callback_url),
        options: read_switches(&mut fields),
        bucket_ids,
    };
    fields.end()?;
    Ok(change)
}

async fn read_buckets<S>(call: &Call<S>, fields: &mut Fields) -> Result<Option<Vec<BucketId>>, ApiError> {
    bucket_names::read(&call.engine, call.account(), fields).await
}

/// Reads what is looked for: fingerprints, whatever else is asked for beside them.
fn read_engine(fields: &mut Fields) -> Option<i64> {
    let engine = fields.whole("engine", 1..=5)?;
    if matches!(engine, 1 | 3) {
        return Some(engine);
    }
    fields.blame(
        "engine",
        "Send 1: this server recognizes by fingerprint only, not cover songs, speech or generated music. \
         3 is taken too, and its fingerprint half is done.",
    );
    None
}

fn read_policy(fields: &mut Fields) -> Option<ScanPolicy> {
    let policy = fields.object("policy")?;
    // A policy is the same object whether it came alone or with the other members.
    let read = policy_of(&policy);
    if let Err(what_to_do) = &read {
        fields.blame("policy", *what_to_do);
    }
    read.ok()
}

/// Reads a policy. Values out of range are left to the engine; those that are no numbers of its kind are wrong here.
fn policy_of(policy: &Map<String, Value>) -> Result<ScanPolicy, &'static str> {
    let number = |name: &str, default: u32| match policy.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => whole(value).ok_or("Send `interval`, `points` and `rec_length` as whole numbers from 0 up."),
    };
    let rec_length = number("rec_length", REC_LENGTH)?;
    match policy.get("type").and_then(Value::as_str) {
        Some("traverse") => Ok(ScanPolicy::Traverse { interval: number("interval", 0)?, rec_length }),
        Some("points") => Ok(ScanPolicy::Points { points: number("points", POINTS)?, rec_length }),
        None if policy.is_empty() => Ok(ScanPolicy::default()),
        _ => Err("Send a `type` that is `traverse` or `points`."),
    }
}

fn whole(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads the switches that are there, as the numbers by which they are given back.
fn read_switches(fields: &mut Fields) -> Map<String, Value> {
    let named = SWITCHES.into_iter().filter_map(|name| Some((name.to_owned(), u8::from(fields.switch(name)?).into())));
    named.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(value: &Value) -> Option<ScanPolicy> {
        let mut fields = Fields::of_json(json!({ "policy": value }).to_string().as_bytes()).unwrap();
        let policy = read_policy(&mut fields);
        assert_eq!(fields.end().is_ok(), policy.is_some(), "{value}");
        policy
    }

    #[test]
    fn policies_are_objects_in_one_of_two_shapes() {
        let traverse = |interval, rec_length| Some(ScanPolicy::Traverse { interval, rec_length });
        let points = |points, rec_length| Some(ScanPolicy::Points { points, rec_length });
        for (value, expected) in [
            (json!({"type": "traverse", "interval": 0, "rec_length": 10}), traverse(0, 10)),
            (json!({"type": "traverse", "interval": "5"}), traverse(5, 10)),
            (json!("{\"type\": \"points\", \"points\": 7, \"rec_length\": 12}"), points(7, 12)),
            (json!({"type": "points", "points": null, "other": []}), points(3, 10)),
            (json!({}), traverse(0, 10)),
            (json!({"type": "random"}), None),
            (json!({"interval": 1}), None),
            (json!({"type": "traverse", "interval": -1}), None),
            (json!({"type": "traverse", "rec_length": 1.5}), None),
            (json!({"type": "points", "points": 4_294_967_296_u64}), None),
            (json!("traverse"), None),
            (json!(3), None),
        ] {
            assert_eq!(policy(&value), expected, "{value}");
        }
    }

    #[test]
    fn only_what_looks_for_fingerprints_can_be_asked_for() {
        for (engine, expected) in [
            (json!(1), Some(1)),
            (json!("3"), Some(3)),
            (json!(2), None),
            (json!(4), None),
            (json!(5), None),
            (json!(0), None),
        ] {
            let mut fields = Fields::of_json(json!({ "engine": engine }).to_string().as_bytes()).unwrap();
            assert_eq!(read_engine(&mut fields), expected, "{engine}");
            assert_eq!(fields.end().is_ok(), expected.is_some());
        }
    }

    #[test]
    fn switches_are_numbers_and_absent_ones_stay_absent() {
        let mut fields =
            Fields::of_json(br#"{"deepright": true, "ai_detection": "0", "music_detection": null}"#).unwrap();
        assert_eq!(Value::Object(read_switches(&mut fields)), json!({"deepright": 1, "ai_detection": 0}));
        fields.end().unwrap();
    }
}
