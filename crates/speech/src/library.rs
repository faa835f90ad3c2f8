//! All voices, and how a text is spoken with them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::assemble::Assembly;
use crate::builtin::{self, Builtin, BuiltinVoice, Manner};
use crate::error::{Error, Result};
use crate::http::{HttpService, HttpVoice};
use crate::language::language_of;
use crate::piper::{self, PiperVoice};
use crate::request::{Markup, Request};
use crate::said::Said;
use crate::sound::{LOUDNESS_LUFS, gain_to, limit, loudness, to_output_rate, without_rumble};
use crate::spoken::{Sentence, Spoken};
use crate::text::{Dictionary, Item, Passage, Say, Style, Token, script_of};
use crate::voice::{Gender, VoiceInfo, fallbacks, language_score};

/// The silence between two sentences and two paragraphs at the normal rate, and after the last word.
const SENTENCE_MS: f32 = 340.0;
const PARAGRAPH_MS: f32 = 620.0;
const END_MS: u32 = 80;

/// The most by which a whole text's loudness is corrected beyond its voice's own gain, in decibels.
const CORRECTION_MAX_DB: f32 = 4.0;

/// How often the loudness is corrected, and when that is enough.
const CORRECTIONS: usize = 4;
const CLOSE_ENOUGH_DB: f32 = 0.2;

/// A voice that would have to be made louder than this is noise.
const GAIN_MAX: f32 = 100.0;

/// Something that speaks.
pub trait Synthesizer: Send + Sync {
    /// Returns all voices.
    fn voices(&self) -> Vec<VoiceInfo>;

