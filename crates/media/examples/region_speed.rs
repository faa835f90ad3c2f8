//! Measures the region encoder beside openh264: CPU time per picture, bits and quality, on made-up clips of 1080p.
//!
//! `cargo run --release -p media --example region_speed [PICTURES [QP]]`

#![allow(clippy::print_stdout, reason = "a measurement prints")]

#[path = "region_speed/clips.rs"]
mod clips;
#[path = "region_speed/measure.rs"]
mod measure;
#[path = "region_speed/peer.rs"]
mod peer;

use std::error::Error;

use clips::{CLIPS, Clip};
use measure::{Figures, measure_own, measure_peer};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let n_pictures: usize = args.next().map_or(Ok(90), |arg| arg.parse())?;
    let qp: u8 = args.next().map_or(Ok(26), |arg| arg.parse())?;
    println!("| clip | encoder | CPU ms per P picture | kbps | region PSNR | IDR ms | IDR KB |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for clip in &CLIPS {
        report(clip, "own", &measure_own(clip, n_pictures, qp)?);
        report(clip, "openh264 low", &measure_peer(clip, n_pictures, qp)?);
    }
    Ok(())
}

fn report(clip: &Clip, encoder: &str, figures: &Figures) {
    let (kbps, psnr) = (figures.kbps(), figures.psnr(clip));
    println!(
        "| {} | {encoder} | {:.3} | {kbps:.0} | {psnr:.2} | {:.1} | {:.0} |",
        clip.name,
        figures.ms(),
        figures.idr_ms,
        figures.idr_bytes as f64 / 1000.0
    );
}
