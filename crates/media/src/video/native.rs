//! Decodes the pictures of MP4 and QuickTime files without help: H.264, JPEG and PNG.
//!
//! Pictures are decoded in the order in which they are stored and shown in that of their times; those that come before
//! their turn are kept. Only what is shown becomes RGBA.

use std::collections::BTreeMap;
use std::path::Path;

use image::metadata::Orientation;
use rusty_h264_decoder::{DecodeError, Decoder};

use super::source::MovieFile;
use super::track::{Coding, Turn};
use super::{VideoLimits, check_size};
use crate::audio::guard;
use crate::h264::{NAL_SPS, SpsInfo};
use crate::picture::{Picture, PictureLimits};
use crate::yuv_planes::{Planes, YuvColor};
use crate::{Error, Result};

/// Most pictures that are kept for later: what H.264 allows to be out of order (ITU-T H.264, A.3.1), and one.
const KEPT_MAX: usize = 17;

/// Heights from which a stream that does not name its colors is taken for high definition.
const HD_HEIGHT: u32 = 720;

/// Start code of a NAL unit.
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// A picture as the decoder gives it.
enum Decoded {
    Yuv { width: usize, height: usize, y: Vec<u8>, u: Vec<u8>, v: Vec<u8> },
    Rgba(Picture),
}

/// Decodes one sample after another.
enum SampleDecoder {
    Avc(Box<AvcDecoder>),
    Jpeg,
    Png,
}

/// H.264 with what its container says.
struct AvcDecoder {
    decoder: Decoder,
    /// Parameter sets with start codes.
    sets: Vec<u8>,
    /// Bytes of the length before each NAL unit.
    length_bytes: usize,
    color: YuvColor,
    coded: (u32, u32),
    pixels_max: u64,
    stream: Vec<u8>,
}

/// Reads pictures in the order of their times.
pub(super) struct NativeReader {
    movie: MovieFile,
    decoder: SampleDecoder,
    limits: VideoLimits,
    /// Sample indices in the order in which they are shown, and the place of each sample in it.
    shown_order: Vec<u32>,
    ranks: Vec<u32>,
    /// The sample with which decoding started, and that which is next.
    first_sample: usize,
    next_sample: usize,
    kept: BTreeMap<u32, Decoded>,
    /// The picture that was shown last.
    current: Option<(u32, Picture)>,
    /// Size of what is given out.
    size: (u32, u32),
    data: Vec<u8>,
}

impl NativeReader {
    /// Opens `path`; [`Error::Unsupported`] for codings that are not decoded here.
    pub(super) fn open(path: &Path, limits: &VideoLimits) -> Result<Self> {
        let movie = MovieFile::open(path)?;
        let (decoder, natural) = match &movie.head.coding {
            Coding::Avc(config) => {
                let decoder = AvcDecoder::new(config, limits)?;
                let coded = decoder.coded;
                (SampleDecoder::Avc(Box::new(decoder)), coded)
            }
            Coding::Jpeg => (SampleDecoder::Jpeg, movie.head.coded),
            Coding::Png => (SampleDecoder::Png, movie.head.coded),
            Coding::Other(name) => {
                return Err(Error::unsupported(format!("video coding `{name}`"), super::NEEDS_FFMPEG));
            }
        };
        check_size(natural, limits)?;
        let shown = movie.head.shown.filter(|&shown| check_size(shown, limits).is_ok()).unwrap_or(natural);
        let size = match movie.head.turn {
            Turn::None | Turn::Half => shown,
            Turn::Quarter | Turn::ThreeQuarters => (shown.1, shown.0),
        };
        let mut shown_order: Vec<u32> = (0..movie.samples.len() as u32).collect();
        shown_order.sort_by_key(|&idx| movie.samples[idx as usize].time);
        let mut ranks = vec![0; shown_order.len()];
        for (rank, &idx) in (0..).zip(&shown_order) {
            ranks[idx as usize] = rank;
        }
        Ok(Self {
            movie,
            decoder,
            limits: limits.clone(),
            shown_order,
            ranks,
            first_sample: 0,
            next_sample: 0,
            kept: BTreeMap::new(),
            current: None,
            size,
            data: Vec::new(),
        })
    }

    pub(super) fn movie(&self) -> &MovieFile {
        &self.movie
    }

    /// Returns the size at which the video is to be shown, upright.
    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    pub(super) fn has_alpha(&self) -> bool {
        self.movie.head.coding == Coding::Png && self.movie.head.depth == 32
    }

