//! Speaks a text to a WAV file and prints its timings: `say VOICE TEXT OUT.wav [rate] [pitch]`.

use std::error::Error;
use std::path::Path;

use speech::{Library, Request, Synthesizer};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, voice, text, out, settings @ ..] = arguments.as_slice() else {
        return Err("say VOICE TEXT OUT.wav [rate] [pitch]".into());
    };
    let library = Library::new(&std::env::temp_dir().join("phonoscope-speech"));
    let mut request = Request::new(text, voice);
    if let Some(rate) = settings.first() {
        request.rate = rate.parse()?;
    }
    if let Some(pitch) = settings.get(1) {
        request.pitch = pitch.parse()?;
    }
    let spoken = library.speak_all(&request)?;
    write_wav(Path::new(out), &spoken.samples)?;
    let mut lines = String::new();
    for word in &spoken.words {
        lines +=
            &format!("{:6} {:6} {}{}\n", word.start_ms, word.end_ms, word.text, if word.stressed { " '" } else { "" });
    }
    for phoneme in &spoken.phonemes {
        lines += &format!("  {:6} {:6} {:4} {:?}\n", phoneme.start_ms, phoneme.end_ms, phoneme.symbol, phoneme.viseme);
    }
    for warning in &spoken.warnings {
        lines += &format!("warning: {warning}\n");
    }
    std::io::Write::write_all(&mut std::io::stdout(), lines.as_bytes())?;
    Ok(())
}

fn write_wav(path: &Path, samples: &[f32]) -> Result<(), Box<dyn Error>> {
    let n_bytes = u32::try_from(samples.len() * 2)?;
    let mut bytes = Vec::with_capacity(samples.len() * 2 + 44);
    bytes.extend(b"RIFF");
    bytes.extend((36 + n_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(speech::SAMPLE_RATE.to_le_bytes());
    bytes.extend((speech::SAMPLE_RATE * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(n_bytes.to_le_bytes());
    for sample in samples {
        bytes.extend(((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes());
    }
    Ok(std::fs::write(path, bytes)?)
}
