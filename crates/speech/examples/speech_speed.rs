//! Prints how many times faster than real time the built-in voice speaks, cold and warm, short and long texts.

use std::error::Error;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use speech::{Library, Request, Synthesizer};

const SHORT: &str = "Welcome to the studio.";
const MEDIUM: &str = "Hello and welcome. In 2026 we paid $5.30 for twelve kilometers of blue cable, and nobody asked why. \
                      Would you like to see how it was made? Then follow me through the workshop, step by step.";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("phonoscope-speech-speed-{}", std::process::id()));
    let library = Library::new(&folder);
    let mut out = std::io::stdout();
    let long = MEDIUM.repeat(30);
    let start = Instant::now();
    let first = library.speak_all(&Request::new(SHORT, "en-us/iris"))?;
    writeln!(out, "first words, data unpacked and read: {:?} for {} ms", start.elapsed(), first.duration_ms())?;
    for voice in ["en-us/iris", "en-us/henry", "de/anna", "ru/ivan", "hi/priya", "zh/mei"] {
        let sample = library.find(voice).map(|info| info.sample.clone()).unwrap_or_default();
        let texts = if voice.starts_with("en") {
            [SHORT, MEDIUM, &long].map(str::to_owned)
        } else {
            [1, 4, 60].map(|n| sample.repeat(n))
        };
        library.speak_all(&Request::new("1", voice))?;
        for text in texts {
            let request = Request::new(&text, voice);
            let (seconds, spoken_seconds) = timed(&library, &request)?;
            writeln!(
                out,
                "{voice:12} {spoken_seconds:7.1} s in {:7.1} ms: {:5.0} x",
                seconds * 1000.0,
                spoken_seconds / seconds
            )?;
        }
    }
    let start = Instant::now();
    let mut to_first = Duration::ZERO;
    library.speak(&Request::new(&long, "en-us/iris"), &mut |_| {
        to_first = start.elapsed();
        ControlFlow::Break(())
    })?;
    writeln!(out, "first sentence of the long text after {to_first:?}")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Returns the best of three runs in seconds, and the duration of what is spoken.
fn timed(library: &Library, request: &Request<'_>) -> Result<(f64, f64), Box<dyn Error>> {
    let mut best = f64::INFINITY;
    let mut spoken_seconds = 0.0;
    for _ in 0..3 {
        let start = Instant::now();
        spoken_seconds = f64::from(library.speak_all(request)?.duration_ms()) / 1000.0;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok((best, spoken_seconds))
}
