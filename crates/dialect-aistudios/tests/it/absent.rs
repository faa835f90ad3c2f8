//! What this server does not offer says so, and what to do instead.

use serde_json::json;

use crate::house::House;
use crate::operations;
use doorkit::Operation;

#[tokio::test]
async fn what_is_not_offered_says_so_in_the_envelope() {
    let house = House::new().await;
    let paths = [
        ("POST", "/automation/topic_to_video"),
        ("POST", "/automation/translatevideos"),
        ("GET", "/automation/translatevideos?folderId=x"),
        ("POST", "/avatars/customavatar"),
        ("POST", "/avatars/dreamavatar"),
        ("POST", "/avatars/voiceclone"),
        ("POST", "/tools/text-generator"),
        ("POST", "/tools/image-generator"),
        ("POST", "/tools/video-generator"),
        ("POST", "/tools/voice-generator"),
    ];
    let mut said = Vec::new();
    for (method, path) in paths {
        let answer = house.call(method, path, json!({"topic": "bees"})).await;
        said.push(format!("{method} {path}: {}", answer.assert_refused(501)));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn each_of_them_is_documented() {
    let document = serde_json::to_value(dialect_aistudios::openapi()).unwrap();
    let is_absent = |operation: &Operation| {
        document["paths"][&operation.path][operation.method.to_lowercase()]["tags"][0] == "not offered"
    };
    assert_eq!(operations::all().iter().filter(|operation| is_absent(operation)).count(), 10);
}