    /// Speaks a text sentence by sentence; stops when `sink` breaks.
    ///
    /// Each sentence comes at its voice's usual loudness; [`Synthesizer::speak_all`] measures the whole.
    ///
    /// # Errors
    /// The text is over a limit, a setting is out of range, or the voice's backend fails.
    fn speak(&self, request: &Request<'_>, sink: &mut dyn FnMut(Sentence) -> ControlFlow<()>) -> Result<()>;

    /// Speaks a whole text at -16 LUFS with peaks below -1.5 dBTP.
    ///
    /// It is what [`Synthesizer::speak`] gives, times one factor of at most 4 dB; a text that sets volumes itself keeps them.
    ///
    /// # Errors
    /// As [`Synthesizer::speak`].
    fn speak_all(&self, request: &Request<'_>) -> Result<Spoken> {
        self.speak_all_while(request, &mut || true)
    }

    /// Does what [`Synthesizer::speak_all`] does, for as long as `go_on`, which is asked after each sentence, says so.
    ///
    /// # Errors
    /// As [`Synthesizer::speak`], and [`Error::Cancelled`].
    fn speak_all_while(&self, request: &Request<'_>, go_on: &mut dyn FnMut() -> bool) -> Result<Spoken>;
}

/// A voice with what speaks it.
struct Entry {
    info: VoiceInfo,
    source: Source,
}

enum Source {
    Builtin(BuiltinVoice),
    Piper(PiperVoice),
    Http(Arc<HttpService>, HttpVoice),
}

/// All voices there are: the built-in ones and those that were added.
pub struct Library {
    builtin: Builtin,
    entries: Vec<Entry>,
    /// Speaks where nothing else does.
    default_voice: BuiltinVoice,
    /// The factor that brings each voice used so far to the common loudness.
    gains: Mutex<BTreeMap<String, f32>>,
}

impl Library {
    /// Returns the built-in voices. Their data are unpacked below `data_folder`, 1 to 9 MB per language, when first used;
    /// any number of processes may share the folder.
    pub fn new(data_folder: &Path) -> Self {
        let entry = |voice: BuiltinVoice| Entry { info: voice.info(), source: Source::Builtin(voice) };
        let voices = builtin::all();
        Self {
            default_voice: voices[0],
            builtin: Builtin::new(data_folder),
            entries: voices.into_iter().map(entry).collect(),
            gains: Mutex::default(),
        }
    }

    /// Adds the Piper voices of a folder, and returns a warning for each that cannot be used.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn add_folder(&mut self, folder: &Path) -> Result<Vec<String>> {
        let (voices, warnings) = piper::voices_in(folder)?;
        for voice in voices {
            self.add(Entry { info: voice.info.clone(), source: Source::Piper(voice) });
        }
        Ok(warnings)
    }

    /// Adds the voices of a speech server.
    pub fn add_service(&mut self, service: HttpService) {
        let service = Arc::new(service);
        for voice in &service.voices {
            self.add(Entry { info: service.info(voice), source: Source::Http(Arc::clone(&service), voice.clone()) });
        }
    }

    /// Adds a voice, in place of one with the same id.
    fn add(&mut self, entry: Entry) {
        self.entries.retain(|known| known.info.id != entry.info.id);
        self.entries.push(entry);
    }

    /// Returns the voice with an id, in any case.
    pub fn find(&self, id: &str) -> Option<&VoiceInfo> {
        self.entry(id).map(|entry| &entry.info)
    }

    /// Returns the voice that speaks a language best, of a gender if there is one.
    pub fn for_language(&self, language: &str, gender: Option<Gender>) -> &VoiceInfo {
        &self.best(language, gender, 0).info
    }

    /// Returns the voice for an id, or one that can stand in for it with a warning.
    ///
    /// An id that is no voice's may still name a language (`en-US-Standard-B`), a gender or a voice's given name; the same id always
    /// gets the same stand-in, and different ids mostly different ones.
    pub fn resolve(&self, id: &str, language: Option<&str>) -> (&VoiceInfo, Option<String>) {
        self.resolve_for(id, language, None)
    }

    /// Returns the voice for an id as [`Self::resolve`] does; a stand-in whose id tells no gender has the one of who is to speak.
    pub fn resolve_for(
        &self,
        id: &str,
        language: Option<&str>,
        speaker: Option<Gender>,
    ) -> (&VoiceInfo, Option<String>) {
        let (entry, warning) = self.resolved(id, language, speaker);
        (&entry.info, warning)
    }

    fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.info.id.eq_ignore_ascii_case(id.trim()))
    }

    fn resolved(&self, id: &str, language: Option<&str>, speaker: Option<Gender>) -> (&Entry, Option<String>) {
        if let Some(entry) = self.entry(id) {
            return (entry, None);
        }
        let entry = self.stand_in(id, language, speaker);
        // No voice asked for is no reason to warn.
        let warning =
            (!id.trim().is_empty()).then(|| format!("there is no voice `{id}`; `{}` speaks instead", entry.info.id));
        (entry, warning)
    }

    fn stand_in(&self, id: &str, language: Option<&str>, speaker: Option<Gender>) -> &Entry {
        let id = id.trim().to_lowercase();
        let parts: Vec<&str> =
            id.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
        let named = |entry: &&Entry| parts.iter().any(|part| entry.info.name.eq_ignore_ascii_case(part));
        let spoken_language = language.map(str::to_owned).or_else(|| self.language_in(&parts));
        let gender = match () {
            () if parts.iter().any(|part| matches!(*part, "female" | "woman" | "f")) => Some(Gender::Female),
            () if parts.iter().any(|part| matches!(*part, "male" | "man" | "m")) => Some(Gender::Male),
            () => speaker,
        };
        let by_name = self.entries.iter().filter(named).max_by_key(|entry| {
            spoken_language.as_deref().map_or(0, |tag| language_score(&entry.info.language, &fallbacks(tag)))
        });
        if let Some(entry) = by_name {
            let fits =
                spoken_language.as_deref().is_none_or(|tag| language_score(&entry.info.language, &fallbacks(tag)) > 0);
            if fits {
                return entry;
            }
        }
        self.best(spoken_language.as_deref().unwrap_or("en-US"), gender, hash_of(&id))
    }

    /// Returns the language that the parts of an id name: `en`, `us` of `en-US-Standard-B`.
    fn language_in(&self, parts: &[&str]) -> Option<String> {
        let pairs = parts.windows(2).map(|pair| pair.join("-"));
        let singles = parts.iter().filter(|part| part.len() == 2).map(|part| (*part).to_owned());
        pairs.chain(singles).find(|tag| {
            let tag = fallbacks(tag);
            self.entries.iter().any(|entry| {
                fallbacks(&entry.info.language).first() == tag.first() || {
                    tag.len() == 1 && fallbacks(&entry.info.language).last() == tag.last()
                }
            })
        })
    }

    /// Returns one of the voices that speak a language best; `choice` picks among equals.
    fn best(&self, language: &str, gender: Option<Gender>, choice: u64) -> &Entry {
        let wanted = fallbacks(language);
        let score = |entry: &Entry| {
            let language = language_score(&entry.info.language, &wanted);
            let fits = gender.is_none_or(|gender| gender == entry.info.gender);
            (language, language > 0 && fits)
        };
        let best = self.entries.iter().map(score).max().unwrap_or((0, false));
        let equals: Vec<&Entry> = if best.0 == 0 {
            // Nobody speaks it: the voices of the default language do what they can.
            let language = self.entries[0].info.language.as_str();
            self.entries.iter().filter(|entry| entry.info.language == language).collect()
        } else {
            self.entries.iter().filter(|entry| score(entry) == best).collect()
        };
        equals[usize::try_from(choice % equals.len() as u64).unwrap_or(0)]
    }

    /// Says words in one breath with the voice of `entry`.
    fn say(&self, entry: &Entry, tokens: &[Token], manner: Manner) -> Result<Said> {
        match &entry.source {
            Source::Builtin(voice) => self.builtin.say(voice, tokens, manner),
            Source::Piper(voice) => {
                let twin = self.twin(voice.phoneme_language());
                let reference = self.builtin.say(twin, tokens, manner)?;
                voice.say(tokens, self.builtin.ipa_of(twin, tokens)?, manner, &reference)
            }
            Source::Http(service, voice) => {
                let reference = self.builtin.say(self.twin(&voice.language), tokens, manner)?;
                service.say(voice, tokens, manner, &reference)
            }
        }
    }

    /// Returns the built-in voice that tells the times for voices of a language.
    fn twin(&self, language: &str) -> &BuiltinVoice {
        let wanted = fallbacks(language);
        let mut best: Option<(usize, &BuiltinVoice)> = None;
        for entry in &self.entries {
            let Source::Builtin(voice) = &entry.source else { continue };
            let score = language_score(&entry.info.language, &wanted);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, voice));
            }
        }
        // There are always built-in voices.
        best.map_or(&self.default_voice, |(_, voice)| voice)
    }

    /// Returns the factor that brings a voice to the common loudness: measured once on its sample text, or, where every word costs a
    /// call to a server, on what it says.
    fn gain(&self, entry: &Entry, said: &Said) -> Result<f32> {
        if let Source::Http(..) = entry.source {
            let lufs = loudness(&to_output_rate(&said.samples, said.rate)?)?;
            return Ok(lufs.map_or(1.0, |lufs| gain_to(LOUDNESS_LUFS, lufs)).min(GAIN_MAX));
        }
        if let Some(gain) = self.gains.lock().unwrap_or_else(PoisonError::into_inner).get(&entry.info.id) {
            return Ok(*gain);
        }
        let script = script_of(&entry.info.sample, false, &Dictionary::default(), &entry.info.language)?;
        let mut assembly = Assembly::default();
        for passage in &script.passages {
            let tokens: Vec<Token> = passage
                .items
                .iter()
                .filter_map(|item| match item {
                    Item::Word(token) => Some(token.clone()),
                    Item::Pause { .. } => None,
                })
                .collect();
            let said = self.say(entry, &tokens, Manner { rate: 1.0, pitch: 1.0, ends_sentence: true })?;
            assembly.say(&said, &tokens, 1.0)?;
        }
        let mut samples = assembly.finish().samples;
        without_rumble(&mut samples);
        let mut gain = 1.0;
        for _ in 0..CORRECTIONS {
            let lufs = loudness(&limited(&samples, &[samples.len()], gain))?.unwrap_or(LOUDNESS_LUFS);
            gain = (gain * gain_to(LOUDNESS_LUFS, lufs)).min(GAIN_MAX);
        }
        self.gains.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.info.id.clone(), gain);
        Ok(gain)
    }

    /// Speaks one sentence, not yet limited.
    fn passage(&self, speaker: &Entry, request: &Request<'_>, passage: &Passage, is_last: bool) -> Result<Spoken> {
        let mut assembly = Assembly::default();
        let mut warnings = Vec::new();
        let mut items = passage.items.as_slice();
        while let Some(first) = items.first() {
            let token = match first {
                Item::Pause { ms } => {
                    assembly.pause(*ms);
                    items = &items[1..];
                    continue;
                }
                Item::Word(token) => token,
            };
            let tokens = breath_of(items, &token.style);
            items = &items[tokens.len()..];
            let entry = self.speaker(speaker, &token.style, &mut warnings);
            let more_words = items.iter().any(|item| matches!(item, Item::Word(_)));
            let manner = manner_of(request, &token.style, !more_words);
            let said = self.say(entry, &tokens, manner)?;
            let gain = self.gain(entry, &said)? * libm::powf(10.0, token.style.gain_db / 20.0);
            assembly.say(&said, &tokens, gain)?;
        }
        if !matches!(passage.items.last(), Some(Item::Pause { .. })) {
            let pause_ms = if passage.ends_paragraph { PARAGRAPH_MS } else { SENTENCE_MS };
            assembly.pause(if is_last { END_MS } else { (pause_ms / request.rate).round() as u32 });
        }
        let mut spoken = assembly.finish();
        without_rumble(&mut spoken.samples);
        spoken.warnings = warnings;
        Ok(spoken)
    }

    /// Returns who says a word of this style: the text's voice, the one a tag names, or one that speaks a tag's language.
    fn speaker<'e>(&'e self, speaker: &'e Entry, style: &Style, warnings: &mut Vec<String>) -> &'e Entry {
        if let Some(id) = &style.voice {
            let (entry, warning) = self.resolved(id, style.language.as_deref(), None);
            warnings.extend(warning);
            return entry;
        }
        match &style.language {
            Some(language) if language_score(&speaker.info.language, &fallbacks(language)) == 0 => {
                self.best(language, Some(speaker.info.gender), 0)
            }
            _ => speaker,
        }
    }

    /// Speaks sentence by sentence, not yet limited. Returns whether the text sets loudnesses of its own.
    fn passages(&self, request: &Request<'_>, sink: &mut dyn FnMut(Spoken) -> ControlFlow<()>) -> Result<bool> {
        request.check()?;
        let no_dictionary = Dictionary::default();
        let dictionary = request.dictionary.unwrap_or(&no_dictionary);
        // Who names neither voice nor language leaves it to the letters.
        let by_letters = || if request.voice.trim().is_empty() { language_of(request.text) } else { None };
        let (speaker, warning) = self.resolved(request.voice, request.language.or_else(by_letters), None);
        let language = speaker.info.language.as_str();
        let script = script_of(request.text, request.markup == Markup::Auto, dictionary, language)?;
        let mut warnings = script.warnings;
        warnings.extend(warning);
        let n_passages = script.passages.len();
        for (idx, passage) in script.passages.iter().enumerate() {
            let mut spoken = self.passage(speaker, request, passage, idx + 1 == n_passages)?;
            let mut own = std::mem::take(&mut spoken.warnings);
            spoken.warnings = std::mem::take(&mut warnings);
            spoken.warnings.append(&mut own);
            if sink(spoken).is_break() {
                break;
            }
        }
        let is_shaded = |item: &Item| matches!(item, Item::Word(token) if token.style.gain_db != 0.0);
        Ok(script.passages.iter().flat_map(|passage| &passage.items).any(is_shaded))
    }
}

