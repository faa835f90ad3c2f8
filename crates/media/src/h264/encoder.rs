//! The raw openh264 encoder, for one picture.
//!
//! The safe `openh264` wrapper cannot turn CABAC on (14 % fewer bits at no cost), hence the C interface.
#![expect(unsafe_code, reason = "openh264 is a C++ library")]

use std::os::raw::{c_int, c_uchar, c_void};
use std::ptr;

use openh264_sys2::{
    CM_BT709, CONSTANT_ID, CP_BT709, ENCODER_OPTION_TRACE_LEVEL, HIGH_COMPLEXITY, ISVCEncoder, ISVCEncoderVtbl,
    LEVEL_UNKNOWN, PRO_HIGH, RC_OFF_MODE, SEncParamExt, SFrameBSInfo, SLayerBSInfo, SM_SINGLE_SLICE, SSourcePicture,
    TRC_BT709, VF_UNDEF, source::APILoader, videoFormatI420,
};

use super::{I420, failed};
use crate::Result;

/// The frame rate told to the encoder; it only steers the level, no timing is written.
const NOMINAL_FPS: f32 = 1.0;

/// An encoder that is destroyed on every path out.
#[derive(Debug)]
struct Encoder {
    raw: *mut ISVCEncoder,
}

impl Encoder {
    fn new() -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: the function only writes the pointer it is given, which is valid for a write.
        let status = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut raw) };
        if status != 0 || raw.is_null() {
            return Err(failed("cannot create an encoder"));
        }
        Ok(Self { raw })
    }

    fn vtable(&self) -> ISVCEncoderVtbl {
        // SAFETY: `raw` came from WelsCreateSVCEncoder and points to an object whose first word is
        // its vtable; both live until `drop`. The table is a plain struct of function pointers.
        unsafe { **self.raw }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: `raw` is a live encoder and nothing uses it afterwards; destroying one that was
        // never initialized is allowed, and the destructor uninitializes one that was.
        unsafe { APILoader::WelsDestroySVCEncoder(self.raw) }
    }
}

/// Encodes one IDR picture and returns its NAL units without start codes, parameter sets included.
///
/// Sizes must be even and at least 16.
pub(super) fn encode_idr(planes: &I420, qp: i32) -> Result<Vec<Vec<u8>>> {
    let (width, height) = (planes.width as usize, planes.height as usize);
    let has_room = planes.y.len() >= width * height
        && planes.u.len() >= width * height / 4
        && planes.v.len() >= width * height / 4;
    if !has_room || width % 2 != 0 || height % 2 != 0 {
        return Err(failed("planes do not match the picture size"));
    }
    let encoder = Encoder::new()?;
    let vtable = encoder.vtable();
    let (Some(get_defaults), Some(set_option), Some(initialize), Some(encode)) =
        (vtable.GetDefaultParams, vtable.SetOption, vtable.InitializeExt, vtable.EncodeFrame)
    else {
        return Err(failed("incomplete encoder interface"));
    };
    let mut quiet: c_int = 0;
    let mut params = SEncParamExt::default();
    // SAFETY: the encoder is live; the option is an int that the call copies.
    unsafe {
        set_option(encoder.raw, ENCODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast::<c_void>());
    }
    // SAFETY: the encoder is live and `params` is valid for writes.
    if unsafe { get_defaults(encoder.raw, &raw mut params) } != 0 {
        return Err(failed("no default parameters"));
    }
    configure(&mut params, planes, qp);
    // SAFETY: the encoder is live; `params` is fully initialized and copied by the call.
    if unsafe { initialize(encoder.raw, &raw const params) } != 0 {
        return Err(failed("parameters refused"));
    }
    let picture = SSourcePicture {
        iColorFormat: videoFormatI420,
        iStride: [width as c_int, width as c_int / 2, width as c_int / 2, 0],
        pData: [
            planes.y.as_ptr().cast_mut(),
            planes.u.as_ptr().cast_mut(),
            planes.v.as_ptr().cast_mut(),
            ptr::null_mut(),
        ],
        iPicWidth: width as c_int,
        iPicHeight: height as c_int,
        ..SSourcePicture::default()
    };
    let mut output = SFrameBSInfo::default();
    // SAFETY: the encoder is initialized; the planes hold stride × rows bytes (checked above), are
    // only read by the encoder and outlive the call; `output` is valid for writes.
    if unsafe { encode(encoder.raw, &raw const picture, &raw mut output) } != 0 {
        return Err(failed("picture refused"));
    }
    // SAFETY: `output` was filled by the encoder, which is still alive.
    Ok(unsafe { collect_nals(&output) })
}

