//! Measures decoding, encoding, copying and outlining of the files given, in multiples of real time.

#![expect(clippy::print_stdout, reason = "a measuring tool")]

use std::path::Path;
use std::time::Instant;

use media::audio::{AacOptions, AudioMode, DecodeOptions, Decoder, open_audio, probe, waveform};

fn drain(path: &Path, mode: AudioMode) -> media::Result<f64> {
    let start = Instant::now();
    let (mut source, _) = open_audio(path, mode, &AacOptions::default())?;
    let mut packet = media::Packet::default();
    while source.next_packet(&mut packet)? {}
    Ok(start.elapsed().as_secs_f64())
}

fn main() -> media::Result<()> {
    for name in std::env::args().skip(1) {
        let path = Path::new(&name);
        let start = Instant::now();
        let mut decoder = Decoder::open(path, &DecodeOptions::default())?;
        let (mut block, mut n_frames) = (Vec::new(), 0);
        loop {
            match decoder.next_block(&mut block)? {
                0 => break,
                n => n_frames += n,
            }
        }
        let decode_s = start.elapsed().as_secs_f64();
        let audio_s = n_frames as f64 / f64::from(decoder.spec().sample_rate);
        let encode_s = drain(path, AudioMode::Aac)?;
        let copy_s = drain(path, AudioMode::Copy).unwrap_or(f64::INFINITY);
        let start = Instant::now();
        let found = probe(path, &DecodeOptions::default())?;
        let probe_ms = start.elapsed().as_secs_f64() * 1000.0;
        let start = Instant::now();
        waveform(path, 800)?;
        let outline_ms = start.elapsed().as_secs_f64() * 1000.0;
        println!(
            "{name}: {} {audio_s:.1} s, decode {:.0}x, to AAC {:.0}x, copy {:.0}x, probe {probe_ms:.1} ms, \
             outline {outline_ms:.1} ms",
            found.codec,
            audio_s / decode_s,
            audio_s / encode_s,
            audio_s / copy_s,
        );
    }
    Ok(())
}
