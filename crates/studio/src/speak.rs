//! What is said in a document, as sound and times: texts by the voices, recordings by ear.
//!
//! Each piece is kept in the cache in the very form that the mixer takes, 16-bit samples, so that a video sounds the same whether its texts were spoken
//! just now or long ago.

mod recording;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use speech::{Dictionary, Gender, Request, Spoken, Synthesizer as _};
use stage::document::{LayerKind, Project, Scene, Source};
use stage::utterance::{MouthCue, Viseme, WordCue};

use crate::assets::Library;
use crate::cache::{Key, Session};
use crate::mix::Samples;
use crate::progress::{Phase, Shared};
use crate::{Error, Result, Studio};

/// One thing that is said.
#[derive(Debug, Clone)]
pub(crate) struct Speech {
    key: Key,
    pub(crate) duration_ms: u32,
    pub(crate) words: Vec<WordCue>,
    pub(crate) mouth: Vec<MouthCue>,
}

/// Everything that is said in a document, in its order.
pub(crate) struct Speeches<'a> {
    session: &'a Session<'a>,
    items: Vec<Speech>,
    warnings: Vec<String>,
}

impl Speeches<'_> {
    /// Returns one; there is one for each narration.
    pub(crate) fn get(&self, number: usize) -> &Speech {
        &self.items[number]
    }

    /// Returns what tells its sound apart from all others.
    pub(crate) fn key(&self, number: usize) -> &Key {
        &self.items[number].key
    }

    /// Returns what is not as the document says.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns its samples.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when it is not in the cache any more.
    pub(crate) fn samples(&self, number: usize) -> Result<Samples> {
        let gone = || Error::Internal("a speech has left the cache".to_owned());
        let bytes = self.session.get(&self.items[number].key).ok_or_else(gone)?;
        let (_, samples) = parse(&bytes).ok_or_else(gone)?;
        Ok(Arc::new(samples.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()))
    }
}

/// What is kept of a speech beside its samples.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Times {
    /// Text, beginning, end, stress, and whether a sentence ends, of each word.
    words: Vec<(String, u32, u32, bool, bool)>,
    /// The number of the viseme, beginning, end.
    mouth: Vec<(u8, u32, u32)>,
    warnings: Vec<String>,
}

/// One narration to make.
struct Order<'a> {
    at: String,
    source: &'a Source,
    /// The voice that speaks.
    voice: String,
    /// Why it is not the one that the document names.
    warning: Option<String>,
    key: Key,
}

/// Speaks everything that is not in the cache, on several threads.
pub(crate) fn all<'s>(
    studio: &Studio,
    project: &Project,
    library: &Library,
    n_workers: usize,
    session: &'s Session<'s>,
    shared: &Shared<'_, '_>,
) -> Result<Speeches<'s>> {
    let dictionary = dictionary(&project.dictionary);
    let mut orders = Vec::new();
    for (s, scene) in project.scenes.iter().enumerate() {
        for (n, narration) in scene.narration.iter().enumerate() {
            let (voice, warning) = voice_of(studio, scene, narration.speaker.as_deref(), &narration.source);
            let key = key(&narration.source, &voice, &dictionary, library);
            let at = format!("scenes[{s}].narration[{n}]");
            orders.push(Order { at, source: &narration.source, voice, warning, key });
        }
    }
    let next = AtomicUsize::new(0);
    let first_error = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..n_workers.min(orders.len()) {
            scope.spawn(|| {
                while let Some(order) = orders.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let made = shared.tell(Phase::Speaking).and_then(|()| {
                        if session.hold(&order.key) {
                            return Ok(());
                        }
                        let bytes = make(studio, order, &dictionary, library, shared)?;
                        session.put(&order.key, &bytes)
                    });
                    if let Err(error) = made {
                        first_error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                        shared.stop();
                        return;
                    }
                }
            });
        }
    });
    if let Some(error) = first_error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    collect(&orders, session)
}

fn collect<'s>(orders: &[Order<'_>], session: &'s Session<'s>) -> Result<Speeches<'s>> {
    let mut speeches = Speeches { session, items: Vec::with_capacity(orders.len()), warnings: Vec::new() };
    for order in orders {
        let gone = || Error::Internal("a speech has left the cache".to_owned());
        let bytes = session.get(&order.key).ok_or_else(gone)?;
        let (times, samples) = parse(&bytes).ok_or_else(gone)?;
        let word = |(text, start_ms, end_ms, stressed, ends_sentence)| WordCue {
            text,
            start_ms,
            end_ms,
            stressed,
            ends_sentence,
        };
        let cue = |(number, start_ms, end_ms): (u8, u32, u32)| MouthCue {
            viseme: Viseme::ALL.get(usize::from(number)).copied().unwrap_or_default(),
            start_ms,
            end_ms,
        };
        let warnings = order.warning.iter().chain(&times.warnings);
        speeches.warnings.extend(warnings.map(|warning| format!("{}: {warning}", order.at)));
        speeches.items.push(Speech {
            key: order.key,
            duration_ms: u32::try_from(samples.len() as u64 / 2 * 1000 / u64::from(speech::SAMPLE_RATE))
                .unwrap_or(u32::MAX),
            words: times.words.into_iter().map(word).collect(),
            mouth: times.mouth.into_iter().map(cue).collect(),
        });
    }
    Ok(speeches)
}

