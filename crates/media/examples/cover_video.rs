//! Makes a cover video: `cover_video AUDIO ART OUT [SECONDS]`; ART `-` draws a cover. For measurements.
#![expect(clippy::print_stdout, reason = "a program for people")]

#[expect(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/support.rs"]
mod support;

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use media::cover::{Canvas, CoverFrame, DrawnCover};
use media::mp4::{CoverArt, Mp4Tags};
use media::picture::{Picture, PictureLimits};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, audio, art, out, rest @ ..] = args.as_slice() else {
        return Err("usage: cover_video AUDIO ART OUT [SECONDS]".into());
    };
    let started = Instant::now();
    let canvas = Canvas::default();
    let mut cover = None;
    let frame = if art == "-" {
        let waveform: Vec<f32> = (0..500).map(|idx| (idx as f32 * 0.37).sin().abs()).collect();
        let drawn = DrawnCover { title: "Title", artist: "Artist", album: "", waveform: &waveform };
        CoverFrame::draw(&drawn, canvas)?
    } else {
        let limits = PictureLimits::default();
        let picture = Picture::open(Path::new(art), &limits, Some(canvas.needed_side()))?;
        println!("picture {:?}", started.elapsed());
        cover = Some(CoverArt::Jpeg(media::thumbnail::art_jpeg(&picture, 600)?));
        println!("thumbnail {:?}", started.elapsed());
        CoverFrame::from_art(picture, canvas)?
    };
    println!("frame {:?}", started.elapsed());
    let mut source = support::ListSource::open(Path::new(audio))?;
    if let [seconds] = rest {
        source.stretch(seconds.parse()?);
    }
    println!("audio {:?}", started.elapsed());
    let tags = Mp4Tags {
        title: "Title".to_owned(),
        artist: "Artist".to_owned(),
        album: "Album".to_owned(),
        cover,
        ..Mp4Tags::default()
    };
    let out = Path::new(out);
    let mut progress = |_, _| ControlFlow::Continue(());
    let report = media::write_cover_video(out, &mut source, &frame, &tags, &mut progress)?;
    println!("done {:?} {report:?}", started.elapsed());
    Ok(())
}
