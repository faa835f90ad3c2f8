//! Draws one frame of a document into a PNG file: `frame PROJECT.json SCENE FRAME OUT.png [WIDTH]`.
//!
//! Pictures are PNG and SVG files beside the document. Scenes last as long as they say, or 5 s.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use stage::Project;
use stage::assets::{Assets, Bitmap, MovingPicture, Picture};
use stage::avatar::Cast;
use stage::document::AssetRef;
use stage::scene::{FrameBuffer, SceneRenderer, SceneSetup, Size};
use stage::svg::Vector;
use stage::text::Fonts;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [project_path, scene, frame_idx, out, rest @ ..] = args.as_slice() else {
        return Err("usage: frame PROJECT.json SCENE FRAME OUT.png [WIDTH]".into());
    };
    let project = Project::from_json(&std::fs::read_to_string(project_path)?)?;
    let scene = project.scenes.get(scene.parse::<usize>()?).ok_or("there is no such scene")?;
    let canvas = project.canvas;
    let width = rest.first().map_or(Ok(canvas.width), |it| it.parse())?;
    let output = Size { width, height: (canvas.height * width / canvas.width).next_multiple_of(2) };
    let assets =
        Folder { path: Path::new(project_path).parent().unwrap_or(Path::new(".")).to_owned(), known: BTreeMap::new() };
    let n_frames = scene.duration_ms.unwrap_or(5000) * canvas.fps / 1000;
    let (fonts, cast) = (Arc::new(Fonts::bundled_only()), Cast::builtin());
    let setup = SceneSetup {
        project: &project,
        scene,
        utterances: &[],
        n_frames,
        output,
        assets: &assets,
        fonts: &fonts,
        cast: &cast,
        alpha: false,
    };
    let mut renderer = SceneRenderer::new(setup)?;
    renderer.warnings().iter().for_each(|it| report(&format!("{it:?}")));
    let mut frame = FrameBuffer::new(output.width, output.height);
    let begun = Instant::now();
    let damage = renderer.frame(frame_idx.parse()?, &mut frame);
    report(&format!("{damage:?} in {:?}", begun.elapsed()));
    write(Path::new(out), &frame)
}

#[expect(clippy::print_stdout, reason = "it is a program")]
fn report(line: &str) {
    println!("{line}");
}

fn write(path: &Path, frame: &FrameBuffer) -> Result<(), Box<dyn Error>> {
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, frame.width(), frame.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header()?.write_image_data(frame.pixels())?;
    Ok(())
}

/// Files in a folder.
struct Folder {
    path: PathBuf,
    known: BTreeMap<AssetRef, Picture>,
}

impl Folder {
    fn read(&self, name: &AssetRef) -> Result<Picture, Box<dyn Error>> {
        let bytes = std::fs::read(self.path.join(&name.0))?;
        if name.0.ends_with(".svg") {
            return Ok(Picture::Vector(Arc::new(Vector::parse(&bytes)?)));
        }
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::ALPHA | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info()?;
        let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
        let info = reader.next_frame(&mut pixels)?;
        pixels.truncate(info.buffer_size());
        Ok(Picture::Still(Arc::new(Bitmap::from_straight(info.width, info.height, pixels)?)))
    }
}

impl Assets for Folder {
    fn picture(&self, name: &AssetRef) -> Option<Picture> {
        self.known.get(name).cloned().or_else(|| self.read(name).ok())
    }

    fn video(&self, _: &AssetRef) -> Option<Box<dyn MovingPicture>> {
        None
    }
}
