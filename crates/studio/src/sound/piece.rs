//! Where the sound is cut, and what each piece depends on.
//!
//! A packet of AAC carries 1024 audio frames and overlaps with the next, so that two neighbors must agree on their windows, which the encoder
//! chooses by what came before. Every piece is encoded by an encoder of its own, which begins some packets early to have heard enough. In the
//! rare case that it chooses otherwise than the one before, it begins as early as that one did, and then hears the same.

use std::ops::Range;

use media::audio::UNIT_FRAMES;
use stage::document::AssetRef;

use crate::assets::Library;
use crate::cache::Key;
use crate::limiter::LOOKAHEAD;
use crate::mix::{MixPlan, SoundSource, Track, overlaps};
use crate::speak::Speeches;

/// Changes when the same sounds are mixed or encoded differently.
const SOUND_VERSION: &str = concat!("sound-2 ", env!("CARGO_PKG_VERSION"));
/// Packets in a piece.
const PIECE_PACKETS: u64 = 96;
/// Packets that an encoder is early: what it remembers of the sound before them is then less than its precision.
const LEAD_PACKETS: u64 = 8;

/// Packets that are encoded in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The packets of the track.
    pub(super) packets: Range<u64>,
    /// Packets of the whole track.
    n_total: u64,
    /// Audio frames of the whole track.
    n_frames: u64,
    /// The packet that its encoder begins before.
    begins_before: u64,
}

/// Cuts a track of some audio frames.
pub(super) fn pieces(n_frames: u64) -> Vec<Piece> {
    // The encoder's output is one packet late.
    let n_total = n_frames.div_ceil(u64::from(UNIT_FRAMES)) + 1;
    let starts = (0..n_total).step_by(PIECE_PACKETS as usize);
    let piece = |start: u64| {
        let packets = start..(start + PIECE_PACKETS).min(n_total);
        Piece { packets, n_total, n_frames, begins_before: start }
    };
    starts.map(piece).collect()
}

impl Piece {
    /// Returns the same packets, encoded by an encoder that begins when that of `before` did.
    pub(super) fn like(&self, before: &Self) -> Self {
        Self { begins_before: before.begins_before, ..self.clone() }
    }

    /// Returns the same packets, encoded by an encoder that has heard nothing before them.
    #[cfg(test)]
    pub(super) fn unprepared(&self) -> Self {
        Self { begins_before: self.packets.start + LEAD_PACKETS, ..self.clone() }
    }

    /// Returns the first packet that its encoder makes.
    pub(super) fn first_made(&self) -> u64 {
        self.begins_before.saturating_sub(LEAD_PACKETS)
    }

    /// Whether its encoder hears the end of the track.
    pub(super) fn hears_end(&self) -> bool {
        self.heard().end == self.n_frames
    }

    /// Returns the audio frames that its encoder is given: those of its packets and of one more, which tells whether the next piece fits, and
    /// those after it, which the encoder looks ahead at.
    pub(super) fn heard(&self) -> Range<u64> {
        let unit = u64::from(UNIT_FRAMES);
        let end = ((self.packets.end + 2) * unit).min(self.n_frames);
        (self.first_made() * unit).min(end)..end
    }

    /// Returns how many packets its encoder makes up to the end of the piece and, where there is one, that after it.
    pub(super) fn n_made(&self) -> u64 {
        (self.packets.end + 1).min(self.n_total) - self.first_made()
    }

    /// Returns what its packets depend on.
    pub(super) fn key(&self, plan: &MixPlan, speeches: &Speeches<'_>, library: &Library) -> Key {
        let heard = self.heard();
        let base = heard.start;
        let shape = [
            self.packets.start - self.first_made(),
            self.packets.end - self.first_made(),
            u64::from(self.first_made() == 0),
            u64::from(self.hears_end()),
            heard.end - base,
        ];
        let mut parts = vec![SOUND_VERSION.as_bytes().to_vec(), format!("{shape:?}").into_bytes()];
        let mixed = heard.start.saturating_sub(LOOKAHEAD as u64)..heard.end + LOOKAHEAD as u64;
        for track in plan.tracks.iter().filter(|track| overlaps(&(track.start..track.end), &mixed)) {
            parts.push(source_key(track, speeches, library));
            parts.push(look(track, plan, base, &mixed).into_bytes());
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Key::of(&parts)
    }
}

fn source_key(track: &Track, speeches: &Speeches<'_>, library: &Library) -> Vec<u8> {
    match &track.source {
        SoundSource::Speech(number) => speeches.key(*number).as_bytes().to_vec(),
        SoundSource::File { name, looped, skip, .. } => {
            let identity = library.identity(&AssetRef(name.clone())).map_or(&[][..], |key| key.as_bytes());
            [identity, &[u8::from(*looped)], &skip.to_le_bytes()].concat()
        }
    }
}

/// Describes how a track is heard in `mixed`, with places from `base` on; what lies beyond is left out, so that it may change.
fn look(track: &Track, plan: &MixPlan, base: u64, mixed: &Range<u64>) -> String {
    let place = |frame: u64| frame as i64 - base as i64;
    let fade_in = (track.start + track.fade_in > mixed.start).then_some(track.fade_in);
    let end = (track.end.saturating_sub(track.fade_out) < mixed.end).then(|| (place(track.end), track.fade_out));
    let ducking = track.ducking.map(|curve| {
        let near = mixed.start.saturating_sub(curve.release)..mixed.end + curve.attack;
        let spans = plan.speech.iter().filter(|span| overlaps(span, &near));
        let spans: Vec<_> =
            spans.map(|span| (place(span.start.max(near.start)), place(span.end.min(near.end)))).collect();
        (curve, spans)
    });
    format!("{} {} {fade_in:?} {end:?} {ducking:?}", place(track.start), track.gain)
}

#[cfg(test)]
mod tests {
    use super::{LEAD_PACKETS, PIECE_PACKETS, pieces};

    #[test]
    fn pieces_cover_all_packets_and_hear_what_these_overlap_with() {
        for n_frames in [1, 1024, 1025, 95 * 1024, 96 * 1024 + 1, 1_000_000] {
            let pieces = pieces(n_frames);
            assert_eq!(pieces[0].packets.start, 0);
            assert_eq!(pieces.last().unwrap().packets.end, n_frames.div_ceil(1024) + 1);
            assert!(pieces.windows(2).all(|pair| pair[0].packets.end == pair[1].packets.start));
            for piece in &pieces {
                let heard = piece.heard();
                // A packet carries the 1024 audio frames before its place and those after it.
                assert!(heard.start <= (piece.packets.start.saturating_sub(1)) * 1024, "{piece:?}");
                assert!(heard.end >= ((piece.packets.end + 1) * 1024).min(n_frames), "{piece:?}");
                assert!(piece.hears_end() || heard.end < n_frames);
            }
            assert!(pieces.last().unwrap().hears_end());
        }
    }

    #[test]
    fn a_piece_like_the_one_before_begins_where_that_does() {
        let pieces = pieces(1_000_000);
        let alike = pieces[2].like(&pieces[1]);
        assert_eq!(alike.first_made(), PIECE_PACKETS - LEAD_PACKETS);
        assert_eq!(alike.packets, pieces[2].packets);
        assert_eq!(pieces[3].like(&alike).first_made(), alike.first_made());
    }
}
