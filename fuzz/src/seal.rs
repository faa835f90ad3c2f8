//! Right checksums over wrong bytes: what a fuzzer would never find.
//!
//! Everything here reads the layouts that the formats document, as far as the bytes follow them.

/// The bytes of a record before its changes.
pub(crate) const RECORD_HEADER_LEN: usize = 28;
const ARCHIVE_HEADER_LEN: usize = 12;

/// Writes the checksum of all bytes but the last four into those: fingerprint files and manifests.
pub fn end(bytes: &mut [u8]) {
    if let Some((body, crc)) = bytes.split_last_chunk_mut::<4>() {
        *crc = crc32fast::hash(body).to_le_bytes();
    }
}

/// Repairs the checksums of the records of a changelog, and those of the fingerprints in them.
pub fn records(mut rest: &mut [u8]) {
    while rest.len() >= RECORD_HEADER_LEN {
        let (header, tail) = rest.split_at_mut(RECORD_HEADER_LEN);
        let len = (u32_at(header, 4) as usize).min(tail.len());
        let (body, tail) = tail.split_at_mut(len);
        let mut changes = &mut *body;
        while entry(&mut changes).is_some() {}
        header[20..24].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
        let crc = crc32fast::hash(&header[..24]);
        header[24..].copy_from_slice(&crc.to_le_bytes());
        rest = tail;
    }
}

/// Repairs the checksums of an archive, and the count of its tracks.
pub fn archive(bytes: &mut [u8]) {
    let Some(mut rest) = bytes.get_mut(ARCHIVE_HEADER_LEN..) else { return };
    let mut all = crc32fast::Hasher::new();
    let mut n_tracks = 0u64;
    while let Some(len) = take(&mut rest, 4).map(|len| u32_at(len, 0) as usize) {
        if len == 0 {
            let Some(end) = rest.get_mut(..12) else { return };
            end[..8].copy_from_slice(&n_tracks.to_le_bytes());
            all.update(&end[..8]);
            end[8..].copy_from_slice(&all.finalize().to_le_bytes());
            return;
        }
        let Some(track) = take(&mut rest, len) else { return };
        let _ = entry(&mut &mut *track);
        let sum = crc32fast::hash(track).to_le_bytes();
        let Some(crc) = take(&mut rest, 4) else { return };
        crc.copy_from_slice(&sum);
        all.update(&sum);
        n_tracks += 1;
    }
}

/// Repairs the fingerprint in the change at the front of `rest`, and goes on behind it.
fn entry(rest: &mut &mut [u8]) -> Option<()> {
    let kind = take(rest, 1)?[0];
    text(rest)?;
    text(rest)?;
    if kind == 3 {
        text(rest)?;
        take(rest, 8)?;
    }
    if kind != 2 {
        let len = u32_at(take(rest, 4)?, 0);
        end(take(rest, len as usize)?);
    }
    Some(())
}

fn text(rest: &mut &mut [u8]) -> Option<()> {
    let len = take(rest, 2)?;
    let len = u16::from_le_bytes([len[0], len[1]]);
    take(rest, usize::from(len)).map(drop)
}

fn take<'a>(rest: &mut &'a mut [u8], len: usize) -> Option<&'a mut [u8]> {
    rest.split_off_mut(..len)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
