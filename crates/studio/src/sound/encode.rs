//! Mixes what is heard in a piece, and encodes it.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use media::audio::{AacEncoder, PacketWindow, Spec, UNIT_FRAMES};
use media::{AudioCodec, Packet};

use super::piece::{Piece, pieces};
use super::track::{Encoded, SoundTrack};
use crate::assets::Library;
use crate::cache::{Key, Session};
use crate::mix::{MixPlan, Mixer, SAMPLE_RATE};
use crate::progress::Shared;
use crate::speak::Speeches;
use crate::{Error, Result};

/// Bits per second of the sound.
const BIT_RATE: u32 = 192_000;

/// The sound of a video, which any number of workers make together.
pub(crate) struct SoundWork<'a> {
    plan: &'a MixPlan,
    speeches: &'a Speeches<'a>,
    library: &'a Library,
    session: &'a Session<'a>,
    pieces: Vec<Piece>,
    next: Mutex<Next<'a>>,
}

/// What is to be made next, and the sound up to there.
struct Next<'a> {
    piece: usize,
    mixed: Mixed<'a>,
}

/// A piece that is not in the cache, and what encoding it takes.
struct Unmade<'a> {
    piece: &'a Piece,
    key: Key,
    samples: Vec<f32>,
    warnings: Vec<String>,
}

impl<'a> SoundWork<'a> {
    pub(crate) fn new(
        plan: &'a MixPlan,
        speeches: &'a Speeches<'a>,
        library: &'a Library,
        session: &'a Session<'a>,
    ) -> Self {
        let next = Mutex::new(Next { piece: 0, mixed: Mixed::new(plan, speeches) });
        Self { plan, speeches, library, session, pieces: pieces(plan.n_frames), next }
    }

    /// Makes pieces that are not in the cache until none is left to begin; other workers may do so at the same time.
    pub(crate) fn work(&self, shared: &Shared<'_, '_>) -> Result<()> {
        while let Some(Unmade { piece, key, samples, warnings }) = self.take()? {
            self.session.put(&key, &encode(piece, &samples, warnings)?.to_bytes())?;
            shared.advance(0)?;
        }
        Ok(())
    }

    /// Returns the next piece that is not in the cache, with its sound.
    fn take(&self) -> Result<Option<Unmade<'_>>> {
        // Mixing is much quicker than encoding, so that workers seldom wait for each other.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(piece) = self.pieces.get(next.piece) {
            next.piece += 1;
            let key = piece.key(self.plan, self.speeches, self.library);
            if !self.session.hold(&key) {
                let heard = piece.heard();
                let samples = next.mixed.take(&heard)?;
                let warnings = next.mixed.mixer.failures(&heard);
                return Ok(Some(Unmade { piece, key, samples, warnings }));
            }
        }
        Ok(None)
    }

    /// Returns the whole track when all workers are done.
    pub(crate) fn finish(&self) -> Result<SoundTrack<'a>> {
        let mut keys = Vec::with_capacity(self.pieces.len());
        let mut warnings = Vec::new();
        let mut before: Option<(Piece, Encoded)> = None;
        for piece in &self.pieces {
            let mut piece = piece.clone();
            let (mut key, mut encoded) = self.read(&piece)?;
            if let Some((before, encoded_before)) = &before
                && !encoded.follows(encoded_before)
            {
                piece = piece.like(before);
                (key, encoded) = self.read(&piece)?;
            }
            keys.push(key);
            for warning in encoded.warnings() {
                if !warnings.contains(warning) {
                    warnings.push(warning.clone());
                }
            }
            before = Some((piece, encoded));
        }
        let (_, last) = before.ok_or_else(|| Error::Internal("a video without sound".to_owned()))?;
        Ok(SoundTrack::new(self.session, keys, &last, self.plan.n_frames, warnings))
    }

    /// Reads a piece, which is made if it is not in the cache.
    fn read(&self, piece: &Piece) -> Result<(Key, Encoded)> {
        let key = piece.key(self.plan, self.speeches, self.library);
        if !self.session.hold(&key) {
            let mut mixed = Mixed::new(self.plan, self.speeches);
            let heard = piece.heard();
            let samples = mixed.take(&heard)?;
            let warnings = mixed.mixer.failures(&heard);
            self.session.put(&key, &encode(piece, &samples, warnings)?.to_bytes())?;
        }
        Ok((key, Encoded::read(self.session, &key)?))
    }
}

/// The sound of stretches that begin one after another and may overlap.
struct Mixed<'a> {
    mixer: Mixer<'a>,
    /// Where `samples` begin.
    first: u64,
    samples: Vec<f32>,
    block: Vec<f32>,
}

impl<'a> Mixed<'a> {
    fn new(plan: &'a MixPlan, speeches: &'a Speeches<'a>) -> Self {
        Self { mixer: Mixer::new(plan, speeches), first: 0, samples: Vec::new(), block: Vec::new() }
    }

