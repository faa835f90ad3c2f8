//! Servers that speak, reached by HTTP.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::Value;
use speech::{HttpFormat, HttpService, HttpVoice, SpeechHttp};
use url::Url;

use crate::config::Config;
use crate::net::HttpWeb;

/// Largest answer of a speech server: half an hour of WAV at 48 kHz.
const SPEECH_BYTES_MAX: u64 = 180 << 20;

/// Returns the configured speech server, if there is one; to be called within the runtime that will carry its requests.
pub(crate) fn speech_server(config: &Config) -> Result<Option<HttpService>> {
    let speech = &config.speech;
    if speech.url.is_empty() {
        return Ok(None);
    }
    let base = Url::parse(&speech.url).context("speech.url")?;
    // The operator chose the address, so it may be one of the machine or the house.
    let mut web = config.web.clone();
    web.allow_private_addresses = true;
    let http = Server {
        web: HttpWeb::new(&web).context("cannot use the system's TLS certificates")?,
        base,
        key: speech.key.clone(),
        timeout: std::time::Duration::from_secs(speech.timeout_s),
        runtime: tokio::runtime::Handle::current(),
    };
    let voices = speech.voices.iter().map(|voice| HttpVoice {
        voice: voice.voice.clone(),
        name: voice.voice.clone(),
        language: voice.language.clone(),
        gender: voice.gender.into(),
    });
    Ok(Some(HttpService {
        name: speech.name.clone(),
        model: speech.model.clone(),
        format: HttpFormat::Wav,
        voices: voices.collect(),
        http: Arc::new(http),
    }))
}

struct Server {
    web: HttpWeb,
    base: Url,
    key: String,
    timeout: std::time::Duration,
    runtime: tokio::runtime::Handle,
}

impl SpeechHttp for Server {
    fn post(&self, path: &str, body: &Value) -> speech::Result<Vec<u8>> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let answer = self.web.post_for_bytes(&url, body.to_string(), &self.key, SPEECH_BYTES_MAX, self.timeout);
        self.runtime.block_on(answer).map_err(|error| speech::Error::Unavailable { reason: error.to_string() })
    }
}
