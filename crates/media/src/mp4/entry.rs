//! Sample entries: how a decoder is set up for each coding.
//!
//! ISO/IEC 14496-14 (`mp4a`), 14496-15 (`avc1`), Apple's ALAC magic cookie, and the Xiph mappings
//! "FLAC in ISOBMFF" and "Opus in ISOBMFF".

use super::boxes::{FullBox, put_u8, put_u16, put_u32, put_zeros, write_box, write_full_box};
use super::tables::SampleTable;
use crate::h264::ParameterSets;
use crate::{AudioCodec, AudioTrackSpec, Error, Result};

/// Object types of ISO/IEC 14496-1, table 5.
const OTI_AAC: u8 = 0x40;
const OTI_MPEG2_LAYER3: u8 = 0x69;
const OTI_MPEG1_LAYER3: u8 = 0x6b;

/// MPEG-2 and 2.5 Layer III use at most this rate, MPEG-1 only higher ones.
const MPEG2_RATE_MAX: u32 = 24_000;

/// Descriptor tags of ISO/IEC 14496-1, table 1.
const TAG_ES: u8 = 3;
const TAG_DECODER_CONFIG: u8 = 4;
const TAG_DECODER_SPECIFIC: u8 = 5;
const TAG_SL_CONFIG: u8 = 6;

/// Channel layouts of Apple's Core Audio, as its `chan` boxes name them.
const LAYOUT_MONO: u32 = 100 << 16 | 1;
const LAYOUT_STEREO: u32 = 101 << 16 | 2;

/// Longest payload of a descriptor whose length takes four groups of 7 bits.
const DESCRIPTOR_BYTES_MAX: usize = (1 << 28) - 1;

/// Most sets that an `avcC` box counts (ISO/IEC 14496-15, 5.3.3.1.2).
const SPS_MAX: usize = 31;
const PPS_MAX: usize = 255;

/// Appends `stsd` with one `avc1` entry for BT.709 limited-range square pixels.
pub(super) fn write_video_stsd(out: &mut Vec<u8>, width: u32, height: u32, sets: &ParameterSets) -> Result<()> {
    write_full_box(out, b"stsd", FullBox::PLAIN, |out| {
        put_u32(out, 1);
        write_box(out, b"avc1", |out| {
            put_picture_entry(out, width, height, "", 24);
            write_avcc(out, sets)?;
            write_box(out, b"colr", |out| {
                out.extend_from_slice(b"nclx");
                put_u16(out, 1); // BT.709 primaries, transfer, matrix
                put_u16(out, 1);
                put_u16(out, 1);
                put_u8(out, 0); // limited range
                Ok(())
            })?;
            write_box(out, b"pasp", |out| {
                put_u32(out, 1);
                put_u32(out, 1);
                Ok(())
            })
        })
    })
}

/// Appends `stsd` with one entry for samples that are PNG files with alpha (QuickTime File Format, "Video sample description").
pub(super) fn write_png_stsd(out: &mut Vec<u8>, width: u32, height: u32) -> Result<()> {
    write_full_box(out, b"stsd", FullBox::PLAIN, |out| {
        put_u32(out, 1);
        write_box(out, b"png ", |out| {
            put_picture_entry(out, width, height, "PNG", 32);
            Ok(())
        })
    })
}

/// Appends `stsd` with one entry for 16-bit little-endian samples ("Sound sample description", version 0).
pub(super) fn write_pcm_stsd(out: &mut Vec<u8>, sample_rate: u32, channels: u16) -> Result<()> {
    write_full_box(out, b"stsd", FullBox::PLAIN, |out| {
        put_u32(out, 1);
        write_box(out, b"sowt", |out| {
            put_zeros(out, 6);
            put_u16(out, 1); // data_reference_index
            put_zeros(out, 8);
            put_u16(out, channels);
            put_u16(out, 16);
            put_zeros(out, 4);
            put_u32(out, sample_rate << 16);
            write_full_box(out, b"chan", FullBox::PLAIN, |out| {
                put_u32(out, if channels == 1 { LAYOUT_MONO } else { LAYOUT_STEREO });
                put_zeros(out, 8); // no bitmap, no descriptions
                Ok(())
            })
        })
    })
}

