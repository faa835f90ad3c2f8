//! What can go wrong outside documents, which have [`DocumentError`](crate::document::DocumentError).

/// Why a picture or a scene cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// The pixels given do not fill the size given.
    #[error("a picture of {width} × {height} needs {needed} bytes, not {given}")]
    PixelCount {
        /// Pixels per row.
        width: u32,
        /// Rows.
        height: u32,
        /// Four for each pixel.
        needed: u64,
        /// What was given.
        given: usize,
    },
    /// A side is 0 or too long, or there are too many pixels.
    #[error("pictures of {width} × {height} are not drawn; at most {max_side} on a side and {max_pixels} pixels are")]
    PictureSize {
        /// Pixels per row.
        width: u64,
        /// Rows.
        height: u64,
        /// The longest side.
        max_side: u32,
        /// The most pixels.
        max_pixels: u64,
    },
    /// A picture that moves has no pictures.
    #[error("a picture that moves needs at least one picture")]
    NoPictures,
    /// An SVG file is broken.
    #[error("broken SVG: {0}")]
    SvgMalformed(String),
    /// An SVG file uses what is never drawn.
    #[error("SVG with {0} is not drawn")]
    SvgUnsupported(String),
    /// An SVG file is too costly to draw.
    #[error("SVG {what}: {found}, at most {max} are drawn")]
    SvgLimit {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// The limit.
        max: u64,
    },
    /// The output does not have the shape of the canvas, or is no size that is drawn.
    #[error("a canvas of {canvas} is not drawn as {output}: {why}")]
    Output {
        /// The canvas.
        canvas: String,
        /// The output.
        output: String,
        /// What is wrong.
        why: &'static str,
    },
}

/// What a caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input is broken.
    Invalid,
    /// The input is not broken but uses what is not drawn.
    Unsupported,
    /// The input is too much.
    Limit,
}

impl StageError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::PixelCount { .. } | Self::NoPictures | Self::SvgMalformed(_) | Self::Output { .. } => {
                ErrorKind::Invalid
            }
            Self::SvgUnsupported(_) => ErrorKind::Unsupported,
            Self::PictureSize { .. } | Self::SvgLimit { .. } => ErrorKind::Limit,
        }
    }
}
