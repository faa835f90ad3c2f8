//! Writes drawn and composed covers as PNG files into a folder, to be looked at.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use media::cover::{Canvas, CoverFrame, DrawnCover};
use media::picture::{Picture, PictureLimits};

fn save(path: &Path, frame: &CoverFrame) -> Result<(), Box<dyn Error>> {
    let mut encoder = png::Encoder::new(File::create(path)?, frame.width(), frame.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(frame.rgb())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, arts @ ..] = args.as_slice() else {
        return Err("usage: draw_cover FOLDER [ART...]".into());
    };
    let folder = Path::new(folder);
    let waveform: Vec<f32> = (0..1200)
        .map(|idx| {
            let at = idx as f32 / 1200.0;
            let beat = 0.5 + 0.5 * (at * 380.0).sin() * (at * 91.0).cos();
            let form = if at < 0.12 {
                0.3
            } else if (0.55..0.68).contains(&at) {
                0.42
            } else {
                0.85
            };
            form * (0.55 + 0.45 * beat)
        })
        .collect();
    let long = "The Unbearable Lightness of Being Played on a Very Old Radio at Three in the Morning (Extended Remix, Remastered 2024) feat. Everyone We Know";
    let cases = [
        ("short", "Solaris", "Nadia Reyes", "Night Drives", (1920, 1080)),
        ("long", long, "The Orchestra of Insomniacs", "", (1920, 1080)),
        ("cyrillic", "Группа крови", "Кино", "Группа крови", (1920, 1080)),
        ("arabic", "يا ليل يا عين", "فيروز", "", (1920, 1080)),
        ("cjk", "夜に駆ける", "YOASOBI", "", (1920, 1080)),
        ("untitled", "", "Håkan Ångström", "", (1920, 1080)),
        ("nothing", "", "", "", (1920, 1080)),
        ("square", "Blue in Green", "Miles & Friends", "Kind of Late", (1080, 1080)),
        ("portrait", "Ωμέγα και Άλφα", "Χάρις", "", (1080, 1920)),
        ("word", "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "Bureau", "", (1920, 1080)),
        ("small", "Tiny Canvas", "Someone", "", (128, 128)),
    ];
    for (name, title, artist, album, (width, height)) in cases {
        let started = Instant::now();
        let waveform = if name == "nothing" { &[][..] } else { &waveform };
        let drawn = DrawnCover { title, artist, album, waveform };
        let frame = CoverFrame::draw(&drawn, Canvas::new(width, height)?)?;
        println!("{name} {:?}", started.elapsed());
        save(&folder.join(format!("{name}.png")), &frame)?;
    }
    for art in arts {
        for (width, height) in [(1920, 1080), (1080, 1080), (1080, 1920)] {
            let canvas = Canvas::new(width, height)?;
            let limits = PictureLimits::default();
            let picture = Picture::open(Path::new(art), &limits, Some(canvas.needed_side()))?;
            let started = Instant::now();
            let frame = CoverFrame::from_art(picture, canvas)?;
            let stem = Path::new(art).file_stem().unwrap_or_default().to_string_lossy();
            println!("{stem} {width}x{height} {:?}", started.elapsed());
            save(&folder.join(format!("{stem}-{width}x{height}.png")), &frame)?;
        }
    }
    Ok(())
}
