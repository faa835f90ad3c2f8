//! openh264 by its C interface, as the product uses it for pictures that move as a whole.
#![allow(unsafe_code, reason = "openh264 is a C++ library")]

use std::ffi::{c_int, c_void};
use std::ptr;

use media::I420;
use openh264::decoder::Decoder;
use openh264::formats::YUVSource;
use openh264_sys2::{
    ENCODER_OPTION_TRACE_LEVEL, ISVCEncoder, LEVEL_UNKNOWN, LOW_COMPLEXITY, PRO_HIGH, RC_OFF_MODE, SEncParamExt,
    SFrameBSInfo, SM_SINGLE_SLICE, SSourcePicture, source::APILoader, videoFormatI420,
};

use crate::Result;

/// An openh264 encoder: CABAC, constant quantizer, one reference, the lowest complexity.
pub(crate) struct Peer {
    raw: *mut ISVCEncoder,
    width: usize,
    height: usize,
}

impl Peer {
    pub(crate) fn new(width: usize, height: usize, fps: f32, qp: i32) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: the function only writes the pointer it is given.
        if unsafe { APILoader::WelsCreateSVCEncoder(&raw mut raw) } != 0 {
            return Err("no encoder".into());
        }
        let peer = Self { raw, width, height };
        let mut params = SEncParamExt::default();
        let mut quiet: c_int = 0;
        // SAFETY: the encoder is live and its first word points to its table of functions; both parameters are valid.
        unsafe {
            let table = **raw;
            (table.SetOption.ok_or("no option")?)(raw, ENCODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast::<c_void>());
            (table.GetDefaultParams.ok_or("no defaults")?)(raw, &raw mut params);
        }
        configure(&mut params, width, height, fps, qp);
        // SAFETY: as above; the call copies the parameters.
        let status = unsafe { ((**raw).InitializeExt.ok_or("no start")?)(raw, &raw const params) };
        if status == 0 { Ok(peer) } else { Err("parameters refused".into()) }
    }

    /// Encodes a picture and returns its NAL units with start codes.
    pub(crate) fn encode(&mut self, planes: &I420) -> Result<Vec<u8>> {
        let width = self.width as c_int;
        let picture = SSourcePicture {
            iColorFormat: videoFormatI420,
            iStride: [width, width / 2, width / 2, 0],
            pData: [
                planes.y.as_ptr().cast_mut(),
                planes.u.as_ptr().cast_mut(),
                planes.v.as_ptr().cast_mut(),
                ptr::null_mut(),
            ],
            iPicWidth: width,
            iPicHeight: self.height as c_int,
            ..SSourcePicture::default()
        };
        let mut output = SFrameBSInfo::default();
        let mut unit = Vec::new();
        // SAFETY: the encoder is initialized, the planes hold a picture of its size and are only read; what it puts out
        // lives until the next call and holds as many NAL units as it says.
        unsafe {
            let encode = (**self.raw).EncodeFrame.ok_or("no encoding")?;
            if encode(self.raw, &raw const picture, &raw mut output) != 0 {
                return Err("picture refused".into());
            }
            for layer in &output.sLayerInfo[..output.iLayerNum as usize] {
                let lengths = std::slice::from_raw_parts(layer.pNalLengthInByte, layer.iNalCount as usize);
                let len = lengths.iter().sum::<c_int>() as usize;
                unit.extend_from_slice(std::slice::from_raw_parts(layer.pBsBuf, len));
            }
        }
        Ok(unit)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // SAFETY: the encoder is live and not used again.
        unsafe { APILoader::WelsDestroySVCEncoder(self.raw) }
    }
}

fn configure(params: &mut SEncParamExt, width: usize, height: usize, fps: f32, qp: i32) {
    params.iPicWidth = width as c_int;
    params.iPicHeight = height as c_int;
    params.fMaxFrameRate = fps;
    params.iRCMode = RC_OFF_MODE;
    params.bEnableFrameSkip = false;
    params.bEnableAdaptiveQuant = false;
    params.bEnableBackgroundDetection = false;
    params.bEnableSceneChangeDetect = false;
    params.bEnableLongTermReference = false;
    params.bEnableDenoise = false;
    params.iEntropyCodingModeFlag = 1;
    params.iComplexityMode = LOW_COMPLEXITY;
    params.iMultipleThreadIdc = 1;
    params.uiIntraPeriod = 0;
    params.iNumRefFrame = 1;
    params.iTemporalLayerNum = 1;
    params.iSpatialLayerNum = 1;
    params.iTargetBitrate = 5_000_000;
    let layer = &mut params.sSpatialLayers[0];
    layer.iVideoWidth = width as c_int;
    layer.iVideoHeight = height as c_int;
    layer.fFrameRate = fps;
    layer.iSpatialBitrate = 5_000_000;
    layer.uiProfileIdc = PRO_HIGH;
    layer.uiLevelIdc = LEVEL_UNKNOWN;
    layer.iDLayerQp = qp;
    layer.sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
}

/// Decodes one picture.
pub(crate) fn decode(decoder: &mut Decoder, unit: &[u8]) -> Result<I420> {
    let picture = decoder.decode(unit)?.ok_or("no picture")?;
    let (width, height) = picture.dimensions();
    let mut planes = I420::new(width as u32, height as u32);
    let (luma, u, v) = picture.strides();
    let copy = |out: &mut [u8], plane: &[u8], width: usize, stride: usize| {
        out.chunks_exact_mut(width).zip(plane.chunks(stride)).for_each(|(out, row)| out.copy_from_slice(&row[..width]));
    };
    copy(&mut planes.y, picture.y(), width, luma);
    copy(&mut planes.u, picture.u(), width / 2, u);
    copy(&mut planes.v, picture.v(), width / 2, v);
    Ok(planes)
}
