//! `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1): read the little that is needed, build it for ADTS.

/// Sample rates by `samplingFrequencyIndex` (ISO/IEC 14496-3, table 1.18).
const RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Audio object types (ISO/IEC 14496-3, table 1.17).
const AOT_LC: u32 = 2;
const AOT_SBR: u32 = 5;
const AOT_PS: u32 = 29;

/// What an `AudioSpecificConfig` says, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AacConfig {
    /// Audio object type of the core coding.
    pub(crate) object_type: u32,
    /// Sample rate of the core coding in Hz.
    pub(crate) core_rate: u32,
    /// `channelConfiguration`; 0 means that a program config element tells.
    pub(crate) channel_config: u32,
    /// Explicit signalling of spectral band replication.
    pub(crate) has_sbr: bool,
    /// Explicit signalling of parametric stereo.
    pub(crate) has_ps: bool,
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, n_bits: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..n_bits {
            let byte = *self.bytes.get(self.at / 8)?;
            value = (value << 1) | u32::from((byte >> (7 - self.at % 8)) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn object_type(&mut self) -> Option<u32> {
        match self.take(5)? {
            31 => Some(32 + self.take(6)?),
            plain => Some(plain),
        }
    }

    fn rate(&mut self) -> Option<u32> {
        match self.take(4)? {
            15 => self.take(24),
            index => RATES.get(index as usize).copied(),
        }
    }
}

impl AacConfig {
    /// Parses the bytes of an `AudioSpecificConfig`; `None` if they are no such thing.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes, at: 0 };
        let mut object_type = bits.object_type()?;
        let core_rate = bits.rate()?;
        let channel_config = bits.take(4)?;
        let (mut has_sbr, mut has_ps) = (object_type == AOT_SBR || object_type == AOT_PS, object_type == AOT_PS);
        if has_sbr {
            bits.rate()?;
            object_type = bits.object_type()?;
        } else if object_type == AOT_LC && channel_config != 0 {
            let is_plain = bits.take(3) == Some(0);
            let is_sync = is_plain && bits.take(11) == Some(0x2b7) && bits.object_type() == Some(AOT_SBR);
            has_sbr = is_sync && bits.take(1) == Some(1) && bits.rate().is_some();
            has_ps = has_sbr && bits.take(11) == Some(0x548) && bits.take(1) == Some(1);
        }
        Some(Self { object_type, core_rate, channel_config, has_sbr, has_ps })
    }

    /// Reads the configuration out of the first intact ADTS header in `bytes`.
    pub(crate) fn from_adts(bytes: &[u8]) -> Option<Self> {
        let header = bytes.windows(7).find(|window| window[0] == 0xff && window[1] & 0xf6 == 0xf0)?;
        Some(Self {
            object_type: u32::from(header[2] >> 6) + 1,
            core_rate: *RATES.get(usize::from((header[2] >> 2) & 15))?,
            channel_config: (u32::from(header[2] & 1) << 2) | u32::from(header[3] >> 6),
            has_sbr: false,
            has_ps: false,
        })
    }

    /// Builds the bytes: backward compatible explicit signalling, which old and new players both read.
    ///
    /// `None` if the rate is not in the table or, with SBR, its double is not.
    pub(crate) fn to_bytes(self) -> Option<Vec<u8>> {
        let index = |rate| RATES.iter().position(|&known| known == rate).and_then(|at| u64::try_from(at).ok());
        let (mut value, mut n_bits) = (0_u64, 0_u32);
        let mut put = |bits: u64, count: u32| {
            value = (value << count) | bits;
            n_bits += count;
        };
        put(u64::from(self.object_type), 5);
        put(index(self.core_rate)?, 4);
        put(u64::from(self.channel_config), 4);
        put(0, 3);
        if self.has_sbr {
            put(0x2b7, 11);
            put(u64::from(AOT_SBR), 5);
            put(1, 1);
            put(index(self.core_rate * 2)?, 4);
            if self.has_ps {
                put(0x548, 11);
                put(1, 1);
            }
        }
        let n_bytes = n_bits.div_ceil(8);
        value <<= n_bytes * 8 - n_bits;
        Some(value.to_be_bytes()[8 - n_bytes as usize..].to_vec())
    }

    /// Returns the profile's usual name.
    pub(crate) fn name(self) -> &'static str {
        match (self.object_type, self.has_sbr, self.has_ps) {
            (_, _, true) => "HE-AAC v2",
            (_, true, _) => "HE-AAC",
            (1, ..) => "AAC Main",
            (AOT_LC, ..) => "AAC-LC",
            (3, ..) => "AAC SSR",
            (4, ..) => "AAC LTP",
            (23, ..) => "AAC-LD",
            (39, ..) => "AAC-ELD",
            (42, ..) => "xHE-AAC",
            _ => "AAC",
        }
    }

    /// Tells whether browsers play it: AAC-LC with or without SBR and parametric stereo.
    pub(crate) fn plays_everywhere(self) -> bool {
        self.object_type == AOT_LC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_read_back() {
        for (has_sbr, has_ps) in [(false, false), (true, false), (true, true)] {
            let config = AacConfig { object_type: 2, core_rate: 22_050, channel_config: 1, has_sbr, has_ps };
            let bytes = config.to_bytes().expect("a rate in the table");
            assert_eq!(AacConfig::parse(&bytes), Some(config));
        }
    }

    #[test]
    fn hierarchical_signalling_is_read() {
        let config = AacConfig::parse(&[0x2b, 0x8a, 0x08, 0x00]).expect("valid");
        assert!(config.has_sbr);
        assert_eq!((config.object_type, config.core_rate), (2, 22_050));
    }
}
