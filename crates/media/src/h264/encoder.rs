//! The raw openh264 encoder, for one picture or many.
//!
//! The safe `openh264` wrapper cannot turn CABAC on (14 % fewer bits at no cost), hence the C interface.
#![expect(unsafe_code, reason = "openh264 is a C++ library")]

use std::os::raw::{c_int, c_longlong, c_uchar, c_uint, c_void};
use std::ptr;

use openh264_sys2::{
    CM_BT709, CONSTANT_ID, CP_BT709, ECOMPLEXITY_MODE, ENCODER_OPTION_TRACE_LEVEL, HIGH_COMPLEXITY, ISVCEncoder,
    ISVCEncoderVtbl, LEVEL_UNKNOWN, LOW_COMPLEXITY, PRO_HIGH, RC_OFF_MODE, SEncParamExt, SFrameBSInfo, SLayerBSInfo,
    SM_SINGLE_SLICE, SSourcePicture, TRC_BT709, VF_UNDEF, source::APILoader, videoFormatI420,
};

use super::failed;
use crate::Result;
use crate::yuv_planes::I420;

/// What is told to the encoder before the first picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Only steers the level: no timing is written.
    pub(super) fps: u32,
    pub(super) qp: i32,
    /// Pictures from one IDR picture to the next; 0 for never again.
    pub(super) idr_period: c_uint,
    complexity: ECOMPLEXITY_MODE,
}

impl Settings {
    /// Everything for one picture that is shown for minutes.
    pub(super) fn still(width: u32, height: u32, qp: i32) -> Self {
        Self { width, height, fps: 1, qp, idr_period: 1, complexity: HIGH_COMPLEXITY }
    }

    /// Everything for many pictures, of which the first is an IDR picture.
    pub(super) fn motion(width: u32, height: u32, fps: u32, qp: i32) -> Self {
        Self { width, height, fps, qp, idr_period: 0, complexity: LOW_COMPLEXITY }
    }
}

/// A set-up encoder that is destroyed on every path out.
#[derive(Debug)]
pub(super) struct Encoder {
    raw: *mut ISVCEncoder,
    settings: Settings,
}

// SAFETY: an encoder is an object on the heap that no other knows of and that is bound to no thread: with one thread
// asked for, it starts none; `&mut self` keeps calls apart.
unsafe impl Send for Encoder {}

