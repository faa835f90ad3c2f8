//! Measures from which share of a moving picture on openh264 is the better choice than the region encoder: CPU time per picture, and bits at
//! the same quality, with 10 to 100 % of a 1080p picture moving.
//!
//! ```sh
//! cargo run --release -p media --example encoder_choice [PICTURES [QP]]
//! ```
//!
//! Ours is encoded with the quantizer given; openh264 with three about it, and what it takes for our quality is read off between them.

#![allow(clippy::print_stdout, reason = "a measurement prints")]

#[path = "region_speed/clips.rs"]
#[expect(dead_code, reason = "the clips of the other example are not needed")]
mod clips;
#[path = "region_speed/measure.rs"]
mod measure;
#[path = "region_speed/peer.rs"]
mod peer;

use std::error::Error;

use clips::{Clip, draw_flat, draw_photo};
use measure::{Figures, measure_own, measure_peer};
use media::{I420, PixelRect};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Draw = fn(&mut I420, &PixelRect, usize, bool);

/// How far openh264's quantizers are from ours.
const AROUND: [i32; 3] = [-4, 0, 4];

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let n_pictures: usize = args.next().map_or(Ok(20), |arg| arg.parse())?;
    let qp: u8 = args.next().map_or(Ok(23), |arg| arg.parse())?;
    println!(
        "| moving | clip | CPU ms per picture | openh264's | share of it | PSNR | kbps | openh264's | share of it |"
    );
    println!("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (name, draw) in [("flat", draw_flat as Draw), ("photo", draw_photo as Draw)] {
        for percent in (10..=100).step_by(10) {
            report(percent, &Clip { name, rect: rect(percent), is_still: false, draw }, n_pictures, qp)?;
        }
    }
    Ok(())
}

/// Returns a rectangle of the picture's shape that covers some percent of it.
fn rect(percent: u32) -> PixelRect {
    let side = libm::sqrt(f64::from(percent) / 100.0);
    let even = |length: usize| ((length as f64 * side / 2.0) as u32) * 2;
    let (width, height) = (even(clips::WIDTH), even(clips::HEIGHT));
    // Not on the grid of macroblocks, as in most scenes.
    let at = |whole: usize, part: u32| (whole as u32 - part) / 4 * 2;
    PixelRect { x: at(clips::WIDTH, width), y: at(clips::HEIGHT, height), width, height }
}

fn report(percent: u32, clip: &Clip, n_pictures: usize, qp: u8) -> Result<()> {
    let own = measure_own(clip, n_pictures, qp)?;
    let mut peers = Vec::new();
    for step in AROUND {
        let quantizer = u8::try_from(i32::from(qp) + step)?;
        peers.push(measure_peer(clip, n_pictures, quantizer)?);
    }
    let psnr = own.psnr(clip);
    let peer_ms = at_quality(&peers, clip, psnr, Figures::ms);
    // Bits grow with quality by a factor, so their logarithm is read off.
    let peer_kbps = at_quality(&peers, clip, psnr, |figures| figures.kbps().ln()).exp();
    println!(
        "| {percent} % | {} | {:.2} | {peer_ms:.2} | {:.2} | {psnr:.1} | {:.0} | {peer_kbps:.0} | {:.2} |",
        clip.name,
        own.ms(),
        own.ms() / peer_ms,
        own.kbps(),
        own.kbps() / peer_kbps
    );
    Ok(())
}

/// Returns a figure of openh264 for a quality, on the line through the two measurements next to it.
fn at_quality(peers: &[Figures], clip: &Clip, psnr: f64, figure: impl Fn(&Figures) -> f64) -> f64 {
    let points: Vec<(f64, f64)> = peers.iter().map(|peer| (peer.psnr(clip), figure(peer))).collect();
    // Quality falls from one to the next.
    let at = points[1..points.len() - 1].iter().filter(|(quality, _)| *quality > psnr).count();
    let ((x0, y0), (x1, y1)) = (points[at], points[at + 1]);
    y0 + (y1 - y0) * (psnr - x0) / (x1 - x0)
}