    /// Returns interleaved samples; no stretch may begin before the one taken last.
    fn take(&mut self, wanted: &Range<u64>) -> Result<Vec<f32>> {
        let n_known = self.samples.len() as u64 / 2;
        if wanted.start >= self.first + n_known {
            self.mixer.skip_to(wanted.start);
            self.samples.clear();
        } else {
            self.samples.drain(..(wanted.start - self.first) as usize * 2);
        }
        self.first = wanted.start;
        let n_samples = (wanted.end - wanted.start) as usize * 2;
        while self.samples.len() < n_samples && self.mixer.next_block(&mut self.block) {
            self.samples.extend_from_slice(&self.block);
        }
        let samples = self.samples.get(..n_samples).map(<[f32]>::to_vec);
        samples.ok_or_else(|| Error::Internal("the mix is shorter than its plan".to_owned()))
    }
}

/// Encodes the sound that a piece hears.
fn encode(piece: &Piece, samples: &[f32], warnings: Vec<String>) -> Result<Encoded> {
    let spec = Spec { sample_rate: SAMPLE_RATE, channels: 2, mask: 3 };
    let mut encoder = AacEncoder::new(spec, BIT_RATE)?;
    let mut packets = Vec::new();
    let mut take = |encoder: &mut AacEncoder| {
        let mut packet = Packet::default();
        while encoder.next_packet(&mut packet) {
            packets.push(std::mem::take(&mut packet.data));
        }
    };
    for block in samples.chunks(2 * UNIT_FRAMES as usize) {
        encoder.push(block)?;
        take(&mut encoder);
    }
    if piece.hears_end() {
        encoder.finish()?;
        take(&mut encoder);
    }
    let n_early = (piece.packets.start - piece.first_made()) as usize;
    let n_packets = (piece.packets.end - piece.packets.start) as usize;
    if (packets.len() as u64) < piece.n_made() {
        return Err(Error::Internal(format!("{} packets of {}", packets.len(), piece.n_made())));
    }
    let AudioCodec::Aac { config } = &encoder.spec().codec else {
        return Err(Error::Internal("the sound is not AAC".to_owned()));
    };
    let next = packets.get(n_early + n_packets).and_then(|packet| PacketWindow::of(packet));
    let spec = encoder.spec();
    let mut encoded = Encoded::new(config.clone(), spec.priming, spec.bit_rate, next, warnings);
    for packet in &packets[n_early..n_early + n_packets] {
        encoded.push(packet);
    }
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use media::Packet;
    use media::audio::{AacEncoder, PacketWindow, Spec};

    use super::{BIT_RATE, Encoded, Piece, SAMPLE_RATE, encode, pieces};

    const N_FRAMES: u64 = 500_000;

    /// A tone with clicks every `period` packets, as stereo.
    fn clicks(period: u64, offset: u64) -> Vec<f32> {
        let tone = (0..N_FRAMES).map(|at| {
            let quiet = 0.02 * (at as f32 * 0.05).sin();
            let is_click = at > offset && (at - offset) % (1024 * period) < 40;
            if is_click { if at % 2 == 0 { 0.8 } else { -0.8 } } else { quiet }
        });
        tone.flat_map(|sample| [sample, sample]).collect()
    }

    fn encode_from(piece: &Piece, sound: &[f32]) -> Encoded {
        let heard = piece.heard();
        encode(piece, &sound[heard.start as usize * 2..heard.end as usize * 2], Vec::new()).unwrap()
    }

    #[test]
    fn a_piece_that_does_not_fit_is_noticed_and_fits_when_it_begins_with_the_one_before() {
        let pieces = pieces(N_FRAMES);
        // A click in the first packet of the second piece, which the encoder prepares for in the packet before.
        let sound = clicks(1000, pieces[1].packets.start * 1024 + 500);
        let before = encode_from(&pieces[0], &sound);
        assert!(!encode_from(&pieces[1].unprepared(), &sound).follows(&before));
        assert!(encode_from(&pieces[1].like(&pieces[0]), &sound).follows(&before));
        assert!(encode_from(&pieces[1], &sound).follows(&before), "it begins early enough");
    }

    #[test]
    fn all_pieces_together_have_the_packets_and_windows_of_one_encoder() {
        for (period, offset) in [(2, 0), (3, 0), (5, 900), (7, 100), (1000, 96 * 1024 + 500)] {
            let sound = clicks(period, offset);
            let windows = |packet: &[u8]| PacketWindow::of(packet).unwrap();
            let mut all = Vec::new();
            for piece in pieces(N_FRAMES) {
                let encoded = encode_from(&piece, &sound);
                all.extend((0..encoded.n_packets()).map(|at| windows(encoded.packet(at).unwrap())));
            }
            let spec = Spec { sample_rate: SAMPLE_RATE, channels: 2, mask: 3 };
            let mut encoder = AacEncoder::new(spec, BIT_RATE).unwrap();
            encoder.push(&sound).unwrap();
            encoder.finish().unwrap();
            let (mut packet, mut whole) = (Packet::default(), Vec::new());
            while encoder.next_packet(&mut packet) {
                whole.push(windows(&packet.data));
            }
            assert!(whole.iter().any(|window| *window != whole[0]), "clicks need short windows");
            assert_eq!(all, whole, "period {period}");
        }
    }
}