/// Appends the fields that all pictures' entries start with (ISO/IEC 14496-12, 12.1.3).
fn put_picture_entry(out: &mut Vec<u8>, width: u32, height: u32, coder: &str, depth: u16) {
    put_zeros(out, 6);
    put_u16(out, 1); // data_reference_index
    put_zeros(out, 16);
    put_u16(out, width as u16);
    put_u16(out, height as u16);
    put_u32(out, 0x0048_0000); // 72 dpi
    put_u32(out, 0x0048_0000);
    put_u32(out, 0);
    put_u16(out, 1); // frame_count
    let coder = &coder.as_bytes()[..coder.len().min(31)];
    put_u8(out, coder.len() as u8);
    out.extend_from_slice(coder);
    put_zeros(out, 31 - coder.len());
    put_u16(out, depth);
    put_u16(out, 0xffff); // no color table
}

/// Appends `avcC`; with several sets it names the highest profile and level among them.
fn write_avcc(out: &mut Vec<u8>, sets: &ParameterSets) -> Result<()> {
    let (mut profile, mut compatibility, mut level) = (0, 0xff, 0);
    for sps in &sets.sps {
        let &[_, own_profile, own_compatibility, own_level, ..] = sps.as_slice() else {
            return Err(Error::malformed("H.264", "sequence parameter set too short"));
        };
        profile = profile.max(own_profile);
        compatibility &= own_compatibility;
        level = level.max(own_level);
    }
    for (what, n_sets, limit) in [
        ("the number of sequence parameter sets", sets.sps.len(), SPS_MAX),
        ("the number of picture parameter sets", sets.pps.len(), PPS_MAX),
    ] {
        if n_sets == 0 {
            return Err(Error::malformed("H.264", "no parameter sets"));
        }
        if n_sets > limit {
            return Err(Error::Limit { what, actual: n_sets as u64, limit: limit as u64 });
        }
    }
    write_box(out, b"avcC", |out| {
        out.extend_from_slice(&[1, profile, compatibility, level]);
        put_u8(out, 0xfc | 3); // 4-byte lengths
        put_u8(out, 0xe0 | sets.sps.len() as u8);
        for sps in &sets.sps {
            put_nal(out, sps)?;
        }
        put_u8(out, sets.pps.len() as u8);
        for pps in &sets.pps {
            put_nal(out, pps)?;
        }
        if profile >= 100 {
            put_u8(out, 0xfc | 1); // 4:2:0
            put_u8(out, 0xf8); // 8 bits
            put_u8(out, 0xf8);
            put_u8(out, 0);
        }
        Ok(())
    })
}

fn put_nal(out: &mut Vec<u8>, nal: &[u8]) -> Result<()> {
    let len = u16::try_from(nal.len()).map_err(|_| Error::malformed("H.264", "parameter set longer than 64 KiB"))?;
    put_u16(out, len);
    out.extend_from_slice(nal);
    Ok(())
}

/// Appends `stsd` with the one entry that describes `spec`.
pub(super) fn write_audio_stsd(out: &mut Vec<u8>, spec: &AudioTrackSpec, table: &SampleTable) -> Result<()> {
    write_full_box(out, b"stsd", FullBox::PLAIN, |out| {
        put_u32(out, 1);
        match &spec.codec {
            AudioCodec::Aac { config } => {
                write_entry(out, b"mp4a", spec, 16, |out| write_esds(out, spec, table, OTI_AAC, config))
            }
            AudioCodec::Mp3 => write_entry(out, b"mp4a", spec, 16, |out| {
                let is_mpeg2 = spec.sample_rate <= MPEG2_RATE_MAX;
                let oti = if is_mpeg2 { OTI_MPEG2_LAYER3 } else { OTI_MPEG1_LAYER3 };
                write_esds(out, spec, table, oti, &[])
            }),
            AudioCodec::Alac { config } => write_alac(out, spec, config),
            AudioCodec::Flac { stream_info } => write_flac(out, spec, stream_info),
            AudioCodec::Opus { head } => write_opus(out, spec, head),
        }
    })
}

fn write_entry(
    out: &mut Vec<u8>,
    fourcc: &[u8; 4],
    spec: &AudioTrackSpec,
    sample_bits: u16,
    set_up: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    write_box(out, fourcc, |out| {
        put_zeros(out, 6);
        put_u16(out, 1); // data_reference_index
        put_zeros(out, 8);
        put_u16(out, spec.channels);
        put_u16(out, sample_bits);
        put_zeros(out, 4);
        put_u32(out, entry_rate(spec.sample_rate) << 16);
        set_up(out)
    })
}

/// Returns the rate that fits the entry's 16 bits; higher ones are halved, as the FLAC mapping asks.
fn entry_rate(sample_rate: u32) -> u32 {
    let mut rate = sample_rate;
    while rate > u32::from(u16::MAX) {
        rate /= 2;
    }
    rate
}

