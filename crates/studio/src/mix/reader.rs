//! The sounds themselves, as stereo at the rate of the mix.

use std::path::{Path, PathBuf};

use media::audio::{Converter, DecodeOptions, Decoder};

use super::{SAMPLE_RATE, Samples, SoundSource};
use crate::speak::Speeches;

/// From 16-bit samples of one channel to two: half the power in each, so that together they are as loud as the one.
const SPEECH_GAIN: f32 = std::f32::consts::FRAC_1_SQRT_2 / 32768.0;

/// A sound that is read from its beginning on.
pub(super) enum Reader {
    Speech { samples: Samples, position: usize },
    File(Box<FileReader>),
}

impl Reader {
    /// Opens a sound; the error says which and why.
    pub(super) fn open(source: &SoundSource, speeches: &Speeches<'_>) -> Result<Self, String> {
        match source {
            SoundSource::Speech(index) => {
                let samples = speeches.samples(*index).map_err(|error| format!("cannot read speech: {error}"))?;
                Ok(Self::Speech { samples, position: 0 })
            }
            SoundSource::File { path, name, looped, skip } => {
                FileReader::open(path, name, *looped, *skip).map(|reader| Self::File(Box::new(reader)))
            }
        }
    }

    /// Fills `out` with interleaved samples and returns the audio frames there are: fewer than asked for at the end, and where
    /// [`Self::fault`] tells why.
    pub(super) fn read(&mut self, out: &mut [f32]) -> usize {
        match self {
            Self::Speech { samples, position } => {
                let rest = samples.get(*position..).unwrap_or_default();
                let n_frames = rest.len().min(out.len() / 2);
                for (frame, &sample) in out.chunks_exact_mut(2).zip(rest) {
                    frame.fill(f32::from(sample) * SPEECH_GAIN);
                }
                *position += n_frames;
                n_frames
            }
            Self::File(reader) => reader.read(out),
        }
    }

    /// Leaves out audio frames.
    pub(super) fn pass_over(&mut self, n_frames: u64) {
        match self {
            Self::Speech { position, .. } => {
                *position = position.saturating_add(usize::try_from(n_frames).unwrap_or(usize::MAX));
            }
            Self::File(reader) => reader.pass_over(n_frames),
        }
    }

    /// Returns why there was nothing more to read, if it was not the end.
    pub(super) fn fault(&mut self) -> Option<String> {
        match self {
            Self::Speech { .. } => None,
            Self::File(reader) => reader.fault.take(),
        }
    }
}

/// A file, decoded block by block.
pub(super) struct FileReader {
    path: PathBuf,
    name: String,
    looped: bool,
    decoder: Decoder,
    converter: Converter,
    block: Vec<f32>,
    /// Converted samples that were not asked for yet.
    ready: Vec<f32>,
    taken: usize,
    is_done: bool,
    /// Why it cannot be read on.
    fault: Option<String>,
}

impl FileReader {
    fn open(path: &Path, name: &str, looped: bool, skip: u64) -> Result<Self, String> {
        let (decoder, converter) = open(path).map_err(|error| describe(name, &error))?;
        let mut reader = Self {
            path: path.to_owned(),
            name: name.to_owned(),
            looped,
            decoder,
            converter,
            block: Vec::new(),
            ready: Vec::new(),
            taken: 0,
            is_done: false,
            fault: None,
        };
        reader.pass_over(skip);
        Ok(reader)
    }

    fn read(&mut self, out: &mut [f32]) -> usize {
        let mut n_samples = 0;
        while n_samples < out.len() {
            if self.taken == self.ready.len() {
                match self.fill() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(reason) => {
                        self.fault = Some(reason);
                        self.ready.clear();
                        self.taken = 0;
                        break;
                    }
                }
            }
            let rest = &self.ready[self.taken..];
            let n = rest.len().min(out.len() - n_samples);
            out[n_samples..n_samples + n].copy_from_slice(&rest[..n]);
            self.taken += n;
            n_samples += n;
        }
        n_samples / 2
    }

    /// Converts the next block; at the end, begins again where that is wanted.
    fn fill(&mut self) -> Result<bool, String> {
        self.ready.clear();
        self.taken = 0;
        while self.ready.is_empty() {
            if self.is_done {
                // A file without a single audio frame would loop for ever.
                if !self.looped || self.converter.frames_out() == 0 {
                    return Ok(false);
                }
                self.rewind()?;
            }
            let n_frames = self.decoder.next_block(&mut self.block).map_err(|error| describe(&self.name, &error))?;
            if n_frames > 0 {
                self.converter.push(&self.block, &mut self.ready)
            } else {
                self.is_done = true;
                self.converter.finish(&mut self.ready)
            }
            .map_err(|error| describe(&self.name, &error))?;
        }
        if self.decoder.spec().channels == 1 {
            self.ready = self.ready.iter().flat_map(|&sample| [sample, sample]).collect();
        }
        Ok(true)
    }

    fn rewind(&mut self) -> Result<(), String> {
        let left = self.converter.left_to_pass_over() % self.converter.frames_out();
        (self.decoder, self.converter) = open(&self.path).map_err(|error| describe(&self.name, &error))?;
        self.converter.pass_over(left);
        self.is_done = false;
        Ok(())
    }

    /// Takes audio frames off what is ready; the converter leaves out the others when it comes to them.
    fn pass_over(&mut self, n_frames: u64) {
        let ready = ((self.ready.len() - self.taken) / 2).min(usize::try_from(n_frames).unwrap_or(usize::MAX));
        self.taken += ready * 2;
        self.converter.pass_over(n_frames - ready as u64);
    }
}

fn open(path: &Path) -> media::Result<(Decoder, Converter)> {
    let decoder = Decoder::open(path, &DecodeOptions::default())?;
    let spec = decoder.spec();
    let converter = Converter::new(spec, SAMPLE_RATE, spec.channels.min(2))?;
    Ok((decoder, converter))
}

fn describe(name: &str, error: &media::Error) -> String {
    let mut text = format!("`{name}` is not heard: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
