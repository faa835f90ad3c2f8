//! Reads boxes (ISO/IEC 14496-12, 4.2) out of memory; whatever reaches beyond its parent ends the walk.

/// A box inside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InnerBox<'a> {
    pub(super) name: [u8; 4],
    pub(super) body: &'a [u8],
}

/// Walks over boxes that stand one after another.
#[derive(Debug, Clone)]
pub(super) struct Boxes<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = InnerBox<'a>;

    fn next(&mut self) -> Option<InnerBox<'a>> {
        let (header, size) = BoxHeader::parse(self.0)?;
        let size = usize::try_from(size.unwrap_or(self.0.len() as u64)).ok()?;
        let body = self.0.get(header.n_bytes..size)?;
        self.0 = &self.0[size..];
        Some(InnerBox { name: header.name, body })
    }
}

/// The start of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BoxHeader {
    pub(super) name: [u8; 4],
    /// Of the header itself.
    pub(super) n_bytes: usize,
}

/// Most bytes of a header.
pub(super) const HEADER_BYTES_MAX: usize = 16;

impl BoxHeader {
    /// Returns the header and the size of the whole box, which is `None` if it reaches to the end of the file.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, Option<u64>)> {
        let size = u32_at(bytes, 0)?;
        let name = bytes.get(4..8)?.try_into().ok()?;
        let (n_bytes, size) = match size {
            0 => (8, None),
            1 => (16, Some(u64_at(bytes, 8)?)),
            size => (8, Some(u64::from(size))),
        };
        let is_whole = size.is_none_or(|size| size >= n_bytes as u64);
        is_whole.then_some((Self { name, n_bytes }, size))
    }
}

/// Returns the body of the first box named `name` among `boxes`.
pub(super) fn find<'a>(boxes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    Boxes(boxes).find(|inner| &inner.name == name).map(|inner| inner.body)
}

/// Returns the body of the box that a path of names leads to.
pub(super) fn find_path<'a>(boxes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(boxes, |boxes, name| find(boxes, name))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// Returns the version of a full box.
pub(super) fn version(body: &[u8]) -> u8 {
    body.first().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Boxes, find};

    #[test]
    fn boxes_end_where_they_lie() {
        let bytes = b"\0\0\0\x0aabcd12\0\0\0\x08efgh\0\0\0\xffijkl";
        let names: Vec<_> = Boxes(bytes).map(|inner| inner.name).collect();
        assert_eq!(names, [*b"abcd", *b"efgh"]);
        assert_eq!(find(bytes, b"abcd"), Some(&b"12"[..]));
        assert_eq!(find(bytes, b"ijkl"), None);
        assert_eq!(Boxes(b"\0\0\0\x07abcd").count(), 0, "smaller than its header");
        assert_eq!(Boxes(b"\0\0\0\x01abcd\xff\xff\xff\xff\xff\xff\xff\xff12").count(), 0);
        assert_eq!(Boxes(b"\0\0\0\0abcd123").next().map(|inner| inner.body), Some(&b"123"[..]));
    }
}
