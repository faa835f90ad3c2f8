//! Pages of documents as pictures with their texts: PDF, and slides of presentations.
//!
//! Every file is hostile until it has been read to its end: sizes, counts, depths and times are bounded, and what a file embeds
//! is all that is ever opened for it.

mod office;
pub(super) mod package;
mod pdf;
mod pptx;

use std::ops::ControlFlow;
use std::time::Duration;

use media::picture::Picture;

use super::material::PageText;

pub use pdf::render_pdf;
pub use pptx::{find_office, render_pptx};

/// How pages are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOptions {
    /// Pixels of the longer side of each picture.
    pub long_side_px: u32,
    /// Most pages that are drawn; the rest is a warning.
    pub n_pages_max: usize,
    /// How long it may take in all; pages that are not drawn by then are a warning.
    pub time_max: Duration,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self { long_side_px: 1920, n_pages_max: 200, time_max: Duration::from_secs(300) }
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which one, from 0.
    pub idx: usize,
    /// What it looks like.
    pub picture: Picture,
    /// What is written on it.
    pub text: PageText,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PagesReport {
    /// The pages that the document has.
    pub n_pages: usize,
    /// The pages that were handed over.
    pub n_drawn: usize,
    /// What is not as in the document.
    pub warnings: Vec<String>,
}

/// Takes a page; no further one is drawn when it breaks.
pub type OnPage<'a> = dyn FnMut(Page) -> ControlFlow<()> + 'a;

/// Why a document has no pages.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// It is not what it should be, or broken.
    #[error("the file is not {what}: {reason}")]
    Malformed {
        /// What it should be, with its article.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// It opens only with a password.
    #[error("the file is protected with a password; take the protection off and upload it again")]
    Encrypted,
    /// It is larger, deeper or longer than is allowed.
    #[error("the file asks for too much: {0}")]
    Limit(String),
    /// It could not be read from the disk.
    #[error("cannot read the file")]
    Io(#[from] std::io::Error),
    /// Our fault.
    #[error("the pages cannot be drawn: {0}")]
    Failed(String),
}

impl PagesError {
    pub(super) fn malformed(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed { what, reason: reason.into() }
    }

    /// Tells whether another try may go better.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Failed(_))
    }
}

/// Returns the size of a picture with the shape of `width` × `height` whose longer side is `long_side_px`.
fn picture_size(width: f64, height: f64, long_side_px: u32) -> Option<(u32, u32)> {
    let longer = width.max(height);
    if !(longer.is_finite() && width > 0.0 && height > 0.0) {
        return None;
    }
    let scale = f64::from(long_side_px) / longer;
    let side = |length: f64| (length * scale).round().clamp(1.0, f64::from(long_side_px)) as u32;
    Some((side(width), side(height)))
}
