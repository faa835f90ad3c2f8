//! Frames in, a segment out: with the encoder that suits what moves.
//!
//! Our own encoder costs what has moved; openh264 costs the whole picture, but less for each part of it. Where they meet
//! was measured (`bench/render`). A segment begins with ours; when its first frames turn out to change more than that, it
//! begins anew with openh264. The choice looks at the pictures, never at a clock, so it is the same on every machine.

use media::h264::region::{I420Ref, RegionEncoder, RegionParams};
use media::h264::{FullMotionEncoder, ParameterSets};
use media::{I420, PixelRect};
use stage::scene::{Damage, FrameBuffer};

use crate::Result;
use crate::segment::{Coding, Segment};

/// Share of the picture that changes from frame to frame from which on openh264 encodes.
///
/// Moving photographs are cheaper with it from 0.35 on, flat colors hardly ever; at 0.6 the wrong choice costs either the same third.
const FULL_MOTION_SHARE: f64 = 0.6;
/// Frames that must change that much, or more that change less, before a segment begins anew.
const PROBE_FRAMES: u32 = 6;
/// The parameter sets of our own encoder; openh264's are 0.
const REGION_SET_ID: u32 = 1;

/// How pictures are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) fps: u32,
    /// The quantizer, lower is better.
    pub(crate) qp: u8,
}

/// Where frames come from.
pub(crate) trait Frames {
    /// Draws the frame into the buffer, which holds the one drawn before, and tells what changed.
    fn draw(&mut self, at: u32, frame: &mut FrameBuffer) -> Result<Damage>;
}

/// Encodes frames `0..n_frames` of `frames` as one closed group of pictures.
///
/// `each` is called after every frame and may end the work with an error.
pub(crate) fn encode(
    encoding: Encoding,
    frames: &mut dyn Frames,
    n_frames: u32,
    buffers: &mut Buffers,
    each: &mut dyn FnMut() -> Result<()>,
) -> Result<Segment> {
    let mut moved = Moved::new(encoding, n_frames);
    let mut encoder = AnyEncoder::new(Coding::Region, encoding)?;
    let mut segment = Segment::new(Coding::Region);
    let mut at = 0;
    while at < n_frames {
        let damage = frames.draw(at, &mut buffers.frame)?;
        let rects = buffers.convert(if at == 0 { Damage::All } else { damage });
        if segment.coding == Coding::Region && moved.is_too_much(at, &rects) {
            encoder = AnyEncoder::new(Coding::FullMotion, encoding)?;
            segment = Segment::new(Coding::FullMotion);
            at = 0;
            continue;
        }
        segment.push(&encoder.encode(&buffers.planes, &rects, at == 0)?);
        at += 1;
        each()?;
    }
    Ok(segment)
}

/// How much of the picture has changed from frame to frame.
struct Moved {
    n_pixels: u64,
    changed: u64,
    /// Frames after which beginning anew would cost more than it saves.
    n_probed: u32,
}

impl Moved {
    fn new(encoding: Encoding, n_frames: u32) -> Self {
        let n_pixels = u64::from(encoding.width) * u64::from(encoding.height);
        Self { n_pixels, changed: 0, n_probed: n_frames.div_ceil(3) }
    }

    /// Counts what a frame changes, and tells whether openh264 should begin anew.
    fn is_too_much(&mut self, at: u32, rects: &[PixelRect]) -> bool {
        if at == 0 || at > self.n_probed {
            return false;
        }
        self.changed += rects.iter().map(|rect| u64::from(rect.width) * u64::from(rect.height)).sum::<u64>();
        self.changed as f64 > FULL_MOTION_SHARE * f64::from(PROBE_FRAMES) * self.n_pixels as f64
    }
}

/// The memory that one worker draws and converts in.
pub(crate) struct Buffers {
    pub(crate) frame: FrameBuffer,
    planes: I420,
}

impl Buffers {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        Self { frame: FrameBuffer::new(width, height), planes: I420::new(width, height) }
    }

    /// Brings the planes up to date and returns what changed in them.
    fn convert(&mut self, damage: Damage) -> Vec<PixelRect> {
        let (width, height) = (self.planes.width, self.planes.height);
        let rects = match damage {
            Damage::All => vec![PixelRect { x: 0, y: 0, width, height }],
            Damage::None => Vec::new(),
            Damage::Rects(rects) => rects.iter().map(pixel_rect).collect(),
        };
        for &rect in &rects {
            self.planes.update_from_rgba(self.frame.pixels(), width as usize * 4, rect);
        }
        rects
    }
}

/// The stage's rectangles lie within the frame.
fn pixel_rect(rect: &stage::scene::PixelRect) -> PixelRect {
    let length = |from: i32, to: i32| u32::try_from(to - from).unwrap_or(0);
    PixelRect {
        x: length(0, rect.x0),
        y: length(0, rect.y0),
        width: length(rect.x0, rect.x1),
        height: length(rect.y0, rect.y1),
    }
}

enum AnyEncoder {
    Region(Box<RegionEncoder>),
    FullMotion(Box<FullMotionEncoder>),
}

impl AnyEncoder {
    fn new(coding: Coding, encoding: Encoding) -> Result<Self> {
        Ok(match coding {
            Coding::Region => Self::Region(Box::new(RegionEncoder::new(&region_params(encoding))?)),
            Coding::FullMotion => {
                let Encoding { width, height, fps, qp } = encoding;
                Self::FullMotion(Box::new(FullMotionEncoder::new(width, height, fps, i32::from(qp))?))
            }
        })
    }

    fn encode(&mut self, planes: &I420, rects: &[PixelRect], is_first: bool) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Region(encoder) if is_first => encoder.encode_idr(&I420Ref::try_from(planes)?)?,
            Self::Region(encoder) if rects.is_empty() => encoder.encode_skip()?,
            Self::Region(encoder) => encoder.encode_delta(&I420Ref::try_from(planes)?, rects)?,
            Self::FullMotion(encoder) => encoder.encode(planes)?,
        })
    }

    fn parameter_sets(&self) -> ParameterSets {
        match self {
            Self::Region(encoder) => {
                let (sps, pps) = encoder.parameter_sets();
                ParameterSets { sps: vec![sps.to_vec()], pps: vec![pps.to_vec()] }
            }
            Self::FullMotion(encoder) => encoder.parameter_sets().clone(),
        }
    }
}

/// Returns the parameter sets that segments of some codings need, in the order of their ids.
pub(crate) fn parameter_sets(encoding: Encoding, codings: &[Coding]) -> Result<ParameterSets> {
    let mut sets = ParameterSets::default();
    for &coding in codings {
        let more = AnyEncoder::new(coding, encoding)?.parameter_sets();
        sets.sps.extend(more.sps);
        sets.pps.extend(more.pps);
    }
    Ok(sets)
}

fn region_params(encoding: Encoding) -> RegionParams {
    let Encoding { width, height, fps, qp } = encoding;
    RegionParams { width, height, fps, qp, parameter_set_id: REGION_SET_ID }
}
