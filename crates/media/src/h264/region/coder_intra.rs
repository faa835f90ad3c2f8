//! How macroblocks are predicted from their neighbors.

use super::coder::{Coder, Draft, MACROBLOCK_BITS_MAX, Spot, starts_of};
use super::frame::Plane;
use super::grid::{Around, Kind, MODE_DC, Macroblock, STILL};
use super::inter::Chroma;
use super::intra::{Edges, Mode, N_SMALL_MODES, SmallEdges};
use super::kernels::{Lanes, satd};
use super::residual::code_small_block;
use super::syntax::MacroblockWriter;
use super::tables::BLOCK_XY;

/// The cost in bits of saying that a macroblock is Intra_16x16, and that it is Intra_4x4.
const LARGE_BITS: u32 = 4;
const SMALL_BITS: u32 = 8;
/// The cost in bits below which Intra_16x16 is good enough.
const SMALL_FROM: u32 = 16;

/// How a macroblock is predicted from its neighbors.
#[derive(Debug, Clone, Copy)]
pub(super) enum IntraChoice {
    /// Intra_16x16.
    Large(Mode),
    /// Intra_4x4.
    Small,
}

impl Coder<'_> {
    /// Chooses how to predict from neighbors; gives up early above `limit`. Returns the cost.
    ///
    /// Leaves the prediction of Intra_16x16, or levels and pixels of Intra_4x4, behind.
    #[inline(always)]
    pub(super) fn choose_intra(
        &mut self,
        lanes: impl Lanes,
        spot: Spot<'_>,
        draft: &mut Draft,
        limit: u32,
    ) -> (IntraChoice, u32) {
        let lambda = self.tuning.lambda;
        let edges = Edges::<16>::new(&self.current.y, spot.x * 16, spot.y * 16);
        let mut best = (IntraChoice::Large(Mode::Dc), u32::MAX);
        let mut trial = [0; 256];
        for mode in Mode::ALL {
            if !edges.allows(mode) {
                continue;
            }
            edges.predict(mode, &mut trial);
            let cost = satd::<16, 16>(lanes, &spot.pixels.luma, &trial, 16) + LARGE_BITS * lambda;
            if cost < best.1 {
                best = (IntraChoice::Large(mode), cost);
                draft.luma = trial;
            }
        }
        if best.1 > limit.saturating_add(limit / 2) || best.1 < SMALL_FROM * lambda {
            return best;
        }
        let small = self.try_small_blocks(lanes, spot, draft, best.1.min(limit));
        if small < best.1 {
            best = (IntraChoice::Small, small);
        }
        best
    }

    /// Codes the luma as Intra_4x4 into `draft` and the picture; returns the cost, or `u32::MAX` if it exceeds `limit`.
    #[inline(always)]
    fn try_small_blocks(&mut self, lanes: impl Lanes, spot: Spot<'_>, draft: &mut Draft, limit: u32) -> u32 {
        let Spot { x, y, pixels } = spot;
        let lambda = self.tuning.lambda;
        let around = Around::new(self.grid, x, y);
        let mut cost = SMALL_BITS * lambda;
        let mut coded = 0;
        for (n, (column, row)) in BLOCK_XY.into_iter().enumerate() {
            let source = &pixels.luma[row * 64 + column * 4..];
            let has_above_right = match (column, row) {
                (3, 0) => around.above_right.is_some(),
                (_, 0) => around.above.is_some(),
                (3, _) => false,
                _ => column != 1 || row % 2 == 0,
            };
            let (left, top) = (x * 16 + column * 4, y * 16 + row * 4);
            let edges = SmallEdges::new(&self.current.y, left, top, has_above_right);
            let predicted = around.predicted_mode(&draft.modes, column, row);
            let mut best = (u32::MAX, 0, [0; 16]);
            for mode in 0..N_SMALL_MODES {
                if !edges.allows(mode) {
                    continue;
                }
                let prediction = edges.predict(mode);
                let bits = if mode == predicted { 1 } else { 4 };
                let cost = small_satd(lanes, source, &prediction) + lambda * bits;
                if cost < best.0 {
                    best = (cost, mode, prediction);
                }
            }
            cost += best.0;
            if cost > limit {
                return u32::MAX;
            }
            draft.modes[row * 4 + column] = best.1;
            let at = self.current.y.index(left as i32, top as i32);
            let levels = code_small_block(source, &best.2, &self.tuning.luma, &mut self.current.y, at);
            coded |= u8::from(levels != [0; 16]) << (n / 4);
            draft.residual.luma[row * 4 + column] = levels;
        }
        draft.residual.cbp = coded;
        cost
    }

    #[inline(always)]
    pub(super) fn finish_intra(&mut self, lanes: impl Lanes, spot: Spot<'_>, draft: &mut Draft, choice: IntraChoice) {
        let Spot { x, y, pixels } = spot;
        let (luma_at, chroma_at) = starts_of(self.current, x, y);
        let kind = if let IntraChoice::Large(_) = choice {
            draft.residual.luma_intra(&pixels.luma, &draft.luma, &self.tuning.luma);
            draft.residual.reconstruct_intra(&draft.luma, &self.tuning.luma, &mut self.current.y, luma_at);
            draft.modes = [MODE_DC; 16];
            Kind::Intra16
        } else {
            Kind::Intra4
        };
        let chroma_mode = choose_chroma(lanes, &self.current.chroma, spot, &mut draft.chroma);
        draft.residual.chroma(&pixels.chroma, &draft.chroma, &self.tuning.chroma, true);
        let chroma = &mut self.current.chroma;
        draft.residual.reconstruct_chroma(&draft.chroma, &self.tuning.chroma, chroma, chroma_at);

        let around = Around::new(self.grid, x, y);
        let (mark, start) = (self.writer.mark(), self.writer.n_bits());
        let mut writer = MacroblockWriter { writer: self.writer, around, skip_run: self.skip_run };
        let n_levels = match choice {
            IntraChoice::Large(mode) => writer.intra16(mode, chroma_mode, &draft.residual),
            IntraChoice::Small => writer.intra4(&draft.modes, chroma_mode, &draft.residual),
        };
        if self.writer.n_bits() - start > MACROBLOCK_BITS_MAX {
            self.writer.rewind(mark);
            return self.finish_pcm(spot);
        }
        self.skip_run = self.skip_run.map(|_| 0);
        self.grid.set(x, y, Macroblock { kind, n_levels, modes: draft.modes, ..STILL });
    }
}