fn configure(params: &mut SEncParamExt, planes: &I420, qp: i32) {
    params.iPicWidth = planes.width as c_int;
    params.iPicHeight = planes.height as c_int;
    params.fMaxFrameRate = NOMINAL_FPS;
    // Constant quantizer: no rate control, no frame skipping, nothing adaptive.
    params.iRCMode = RC_OFF_MODE;
    params.bEnableFrameSkip = false;
    params.bEnableAdaptiveQuant = false;
    params.bEnableBackgroundDetection = false;
    params.bEnableSceneChangeDetect = false;
    params.bEnableLongTermReference = false;
    params.bEnableDenoise = false;
    params.iEntropyCodingModeFlag = 1;
    params.iComplexityMode = HIGH_COMPLEXITY;
    params.eSpsPpsIdStrategy = CONSTANT_ID;
    params.iMultipleThreadIdc = 1;
    params.uiIntraPeriod = 1;
    params.iNumRefFrame = 1;
    params.iTemporalLayerNum = 1;
    params.iSpatialLayerNum = 1;
    params.iTargetBitrate = 5_000_000;
    let layer = &mut params.sSpatialLayers[0];
    layer.iVideoWidth = planes.width as c_int;
    layer.iVideoHeight = planes.height as c_int;
    layer.fFrameRate = NOMINAL_FPS;
    layer.iSpatialBitrate = 5_000_000;
    layer.uiProfileIdc = PRO_HIGH;
    layer.uiLevelIdc = LEVEL_UNKNOWN;
    layer.iDLayerQp = qp;
    layer.sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
    layer.bVideoSignalTypePresent = true;
    layer.uiVideoFormat = VF_UNDEF as c_uchar;
    layer.bFullRange = false;
    layer.bColorDescriptionPresent = true;
    layer.uiColorPrimaries = CP_BT709 as c_uchar;
    layer.uiTransferCharacteristics = TRC_BT709 as c_uchar;
    layer.uiColorMatrix = CM_BT709 as c_uchar;
}

/// Copies the NAL units out of the encoder's memory.
///
/// # Safety
///
/// `output` must have been filled by a successful EncodeFrame of an encoder that is still alive.
unsafe fn collect_nals(output: &SFrameBSInfo) -> Vec<Vec<u8>> {
    let mut nals = Vec::new();
    let n_layers = usize::try_from(output.iLayerNum).unwrap_or(0);
    for layer in output.sLayerInfo.iter().take(n_layers) {
        // SAFETY: passed on from the caller.
        for nal in unsafe { layer_nals(layer) } {
            let start_code_len = if nal.starts_with(&[0, 0, 0, 1]) { 4 } else { 3 };
            nals.push(nal.get(start_code_len..).unwrap_or_default().to_vec());
        }
    }
    nals
}

/// Splits a layer's buffer into NAL units with their start codes.
///
/// # Safety
///
/// As for [`collect_nals`].
unsafe fn layer_nals(layer: &SLayerBSInfo) -> Vec<&[u8]> {
    let n_nals = usize::try_from(layer.iNalCount).unwrap_or(0);
    if n_nals == 0 || layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() {
        return Vec::new();
    }
    // SAFETY: the encoder promises iNalCount lengths at this address.
    let lengths = unsafe { std::slice::from_raw_parts(layer.pNalLengthInByte, n_nals) };
    let lengths = lengths.iter().map(|&len| usize::try_from(len).unwrap_or(0));
    let n_bytes: usize = lengths.clone().sum();
    // SAFETY: the encoder promises that the NAL units stand one after another in pBsBuf.
    let mut rest = unsafe { std::slice::from_raw_parts(layer.pBsBuf, n_bytes) };
    let mut nals = Vec::with_capacity(n_nals);
    for len in lengths {
        let (nal, tail) = rest.split_at(len);
        nals.push(nal);
        rest = tail;
    }
    nals
}