impl Encoder {
    /// Creates an encoder; sides must be even and at least 16.
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: the function only writes the pointer it is given, which is valid for a write.
        let status = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut raw) };
        if status != 0 || raw.is_null() {
            return Err(failed("cannot create an encoder"));
        }
        let encoder = Self { raw, settings };
        encoder.set_up()?;
        Ok(encoder)
    }

    fn set_up(&self) -> Result<()> {
        let vtable = self.vtable();
        let (Some(get_defaults), Some(set_option), Some(initialize)) =
            (vtable.GetDefaultParams, vtable.SetOption, vtable.InitializeExt)
        else {
            return Err(failed("incomplete encoder interface"));
        };
        let mut quiet: c_int = 0;
        let mut params = SEncParamExt::default();
        // SAFETY: the encoder is live; the option is an int that the call copies.
        unsafe {
            set_option(self.raw, ENCODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast::<c_void>());
        }
        // SAFETY: the encoder is live and `params` is valid for writes.
        if unsafe { get_defaults(self.raw, &raw mut params) } != 0 {
            return Err(failed("no default parameters"));
        }
        configure(&mut params, &self.settings);
        // SAFETY: the encoder is live; `params` is fully initialized and copied by the call.
        if unsafe { initialize(self.raw, &raw const params) } != 0 {
            return Err(failed("parameters refused"));
        }
        Ok(())
    }

    fn vtable(&self) -> ISVCEncoderVtbl {
        // SAFETY: `raw` came from WelsCreateSVCEncoder and points to an object whose first word is
        // its vtable; both live until `drop`. The table is a plain struct of function pointers.
        unsafe { **self.raw }
    }

    /// Returns the parameter sets as NAL units without start codes.
    pub(super) fn parameter_sets(&mut self) -> Result<Vec<Vec<u8>>> {
        let Some(encode_sets) = self.vtable().EncodeParameterSets else {
            return Err(failed("incomplete encoder interface"));
        };
        let mut output = SFrameBSInfo::default();
        // SAFETY: the encoder is initialized and `output` is valid for writes.
        if unsafe { encode_sets(self.raw, &raw mut output) } != 0 {
            return Err(failed("no parameter sets"));
        }
        // SAFETY: `output` was filled by the encoder, which is still alive.
        Ok(unsafe { collect_nals(&output) })
    }

    /// Makes the next picture an IDR picture.
    pub(super) fn force_idr(&mut self) -> Result<()> {
        let Some(force) = self.vtable().ForceIntraFrame else {
            return Err(failed("incomplete encoder interface"));
        };
        // SAFETY: the encoder is initialized.
        if unsafe { force(self.raw, true) } != 0 {
            return Err(failed("IDR picture refused"));
        }
        Ok(())
    }

    /// Encodes the next picture, shown at `time_ms`; returns its NAL units without start codes.
    pub(super) fn encode(&mut self, planes: &I420, time_ms: c_longlong) -> Result<Vec<Vec<u8>>> {
        let (width, height) = (planes.width as usize, planes.height as usize);
        let has_room = planes.y.len() >= width * height
            && planes.u.len() >= width * height / 4
            && planes.v.len() >= width * height / 4;
        let is_expected = (planes.width, planes.height) == (self.settings.width, self.settings.height);
        if !has_room || !is_expected || width % 2 != 0 || height % 2 != 0 {
            return Err(failed("planes do not match the picture size"));
        }
        let Some(encode) = self.vtable().EncodeFrame else {
            return Err(failed("incomplete encoder interface"));
        };
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
            uiTimeStamp: time_ms,
            ..SSourcePicture::default()
        };
        let mut output = SFrameBSInfo::default();
        // SAFETY: the encoder is initialized; the planes hold stride × rows bytes (checked above), are
        // only read by the encoder and outlive the call; `output` is valid for writes.
        if unsafe { encode(self.raw, &raw const picture, &raw mut output) } != 0 {
            return Err(failed("picture refused"));
        }
        // SAFETY: `output` was filled by the encoder, which is still alive.
        Ok(unsafe { collect_nals(&output) })
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: `raw` is a live encoder and nothing uses it afterwards; destroying one that was
        // never initialized is allowed, and the destructor uninitializes one that was.
        unsafe { APILoader::WelsDestroySVCEncoder(self.raw) }
    }
}

fn configure(params: &mut SEncParamExt, settings: &Settings) {
    params.iPicWidth = settings.width as c_int;
    params.iPicHeight = settings.height as c_int;
    params.fMaxFrameRate = settings.fps as f32;
    // Constant quantizer: no rate control, no frame skipping, nothing adaptive.
    params.iRCMode = RC_OFF_MODE;
    params.bEnableFrameSkip = false;
    params.bEnableAdaptiveQuant = false;
    params.bEnableBackgroundDetection = false;
    params.bEnableSceneChangeDetect = false;
    params.bEnableLongTermReference = false;
    params.bEnableDenoise = false;
    params.iEntropyCodingModeFlag = 1;
    params.iComplexityMode = settings.complexity;
    params.eSpsPpsIdStrategy = CONSTANT_ID;
    params.iMultipleThreadIdc = 1;
    params.uiIntraPeriod = settings.idr_period;
    params.iNumRefFrame = 1;
    params.iTemporalLayerNum = 1;
    params.iSpatialLayerNum = 1;
    params.iTargetBitrate = 5_000_000;
    let layer = &mut params.sSpatialLayers[0];
    layer.iVideoWidth = settings.width as c_int;
    layer.iVideoHeight = settings.height as c_int;
    layer.fFrameRate = settings.fps as f32;
    layer.iSpatialBitrate = 5_000_000;
    layer.uiProfileIdc = PRO_HIGH;
    layer.uiLevelIdc = LEVEL_UNKNOWN;
    layer.iDLayerQp = settings.qp;
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