impl Synthesizer for Library {
    fn voices(&self) -> Vec<VoiceInfo> {
        self.entries.iter().map(|entry| entry.info.clone()).collect()
    }

    fn speak(&self, request: &Request<'_>, sink: &mut dyn FnMut(Sentence) -> ControlFlow<()>) -> Result<()> {
        let mut start_ms = 0;
        self.passages(request, &mut |mut spoken| {
            limit(&mut spoken.samples);
            let duration_ms = spoken.duration_ms();
            let sentence = Sentence { start_ms, spoken };
            start_ms += duration_ms;
            sink(sentence)
        })?;
        Ok(())
    }

    fn speak_all_while(&self, request: &Request<'_>, go_on: &mut dyn FnMut() -> bool) -> Result<Spoken> {
        let mut whole = Spoken::default();
        let mut ends = Vec::new();
        let mut is_cancelled = false;
        let is_shaded = self.passages(request, &mut |spoken| {
            whole.append(spoken);
            ends.push(whole.samples.len());
            is_cancelled = !go_on();
            if is_cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if is_cancelled {
            return Err(Error::Cancelled);
        }
        if is_shaded {
            // What is meant to be soft stays soft.
            whole.samples = limited(&whole.samples, &ends, 1.0);
            return Ok(whole);
        }
        let unlimited = whole.samples.clone();
        let mut correction_db = 0.0;
        for _ in 0..CORRECTIONS {
            let limited = limited(&unlimited, &ends, gain_to(correction_db, 0.0));
            let lufs = loudness(&limited)?.unwrap_or(LOUDNESS_LUFS);
            whole.samples = limited;
            // What the limiter takes is given back, as far as that goes.
            correction_db = (correction_db + LOUDNESS_LUFS - lufs).clamp(-CORRECTION_MAX_DB, CORRECTION_MAX_DB);
            if (lufs - LOUDNESS_LUFS).abs() < CLOSE_ENOUGH_DB {
                break;
            }
        }
        Ok(whole)
    }
}

/// Returns samples times a factor, each sentence limited by itself as it is when streamed.
fn limited(samples: &[f32], ends: &[usize], gain: f32) -> Vec<f32> {
    let mut limited: Vec<f32> = samples.iter().map(|sample| sample * gain).collect();
    let mut start = 0;
    for end in ends {
        limit(&mut limited[start..*end]);
        start = *end;
    }
    limited
}

/// Returns the words that can be said in one breath from the first item on.
fn breath_of(items: &[Item], style: &Style) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for item in items {
        match item {
            Item::Word(token) if token.style.flows_into(style) || token.say == Say::Shared => {
                tokens.push(token.clone());
            }
            _ => break,
        }
    }
    tokens
}

fn manner_of(request: &Request<'_>, style: &Style, ends_sentence: bool) -> Manner {
    Manner {
        rate: (request.rate * style.rate).clamp(0.25, 4.0),
        pitch: (libm::exp2f(request.pitch / 12.0) * style.pitch).clamp(0.25, 4.0),
        ends_sentence,
    }
}

/// FNV-1a: the same on every machine.
fn hash_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
