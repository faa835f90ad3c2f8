//! Measures extraction and search, and how search grows with the index. See `bench/recognition/README.md`.
//!
//! `scale LIBRARY QUERIES WORK HOURS…`: folders of fingerprint files of the library's songs and of clips, a folder for the indexes, and the sizes to
//! measure at. An index is filled up with distractors: the same songs stretched, shifted around the octave and, every other time, backwards, so that
//! their postings have the statistics of music and no clip matches them.

#![allow(clippy::print_stdout, reason = "a measurement prints")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fingerprint::{
    Extractor, Fingerprint, PITCH_PER_OCTAVE, Peak, SearchOptions, Searcher, Segment, SegmentWriter, Source, Track,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    measure_extraction()?;
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [library, queries, work, hours @ ..] = args.as_slice() else {
        println!("usage: scale LIBRARY QUERIES WORK HOURS…");
        return Ok(());
    };
    let library = read_folder(Path::new(library))?;
    let queries = read_folder(Path::new(queries))?;
    println!(
        "\n| hours | tracks | postings | MB/h | build s | open ms | found ms median / mean / p95 | not found ms | resident MB | of it own |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for hours in hours {
        measure_search(&library, &queries, Path::new(work), hours.parse()?)?;
    }
    Ok(())
}

/// Prints how much faster than real time samples of music become peaks, on one core.
fn measure_extraction() -> Result<()> {
    for (rate_hz, n_channels) in [(16_000u32, 1usize), (44_100, 2), (48_000, 2)] {
        let samples = notes(60, rate_hz, n_channels);
        let mut best = Duration::MAX;
        for _ in 0..7 {
            let start = Instant::now();
            let mut extractor = Extractor::new(rate_hz, n_channels)?;
            samples.chunks(8192).for_each(|chunk| extractor.push(chunk));
            std::hint::black_box(extractor.finish());
            best = best.min(start.elapsed());
        }
        let times = 60.0 / best.as_secs_f64();
        println!(
            "extraction from {rate_hz} Hz × {n_channels}: {times:.0} × real time; 10 s in {:.2} ms",
            10_000.0 / times
        );
    }
    Ok(())
}

fn notes(seconds: u32, rate_hz: u32, n_channels: usize) -> Vec<f32> {
    let mut random = Random(7);
    let mut voices = [(0.0f32, 0.0f32); 6];
    let mut samples = Vec::new();
    for n in 0..seconds * rate_hz {
        if n % (rate_hz / 7) == 0 {
            voices[(random.next() * 6.0) as usize] = (250.0 * 16f32.powf(random.next()), 0.3);
        }
        let mut sample = 0.01 * (random.next() - 0.5);
        for (freq_hz, level) in &mut voices {
            sample += *level * (*freq_hz * n as f32 / rate_hz as f32 * std::f32::consts::TAU).sin();
            *level *= 1.0 - 4.0 / rate_hz as f32;
        }
        samples.extend(std::iter::repeat_n(sample, n_channels));
    }
    samples
}

fn measure_search(library: &[Fingerprint], queries: &[Fingerprint], work: &Path, hours: f64) -> Result<()> {
    let path = work.join(format!("scale-{hours}.seg"));
    let start = Instant::now();
    if !path.exists() {
        build(library, &path, hours)?;
    }
    let build_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let segment = Segment::open(&path)?;
    let open_ms = start.elapsed().as_secs_f64() * 1e3;

    let mut searcher = Searcher::new();
    let source = Source { segment: &segment, allowed: None };
    let options = SearchOptions::default();
    let (mut found_ms, mut other_ms) = (Vec::new(), Vec::new());
    // The first round brings the index into the page cache.
    for round in 0..2 {
        for query in queries {
            let start = Instant::now();
            let matches = searcher.search(&[source], query, &options);
            let ms = start.elapsed().as_secs_f64() * 1e3;
            if round == 1 {
                if matches.is_empty() { other_ms.push(ms) } else { found_ms.push(ms) }
            }
        }
    }
    let stats = segment.stats();
    let indexed_h = stats.audio_ms as f64 / 3.6e6;
    println!(
        "| {indexed_h:.0} | {} | {} M | {:.2} | {build_s:.0} | {open_ms:.1} | {} of {} | {} of {} | {} | {} |",
        stats.n_tracks,
        stats.n_postings / 1_000_000,
        stats.size_bytes as f64 / 1e6 / indexed_h,
        spread(&mut found_ms),
        found_ms.len(),
        spread(&mut other_ms),
        other_ms.len(),
        resident_mb("VmRSS:"),
        resident_mb("RssAnon:"),
    );
    Ok(())
}

/// Writes the library and distractors until there are `hours`.
fn build(library: &[Fingerprint], path: &Path, hours: f64) -> Result<()> {
    let mut writer = SegmentWriter::create(path)?;
    let mut random = Random(2);
    let mut key = 0;
    let mut ms = 0;
    for round in 0.. {
        for song in library {
            let fingerprint = if round == 0 { song.clone() } else { distractor(song, &mut random) };
            ms += fingerprint.duration_ms();
            writer.add(
                &Track { key, name: format!("{round}/{key}"), duration_ms: fingerprint.duration_ms() },
                &fingerprint,
            )?;
            key += 1;
            if ms as f64 >= hours * 3.6e6 {
                writer.finish()?;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A song that no clip of the library matches: 0.85 to 1.18 times as long, 3.5 semitones and more higher with the top folded to the bottom.
fn distractor(song: &Fingerprint, random: &mut Random) -> Fingerprint {
    let stretch = 0.85 + 0.33 * f64::from(random.next());
    let shift = ((350.0 + 4100.0 * random.next()) / 1200.0 * f32::from(PITCH_PER_OCTAVE)) as u16;
    let is_backwards = random.next() < 0.5;
    let last = song.peaks().last().map_or(0, |p| p.frame);
    let top = 4950;
    let mut peaks: Vec<Peak> = song
        .peaks()
        .iter()
        .map(|p| {
            let frame = if is_backwards { last - p.frame } else { p.frame };
            Peak { frame: (f64::from(frame) * stretch) as u32, pitch: (p.pitch + shift) % top, ..*p }
        })
        .collect();
    peaks.sort_by_key(|p| (p.frame, p.pitch));
    Fingerprint::from_peaks(peaks, (song.duration_ms() as f64 * stretch) as u64)
}

fn read_folder(folder: &Path) -> Result<Vec<Fingerprint>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let files = paths.iter().filter(|path| path.extension().is_some_and(|e| e == fingerprint::FILE_EXTENSION));
    files.map(|path| Ok(Fingerprint::from_bytes(&fs::read(path)?)?)).collect()
}

fn spread(ms: &mut [f64]) -> String {
    if ms.is_empty() {
        return "none".to_owned();
    }
    ms.sort_by(f64::total_cmp);
    let mean = ms.iter().sum::<f64>() / ms.len() as f64;
    format!("{:.2} / {mean:.2} / {:.2}", ms[ms.len() / 2], ms[ms.len() * 95 / 100])
}

/// A line of this process's `status`, where there is one.
fn resident_mb(field: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .map_or("?".to_owned(), |kb| (kb / 1000).to_string())
}

struct Random(u32);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }
}
