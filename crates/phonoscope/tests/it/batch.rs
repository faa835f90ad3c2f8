//! `batch`: a template and a table become videos.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::support::{phonoscope, text};

fn template() -> Value {
    json!({
        "version": 1,
        "name": "For {{name}}",
        "canvas": { "width": 320, "height": 180, "fps": 25 },
        "scenes": [
            {
                "background": { "type": "color", "color": "{{color}}" },
                "layers": [{ "type": "text", "text": "Hello, {{name}}", "font_size": 30 }],
                "narration": [{ "text": "Hello, {{name}}." }],
                "duration_ms": 2000
            },
            { "background": { "type": "color", "color": "#20304a" }, "duration_ms": 1000 }
        ]
    })
}

fn write(folder: &Path, table: &str) {
    std::fs::write(folder.join("template.json"), template().to_string()).unwrap();
    std::fs::write(folder.join("table.csv"), table).unwrap();
}

fn run(folder: &Path, more: &[&str]) -> Output {
    let args = ["batch", "template.json", "table.csv", "-o", "out", "--json"];
    phonoscope(&folder.join("data")).current_dir(folder).args(args).args(more).output().unwrap()
}

fn sums(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(output)))
}

/// The state of each row, from the report.
fn states(folder: &Path) -> Vec<(String, String)> {
    let report = std::fs::read_to_string(folder.join("out/report.csv")).unwrap();
    let mut lines = report.lines();
    assert_eq!(lines.next(), Some("row,state,file,seconds,error"));
    let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    lines.map(fields).map(|fields| (fields[1].clone(), fields[2].clone())).collect()
}

fn videos(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder.join("out")).unwrap().map(|entry| entry.unwrap().path());
    let videos = files.filter(|path| path.extension().is_some_and(|extension| extension == "mp4"));
    videos
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect()
}

fn pair(state: &str, file: &str) -> (String, String) {
    (state.to_owned(), file.to_owned())
}

#[test]
fn each_row_becomes_the_video_that_its_document_alone_would() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "name,color\nAda,#702030\n\"Bob, {{name}} \"\"x\"\"\",#207030\nCy,#203070\n");
    let made = run(folder.path(), &[]);
    assert!(made.status.success(), "{}", text(&made));
    assert_eq!(sums(&made)["rendered"], 3);
    assert_eq!(states(folder.path()), ["1.mp4", "2.mp4", "3.mp4"].map(|file| pair("done", file)));
    let captions = std::fs::read_to_string(folder.path().join("out/2.srt")).unwrap();
    assert!(captions.contains("Bob"), "{captions}");
    // By itself, in a house without a cache.
    let document = template().to_string().replace("{{name}}", "Ada").replace("{{color}}", "#702030");
    std::fs::write(folder.path().join("ada.json"), document).unwrap();
    let alone = phonoscope(&folder.path().join("other"))
        .current_dir(folder.path())
        .args(["render", "ada.json", "-o", "ada.mp4"])
        .output()
        .unwrap();
    assert!(alone.status.success(), "{}", text(&alone));
    assert!(std::fs::read(folder.path().join("ada.mp4")).unwrap() == videos(folder.path())["1.mp4"], "other bytes");
}

#[test]
fn rows_that_fail_are_told_and_do_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "name,color\nAda,#702030\nBob,no color\nCy\nada,#203070\nDee,#203070\n");
    let made = run(folder.path(), &["--name", "name", "--only-video"]);
    assert_eq!(made.status.code(), Some(1), "{}", text(&made));
    assert_eq!((&sums(&made)["rendered"], &sums(&made)["failed"]), (&json!(2), &json!(3)));
    for told in ["row 2: scenes[0].background", "row 3: it has 1 columns", "row 4: its video would be called `ada`"] {
        assert!(text(&made).contains(told), "{told}: {}", text(&made));
    }
    let failed = pair("failed", "");
    let done = |file| pair("done", file);
    assert_eq!(states(folder.path()), [done("Ada.mp4"), failed.clone(), failed.clone(), failed, done("Dee.mp4")]);
    assert_eq!(videos(folder.path()).keys().collect::<Vec<_>>(), ["Ada.mp4", "Dee.mp4"]);
    assert!(!folder.path().join("out/Ada.srt").exists());
}

