//! The bodies that tell a callback URL how a scan ended.

use engine::recognition::{
    AcrId, BucketId, Container, ContainerId, FileId, Scan, ScanId, ScanPolicy, ScanSpan, ScanState, UserDefined,
};
use engine::{AccountId, JobId, Timestamp};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn container(policy: ScanPolicy) -> Container {
    let now = Timestamp::from_micros(1_767_323_045_678_000);
    Container {
        id: ContainerId(10_005),
        account_id: AccountId::from_text("a"),
        name: "shows".to_owned(),
        region: "eu-west-1".to_owned(),
        audio_type: "linein".to_owned(),
        engine: 1,
        policy,
        callback_url: Some("https://example.com/scans".to_owned()),
        options: serde_json::Map::new(),
        bucket_ids: vec![BucketId(7)],
        n_scans: 1,
        n_bytes: 3,
        created_at: now,
        updated_at: now,
    }
}

fn scan(state: ScanState) -> Scan {
    let now = Timestamp::from_micros(1_767_323_045_678_000);
    let Value::Object(user_defined) = json!({"campaign": "spring", "title": "theirs"}) else { unreachable!() };
    Scan {
        id: ScanId::from_text("9b2f6c1e-4f0a-4a53-9f77-2f7c5a0c1d11"),
        account_id: AccountId::from_text("a"),
        container_id: ContainerId(10_005),
        name: "show.mp3".to_owned(),
        uri: "audio:show.mp3".to_owned(),
        url: String::new(),
        data_type: "audio".to_owned(),
        state,
        progress: 100,
        failure: "the server answered 404".to_owned(),
        duration_ms: 1_810_400,
        asset_id: None,
        fingerprint: None,
        spans: vec![ScanSpan {
            file_id: FileId(41),
            bucket_id: BucketId(7),
            acr_id: AcrId::from_text("5f0c3b9a7e1d4c2684a6b8d0e2f41735"),
            title: "jingle-04".to_owned(),
            audio_id: String::new(),
            user_defined: UserDefined(user_defined),
            file_duration_ms: 31_250,
            score: 97.6,
            recording_ms: 119_700..147_800,
            file_ms: 3_300..31_400,
        }],
        job_id: JobId::from_text("j"),
        n_bytes: 3,
        created_at: now,
        updated_at: now,
    }
}

fn body(state: ScanState, policy: ScanPolicy) -> String {
    let text = dialect_acrcloud::scan_callback_body(1, &scan(state), &container(policy));
    serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).unwrap()).unwrap()
}

#[test]
fn what_was_found_is_told() {
    assert_snapshot!(body(ScanState::Found, ScanPolicy::default()));
    let points = body(ScanState::Found, ScanPolicy::Points { points: 3, rec_length: 10 });
    assert!(points.contains("\"type\": \"points\""), "{points}");
}

#[test]
fn every_other_end_is_told_too() {
    for (state, number) in [(ScanState::NothingFound, -1), (ScanState::BadSource, -2), (ScanState::Failed, -3)] {
        let told: Value = serde_json::from_str(&body(state, ScanPolicy::default())).unwrap();
        let file_id = "9b2f6c1e-4f0a-4a53-9f77-2f7c5a0c1d11";
        assert_eq!(told, json!({"cid": 10_005, "file_id": file_id, "state": number, "results": {}}));
    }
}
