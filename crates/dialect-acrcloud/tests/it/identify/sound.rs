//! Sounds made here, and the forms in which clients send them.

use fingerprint::Extractor;
use ropus::{Application, Channels, Encoder};

/// Samples per second of everything made here.
pub(crate) const RATE_HZ: u32 = 16_000;

/// Numbers that look random and are the same every time.
struct Random(u32);

impl Random {
    fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(2_654_435_761) ^ 0x9e37_79b9)
    }

    /// From 0 up to 1.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }
}

/// Notes that come and go; no two seeds sound alike.
pub(crate) fn music(seed: u32, seconds: u32) -> Vec<f32> {
    let mut random = Random::new(seed);
    let mut notes = [(0.0f32, 0.0f32); 5];
    let mut samples = Vec::with_capacity((seconds * RATE_HZ) as usize);
    for n in 0..seconds * RATE_HZ {
        if n.is_multiple_of(RATE_HZ / 8) {
            let voice = (random.unit() * 5.0) as usize;
            notes[voice] = (250.0 * 12.0f32.powf(random.unit()), 0.2);
        }
        let mut sample = 0.002 * (random.unit() - 0.5);
        for (hz, level) in &mut notes {
            sample += *level * (*hz * (n as f32 / RATE_HZ as f32) * std::f32::consts::TAU).sin();
            *level *= 1.0 - 3.0 / RATE_HZ as f32;
        }
        samples.push(sample);
    }
    samples
}

/// A stretch of a sound, in milliseconds.
pub(crate) fn cut(samples: &[f32], from_ms: u32, to_ms: u32) -> Vec<f32> {
    let at = |ms: u32| (ms * (RATE_HZ / 1000)) as usize;
    samples[at(from_ms)..at(to_ms).min(samples.len())].to_vec()
}

/// The sound with hiss as loud as a noisy room.
pub(crate) fn noisy(samples: &[f32], seed: u32) -> Vec<f32> {
    let mut random = Random::new(seed);
    samples.iter().map(|sample| sample + 0.2 * (random.unit() - 0.5)).collect()
}

/// Nothing.
pub(crate) fn silence(seconds: u32) -> Vec<f32> {
    vec![0.0; (seconds * RATE_HZ) as usize]
}

fn pcm(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_000.0) as i16).collect()
}

/// A WAV file.
pub(crate) fn wav(samples: &[f32]) -> Vec<u8> {
    wav_of(RATE_HZ, &pcm(samples))
}

/// A WAV file of 8 kHz, mono, 16 bit, as mobile clients record.
pub(crate) fn wav_8k(samples: &[f32]) -> Vec<u8> {
    let halved: Vec<f32> = samples.chunks_exact(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
    wav_of(RATE_HZ / 2, &pcm(&halved))
}

fn wav_of(rate_hz: u32, samples: &[i16]) -> Vec<u8> {
    let n_bytes = samples.len() as u32 * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + n_bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    for number in [16, 1 | 1 << 16, rate_hz, rate_hz * 2, 2 | 16 << 16] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(n_bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// A fingerprint file of ours.
pub(crate) fn fingerprint(samples: &[f32]) -> Vec<u8> {
    let mut extractor = Extractor::new(RATE_HZ, 1).unwrap();
    extractor.push(samples);
    extractor.finish().to_bytes()
}

/// An Ogg file of Opus, as the vendor's mobile clients send (RFC 7845).
pub(crate) fn ogg_opus(samples: &[f32]) -> Vec<u8> {
    /// Samples of a packet of 20 ms.
    const PACKET: usize = RATE_HZ as usize / 50;
    let mut encoder = Encoder::builder(RATE_HZ, Channels::Mono, Application::Audio).build().unwrap();
    let pre_skip = (encoder.lookahead() * (48_000 / RATE_HZ)) as u16;
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(pre_skip.to_le_bytes());
    head.extend(RATE_HZ.to_le_bytes());
    head.extend([0, 0, 0]);
    let mut file = ogg_page(0, 2, 0, &[head]);
    file.extend(ogg_page(1, 0, 0, &[b"OpusTags\x04\0\0\0test\0\0\0\0".to_vec()]));
    let mut out = [0; 4000];
    let packets: Vec<Vec<u8>> = pcm(samples)
        .chunks_exact(PACKET)
        .map(|packet| {
            let len = encoder.encode(packet, &mut out).unwrap();
            out[..len].to_vec()
        })
        .collect();
    let pages: Vec<_> = packets.chunks(50).collect();
    for (index, page) in pages.iter().enumerate() {
        let n_packets = index * 50 + page.len();
        let last = if index + 1 == pages.len() { 4 } else { 0 };
        file.extend(ogg_page(index as u32 + 2, last, n_packets as u64 * 960, page));
    }
    file
}

/// One page of an Ogg stream (RFC 3533).
fn ogg_page(number: u32, flags: u8, granule: u64, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut lacing = Vec::new();
    for packet in packets {
        lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
        lacing.push((packet.len() % 255) as u8);
    }
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(7_u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(u8::try_from(lacing.len()).unwrap());
    page.extend(lacing);
    page.extend(packets.concat());
    let checksum = ogg_checksum(&page);
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
    page
}

fn ogg_checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ (u32::from(*byte) << 24), |sum, _| (sum << 1) ^ ((sum >> 31) * 0x04c1_1db7))
    })
}