#[test]
fn only_what_is_missing_or_has_changed_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "name,color\nAda,#702030\nBob,#207030\nCy,#203070\n");
    assert!(run(folder.path(), &["--only-video"]).status.success());
    let before = videos(folder.path());
    std::fs::remove_file(folder.path().join("out/1.mp4")).unwrap();
    write(folder.path(), "name,color\nAda,#702030\nBea,#207030\nCy,#203070\n");
    let again = run(folder.path(), &["--only-video"]);
    assert!(again.status.success(), "{}", text(&again));
    assert_eq!((&sums(&again)["rendered"], &sums(&again)["unchanged"]), (&json!(2), &json!(1)));
    let after = videos(folder.path());
    assert!(before["1.mp4"] == after["1.mp4"] && before["3.mp4"] == after["3.mp4"]);
    assert!(before["2.mp4"] != after["2.mp4"], "the row has changed");
    let smaller = run(folder.path(), &["--only-video", "--preview"]);
    assert_eq!(sums(&smaller)["rendered"], 3, "rendered otherwise");
}

#[test]
fn a_killed_batch_leaves_whole_videos_only_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..40).map(|number| format!("Person {number},#2030{number:02}")).collect();
    write(folder.path(), &format!("name,color\n{}\n", rows.join("\n")));
    let args = ["batch", "template.json", "table.csv", "-o", "out", "--only-video"];
    let mut batch = phonoscope(&folder.path().join("data"));
    batch.current_dir(folder.path()).args(args).stdout(Stdio::null()).stderr(Stdio::null());
    let mut batch = batch.spawn().unwrap();
    let out = folder.path().join("out");
    let n_made = || std::fs::read_to_string(out.join(".phonoscope-batch")).unwrap_or_default().matches("key").count();
    while n_made() < 3 && batch.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    batch.kill().unwrap();
    batch.wait().unwrap();
    let left = videos(folder.path());
    assert!((3..40).contains(&left.len()), "killed too late to tell: {}", left.len());
    let made = run(folder.path(), &["--only-video"]);
    assert!(made.status.success(), "{}", text(&made));
    assert!(sums(&made)["unchanged"].as_u64().unwrap() >= 3, "{}", text(&made));
    let whole = videos(folder.path());
    assert_eq!(whole.len(), 40);
    assert!(left.iter().all(|(name, bytes)| whole[name] == *bytes), "a video that was left was not whole");
    let leftovers = std::fs::read_dir(&out)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn templates_and_tables_that_do_not_fit_are_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("name\nAda\n", &[], &["scenes[0].background.color", "there is no value for `color`"]),
        ("name,color\n", &[], &["no row"]),
        ("name,color,name\nAda,#702030,x\n", &[], &["two columns `name`"]),
        ("name,color\nAda,#702030\n", &["--name", "id"], &["no column `id`", "`name`, `color`"]),
    ];
    for (table, more, told) in cases {
        write(folder.path(), table);
        let refused = run(folder.path(), more);
        assert_eq!(refused.status.code(), Some(1), "{table}");
        assert!(told.iter().all(|told| text(&refused).contains(told)), "{table}: {}", text(&refused));
        assert!(!folder.path().join("out").exists(), "{table}");
    }
    std::fs::write(folder.path().join("template.json"), r#"{ "scenes": [{ "id": "{{name" }] }"#).unwrap();
    let refused = run(folder.path(), &[]);
    assert!(text(&refused).contains("scenes[0].id"), "{}", text(&refused));
}
