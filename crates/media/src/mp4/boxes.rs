//! The one way boxes are written: a closure fills the body, the size is patched in afterwards.

use crate::{Error, Result};

/// Appends a box named `fourcc` whose body is what `body` appends.
///
/// Bodies stay far below 4 GiB: only `mdat` may be larger, and it is not written here.
pub(super) fn write_box(
    out: &mut Vec<u8>,
    fourcc: &[u8; 4],
    body: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(fourcc);
    body(out)?;
    let size = out.len() - start;
    let size = u32::try_from(size).map_err(|_| Error::Limit {
        what: "the size of an MP4 box in bytes",
        actual: size as u64,
        limit: u64::from(u32::MAX),
    })?;
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
    Ok(())
}

/// Appends a box that starts with a version and 24 bits of flags (a `FullBox`).
pub(super) fn write_full_box(
    out: &mut Vec<u8>,
    fourcc: &[u8; 4],
    header: FullBox,
    body: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    write_box(out, fourcc, |out| {
        put_u32(out, u32::from(header.version) << 24 | header.flags);
        body(out)
    })
}

/// The version and flags of a `FullBox`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FullBox {
    pub(super) version: u8,
    pub(super) flags: u32,
}

impl FullBox {
    /// Version 0, no flags.
    pub(super) const PLAIN: Self = Self::version(0);

    pub(super) const fn version(version: u8) -> Self {
        Self { version, flags: 0 }
    }

    pub(super) const fn flags(flags: u32) -> Self {
        Self { version: 0, flags }
    }

    /// Version 1, with 64-bit times, when one of `values` needs it.
    pub(super) fn wide_if(values: &[u64]) -> Self {
        let is_wide = values.iter().any(|&value| value > u64::from(u32::MAX));
        Self::version(u8::from(is_wide))
    }
}

pub(super) fn put_u8(out: &mut Vec<u8>, value: u8) {
    out.push(value);
}

pub(super) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends a time or duration: 64 bits in version 1, else 32.
pub(super) fn put_time(out: &mut Vec<u8>, header: FullBox, value: u64) {
    if header.version == 1 {
        put_u64(out, value);
    } else {
        put_u32(out, value as u32);
    }
}

pub(super) fn put_zeros(out: &mut Vec<u8>, n_bytes: usize) {
    out.resize(out.len() + n_bytes, 0);
}
