//! `ftyp` and `moov` (ISO/IEC 14496-12, 4.3 and 8.2).

use super::boxes::{FullBox, put_time, put_u16, put_u32, put_zeros, write_box, write_full_box};
use super::entry::{write_audio_stsd, write_video_stsd};
use super::tables::{AudioTable, VideoTable};
use super::tags::{Mp4Tags, write_udta};
use crate::h264::StillVideo;
use crate::{AudioCodec, AudioTrackSpec, Result};

const VIDEO_TRACK_ID: u32 = 1;
const AUDIO_TRACK_ID: u32 = 2;

/// "und" in three 5-bit letters (8.4.2.3).
const LANGUAGE_UND: u16 = 0x55c4;

/// Enabled, in the movie, in the preview (8.3.2.3).
const TRACK_FLAGS: u32 = 7;

/// Opus needs 80 ms before a seek target (Opus in ISOBMFF, 4.3.6.2), here at its fixed rate of 48 kHz.
const OPUS_ROLL_FRAMES: u32 = 3840;

/// Everything `moov` is built from.
#[derive(Debug)]
pub(super) struct MovieParts<'a> {
    pub(super) spec: &'a AudioTrackSpec,
    pub(super) still: &'a StillVideo,
    pub(super) tags: &'a Mp4Tags,
    pub(super) creation_time: u64,
    pub(super) audible_frames: u64,
    pub(super) video: VideoTable,
    pub(super) audio: AudioTable,
}

/// Returns the `ftyp` box.
pub(super) fn ftyp() -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&32_u32.to_be_bytes());
    out.extend_from_slice(b"ftypisom\0\0\x02\0isomiso6avc1mp41");
    out
}

impl MovieParts<'_> {
    /// Builds `moov` for media that stands `shift` bytes higher than the tables say.
    pub(super) fn moov(&self, shift: u64) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        write_box(&mut out, b"moov", |out| {
            self.write_mvhd(out)?;
            self.write_video_track(out, shift)?;
            self.write_audio_track(out, shift)?;
            write_udta(out, self.tags)
        })?;
        Ok(out)
    }

    fn write_mvhd(&self, out: &mut Vec<u8>) -> Result<()> {
        let header = FullBox::wide_if(&[self.creation_time, self.audible_frames]);
        write_full_box(out, b"mvhd", header, |out| {
            put_time(out, header, self.creation_time);
            put_time(out, header, self.creation_time);
            put_u32(out, self.spec.sample_rate);
            put_time(out, header, self.audible_frames);
            put_u32(out, 0x0001_0000); // rate
            put_u16(out, 0x0100); // volume
            put_zeros(out, 10);
            put_matrix(out);
            put_zeros(out, 24);
            put_u32(out, AUDIO_TRACK_ID + 1);
            Ok(())
        })
    }

    fn write_video_track(&self, out: &mut Vec<u8>, shift: u64) -> Result<()> {
        write_box(out, b"trak", |out| {
            self.write_tkhd(out, VIDEO_TRACK_ID)?;
            write_box(out, b"mdia", |out| {
                self.write_mdhd(out, self.audible_frames)?;
                write_hdlr(out, b"vide", "VideoHandler")?;
                write_box(out, b"minf", |out| {
                    write_full_box(out, b"vmhd", FullBox::flags(1), |out| {
                        put_zeros(out, 8);
                        Ok(())
                    })?;
                    write_dinf(out)?;
                    write_box(out, b"stbl", |out| {
                        write_video_stsd(out, self.still)?;
                        self.video.write(out, shift)
                    })
                })
            })
        })
    }

    fn write_audio_track(&self, out: &mut Vec<u8>, shift: u64) -> Result<()> {
        write_box(out, b"trak", |out| {
            self.write_tkhd(out, AUDIO_TRACK_ID)?;
            write_box(out, b"edts", |out| self.write_elst(out))?;
            write_box(out, b"mdia", |out| {
                self.write_mdhd(out, self.audio.duration())?;
                write_hdlr(out, b"soun", "SoundHandler")?;
                write_box(out, b"minf", |out| {
                    write_full_box(out, b"smhd", FullBox::PLAIN, |out| {
                        put_zeros(out, 4);
                        Ok(())
                    })?;
                    write_dinf(out)?;
                    write_box(out, b"stbl", |out| {
                        write_audio_stsd(out, self.spec, &self.audio)?;
                        self.audio.write(out, shift)?;
                        self.write_roll(out)
                    })
                })
            })
        })
    }

    fn write_tkhd(&self, out: &mut Vec<u8>, track_id: u32) -> Result<()> {
        let is_video = track_id == VIDEO_TRACK_ID;
        let mut header = FullBox::wide_if(&[self.creation_time, self.audible_frames]);
        header.flags = TRACK_FLAGS;
        write_full_box(out, b"tkhd", header, |out| {
            put_time(out, header, self.creation_time);
            put_time(out, header, self.creation_time);
            put_u32(out, track_id);
            put_zeros(out, 4);
            put_time(out, header, self.audible_frames);
            put_zeros(out, 10);
            put_u16(out, u16::from(!is_video)); // alternate_group
            put_u16(out, if is_video { 0 } else { 0x0100 }); // volume
            put_zeros(out, 2);
            put_matrix(out);
            put_u32(out, if is_video { self.still.width << 16 } else { 0 });
            put_u32(out, if is_video { self.still.height << 16 } else { 0 });
            Ok(())
        })
    }

    fn write_mdhd(&self, out: &mut Vec<u8>, duration: u64) -> Result<()> {
        let header = FullBox::wide_if(&[self.creation_time, duration]);
        write_full_box(out, b"mdhd", header, |out| {
            put_time(out, header, self.creation_time);
            put_time(out, header, self.creation_time);
            put_u32(out, self.spec.sample_rate);
            put_time(out, header, duration);
            put_u16(out, LANGUAGE_UND);
            put_zeros(out, 2);
            Ok(())
        })
    }

    /// Cuts the decoder's priming off the start and its padding off the end.
    fn write_elst(&self, out: &mut Vec<u8>) -> Result<()> {
        let media_time = u64::from(self.spec.priming);
        // Media times are signed.
        let header = FullBox::wide_if(&[self.audible_frames, media_time << 1]);
        write_full_box(out, b"elst", header, |out| {
            put_u32(out, 1);
            put_time(out, header, self.audible_frames);
            put_time(out, header, media_time);
            put_u32(out, 0x0001_0000); // rate
            Ok(())
        })
    }

    /// Tells how many packets a decoder must run before a seek target (8.9, 10.1).
    fn write_roll(&self, out: &mut Vec<u8>) -> Result<()> {
        let n_packets = match self.spec.codec {
            AudioCodec::Aac { .. } => 1,
            AudioCodec::Opus { .. } => OPUS_ROLL_FRAMES.div_ceil(self.audio.packet_frames().max(1)) as i16,
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
            put_u32(out, self.audio.n_packets() as u32);
            put_u32(out, 1);
            Ok(())
        })
    }
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

fn write_dinf(out: &mut Vec<u8>) -> Result<()> {
    write_box(out, b"dinf", |out| {
        write_full_box(out, b"dref", FullBox::PLAIN, |out| {
            put_u32(out, 1);
            write_full_box(out, b"url ", FullBox::flags(1), |_| Ok(()))
        })
    })
}
