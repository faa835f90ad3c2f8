//! The sounds themselves, as stereo at the rate of the mix.

use std::path::{Path, PathBuf};

use media::audio::{Converter, DecodeOptions, Decoder};

use super::{SAMPLE_RATE, Samples, SoundSource};
use crate::speak::Speeches;

/// From 16-bit samples of one channel to two: half the power in each, so that together they are as loud as the one.
const SPEECH_GAIN: f32 = std::f32::consts::FRAC_1_SQRT_2 / 32768.0;

/// Samples of a looped sound that are kept, 10 s of stereo: opening a shorter file again and again would cost more than all else.
const LOOP_SAMPLES_MAX: usize = 10 * 2 * SAMPLE_RATE as usize;
/// Samples of a loop that are made ready at once, however short it is.
const LOOP_SAMPLES_MIN: usize = 8192;

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
    /// What has come out since the beginning of the file, as long as it is all of it and short; for those that are looped.
    kept: Option<Vec<f32>>,
    /// All of a short file, once known: it is not read any more.
    round: Option<Vec<f32>>,
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
            kept: looped.then(Vec::new),
            round: None,
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
            if self.round.is_some() {
                self.go_round(0);
                return Ok(true);
            }
            if self.is_done {
                // A file without a single audio frame would loop for ever.
                if !self.looped || self.converter.frames_out() == 0 {
                    return Ok(false);
                }
                self.rewind()?;
                continue;
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
        self.kept = self.kept.take().filter(|kept| kept.len() + self.ready.len() <= LOOP_SAMPLES_MAX);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&self.ready);
        }
        Ok(true)
    }

    /// Makes a short file ready again and again, without the audio frames that are left to pass over.
    fn go_round(&mut self, left: u64) {
        let Some(round) = &self.round else { return };
        self.ready = round.repeat(LOOP_SAMPLES_MIN.div_ceil(round.len()));
        // Less than the round is long.
        self.taken = (left % (round.len() as u64 / 2)) as usize * 2;
    }

    /// Begins again after a round that had at least one audio frame.
    fn rewind(&mut self) -> Result<(), String> {
        self.round = self.kept.take();
        if self.round.is_some() {
            return Ok(());
        }
        let left = self.converter.left_to_pass_over() % self.converter.frames_out();
        (self.decoder, self.converter) = open(&self.path).map_err(|error| describe(&self.name, &error))?;
        self.converter.pass_over(left);
        self.kept = (left == 0).then(Vec::new);
        self.is_done = false;
        Ok(())
    }

    /// Takes audio frames off what is ready; the converter leaves out the others when it comes to them.
    fn pass_over(&mut self, n_frames: u64) {
        let ready = ((self.ready.len() - self.taken) / 2).min(usize::try_from(n_frames).unwrap_or(usize::MAX));
        self.taken += ready * 2;
        let left = n_frames - ready as u64;
        if self.round.is_some() && left > 0 {
            self.go_round(left);
        } else if left > 0 {
            self.kept = None;
            self.converter.pass_over(left);
        }
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

#[cfg(test)]
mod tests {
    use super::FileReader;

    /// Writes stereo audio frames of which both samples are their number.
    fn write_wav(path: &std::path::Path, n_frames: u16) {
        let n_bytes = u32::from(n_frames) * 4;
        let mut wav = [b"RIFF".as_slice(), &(36 + n_bytes).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
        wav.extend([1_u16, 2].iter().flat_map(|it| it.to_le_bytes()));
        wav.extend([48_000_u32, 48_000 * 4].iter().flat_map(|it| it.to_le_bytes()));
        wav.extend([4_u16, 16].iter().flat_map(|it| it.to_le_bytes()));
        wav.extend([b"data".as_slice(), &n_bytes.to_le_bytes()].concat());
        wav.extend((0..n_frames).flat_map(|number| [number, number]).flat_map(u16::to_le_bytes));
        std::fs::write(path, wav).unwrap();
    }

    #[test]
    fn loops_go_on_where_they_are_whatever_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loop.wav");
        for n_frames in [1_u64, 3, 5000] {
            write_wav(&path, n_frames as u16);
            for skip in [0, 1, 2, 7, 4999, 12_345] {
                for passed in [0, 1, 5, 10_000, 20_001] {
                    let mut reader = FileReader::open(&path, "loop", true, skip).unwrap();
                    let mut heard = vec![0.0; 2 * 11_000];
                    assert_eq!(reader.read(&mut heard[..20]), 10);
                    reader.pass_over(passed);
                    assert_eq!(reader.read(&mut heard[20..]), 10_990);
                    let number = |at: usize| (f64::from(heard[2 * at]) * 32768.0).round() as u64;
                    for at in 0..11_000 {
                        let passed = if at < 10 { 0 } else { passed };
                        let expected = (skip + at as u64 + passed) % n_frames;
                        assert_eq!(number(at), expected, "{n_frames} frames, {skip} left out, then {passed}, at {at}");
                    }
                }
            }
        }
    }
}
