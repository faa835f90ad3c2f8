//! Starts the binary, makes audio, asks over HTTP.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The binary under test.
pub(crate) fn phonoscope(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phonoscope"));
    command.arg("--data").arg(data).env_remove("PHONOSCOPE_CONFIG").stdin(Stdio::null());
    command
}

/// Runs a command that must succeed and returns its JSON.
pub(crate) fn json_of(data: &Path, args: &[&str]) -> Value {
    let output = phonoscope(data).args(args).arg("--json").output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", text(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A running server; killed on drop.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
}

impl Server {
    pub(crate) fn start(data: &Path, extra: &[&str]) -> Self {
        let port_file = data.join("port");
        let _ = std::fs::remove_file(&port_file);
        std::fs::create_dir_all(data).unwrap();
        let log = std::fs::File::options().create(true).append(true).open(data.join("log")).unwrap();
        let child = phonoscope(data)
            .args(["serve", "--listen", "127.0.0.1:0", "--port-file"])
            .arg(&port_file)
            .args(extra)
            .env("PHONOSCOPE_WEB__ALLOW_PRIVATE_ADDRESSES", "true")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { child, url: String::new(), client: reqwest::Client::default() };
        let begun = Instant::now();
        let port = loop {
            if let Ok(port) = std::fs::read_to_string(&port_file) {
                break port;
            }
            let ended = server.child.try_wait().unwrap();
            let log = || std::fs::read_to_string(data.join("log")).unwrap_or_default();
            assert!(ended.is_none() && begun.elapsed() < START_TIMEOUT, "the server did not start:\n{}", log());
            std::thread::yield_now();
        };
        server.url = format!("http://127.0.0.1:{port}");
        server
    }

    /// Ends the process as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to end and returns how long that took.
    pub(crate) fn terminate(&mut self) -> (std::process::ExitStatus, Duration) {
        let begun = Instant::now();
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        (self.child.wait().unwrap(), begun.elapsed())
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> (u16, Value) {
        let sent = self.client.post(format!("{}{path}", self.url)).bearer_auth(token).json(body).send().await;
        let response = sent.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    pub(crate) async fn upload(&self, token: &str, name: &str, bytes: Vec<u8>) -> (u16, Value) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let sent = self.client.post(format!("{}/producer/upload", self.url)).bearer_auth(token).multipart(form).send();
        let response = sent.await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    pub(crate) async fn uploaded(&self, token: &str, bytes: Vec<u8>) -> String {
        let (status, answer) = self.upload(token, "song.wav", bytes).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"]["audio_id"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes an account and returns its id with a Producer token.
pub(crate) fn tenant(data: &Path) -> (String, String) {
    let account = json_of(data, &["account", "create", "tenant"]);
    let id = account["id"].as_str().unwrap().to_owned();
    let created = json_of(data, &["credential", "create", "--door", "producer", "--account", &id]);
    (id, created["token"].as_str().unwrap().to_owned())
}

/// A WAV file of a tone; no two seeds sound alike.
pub(crate) fn wav(seconds: f32, seed: u32) -> Vec<u8> {
    let rate = 16_000_u32;
    let n_frames = (seconds * rate as f32) as u32;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + n_frames * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend((n_frames * 2).to_le_bytes());
    let hz = 220.0 + seed as f32 * 3.7;
    for index in 0..n_frames {
        let sample = (index as f32 / rate as f32 * hz * std::f32::consts::TAU).sin();
        bytes.extend(((sample * 12_000.0) as i16).to_le_bytes());
    }
    bytes
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

pub(crate) fn retrieve(id: &str) -> Value {
    json!({ "id": id, "action": "retrieve" })
}
