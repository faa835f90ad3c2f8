//! A stretch of encoded picture: one closed group of pictures, kept in the cache and joined without encoding again.
//!
//! 1. 1 byte: which encoder made it
//! 2. 4 bytes: the number of samples, little-endian
//! 3. 4 bytes for each: its length
//! 4. the samples; the first is an IDR picture, no other is
//! 5. what is not drawn as it was meant, as a JSON list of texts

use std::ops::Range;

/// Which encoder made a segment; tells which parameter sets it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Coding {
    /// Our own, which encodes what moved.
    Region,
    /// openh264, for pictures that move as a whole.
    FullMotion,
}

/// One closed group of pictures, a frame per sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) coding: Coding,
    ends: Vec<u32>,
    bytes: Vec<u8>,
    /// What is not drawn as it was meant.
    pub(crate) warnings: Vec<String>,
}

impl Segment {
    pub(crate) fn new(coding: Coding) -> Self {
        Self { coding, ends: Vec::new(), bytes: Vec::new(), warnings: Vec::new() }
    }

    /// Appends the sample of the next frame.
    pub(crate) fn push(&mut self, sample: &[u8]) {
        self.bytes.extend_from_slice(sample);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// Returns the number of frames.
    pub(crate) fn n_samples(&self) -> usize {
        self.ends.len()
    }

    /// Returns the sample of a frame.
    pub(crate) fn sample(&self, at: usize) -> &[u8] {
        self.range(at).and_then(|range| self.bytes.get(range)).unwrap_or_default()
    }

    fn range(&self, at: usize) -> Option<Range<usize>> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        Some(start as usize..*self.ends.get(at)? as usize)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(5 + self.ends.len() * 4 + self.bytes.len());
        bytes.push(match self.coding {
            Coding::Region => 0,
            Coding::FullMotion => 1,
        });
        bytes.extend_from_slice(&(self.ends.len() as u32).to_le_bytes());
        let mut start = 0;
        for &end in &self.ends {
            bytes.extend_from_slice(&(end - start).to_le_bytes());
            start = end;
        }
        bytes.extend_from_slice(&self.bytes);
        // Texts can always be written.
        bytes.extend(serde_json::to_vec(&self.warnings).unwrap_or_default());
        bytes
    }

    /// Reads a segment; `None` for anything that [`Self::to_bytes`] does not write.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&coding, rest) = bytes.split_first()?;
        let coding = match coding {
            0 => Coding::Region,
            1 => Coding::FullMotion,
            _ => return None,
        };
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let count = u32::from_le_bytes(*count) as usize;
        let (lengths, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
        let mut end = 0u32;
        let mut ends = Vec::with_capacity(count);
        for length in lengths.chunks_exact(4) {
            end = end.checked_add(u32::from_le_bytes(length.try_into().ok()?))?;
            ends.push(end);
        }
        let (samples, warnings) = rest.split_at_checked(end as usize)?;
        let warnings = serde_json::from_slice(warnings).ok()?;
        Some(Self { coding, ends, bytes: samples.to_vec(), warnings })
    }
}

#[cfg(test)]
mod tests {
    use super::{Coding, Segment};

    #[test]
    fn a_segment_comes_back_and_nothing_else_does() {
        let mut segment = Segment::new(Coding::FullMotion);
        for sample in [b"first".as_slice(), b"", b"third"] {
            segment.push(sample);
        }
        segment.warnings.push("no font".to_owned());
        let bytes = segment.to_bytes();
        let back = Segment::from_bytes(&bytes).unwrap();
        assert_eq!(back, segment);
        assert_eq!(back.n_samples(), 3);
        assert_eq!(back.sample(0), b"first");
        assert_eq!(back.sample(1), b"");
        assert_eq!(back.sample(2), b"third");
        assert_eq!(back.sample(3), b"");
        for cut in 0..bytes.len() {
            assert_eq!(Segment::from_bytes(&bytes[..cut]), None);
        }
        assert_eq!(Segment::from_bytes(&[9, 0, 0, 0, 0]), None);
        assert_eq!(Segment::from_bytes(&[0, 255, 255, 255, 255, 1]), None);
    }
}
