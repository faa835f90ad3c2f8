//! The commands that need no server.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{json_of, phonoscope, text, wav};

fn video(folder: &Path, args: &[&str]) -> std::process::Output {
    phonoscope(folder).current_dir(folder).arg("video").args(args).output().unwrap()
}

#[test]
fn a_video_is_made_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("song.wav"), wav(2.0, 1)).unwrap();
    let made = video(folder.path(), &["song.wav", "-o", "out.mp4", "--title", "Sønnet", "--json", "--poster", "p.jpg"]);
    assert!(made.status.success(), "{}", text(&made));
    let report: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(report["duration_ms"], json!(2000));
    let bytes = std::fs::read(folder.path().join("out.mp4")).unwrap();
    assert_eq!(report["bytes"], json!(bytes.len()));
    assert_eq!(&std::fs::read(folder.path().join("p.jpg")).unwrap()[..2], [0xff, 0xd8]);
    assert!(!folder.path().join("phonoscope-data").exists(), "no installation is needed");
}

#[test]
fn what_cannot_be_used_is_named_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.mp3"), "<!doctype html><p>hello</p>").unwrap();
    std::fs::write(folder.path().join("empty.mp3"), "").unwrap();
    std::fs::write(folder.path().join("song.wav"), wav(1.0, 1)).unwrap();
    for (args, code) in [
        (vec!["page.mp3", "-o", "out.mp4"], 3),
        (vec!["empty.mp3", "-o", "out.mp4"], 3),
        (vec!["song.wav", "--cover", "page.mp3", "-o", "out.mp4"], 3),
        (vec!["song.wav", "--audio", "copy", "-o", "out.mp4"], 3),
        (vec!["missing.mp3", "-o", "out.mp4"], 1),
        (vec!["song.wav", "-o", "no/such/folder/out.mp4"], 1),
        (vec!["song.wav", "-o", "out.mp4", "--size", "wide"], 2),
    ] {
        let failed = video(folder.path(), &args);
        assert_eq!(failed.status.code(), Some(code), "{args:?}: {}", text(&failed));
        assert!(failed.stdout.is_empty() && !failed.stderr.is_empty());
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn every_door_gets_its_credential_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    json_of(folder.path(), &["account", "create", "a"]);
    for (door, members) in [
        ("producer", vec!["token"]),
        ("acrcloud", vec!["access_token"]),
        ("aistudios", vec!["app_id", "user_key"]),
        ("hourone", vec!["api_key"]),
        ("spiritme", vec!["token"]),
    ] {
        let created = json_of(folder.path(), &["credential", "create", "--door", door]);
        for member in members {
            assert!(created[member].as_str().is_some_and(|secret| secret.len() >= 16), "{door} {member}: {created}");
        }
    }
    let listed = json_of(folder.path(), &["credential", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 5);
    assert!(
        listed.as_array().unwrap().iter().all(|row| row.get("token").is_none() && row.get("secret_hash").is_none())
    );
}

#[test]
fn what_is_missing_has_its_own_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["account", "application", "credential"] {
        let output = phonoscope(folder.path()).args([command, "show", "nobody"]).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    }
}

#[test]
fn credentials_expire_rotate_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    json_of(folder.path(), &["account", "create", "a"]);
    let created = json_of(folder.path(), &["credential", "create", "--door", "producer", "--expires-in", "1h"]);
    let id = created["id"].as_str().unwrap();
    assert!(created["expires_at"].is_string());
    let rotated = json_of(folder.path(), &["credential", "rotate", id]);
    assert_ne!(rotated["token"], created["token"]);
    assert!(json_of(folder.path(), &["credential", "disable", id])["disabled_at"].is_string());
    assert!(json_of(folder.path(), &["credential", "enable", id])["disabled_at"].is_null());
    assert!(json_of(folder.path(), &["credential", "expire", id, "--never"])["expires_at"].is_null());
    assert!(json_of(folder.path(), &["credential", "expire", id])["expires_at"].is_string());
}

#[test]
fn balances_add_up() {
    let folder = tempfile::tempdir().unwrap();
    json_of(folder.path(), &["account", "create", "a"]);
    let applications = json_of(folder.path(), &["application", "list"]);
    assert_eq!(applications.as_array().unwrap().len(), 6, "a global one and one per door");
    let id = applications[0]["id"].as_str().unwrap();
    json_of(folder.path(), &["credit", "grant", id, "100"]);
    json_of(folder.path(), &["credit", "grant", id, "-30"]);
    let set = json_of(folder.path(), &["credit", "set-balance", id, "5"]);
    assert_eq!(set["remaining"], json!(5));
    assert_eq!(json_of(folder.path(), &["credit", "audit"]), json!([]));
    let ledger = json_of(folder.path(), &["credit", "ledger", id]);
    let total: i64 = ledger.as_array().unwrap().iter().map(|row| row["amount"].as_i64().unwrap()).sum();
    assert_eq!(total, 5);
    let off = json_of(folder.path(), &["application", "general-balance", id, "off"]);
    assert_eq!(off["allow_general_balance"], json!(false));
}

#[test]
fn the_configuration_prints_and_an_unknown_variable_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = phonoscope(folder.path()).arg("config").env("PHONOSCOPE_WORKERS__COUNT", "3").output().unwrap();
    assert!(text(&output).contains("count = 3"), "{}", text(&output));
    let output = phonoscope(folder.path()).arg("config").env("PHONOSCOPE_WORKERS__CUONT", "3").output().unwrap();
    assert!(!output.status.success() && text(&output).contains("cuont"), "{}", text(&output));
}

#[test]
fn completions_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = phonoscope(folder.path()).args(["completions", shell]).output().unwrap();
        assert!(output.status.success() && output.stdout.len() > 1000);
    }
}
