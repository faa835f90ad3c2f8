//! Pictures that are computed.

use std::sync::Arc;

use stage::assets::{Assets, Bitmap, Frames, MovingPicture, Picture};
use stage::document::AssetRef;
use stage::svg::Vector;

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40">
    <rect width="60" height="40" rx="10" fill="#d9506b"/><circle cx="20" cy="20" r="12" fill="#fff"/>
    <path d="M34 10 L52 20 L34 30 Z" fill="#20304a"/></svg>"##;

/// A picture with edges, slopes and a round hole: what scaling, cutting and turning do to it is seen.
pub(crate) fn photo(width: u32, height: u32, hole: bool) -> Bitmap {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let dark = (x * 8 / width + y * 6 / height).is_multiple_of(2);
            let (dx, dy) = (x as i32 * 2 - width as i32, y as i32 * 2 - height as i32);
            let alpha = if hole && dx * dx + dy * dy < (height * height / 4) as i32 { 0 } else { 255 };
            let shade = if dark { 60 } else { 200 };
            pixels.extend([(x * 255 / width) as u8, shade, (y * 255 / height) as u8, alpha]);
        }
    }
    Bitmap::from_straight(width, height, pixels).unwrap()
}

/// One color.
fn plain(color: [u8; 4]) -> Arc<Bitmap> {
    Arc::new(Bitmap::from_straight(8, 8, color.repeat(64)).unwrap())
}

/// Names that begin with `none` are not there.
pub(crate) struct TestAssets;

impl Assets for TestAssets {
    fn picture(&self, name: &AssetRef) -> Option<Picture> {
        match name.0.as_str() {
            "photo" => Some(Picture::Still(Arc::new(photo(240, 180, false)))),
            "hole" => Some(Picture::Still(Arc::new(photo(240, 180, true)))),
            "large" => Some(Picture::Still(Arc::new(photo(1600, 900, false)))),
            "logo" => Some(Picture::Vector(Arc::new(Vector::parse(LOGO.as_bytes()).unwrap()))),
            "moving" => {
                let pictures = [[200, 40, 40, 255], [40, 200, 40, 255], [40, 40, 200, 128]].map(|it| (plain(it), 200));
                Some(Picture::Moving(Arc::new(Frames::new(pictures.to_vec()).unwrap())))
            }
            _ => None,
        }
    }

    fn video(&self, name: &AssetRef) -> Option<Box<dyn MovingPicture>> {
        (name.0 == "film").then(|| Box::new(Film { last: None }) as Box<dyn MovingPicture>)
    }
}

/// A second of a bar that wanders over the picture, ten pictures a second.
struct Film {
    last: Option<(u64, Arc<Bitmap>)>,
}

impl MovingPicture for Film {
    fn size(&self) -> (u32, u32) {
        (160, 90)
    }

    fn duration_ms(&self) -> u64 {
        1000
    }

    fn picture_at(&mut self, time_ms: u64) -> Option<Arc<Bitmap>> {
        let idx = time_ms.min(999) / 100;
        if let Some((_, picture)) = self.last.as_ref().filter(|(last, _)| *last == idx) {
            return Some(picture.clone());
        }
        let pixels = (0..90 * 160_u64).flat_map(|at| {
            let bar = at % 160 / 16 == idx;
            if bar { [240, 220, 90, 255] } else { [30, 60 + idx as u8 * 10, 90, 255] }
        });
        let picture = Arc::new(Bitmap::from_straight(160, 90, pixels.collect()).unwrap());
        self.last = Some((idx, picture.clone()));
        Some(picture)
    }
}
