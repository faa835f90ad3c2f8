//! `ftyp` and `moov` (ISO/IEC 14496-12, 4.3 and 8.2).

use super::boxes::{FullBox, put_time, put_u16, put_u32, put_zeros, write_box, write_full_box};
use super::tables::SampleTable;
use super::tags::{Mp4Tags, write_udta};
use crate::{AudioCodec, Result};

/// "und" in three 5-bit letters (8.4.2.3).
const LANGUAGE_UND: u16 = 0x55c4;

/// Enabled, in the movie, in the preview (8.3.2.3).
const TRACK_FLAGS: u32 = 7;

/// Opus needs 80 ms before a seek target (Opus in ISOBMFF, 4.3.6.2), here at its fixed rate of 48 kHz.
const OPUS_ROLL_FRAMES: u32 = 3840;

/// What a track holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackKind {
    /// Pictures of this many pixels per row and rows.
    Video(u32, u32),
    Audio,
}

/// Appends the sample description and the sample tables for media that stands so many bytes higher than they say.
type WriteTables<'a> = dyn Fn(&mut Vec<u8>, u64) -> Result<()> + 'a;

/// One track.
pub(super) struct Track<'a> {
    pub(super) kind: TrackKind,
    pub(super) timescale: u32,
    /// Of all samples, in ticks of `timescale`.
    pub(super) media_duration: u64,
    /// Of what is presented, in ticks of the movie.
    pub(super) duration: u64,
    /// The first tick of the media that is presented, if an edit list is to say so.
    pub(super) starts_at: Option<u64>,
    pub(super) tables: &'a WriteTables<'a>,
}

/// Which of two closely related formats is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    /// ISO/IEC 14496-12.
    Mp4,
    /// QuickTime File Format, which names its handlers differently.
    QuickTime,
}

/// Everything `moov` is built from; tracks are numbered from 1 on.
pub(super) struct Movie<'a> {
    pub(super) flavor: Flavor,
    pub(super) timescale: u32,
    pub(super) creation_time: u64,
    pub(super) tags: &'a Mp4Tags,
    pub(super) tracks: &'a [Track<'a>],
}

/// Returns the `ftyp` box.
pub(super) fn ftyp(flavor: Flavor) -> Vec<u8> {
    match flavor {
        Flavor::Mp4 => b"\0\0\0\x20ftypisom\0\0\x02\0isomiso6avc1mp41".to_vec(),
        Flavor::QuickTime => b"\0\0\0\x14ftypqt  \0\0\x02\0qt  ".to_vec(),
    }
}

impl Movie<'_> {
    /// Builds `moov` for media that stands `shift` bytes higher than the tables say.
    pub(super) fn moov(&self, shift: u64) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        write_box(&mut out, b"moov", |out| {
            self.write_mvhd(out)?;
            for (track, id) in self.tracks.iter().zip(1..) {
                self.write_track(out, track, id, shift)?;
            }
            write_udta(out, self.tags)
        })?;
        Ok(out)
    }

    fn write_mvhd(&self, out: &mut Vec<u8>) -> Result<()> {
        let duration = self.tracks.iter().map(|track| track.duration).max().unwrap_or(0);
        let header = FullBox::wide_if(&[self.creation_time, duration]);
        write_full_box(out, b"mvhd", header, |out| {
            put_time(out, header, self.creation_time);
            put_time(out, header, self.creation_time);
            put_u32(out, self.timescale);
            put_time(out, header, duration);
            put_u32(out, 0x0001_0000); // rate
            put_u16(out, 0x0100); // volume
            put_zeros(out, 10);
            put_matrix(out);
            put_zeros(out, 24);
            put_u32(out, self.tracks.len() as u32 + 1);
            Ok(())
        })
    }

    fn write_track(&self, out: &mut Vec<u8>, track: &Track<'_>, id: u32, shift: u64) -> Result<()> {
        write_box(out, b"trak", |out| {
            self.write_tkhd(out, track, id)?;
            if let Some(starts_at) = track.starts_at {
                write_box(out, b"edts", |out| write_elst(out, track.duration, starts_at))?;
            }
            write_box(out, b"mdia", |out| {
                self.write_mdhd(out, track)?;
                let (kind, name) = match track.kind {
                    TrackKind::Video(..) => (b"vide", "VideoHandler"),
                    TrackKind::Audio => (b"soun", "SoundHandler"),
                };
                match self.flavor {
                    Flavor::Mp4 => write_hdlr(out, kind, name)?,
                    Flavor::QuickTime => write_component(out, b"mhlr", kind, name)?,
                }
                write_box(out, b"minf", |out| {
                    write_media_header(out, track.kind)?;
                    if self.flavor == Flavor::QuickTime {
                        write_component(out, b"dhlr", b"url ", "DataHandler")?;
                    }
                    write_dinf(out)?;
                    write_box(out, b"stbl", |out| (track.tables)(out, shift))
                })
            })
        })
    }

    fn write_tkhd(&self, out: &mut Vec<u8>, track: &Track<'_>, id: u32) -> Result<()> {
        let (is_video, width, height) = match track.kind {
            TrackKind::Video(width, height) => (true, width, height),
            TrackKind::Audio => (false, 0, 0),
        };
        let mut header = FullBox::wide_if(&[self.creation_time, track.duration]);
        header.flags = TRACK_FLAGS;
        write_full_box(out, b"tkhd", header, |out| {
            put_time(out, header, self.creation_time);
            put_time(out, header, self.creation_time);
            put_u32(out, id);
            put_zeros(out, 4);
            put_time(out, header, track.duration);
            put_zeros(out, 10);
            put_u16(out, u16::from(!is_video)); // alternate_group
            put_u16(out, if is_video { 0 } else { 0x0100 }); // volume
            put_zeros(out, 2);
            put_matrix(out);
            put_u32(out, width << 16);
            put_u32(out, height << 16);
            Ok(())
        })
    }

    fn write_mdhd(&self, out: &mut Vec<u8>, track: &Track<'_>) -> Result<()> {
        let header = FullBox::wide_if(&[self.creation_time, track.media_duration]);
        write_full_box(out, b"mdhd", header, |out| {
            put_time(out, header, self.creation_time);
            put_time(out, header, self.creation_time);
            put_u32(out, track.timescale);
            put_time(out, header, track.media_duration);
            put_u16(out, LANGUAGE_UND);
            put_zeros(out, 2);
            Ok(())
        })
    }
}

