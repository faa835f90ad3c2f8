//! Text to sound, with the time of every word, phoneme and viseme.
//!
//! [`Library`] holds all voices: the built-in ones, which need no download, Piper voices from a folder, and servers that speak the
//! OpenAI protocol. A [`Request`] is a text, plain or with SSML and pause marks, for one voice; out comes [`Spoken`]: mono
//! samples at 48 kHz and when each word is said and what the mouth does, exact to the millisecond.
//!
//! A pure crate: text in, samples out. It knows no network, clock, environment or async runtime; the folder for its data and
//! the means to reach a server are given to it.

mod align;
mod assemble;
mod builtin;
mod error;
mod follow;
mod http;
mod ipa;
mod language;
mod library;
mod piper;
mod request;
mod said;
mod sound;
mod spoken;
mod text;
mod viseme;
mod voice;
mod wav;

pub use error::{Error, ErrorKind, Result};
pub use http::{HttpFormat, HttpService, HttpVoice, SPEECH_PATH, SpeechHttp};
pub use language::language_of;
pub use library::{Library, Synthesizer};
pub use request::{Markup, Request, SOUND_VERSION};
pub use spoken::{Phoneme, SAMPLE_RATE, Sentence, Spoken, Word};
pub use text::{DEPTH_MAX, Dictionary, PAUSE_MAX_MS, PAUSES_MAX_MS, TEXT_MAX_CHARS};
pub use viseme::Viseme;
pub use voice::{Backend, Gender, VoiceInfo};
