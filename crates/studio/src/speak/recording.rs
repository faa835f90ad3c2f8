//! Recordings as narration: their samples, the words of their transcript laid along them, and what the mouth does.

use std::path::Path;

use media::audio::{Converter, DecodeOptions, Decoder};
use speech::{Library as Voices, Spoken};

use crate::mix::SAMPLE_RATE;
use crate::progress::{Phase, Shared};
use crate::{Error, Result};

/// Longest recording that is somebody's speech, in seconds.
const RECORDING_S_MAX: u64 = 3600;

/// Reads a recording; one that cannot be read is a silence with a warning.
pub(super) fn hear(voices: &Voices, path: &Path, transcript: Option<&str>, shared: &Shared<'_, '_>) -> Result<Spoken> {
    let samples = match read(path, shared) {
        Ok(samples) => samples,
        Err(Error::Media(error)) => {
            return Ok(Spoken { warnings: vec![format!("the recording is not heard: {error}")], ..Spoken::default() });
        }
        Err(error) => return Err(error),
    };
    let transcript = transcript.unwrap_or_default();
    match voices.follow(samples.clone(), transcript, None) {
        Ok(spoken) => Ok(spoken),
        Err(error) => {
            let warnings = vec![format!("the transcript is not followed: {error}")];
            Ok(Spoken { samples, warnings, ..Spoken::default() })
        }
    }
}

fn read(path: &Path, shared: &Shared<'_, '_>) -> Result<Vec<f32>> {
    let options = DecodeOptions { duration_s_max: RECORDING_S_MAX, ..DecodeOptions::default() };
    let mut decoder = Decoder::open(path, &options)?;
    let mut converter = Converter::new(decoder.spec(), SAMPLE_RATE, 1)?;
    let (mut block, mut samples) = (Vec::new(), Vec::new());
    while decoder.next_block(&mut block)? > 0 {
        converter.push(&block, &mut samples)?;
        shared.tell(Phase::Speaking)?;
    }
    converter.finish(&mut samples)?;
    Ok(samples)
}
