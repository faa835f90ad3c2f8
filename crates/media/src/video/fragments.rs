//! Samples of fragmented files (ISO/IEC 14496-12, 8.8), which recorders and browsers write.

use super::boxes::{Boxes, find, find_path, u32_at, u64_at, version};
use super::track::{SAMPLES_MAX, Sample, too_many};
use crate::Result;

/// Flags of `tfhd` and `trun` that tell which fields are there.
const HAS_BASE_OFFSET: u32 = 0x1;
const HAS_DESCRIPTION: u32 = 0x2;
const HAS_DEFAULT_DURATION: u32 = 0x8;
const HAS_DEFAULT_SIZE: u32 = 0x10;
const HAS_DEFAULT_FLAGS: u32 = 0x20;
const HAS_DATA_OFFSET: u32 = 0x1;
const HAS_FIRST_FLAGS: u32 = 0x4;
const HAS_DURATION: u32 = 0x100;
const HAS_SIZE: u32 = 0x200;
const HAS_FLAGS: u32 = 0x400;
const HAS_OFFSET: u32 = 0x800;

/// `sample_is_non_sync_sample` (8.8.3.1).
const IS_NO_SYNC: u32 = 0x1_0000;

/// What holds for samples that do not say otherwise.
#[derive(Debug, Clone, Copy, Default)]
struct Defaults {
    duration: u32,
    n_bytes: u32,
    flags: u32,
}

/// Collects the samples of one track from one `moof` box after another.
#[derive(Debug)]
pub(super) struct Fragments {
    track_id: u32,
    shift: i64,
    defaults: Defaults,
    /// Decoding time of the next sample.
    time: i64,
}

/// Fields of a box read one after another; past its end all are `None`.
struct Fields<'a> {
    body: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn u32(&mut self) -> Option<u32> {
        self.at += 4;
        u32_at(self.body, self.at - 4)
    }

    fn u32_if(&mut self, is_there: bool, default: u32) -> Option<u32> {
        if is_there { self.u32() } else { Some(default) }
    }

    fn u64(&mut self) -> Option<u64> {
        self.at += 8;
        u64_at(self.body, self.at - 8)
    }
}

impl Fragments {
    /// Reads the defaults of track `track_id` from `moov`.
    pub(super) fn new(moov: &[u8], track_id: u32, shift: i64) -> Self {
        let mvex = find(moov, b"mvex").unwrap_or_default();
        let trex = Boxes(mvex).filter(|inner| &inner.name == b"trex").map(|inner| inner.body);
        let own = trex.clone().find(|body| u32_at(body, 4) == Some(track_id)).unwrap_or_default();
        let field = |at: usize| u32_at(own, at).unwrap_or(0);
        let defaults = Defaults { duration: field(12), n_bytes: field(16), flags: field(20) };
        Self { track_id, shift, defaults, time: 0 }
    }

    /// Adds the samples of a `moof` box that starts at `moof_at` in the file.
    pub(super) fn add(&mut self, moof: &[u8], moof_at: u64, samples: &mut Vec<Sample>) -> Result<()> {
        for traf in Boxes(moof).filter(|inner| &inner.name == b"traf") {
            let Some(tfhd) = find(traf.body, b"tfhd").filter(|tfhd| u32_at(tfhd, 4) == Some(self.track_id)) else {
                continue;
            };
            if let Some(tfdt) = find_path(traf.body, &[b"tfdt"]) {
                let base = if version(tfdt) == 1 { u64_at(tfdt, 4) } else { u32_at(tfdt, 4).map(u64::from) };
                self.time = base.and_then(|base| i64::try_from(base).ok()).unwrap_or(self.time);
            }
            let Some((base, defaults)) = self.header(tfhd, moof_at) else {
                continue;
            };
            let mut position = base;
            for trun in Boxes(traf.body).filter(|inner| &inner.name == b"trun") {
                position = self.add_run(trun.body, base, position, defaults, samples)?;
            }
        }
        Ok(())
    }

    fn header(&self, tfhd: &[u8], moof_at: u64) -> Option<(u64, Defaults)> {
        let flags = u32_at(tfhd, 0)?;
        let mut fields = Fields { body: tfhd, at: 8 };
        let base = if flags & HAS_BASE_OFFSET != 0 { fields.u64()? } else { moof_at };
        fields.u32_if(flags & HAS_DESCRIPTION != 0, 0)?;
        let duration = fields.u32_if(flags & HAS_DEFAULT_DURATION != 0, self.defaults.duration)?;
        let n_bytes = fields.u32_if(flags & HAS_DEFAULT_SIZE != 0, self.defaults.n_bytes)?;
        let flags = fields.u32_if(flags & HAS_DEFAULT_FLAGS != 0, self.defaults.flags)?;
        Some((base, Defaults { duration, n_bytes, flags }))
    }

    /// Adds the samples of one `trun`; returns where the next one's stand unless it says.
    fn add_run(
        &mut self,
        trun: &[u8],
        base: u64,
        position: u64,
        defaults: Defaults,
        samples: &mut Vec<Sample>,
    ) -> Result<u64> {
        let (flags, n_samples) = (u32_at(trun, 0).unwrap_or(0), u32_at(trun, 4).unwrap_or(0));
        let mut fields = Fields { body: trun, at: 8 };
        let mut position = position;
        if flags & HAS_DATA_OFFSET != 0 {
            let offset = fields.u32().unwrap_or(0).cast_signed();
            position = base.saturating_add_signed(i64::from(offset));
        }
        let mut first_flags = if flags & HAS_FIRST_FLAGS != 0 { fields.u32() } else { None };
        for _ in 0..n_samples {
            let mut read = || {
                let duration = fields.u32_if(flags & HAS_DURATION != 0, defaults.duration)?;
                let n_bytes = fields.u32_if(flags & HAS_SIZE != 0, defaults.n_bytes)?;
                let own_flags = fields.u32_if(flags & HAS_FLAGS != 0, defaults.flags)?;
                let offset = fields.u32_if(flags & HAS_OFFSET != 0, 0)?.cast_signed();
                Some((duration, n_bytes, own_flags, offset))
            };
            let Some((duration, n_bytes, own_flags, offset)) = read() else {
                break;
            };
            if samples.len() >= SAMPLES_MAX {
                return Err(too_many(samples.len() as u64 + 1));
            }
            let own_flags = first_flags.take().unwrap_or(own_flags);
            samples.push(Sample {
                offset: position,
                n_bytes,
                duration,
                time: self.time.saturating_add(i64::from(offset)).saturating_sub(self.shift),
                is_sync: own_flags & IS_NO_SYNC == 0 || samples.is_empty(),
            });
            self.time = self.time.saturating_add(i64::from(duration));
            position = position.saturating_add(u64::from(n_bytes));
        }
        Ok(position)
    }
}
