//! Writes pictures of all shipped avatars: `cargo run -p stage --example contact_sheet -- FOLDER`.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use stage::avatar::{Cast, Picture, Pose, lineup, preview, still};
use stage::document::Crop;

type Failure = Box<dyn std::error::Error>;

fn save(path: &Path, picture: &Picture) -> Result<(), Failure> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&picture.rgba)?;
    Ok(())
}

fn main() -> Result<(), Failure> {
    let folder = std::env::args().nth(1).ok_or("name the folder to write to")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let cast = Cast::builtin();
    save(&folder.join("lineup.png"), &lineup(cast.iter()))?;
    for rig in cast.iter() {
        let id = &rig.profile().id;
        for (name, picture) in preview(rig) {
            save(&folder.join(format!("{id}-{name}.png")), &picture)?;
        }
        for (crop, name) in [(Crop::Head, "head"), (Crop::Half, "half")] {
            save(&folder.join(format!("{id}-{name}.png")), &still(rig, 0, crop, &Pose::default(), 720))?;
        }
    }
    Ok(())
}