/// Chooses the prediction of both chroma planes and leaves it behind.
#[inline(always)]
fn choose_chroma(lanes: impl Lanes, planes: &[Plane; 2], spot: Spot<'_>, out: &mut [Chroma; 2]) -> Mode {
    let edges = [0, 1].map(|n: usize| Edges::<8>::new(&planes[n], spot.x * 8, spot.y * 8));
    let (mut best, mut best_cost) = (Mode::Dc, u32::MAX);
    for mode in Mode::ALL {
        if !edges[0].allows(mode) {
            continue;
        }
        let mut trial = [[0; 64]; 2];
        let mut cost = 0;
        for n in 0..2 {
            edges[n].predict(mode, &mut trial[n]);
            cost += satd::<8, 8>(lanes, &spot.pixels.chroma[n], &trial[n], 8);
        }
        if cost < best_cost {
            (best, best_cost) = (mode, cost);
            *out = trial;
        }
    }
    best
}

/// [`satd`] of a 4×4 block whose source has 16 pixels per row.
#[inline(always)]
fn small_satd(lanes: impl Lanes, source: &[u8], prediction: &[u8; 16]) -> u32 {
    let mut spread = [0; 52];
    for (row, pixels) in prediction.as_chunks::<4>().0.iter().enumerate() {
        spread[row * 16..][..4].copy_from_slice(pixels);
    }
    satd::<4, 4>(lanes, source, &spread, 16)
}