/// Cuts a decoder's priming off the start and its padding off the end.
fn write_elst(out: &mut Vec<u8>, duration: u64, starts_at: u64) -> Result<()> {
    // Media times are signed.
    let header = FullBox::wide_if(&[duration, starts_at << 1]);
    write_full_box(out, b"elst", header, |out| {
        put_u32(out, 1);
        put_time(out, header, duration);
        put_time(out, header, starts_at);
        put_u32(out, 0x0001_0000); // rate
        Ok(())
    })
}

fn write_media_header(out: &mut Vec<u8>, kind: TrackKind) -> Result<()> {
    let (fourcc, header, n_zeros) = match kind {
        TrackKind::Video(..) => (b"vmhd", FullBox::flags(1), 8),
        TrackKind::Audio => (b"smhd", FullBox::PLAIN, 4),
    };
    write_full_box(out, fourcc, header, |out| {
        put_zeros(out, n_zeros);
        Ok(())
    })
}

/// Tells how many packets a decoder must run before a seek target (8.9, 10.1).
pub(super) fn write_roll(out: &mut Vec<u8>, codec: &AudioCodec, table: &SampleTable) -> Result<()> {
    let n_packets = match codec {
        AudioCodec::Aac { .. } => 1,
        AudioCodec::Opus { .. } => OPUS_ROLL_FRAMES.div_ceil(table.first_ticks().max(1)) as i16,
        AudioCodec::Mp3 | AudioCodec::Alac { .. } | AudioCodec::Flac { .. } => return Ok(()),
    };
    write_full_box(out, b"sgpd", FullBox::version(1), |out| {
        out.extend_from_slice(b"roll");
        put_u32(out, 2); // default_length
        put_u32(out, 1);
        out.extend_from_slice(&(-n_packets).to_be_bytes());
        Ok(())
    })?;
    write_full_box(out, b"sbgp", FullBox::PLAIN, |out| {
        out.extend_from_slice(b"roll");
        put_u32(out, 1);
        put_u32(out, table.n_samples() as u32);
        put_u32(out, 1);
        Ok(())
    })
}

fn put_matrix(out: &mut Vec<u8>) {
    for value in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] {
        put_u32(out, value);
    }
}

fn write_hdlr(out: &mut Vec<u8>, kind: &[u8; 4], name: &str) -> Result<()> {
    write_full_box(out, b"hdlr", FullBox::PLAIN, |out| {
        put_zeros(out, 4);
        out.extend_from_slice(kind);
        put_zeros(out, 12);
        out.extend_from_slice(name.as_bytes());
        put_zeros(out, 1);
        Ok(())
    })
}

/// Appends QuickTime's `hdlr`: with the type of the component, its name behind the length.
fn write_component(out: &mut Vec<u8>, component: &[u8; 4], kind: &[u8; 4], name: &str) -> Result<()> {
    write_full_box(out, b"hdlr", FullBox::PLAIN, |out| {
        out.extend_from_slice(component);
        out.extend_from_slice(kind);
        put_zeros(out, 12);
        out.push(name.len() as u8);
        out.extend_from_slice(name.as_bytes());
        Ok(())
    })
}

fn write_dinf(out: &mut Vec<u8>) -> Result<()> {
    write_box(out, b"dinf", |out| {
        write_full_box(out, b"dref", FullBox::PLAIN, |out| {
            put_u32(out, 1);
            write_full_box(out, b"url ", FullBox::flags(1), |_| Ok(()))
        })
    })
}