    /// Returns the usual name of the coding.
    pub(super) fn codec(&self) -> &'static str {
        match self.decoder {
            SampleDecoder::Avc(_) => "h264",
            SampleDecoder::Jpeg => "mjpeg",
            SampleDecoder::Png => "png",
        }
    }

    /// Returns what is seen at `time_ms`, at the size of the file or that asked for.
    pub(super) fn frame_at(&mut self, time_ms: u64) -> Result<&Picture> {
        let rank = self.rank_at(time_ms);
        if self.current.as_ref().is_none_or(|(current, _)| *current != rank) {
            let target = self.shown_order[rank as usize] as usize;
            self.seek(target, rank)?;
            while self.next_sample <= target {
                self.decode_next(rank)?;
            }
            self.show(rank)?;
        }
        match &self.current {
            Some((_, picture)) => Ok(picture),
            None => Err(Error::malformed("video", "no picture can be decoded")),
        }
    }

    /// Returns the place of the picture seen at `time_ms` among all.
    fn rank_at(&self, time_ms: u64) -> u32 {
        let ticks = u128::from(time_ms) * u128::from(self.movie.head.timescale) / 1000;
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        let is_due = |&idx: &u32| self.movie.samples[idx as usize].time <= ticks;
        (self.shown_order.partition_point(is_due) as u32).saturating_sub(1)
    }

    /// Starts over where decoding can start, if `target` was passed or such a place lies before it.
    fn seek(&mut self, target: usize, rank: u32) -> Result<()> {
        // What was decoded since the last start and is missing now could not be decoded, and never will.
        let is_back = self.current.as_ref().is_some_and(|&(current, _)| rank < current);
        let is_passed =
            target < self.next_sample && !self.kept.contains_key(&rank) && (is_back || target < self.first_sample);
        let searched = if is_passed { 0..=target } else { self.next_sample..=target };
        let start = searched.rev().find(|&idx| self.movie.samples[idx].is_sync);
        if !is_passed && start.is_none_or(|start| start == self.next_sample) {
            return Ok(());
        }
        self.next_sample = start.unwrap_or(0);
        self.first_sample = self.next_sample;
        self.kept.clear();
        if let SampleDecoder::Avc(decoder) = &mut self.decoder {
            decoder.restart()?;
        }
        Ok(())
    }

    /// Decodes one sample and keeps what may still be shown once picture `rank` is.
    fn decode_next(&mut self, rank: u32) -> Result<()> {
        let idx = self.next_sample;
        self.next_sample += 1;
        match self.movie.read_sample(idx, &mut self.data) {
            Ok(()) => {}
            // The file is cut off: what was seen last stays.
            Err(Error::Malformed { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        let own_rank = self.ranks[idx];
        let is_shown = own_rank >= rank;
        let decoded = match &mut self.decoder {
            SampleDecoder::Avc(decoder) => decoder.decode(&self.data)?,
            // Every picture stands for itself: those that are passed over need no work.
            SampleDecoder::Jpeg | SampleDecoder::Png if !is_shown => None,
            SampleDecoder::Jpeg | SampleDecoder::Png => {
                let limits = PictureLimits { pixels_max: self.limits.pixels_max, ..PictureLimits::default() };
                Picture::decode(&self.data, &limits, None).ok().map(Decoded::Rgba)
            }
        };
        if let Some(decoded) = decoded.filter(|_| is_shown) {
            self.kept.insert(own_rank, decoded);
            if self.kept.len() > KEPT_MAX {
                self.kept.pop_last();
            }
        }
        Ok(())
    }

    /// Makes picture `rank`, or the last one before it that could be decoded, the current one.
    fn show(&mut self, rank: u32) -> Result<()> {
        let later = self.kept.split_off(&(rank + 1));
        let due = std::mem::replace(&mut self.kept, later).pop_last();
        let Some((_, decoded)) = due else {
            // Nothing came out: what was seen stays.
            if let Some((current, _)) = &mut self.current {
                *current = rank;
            }
            return Ok(());
        };
        let picture = match decoded {
            Decoded::Rgba(picture) => picture,
            Decoded::Yuv { width, height, y, u, v } => {
                let color = match &self.decoder {
                    SampleDecoder::Avc(decoder) => decoder.color,
                    SampleDecoder::Jpeg | SampleDecoder::Png => YuvColor::default(),
                };
                let mut rgba = vec![0; width * height * 4];
                let half = width.div_ceil(2);
                let planes = Planes { y: &y, u: &u, v: &v, luma_stride: width, chroma_stride: half };
                planes.write_rgba(&mut rgba, width, &color);
                Picture::from_rgba(width as u32, height as u32, rgba)?
            }
        };
        let picture = picture.oriented(match self.movie.head.turn {
            Turn::None => Orientation::NoTransforms,
            Turn::Quarter => Orientation::Rotate90,
            Turn::Half => Orientation::Rotate180,
            Turn::ThreeQuarters => Orientation::Rotate270,
        });
        let (width, height) = self.limits.size.unwrap_or(self.size);
        let is_fit = (picture.width(), picture.height()) == (width, height);
        let picture = if is_fit { picture } else { picture.scaled_quickly(width, height)? };
        self.current = Some((rank, picture));
        Ok(())
    }
}

impl AvcDecoder {
    /// Reads an `avcC` box (ISO/IEC 14496-15, 5.3.3.1.2).
    fn new(config: &[u8], limits: &VideoLimits) -> Result<Self> {
        let broken = || Error::malformed("H.264", "decoder configuration broken");
        let &[_, _, _, _, lengths, n_sps, ref rest @ ..] = config else {
            return Err(broken());
        };
        let (mut sets, mut info, mut rest) = (Vec::new(), None, rest);
        for set_kind in 0..2 {
            let mut n_sets = usize::from(n_sps & 0x1f);
            if set_kind == 1 {
                let (&n_pps, tail) = rest.split_first().ok_or_else(broken)?;
                (n_sets, rest) = (usize::from(n_pps), tail);
            }
            for _ in 0..n_sets {
                let (length, tail) = rest.split_first_chunk::<2>().ok_or_else(broken)?;
                let (nal, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or_else(broken)?;
                info = info.or_else(|| SpsInfo::parse(nal));
                sets.extend_from_slice(&START_CODE);
                sets.extend_from_slice(nal);
                rest = tail;
            }
        }
        let info = info.ok_or_else(broken)?;
        let is_bt601 = match info.matrix {
            1 => false,
            2 => info.height < HD_HEIGHT,
            _ => true,
        };
        let mut decoder = Self {
            decoder: Decoder::new(),
            sets,
            length_bytes: usize::from(lengths & 3) + 1,
            color: YuvColor { is_bt601, is_full_range: info.is_full_range },
            coded: (info.width, info.height),
            pixels_max: limits.pixels_max,
            stream: Vec::new(),
        };
        check_coded(info, decoder.pixels_max)?;
        decoder.restart()?;
        Ok(decoder)
    }

    /// Forgets all pictures.
    fn restart(&mut self) -> Result<()> {
        self.decoder = Decoder::new();
        let (decoder, sets) = (&mut self.decoder, &self.sets);
        guard("H.264", || decoder.decode(sets).map_err(from_decoder))?;
        Ok(())
    }

    /// Decodes an access unit; `None` where nothing comes out of broken bytes.
    fn decode(&mut self, sample: &[u8]) -> Result<Option<Decoded>> {
        self.stream.clear();
        let mut rest = sample;
        while let Some((length, tail)) = rest.split_at_checked(self.length_bytes) {
            let length = length.iter().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
            let (nal, tail) = tail.split_at(length.min(tail.len()));
            if nal.first().is_some_and(|header| header & 0x1f == NAL_SPS)
                && let Some(info) = SpsInfo::parse(nal)
            {
                check_coded(info, self.pixels_max)?;
            }
            self.stream.extend_from_slice(&START_CODE);
            self.stream.extend_from_slice(nal);
            rest = tail;
        }
        let (decoder, stream) = (&mut self.decoder, &self.stream);
        match guard("H.264", || decoder.decode(stream).map_err(from_decoder)) {
            Ok(Some(frame)) => {
                let (width, height, y, u, v) = (frame.width, frame.height, frame.y, frame.u, frame.v);
                Ok(Some(Decoded::Yuv { width, height, y, u, v }))
            }
            Err(error @ Error::Unsupported { .. }) => Err(error),
            // Nothing, or a broken picture: what was seen before stays, as players do.
            Ok(None) | Err(_) => Ok(None),
        }
    }
}

fn check_coded(info: SpsInfo, pixels_max: u64) -> Result<()> {
    // Cropping hides at most a macroblock per side; more is made to fool size checks.
    let limit = pixels_max + pixels_max / 8 + 4096;
    if info.coded_pixels > limit {
        return Err(Error::Limit { what: "the size of the video in pixels", actual: info.coded_pixels, limit });
    }
    Ok(())
}

fn from_decoder(error: DecodeError) -> Error {
    match error {
        DecodeError::Unsupported(what) => Error::unsupported(format!("H.264 feature `{what}`"), super::NEEDS_FFMPEG),
        error => Error::malformed("H.264", format!("{error:?}")),
    }
}
