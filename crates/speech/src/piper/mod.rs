//! Voices in Piper's format: a VITS network in `name.onnx` with `name.onnx.json` beside it.
//!
//! The network reads phonemes as espeak writes them and gives samples; it tells no times. They are those of the built-in voice,
//! laid onto the sound ([`crate::align`]).

mod config;
mod onnx;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, NodeId, Value, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use crate::align::aligned;
use crate::builtin::{self, Manner};
use crate::error::{Error, Result};
use crate::http::played_rate;
use crate::said::Said;
use crate::text::Token;
use crate::voice::{Backend, Gender, VoiceInfo};
use config::Config;

/// Limits on what a folder may hold.
const VOICES_MAX: usize = 500;
const SPEAKERS_MAX: usize = 200;
const CONFIG_MAX_BYTES: u64 = 4 << 20;
const MODEL_MAX_BYTES: u64 = 512 << 20;

/// The most phonemes, with padding, that are spoken at once: about three minutes.
const IDS_MAX: usize = 6_000;

/// The longest sound accepted for one sentence.
const SECONDS_MAX: usize = 300;

/// One network; its speakers share it.
pub(crate) struct PiperModel {
    name: String,
    path: PathBuf,
    config: Config,
    /// Read when first used: a network has 20 to 120 MB.
    network: Mutex<Option<Arc<Network>>>,
}

/// One speaker of a network.
#[derive(Clone)]
pub(crate) struct PiperVoice {
    pub info: VoiceInfo,
    model: Arc<PiperModel>,
    speaker: i32,
}

struct Network {
    model: Model,
    input: NodeId,
    lengths: NodeId,
    scales: NodeId,
    /// Only networks of several speakers have it.
    speaker: Option<NodeId>,
    output: NodeId,
}

/// Finds the voices in a folder, in the order of their names, with a warning for each that cannot be used.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn voices_in(folder: &Path) -> Result<(Vec<PiperVoice>, Vec<String>)> {
    let listed = fs::read_dir(folder).map_err(|source| Error::io("read", folder, source))?;
    let mut paths: Vec<PathBuf> = listed.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    paths.sort();
    let (mut voices, mut warnings) = (Vec::new(), Vec::new());
    if paths.len() > VOICES_MAX {
        warnings.push(format!(
            "only the first {VOICES_MAX} of {} voices in `{}` are used",
            paths.len(),
            folder.display()
        ));
        paths.truncate(VOICES_MAX);
    }
    for path in paths {
        match voices_of(&path) {
            Ok(found) => voices.extend(found),
            Err(error) => warnings.push(format!("the voice `{}` is not used: {}", path.display(), chain_of(&error))),
        }
    }
    Ok((voices, warnings))
}

fn chain_of(error: &dyn std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {}", chain_of(source)));
    error.to_string() + &source.unwrap_or_default()
}

/// Reads the description of one network and returns its speakers.
fn voices_of(path: &Path) -> Result<Vec<PiperVoice>> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let config_path = path.with_extension("onnx.json");
    let config = Config::read(&format!("{name}.onnx.json"), &read_limited(&config_path, CONFIG_MAX_BYTES)?)?;
    let language = language_of(&config);
    let mut speakers: Vec<(String, i32)> = config.speaker_id_map.iter().map(|(name, id)| (name.clone(), *id)).collect();
    speakers.sort_by_key(|(_, id)| *id);
    speakers.truncate(SPEAKERS_MAX);
    if config.num_speakers <= 1 || speakers.is_empty() {
        speakers = vec![(String::new(), 0)];
    }
    let given_name = config.dataset.clone().unwrap_or_else(|| name.clone());
    let model =
        Arc::new(PiperModel { name: name.clone(), path: path.to_path_buf(), config, network: Mutex::default() });
    let voice = |(speaker, id): (String, i32)| {
        let ending = if speaker.is_empty() { String::new() } else { format!("/{speaker}") };
        let info = VoiceInfo {
            id: format!("piper/{name}{ending}").to_lowercase(),
            name: if speaker.is_empty() { given_name.clone() } else { format!("{given_name} {speaker}") },
            language_name: builtin::language_name(&language),
            sample: builtin::sample_of(&language),
            language: language.clone(),
            gender: Gender::Neutral,
            backend: Backend::Piper,
        };
        PiperVoice { info, model: Arc::clone(&model), speaker: id }
    };
    Ok(speakers.into_iter().map(voice).collect())
}

/// Returns the language as a BCP 47 tag: the description's own, or that of its espeak voice.
fn language_of(config: &Config) -> String {
    let code = config.language.as_ref().map(|language| language.code.replace('_', "-")).unwrap_or_default();
    if code.is_empty() { config.espeak.voice.clone() } else { code }
}

fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let size = fs::metadata(path).map_err(|source| Error::io("read", path, source))?.len();
    if size > limit {
        return Err(Error::Limit { what: "the voice file's size in bytes", actual: size, limit });
    }
    fs::read(path).map_err(|source| Error::io("read", path, source))
}

impl PiperVoice {
    /// Returns the language whose sounds the network reads, as an espeak name.
    pub(crate) fn phoneme_language(&self) -> &str {
        &self.model.config.espeak.voice
    }

    /// Says words that sound like `ipa`, each word apart; `reference` says the same in the built-in voice.
    pub(crate) fn say(&self, tokens: &[Token], ipa: Vec<String>, manner: Manner, reference: &Said) -> Result<Said> {
        let words: Vec<String> =
            ipa.into_iter().zip(tokens).map(|(word, token)| word + token.trailing_punctuation()).collect();
        let config = &self.model.config;
        let ids = config.ids_of(&words);
        if ids.len() > IDS_MAX {
            return Err(Error::Limit {
                what: "the sentence's length in phonemes",
                actual: ids.len() as u64,
                limit: IDS_MAX as u64,
            });
        }
        // The network knows no pitch: it speaks slower by as much as playing it faster raises the pitch.
        let inference = config.inference;
        let scales = [inference.noise_scale, inference.length_scale * manner.pitch / manner.rate, inference.noise_w];
        let samples = self.model.run(ids, scales, self.speaker)?;
        let rate = played_rate(config.audio.sample_rate, manner.pitch);
        let sounds = aligned(reference, &samples, rate);
        Ok(Said { rate, samples, sounds })
    }
}

impl PiperModel {
    fn malformed(&self, reason: impl std::fmt::Display) -> Error {
        Error::Malformed { what: format!("{}.onnx", self.name), reason: reason.to_string() }
    }

    /// Runs the network, and makes an error of a panic: the file is not ours.
    fn run(&self, ids: Vec<i32>, scales: [f32; 3], speaker: i32) -> Result<Vec<f32>> {
        let network = self.network()?;
        let run = || -> Result<Vec<f32>> {
            let n_ids = ids.len();
            let length = i32::try_from(n_ids).unwrap_or(i32::MAX);
            let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![
                (network.input, Value::from(NdTensor::from_data([1, n_ids], ids)).into()),
                (network.lengths, Value::from(NdTensor::from_data([1], vec![length])).into()),
                (network.scales, Value::from(NdTensor::from_data([3], scales.to_vec())).into()),
            ];
            if let Some(node) = network.speaker {
                inputs.push((node, Value::from(NdTensor::from_data([1], vec![speaker])).into()));
            }
            let [output] =
                network.model.run_n(inputs, [network.output], None).map_err(|error| self.malformed(error))?;
            let output: Tensor<f32> = output.try_into().map_err(|_| self.malformed("its output is not of floats"))?;
            self.checked(output.to_vec())
        };
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(self.malformed("running it failed")))
    }

    fn checked(&self, samples: Vec<f32>) -> Result<Vec<f32>> {
        let limit = SECONDS_MAX * self.config.audio.sample_rate as usize;
        if samples.len() > limit {
            let actual = samples.len() as u64;
            return Err(Error::Limit { what: "the sentence's length in samples", actual, limit: limit as u64 });
        }
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(self.malformed("its output is not finite"));
        }
        Ok(samples.into_iter().map(|sample| sample.clamp(-8.0, 8.0)).collect())
    }

    fn network(&self) -> Result<Arc<Network>> {
        // Held while reading, so that two threads do not hold a large file twice.
        let mut slot = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = &*slot {
            return Ok(Arc::clone(network));
        }
        let bytes = read_limited(&self.path, MODEL_MAX_BYTES)?;
        let bytes = onnx::with_seeds(&format!("{}.onnx", self.name), &bytes)?;
        let load = || Model::load(bytes).map_err(|error| self.malformed(error));
        let model =
            catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| Err(self.malformed("reading it failed")))?;
        let network = Arc::new(self.wired(model)?);
        *slot = Some(Arc::clone(&network));
        Ok(network)
    }

    fn wired(&self, model: Model) -> Result<Network> {
        let node = |name: &str| model.find_node(name).filter(|id| model.input_ids().contains(id));
        let required = |name: &str| node(name).ok_or_else(|| self.malformed(format!("it has no input `{name}`")));
        let (input, lengths, scales, speaker) =
            (required("input")?, required("input_lengths")?, required("scales")?, node("sid"));
        let output = *model.output_ids().first().ok_or_else(|| self.malformed("it has no output"))?;
        Ok(Network { input, lengths, scales, speaker, output, model })
    }
}
