//! The answers of identification in the OpenAPI document: one status, an example per code.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::answer::IdentifyAnswer;
use crate::status::Status;

/// Every outcome, all with status 200.
pub(super) struct Outcomes;

impl IntoResponses for Outcomes {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let schema = RefOr::Ref(Ref::from_schema_name("IdentifyAnswer"));
        let mut content = ContentBuilder::new().schema(Some(schema));
        for status in Status::ALL {
            let example = ExampleBuilder::new().summary(status.msg()).value(Some(example(status))).build();
            content = content.examples_from_iter([(status.label(), example)]);
        }
        let response = ResponseBuilder::new()
            .description("What was recognized, or why nothing was; `status.code` says which")
            .content("application/json", content.build());
        BTreeMap::from([("200".to_owned(), RefOr::T(response.build()))])
    }
}

fn example(status: Status) -> Value {
    if status != Status::Success {
        return serde_json::to_value(IdentifyAnswer::without_result(status)).unwrap_or_default();
    }
    json!({
        "status": status.body(), "cost_time": 0.021, "result_type": 0,
        "metadata": {"timestamp_utc": "2026-01-02 03:04:05", "custom_files": [{
            "acrid": "5f0c3b9a7e1d4c2684a6b8d0e2f41735", "title": "jingle-04", "audio_id": "", "bucket_id": "7", "score": 98,
            "duration_ms": 31250, "play_offset_ms": 14980, "db_begin_time_offset_ms": 5120, "db_end_time_offset_ms": 14640,
            "sample_begin_time_offset_ms": 0, "sample_end_time_offset_ms": 9520, "campaign": "spring"
        }]}
    })
}
