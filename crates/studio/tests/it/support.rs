//! A studio in a folder of its own, and documents for it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use stage::Project;
use studio::{FolderSources, RenderOptions, Report, Result, Studio, StudioOptions};

/// A studio whose files are gone with it.
pub(crate) struct Room {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) studio: Studio,
}

impl Room {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let studio = open(folder.path());
        Self { folder, studio }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Renders with some workers, and returns the report and the bytes.
    pub(crate) fn render(&self, project: &Project, n_workers: usize) -> (Report, Vec<u8>) {
        let out = self.path("out.mp4");
        let report = self.try_render(project, n_workers, &out).unwrap();
        (report, std::fs::read(out).unwrap())
    }

    pub(crate) fn try_render(&self, project: &Project, n_workers: usize, out: &Path) -> Result<Report> {
        let options = RenderOptions { n_workers: std::num::NonZero::new(n_workers), ..RenderOptions::default() };
        let sources = FolderSources::new(self.folder.path());
        self.studio.render(project, &sources, &options, out, &mut |_| ControlFlow::Continue(()))
    }
}

pub(crate) fn open(folder: &Path) -> Studio {
    let options = StudioOptions { system_fonts: false, ..StudioOptions::new(folder.join("cache")) };
    Studio::open(options).unwrap()
}

/// A small document: two scenes, a speaker, a title, a transition.
pub(crate) fn two_scenes() -> Project {
    project(
        r##"{
        "version": 1,
        "name": "Two scenes",
        "canvas": { "width": 320, "height": 180, "fps": 25 },
        "captions": {},
        "scenes": [
            {
                "background": { "type": "image", "image": "builtin:mint" },
                "layers": [
                    { "id": "host", "type": "avatar", "avatar": "amara", "frame": { "x": 90, "y": 10, "w": 140, "h": 170 }, "crop": "half" }
                ],
                "narration": [{ "speaker": "host", "text": "Hello there, my friend." }]
            },
            {
                "background": { "type": "color", "color": "#20304a" },
                "layers": [
                    { "type": "text", "text": "Good bye", "font_size": 32, "align": "center", "vertical_align": "middle",
                      "enter": { "effect": "fade", "duration_ms": 400 } }
                ],
                "duration_ms": 1500,
                "transition": { "effect": "wipe", "duration_ms": 400 }
            }
        ]
    }"##,
    )
}

pub(crate) fn project(json: &str) -> Project {
    Project::from_json(json).unwrap()
}

/// A WAV file with some seconds of a tone at 44.1 kHz, mono, loud enough for the limiter.
pub(crate) fn tone(seconds: u32) -> Vec<u8> {
    const RATE: u32 = 44_100;
    let n_bytes = seconds * RATE * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + n_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(n_bytes.to_le_bytes());
    for at in 0..seconds * RATE {
        let sample = (at as f32 * 0.0313).sin() * 32_000.0;
        bytes.extend((sample as i16).to_le_bytes());
    }
    bytes
}
