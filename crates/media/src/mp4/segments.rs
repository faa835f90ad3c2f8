//! Samples that stand in files of their own, such as scenes encoded at different times, as one stream.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::{SampleSource, VideoSample, VideoTrackSpec};
use crate::{Error, Result};

/// Bytes read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// Largest picture accepted, in bytes: several times what 4096 × 2304 pixels take without any compression.
const SAMPLE_BYTES_MAX: u32 = 64 << 20;

/// Where a sample stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentSample {
    /// Bytes before it.
    pub offset: u64,
    /// Its bytes.
    pub n_bytes: u32,
    /// Whether decoding can start here.
    pub is_sync: bool,
    /// For how many frames it is shown.
    pub n_frames: u32,
}

/// A file with samples of one encoder, the first of which is an IDR picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The file.
    pub path: PathBuf,
    /// Its samples in order.
    pub samples: Vec<SegmentSample>,
}

/// Reads one segment after another, holding one sample in memory.
#[derive(Debug)]
pub struct SegmentSource {
    spec: VideoTrackSpec,
    segments: std::vec::IntoIter<Segment>,
    open: Option<OpenSegment>,
}

#[derive(Debug)]
struct OpenSegment {
    path: PathBuf,
    samples: std::vec::IntoIter<SegmentSample>,
    reader: BufReader<File>,
    position: u64,
}

impl SegmentSource {
    /// Takes the segments in the order in which they are shown.
    ///
    /// The estimate of `spec` is replaced by the number of samples.
    pub fn new(mut spec: VideoTrackSpec, segments: Vec<Segment>) -> Self {
        spec.samples_estimate = Some(segments.iter().map(|segment| segment.samples.len() as u64).sum());
        Self { spec, segments: segments.into_iter(), open: None }
    }
}

impl SampleSource for SegmentSource {
    fn spec(&self) -> &VideoTrackSpec {
        &self.spec
    }

    fn next_sample(&mut self, sample: &mut VideoSample) -> Result<bool> {
        loop {
            if let Some(open) = &mut self.open
                && open.next_sample(sample)?
            {
                return Ok(true);
            }
            let Some(segment) = self.segments.next() else {
                return Ok(false);
            };
            self.open = Some(OpenSegment::new(segment)?);
        }
    }
}

impl OpenSegment {
    fn new(segment: Segment) -> Result<Self> {
        let file = File::open(&segment.path).map_err(|error| Error::io("open", &segment.path, error))?;
        let reader = BufReader::with_capacity(BUFFER_BYTES, file);
        Ok(Self { path: segment.path, samples: segment.samples.into_iter(), reader, position: 0 })
    }

    fn next_sample(&mut self, sample: &mut VideoSample) -> Result<bool> {
        let Some(SegmentSample { offset, n_bytes, is_sync, n_frames }) = self.samples.next() else {
            return Ok(false);
        };
        if n_bytes > SAMPLE_BYTES_MAX {
            return Err(Error::Limit {
                what: "the size of a picture in bytes",
                actual: u64::from(n_bytes),
                limit: u64::from(SAMPLE_BYTES_MAX),
            });
        }
        let mut read = |reader: &mut BufReader<File>, position: u64| -> std::io::Result<()> {
            if offset != position {
                reader.seek(SeekFrom::Start(offset))?;
            }
            sample.data.clear();
            let n_read = reader.take(u64::from(n_bytes)).read_to_end(&mut sample.data)?;
            if n_read < n_bytes as usize { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
        };
        read(&mut self.reader, self.position).map_err(|error| Error::io("read", &self.path, error))?;
        self.position = offset + u64::from(n_bytes);
        sample.is_sync = is_sync;
        sample.n_frames = n_frames;
        Ok(true)
    }
}
