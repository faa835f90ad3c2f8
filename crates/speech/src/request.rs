//! What is to be spoken, and how.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::text::Dictionary;

/// Changes whenever a text sounds different from before: part of what a cache knows a sound by.
pub const SOUND_VERSION: &str = "phonoscope-speech-1";

/// Whether tags and pause marks of a text mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Markup {
    /// SSML, HTML and pause marks are understood; what is none of them is text.
    #[default]
    Auto,
    /// Everything is text.
    Plain,
}

/// One text for one voice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request<'a> {
    /// The text, plain or with markup; at most [`crate::TEXT_MAX_CHARS`] characters.
    pub text: &'a str,
    /// A voice's id, or what comes near it.
    pub voice: &'a str,
    /// The language of the text, as a BCP 47 tag: finds a stand-in when the voice does not exist.
    pub language: Option<&'a str>,
    /// 2 is twice as fast; 0.25 to 4.
    pub rate: f32,
    /// Half tones above the voice's own pitch; -24 to 24.
    pub pitch: f32,
    /// Whether tags and pause marks mean something.
    pub markup: Markup,
    /// How names and words of one's own are pronounced.
    pub dictionary: Option<&'a Dictionary>,
}

impl<'a> Request<'a> {
    /// Returns a request for a text in a voice's own manner.
    pub fn new(text: &'a str, voice: &'a str) -> Self {
        Self { text, voice, language: None, rate: 1.0, pitch: 0.0, markup: Markup::Auto, dictionary: None }
    }

    /// Returns what a cache may know the sound by: two requests with the same key sound the same.
    ///
    /// It holds the text itself; callers hash it.
    pub fn cache_key(&self) -> String {
        // Strings, numbers and maps with string keys can always be written.
        let fields = serde_json::to_string(self).unwrap_or_default();
        format!("{SOUND_VERSION}:{fields}")
    }

    /// Checks the settings' ranges.
    pub(crate) fn check(&self) -> Result<()> {
        if !(0.25..=4.0).contains(&self.rate) {
            return Err(Error::OutOfRange { what: "the rate", actual: self.rate.to_string(), range: "0.25 to 4" });
        }
        if !(-24.0..=24.0).contains(&self.pitch) {
            return Err(Error::OutOfRange {
                what: "the pitch",
                actual: self.pitch.to_string(),
                range: "-24 to 24 half tones",
            });
        }
        Ok(())
    }
}
