//! How large a document may be.
//!
//! Ranges of single values stand at the fields, in their schema; these are the counts and sums.

/// The bytes of a document.
pub const DOCUMENT_BYTES_MAX: usize = 8 << 20;
/// The scenes of a video.
pub const N_SCENES_MAX: usize = 500;
/// The layers of a scene.
pub const N_LAYERS_MAX: usize = 1000;
/// The layers of all scenes together.
pub const N_LAYERS_TOTAL_MAX: usize = 20_000;
/// The narrations of a scene.
pub const N_NARRATIONS_MAX: usize = 1000;
/// The characters of a text layer.
pub const LAYER_TEXT_CHARS_MAX: usize = 5_000;
/// The characters of one narration.
pub const NARRATION_CHARS_MAX: usize = 100_000;
/// The characters of a name, an id or a font family.
pub const NAME_CHARS_MAX: usize = 400;
/// The characters of an asset's name: a URL may be long, and may hold small data itself.
pub const ASSET_CHARS_MAX: usize = 1 << 20;
/// The colors of a palette.
pub const N_PALETTE_MAX: usize = 256;
/// The entries of a dictionary.
pub const N_DICTIONARY_MAX: usize = 10_000;
/// The colors of a gradient.
pub const N_STOPS_MAX: usize = 16;
/// How long a scene, or a video, may be.
pub const DURATION_MS_MAX: u32 = 4 * 3600 * 1000;
/// How far from the canvas a frame may be, and how large: canvas pixels.
pub const COORDINATE_MAX: f64 = 100_000.0;
/// The turns of a frame: degrees.
pub const ROTATION_MAX: f64 = 36_000.0;
/// How soft a shadow may be: canvas pixels.
pub const BLUR_MAX: f64 = 200.0;
/// How wide a line, a padding or a radius may be: canvas pixels.
pub const WIDTH_MAX: f64 = 4096.0;
/// The size of letters: canvas pixels.
pub const FONT_SIZE_MAX: f64 = 2000.0;

/// How much louder than it is a sound may be made.
pub const VOLUME_MAX: f64 = 4.0;
/// How long an animation or a transition may take.
pub const TRANSITION_MS_MAX: u32 = 60_000;
/// How far to the front a layer may be put.
pub const Z_MAX: i32 = 1_000_000;

/// The limits that whoever runs the renderer may set lower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The scenes of a video.
    pub n_scenes_max: usize,
    /// The layers of a scene.
    pub n_layers_max: usize,
    /// The narrations of a scene.
    pub n_narrations_max: usize,
    /// The sum of the lengths that scenes give.
    pub duration_ms_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            n_scenes_max: N_SCENES_MAX,
            n_layers_max: N_LAYERS_MAX,
            n_narrations_max: N_NARRATIONS_MAX,
            duration_ms_max: DURATION_MS_MAX,
        }
    }
}
