//! The render pipeline: a scene document in, an MP4 with its captions and pictures out.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use studio::{FolderSources, RenderOptions, Studio, StudioOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let studio = Studio::open(StudioOptions::new("cache"))?;
//! let project = stage::Project::from_json(&std::fs::read_to_string("project.json")?)?;
//! let report = studio.render(
//!     &project,
//!     &FolderSources::new("."),
//!     &RenderOptions::default(),
//!     "out.mp4".as_ref(),
//!     &mut |_| ControlFlow::Continue(()),
//! )?;
//! for warning in report.warnings {
//!     eprintln!("{warning}");
//! }
//! # Ok(())
//! # }
//! ```

mod studio;

mod output;
mod progress;
mod render;
mod report;

mod plan;
mod queue;
mod speak;
mod timeline;

mod draw;
mod encode;
mod segment;

mod limiter;
mod mix;
mod sound;

mod assets;
mod builtin;
pub mod cache;

mod error;

pub use assets::{AssetUse, FolderSources, Kind, Sources, assets_of};
pub use builtin::builtin_backgrounds;
pub use error::{Error, ErrorKind, Result};
pub use output::{AlphaForm, scaled_size};
pub use progress::{OnProgress, Phase, Progress};
pub use render::{QP_FINAL, QP_PREVIEW, RenderOptions};
pub use report::{NarrationReport, Report, SceneReport, WordReport};
pub use studio::{Studio, StudioOptions, decode_picture};