/// Returns the voice that a narration names, or else one that suits its speaker, with a warning if another was named.
fn voice_of(studio: &Studio, scene: &Scene, speaker: Option<&str>, source: &Source) -> (String, Option<String>) {
    let Source::Text { text, voice, language, .. } = source else { return (String::new(), None) };
    let layer = scene.layers.iter().find(|layer| speaker.is_some_and(|speaker| layer.id == speaker));
    let gender = layer.and_then(|layer| match &layer.kind {
        LayerKind::Avatar { avatar, .. } => Some(gender_of(studio, avatar)),
        _ => None,
    });
    match voice {
        Some(voice) => {
            let (info, warning) = studio.voices.resolve_for(voice, language.as_deref(), gender);
            (info.id.clone(), warning)
        }
        None => {
            let language = language.as_deref().or_else(|| speech::language_of(text)).unwrap_or("en-US");
            (studio.voices.for_language(language, gender).id.clone(), None)
        }
    }
}

fn gender_of(studio: &Studio, avatar: &str) -> Gender {
    match studio.cast.get(avatar).0.profile().gender.as_str() {
        "female" => Gender::Female,
        "male" => Gender::Male,
        _ => Gender::Neutral,
    }
}

fn dictionary(entries: &BTreeMap<String, String>) -> Dictionary {
    let mut dictionary = Dictionary::default();
    for (word, pronunciation) in entries {
        dictionary.insert(word, pronunciation);
    }
    dictionary
}

fn request<'a>(source: &'a Source, voice: &'a str, dictionary: &'a Dictionary) -> Option<Request<'a>> {
    let Source::Text { text, language, rate, pitch, .. } = source else { return None };
    Some(Request {
        language: language.as_deref(),
        rate: *rate as f32,
        pitch: *pitch as f32,
        dictionary: Some(dictionary),
        ..Request::new(text, voice)
    })
}

fn key(source: &Source, voice: &str, dictionary: &Dictionary, library: &Library) -> Key {
    match (request(source, voice, dictionary), source) {
        (Some(request), _) => Key::of(&[b"speech", request.cache_key().as_bytes()]),
        (None, Source::Audio { audio, transcript }) => {
            let identity = library.identity(audio).map_or(&[][..], |key| key.as_bytes());
            let transcript = transcript.as_deref().unwrap_or_default().as_bytes();
            Key::of(&[b"recording", speech::SOUND_VERSION.as_bytes(), identity, transcript])
        }
        (None, Source::Text { .. }) => Key::of(&[b"nothing"]),
    }
}

fn make(
    studio: &Studio,
    order: &Order<'_>,
    dictionary: &Dictionary,
    library: &Library,
    shared: &Shared<'_, '_>,
) -> Result<Vec<u8>> {
    let spoken = match (request(order.source, &order.voice, dictionary), order.source) {
        (Some(request), _) => speak(studio, &request, shared)?,
        (None, Source::Audio { audio, transcript }) => match library.path(audio) {
            Some(path) => recording::hear(&studio.voices, path, transcript.as_deref(), shared)?,
            None => Spoken::default(),
        },
        (None, Source::Text { .. }) => Spoken::default(),
    };
    Ok(to_bytes(&spoken))
}

/// Speaks a text; what cannot be spoken is a silence with a warning.
fn speak(studio: &Studio, request: &Request<'_>, shared: &Shared<'_, '_>) -> Result<Spoken> {
    let mut go_on = || shared.tell(Phase::Speaking).is_ok();
    match studio.voices.speak_all_while(request, &mut go_on) {
        Ok(spoken) => Ok(spoken),
        Err(error) if error.kind() == speech::ErrorKind::Cancelled => Err(Error::Cancelled),
        Err(error) => {
            let mut warning = format!("it cannot be spoken: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                warning.push_str(&format!(": {error}"));
                cause = error.source();
            }
            Ok(Spoken { warnings: vec![warning], ..Spoken::default() })
        }
    }
}

/// 1. 4 bytes: length of the times
/// 2. the times as JSON
/// 3. the samples, 16 bits each, little-endian
fn to_bytes(spoken: &Spoken) -> Vec<u8> {
    let times = Times {
        words: spoken
            .words
            .iter()
            .map(|word| (word.text.clone(), word.start_ms, word.end_ms, word.stressed, word.ends_sentence))
            .collect(),
        mouth: spoken.phonemes.iter().map(|p| (p.viseme as u8, p.start_ms, p.end_ms)).collect(),
        warnings: spoken.warnings.clone(),
    };
    // Strings and numbers can always be written.
    let times = serde_json::to_vec(&times).unwrap_or_default();
    let mut bytes = Vec::with_capacity(4 + times.len() + spoken.samples.len() * 2);
    bytes.extend_from_slice(&(times.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&times);
    for &sample in &spoken.samples {
        let sample = (sample * 32768.0).round().clamp(-32768.0, 32767.0) as i16;
        bytes.extend_from_slice(&sample.to_le_bytes());
    }
    bytes
}

fn parse(bytes: &[u8]) -> Option<(Times, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (times, samples) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((serde_json::from_slice(times).ok()?, samples))
}

#[cfg(test)]
mod tests {
    /// Two crates that do not know each other list the same shapes: what one numbers, the other draws.
    #[test]
    fn a_mouth_shape_has_one_number_where_it_is_spoken_and_where_it_is_drawn() {
        let spoken = speech::Viseme::ALL.map(|viseme| (viseme as u8, format!("{viseme:?}")));
        let drawn = stage::utterance::Viseme::ALL.map(|viseme| (viseme as u8, format!("{viseme:?}")));
        assert_eq!(spoken, drawn);
    }
}
