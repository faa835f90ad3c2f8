//! Voices of a server that speaks the OpenAI protocol: `POST /v1/audio/speech`.
//!
//! The network is not ours: the caller gives a [`SpeechHttp`]. Servers tell no times; they are taken from the built-in voice.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::align::aligned;
use crate::builtin::Manner;
use crate::error::Result;
use crate::said::Said;
use crate::text::{Say, Token};
use crate::voice::{Backend, Gender, VoiceInfo};
use crate::wav::{read_pcm, read_wav};

/// Where speech is asked for.
pub const SPEECH_PATH: &str = "/v1/audio/speech";

/// The rate of bare PCM in the protocol, in Hz.
const PCM_RATE: u32 = 24_000;

/// A way to a speech server.
pub trait SpeechHttp: Send + Sync {
    /// Posts a JSON body to `path` and returns the body of a successful answer; limits on size and time are the implementation's.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the server cannot be reached or refuses.
    fn post(&self, path: &str, body: &Value) -> Result<Vec<u8>>;
}

/// How the server is to code the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpFormat {
    /// A WAV file.
    #[default]
    Wav,
    /// Bare 16-bit PCM at 24 kHz.
    Pcm,
}

/// One voice of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpVoice {
    /// What the server calls it.
    pub voice: String,
    /// Its name for people.
    pub name: String,
    /// The language it speaks, as a BCP 47 tag.
    pub language: String,
    /// Whom it sounds like.
    pub gender: Gender,
}

/// A server and its voices.
#[derive(Clone)]
pub struct HttpService {
    /// What its voices' ids begin with: the voice `alloy` of `local` is `local/alloy`.
    pub name: String,
    /// The model to ask for.
    pub model: String,
    /// How the sound is coded.
    pub format: HttpFormat,
    /// Its voices.
    pub voices: Vec<HttpVoice>,
    /// The way to it.
    pub http: Arc<dyn SpeechHttp>,
}

impl HttpService {
    /// Returns what is known about one of its voices.
    pub(crate) fn info(&self, voice: &HttpVoice) -> VoiceInfo {
        VoiceInfo {
            id: format!("{}/{}", self.name, voice.voice).to_lowercase(),
            name: voice.name.clone(),
            language: voice.language.clone(),
            language_name: crate::builtin::language_name(&voice.language),
            gender: voice.gender,
            backend: Backend::Http,
            sample: crate::builtin::sample_of(&voice.language),
        }
    }

    /// Lets the server say words; `reference` says the same words in the built-in voice.
    pub(crate) fn say(&self, voice: &HttpVoice, tokens: &[Token], manner: Manner, reference: &Said) -> Result<Said> {
        let format = match self.format {
            HttpFormat::Wav => "wav",
            HttpFormat::Pcm => "pcm",
        };
        // The protocol knows no pitch: the server speaks slower by as much as playing it faster raises the pitch.
        let speed = (manner.rate / manner.pitch).clamp(0.25, 4.0);
        let body = json!({
            "model": self.model,
            "voice": voice.voice,
            "input": text_of(tokens),
            "response_format": format,
            "speed": speed,
        });
        let answer = self.http.post(SPEECH_PATH, &body)?;
        let is_wav = answer.starts_with(b"RIFF");
        let sound =
            if is_wav || self.format == HttpFormat::Wav { read_wav(&answer)? } else { read_pcm(&answer, PCM_RATE)? };
        let rate = played_rate(sound.rate, manner.pitch);
        let sounds = aligned(reference, &sound.samples, rate);
        Ok(Said { rate, samples: sound.samples, sounds })
    }
}

/// Returns the rate at which samples have to be played to sound higher; a round one, which is resampled more easily.
pub(crate) fn played_rate(rate: u32, pitch: f32) -> u32 {
    if pitch == 1.0 { rate } else { ((rate as f32 * pitch / 50.0).round() as u32 * 50).clamp(4_000, 192_000) }
}

/// Returns words as a server is to read them.
fn text_of(tokens: &[Token]) -> String {
    let said = |token: &Token| match &token.say {
        Say::Written | Say::Ipa(_) => Some(token.text.clone()),
        Say::Alias(alias) => Some(format!("{alias}{}", token.trailing_punctuation())),
        Say::Shared => None,
    };
    tokens.iter().filter_map(said).collect::<Vec<_>>().join(" ")
}