fn write_esds(
    out: &mut Vec<u8>,
    spec: &AudioTrackSpec,
    table: &SampleTable,
    object_type: u8,
    config: &[u8],
) -> Result<()> {
    let (average, largest) = table.bit_rates(spec.sample_rate);
    let average = if average == 0 { spec.bit_rate } else { average };
    write_full_box(out, b"esds", FullBox::PLAIN, |out| {
        write_descriptor(out, TAG_ES, |out| {
            put_u16(out, 0); // ES_ID, 0 inside a file
            put_u8(out, 0);
            write_descriptor(out, TAG_DECODER_CONFIG, |out| {
                put_u8(out, object_type);
                put_u8(out, 5 << 2 | 1); // audio stream
                let buffer = table.sample_bytes_max().min(0xff_ffff);
                out.extend_from_slice(&buffer.to_be_bytes()[1..]);
                put_u32(out, largest);
                put_u32(out, average);
                if config.is_empty() {
                    return Ok(());
                }
                write_descriptor(out, TAG_DECODER_SPECIFIC, |out| {
                    out.extend_from_slice(config);
                    Ok(())
                })
            })?;
            write_descriptor(out, TAG_SL_CONFIG, |out| {
                put_u8(out, 2);
                Ok(())
            })
        })
    })
}

fn write_descriptor(out: &mut Vec<u8>, tag: u8, body: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    put_u8(out, tag);
    let length_at = out.len();
    put_zeros(out, 4);
    body(out)?;
    let len = out.len() - length_at - 4;
    if len > DESCRIPTOR_BYTES_MAX {
        return Err(Error::malformed("AAC", "decoder configuration too long"));
    }
    for (idx, shift) in [21, 14, 7, 0].into_iter().enumerate() {
        let continues = if shift > 0 { 0x80 } else { 0 };
        out[length_at + idx] = (len >> shift & 0x7f) as u8 | continues;
    }
    Ok(())
}

fn write_alac(out: &mut Vec<u8>, spec: &AudioTrackSpec, config: &[u8]) -> Result<()> {
    let &[_, _, _, _, _, bit_depth, ..] = config else {
        return Err(Error::malformed("ALAC", "configuration too short"));
    };
    write_entry(out, b"alac", spec, u16::from(bit_depth), |out| {
        write_full_box(out, b"alac", FullBox::PLAIN, |out| {
            out.extend_from_slice(config);
            Ok(())
        })
    })
}

fn write_flac(out: &mut Vec<u8>, spec: &AudioTrackSpec, stream_info: &[u8]) -> Result<()> {
    let Ok(info) = <&[u8; 34]>::try_from(stream_info) else {
        return Err(Error::malformed("FLAC", "STREAMINFO is not 34 bytes long"));
    };
    // Bits per sample minus one: 5 bits across bytes 12 and 13.
    let sample_bits = (u16::from(info[12] & 1) << 4 | u16::from(info[13] >> 4)) + 1;
    write_entry(out, b"fLaC", spec, sample_bits, |out| {
        write_full_box(out, b"dfLa", FullBox::PLAIN, |out| {
            put_u32(out, 0x80 << 24 | 34); // the last metadata block, STREAMINFO, 34 bytes
            out.extend_from_slice(info);
            Ok(())
        })
    })
}

fn write_opus(out: &mut Vec<u8>, spec: &AudioTrackSpec, head: &[u8]) -> Result<()> {
    let &[version, channels, skip_0, skip_1, r0, r1, r2, r3, gain_0, gain_1, family, ref mapping @ ..] = head else {
        return Err(Error::malformed("Opus", "identification header too short"));
    };
    if version >> 4 != 0 || (family != 0 && mapping.len() < usize::from(channels) + 2) {
        return Err(Error::malformed("Opus", "identification header invalid"));
    }
    write_entry(out, b"Opus", spec, 16, |out| {
        write_box(out, b"dOps", |out| {
            put_u8(out, 0);
            put_u8(out, channels);
            put_u16(out, u16::from_le_bytes([skip_0, skip_1]));
            put_u32(out, u32::from_le_bytes([r0, r1, r2, r3]));
            put_u16(out, u16::from_le_bytes([gain_0, gain_1]));
            put_u8(out, family);
            if family != 0 {
                out.extend_from_slice(&mapping[..usize::from(channels) + 2]);
            }
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::entry_rate;

    #[test]
    fn rates_beyond_16_bits_are_halved() {
        assert_eq!(entry_rate(44_100), 44_100);
        assert_eq!(entry_rate(96_000), 48_000);
        assert_eq!(entry_rate(192_000), 48_000);
    }
}
