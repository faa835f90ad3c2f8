//! Macroblocks as bits (ITU-T H.264, 7.3.5).

use super::cavlc::{Context, write_block};
use super::grid::{Around, MODE_DC};
use super::intra::Mode;
use super::motion::{Mv, Shape};
use super::residual::{CBP_CHROMA_AC, CBP_LUMA, Residual};
use super::tables::{BLOCK_XY, CBP_INTER, CBP_INTRA, ZIGZAG};
use super::transform::Block;
use super::writer::SliceWriter;

/// What `mb_type` of intra macroblocks in P slices begins at.
const INTRA_IN_P: u32 = 5;
/// `mb_type` of I_PCM in I slices.
const I_PCM: u32 = 25;

/// Where macroblocks go.
#[derive(Debug)]
pub(super) struct MacroblockWriter<'a> {
    pub(super) writer: &'a mut SliceWriter,
    pub(super) around: Around<'a>,
    /// The `mb_skip_run` before it; `None` in I slices.
    pub(super) skip_run: Option<u32>,
}

impl MacroblockWriter<'_> {
    /// Writes an inter macroblock with the differences of its vectors; returns `total_coeff` of its blocks.
    pub(super) fn inter(&mut self, shape: Shape, differences: &[Mv], residual: &Residual) -> [u8; 24] {
        self.begin(0);
        let number = match shape {
            Shape::Whole => 0,
            Shape::Rows => 1,
            Shape::Columns => 2,
            Shape::Quarters => 3,
        };
        self.writer.ue(number);
        if shape == Shape::Quarters {
            (0..4).for_each(|_| self.writer.ue(0)); // sub_mb_type: 8×8
        }
        for mv in differences {
            self.writer.se(i32::from(mv.x));
            self.writer.se(i32::from(mv.y));
        }
        self.writer.ue(u32::from(CBP_INTER[usize::from(residual.cbp)]));
        if residual.cbp == 0 {
            return [0; 24];
        }
        self.writer.se(0); // mb_qp_delta
        self.residual(residual, false)
    }

    /// Writes an Intra_16x16 macroblock; returns `total_coeff` of its blocks.
    pub(super) fn intra16(&mut self, luma: Mode, chroma: Mode, residual: &Residual) -> [u8; 24] {
        let base = self.begin(INTRA_IN_P);
        let has_ac = u32::from(residual.cbp & CBP_LUMA != 0);
        self.writer.ue(base + 1 + luma.luma_number() + 4 * u32::from(residual.cbp >> 4) + 12 * has_ac);
        self.writer.ue(chroma.chroma_number());
        self.writer.se(0); // mb_qp_delta
        self.residual(residual, true)
    }

    /// Writes an Intra_4x4 macroblock, `modes` in raster order; returns `total_coeff` of its blocks.
    pub(super) fn intra4(&mut self, modes: &[u8; 16], chroma: Mode, residual: &Residual) -> [u8; 24] {
        let base = self.begin(INTRA_IN_P);
        self.writer.ue(base);
        let mut so_far = [MODE_DC; 16];
        for (x, y) in BLOCK_XY {
            let mode = modes[y * 4 + x];
            let predicted = self.around.predicted_mode(&so_far, x, y);
            so_far[y * 4 + x] = mode;
            if mode == predicted {
                self.writer.bits(1, 1);
            } else {
                self.writer.bits(u32::from(mode - u8::from(mode > predicted)), 4);
            }
        }
        self.writer.ue(chroma.chroma_number());
        self.writer.ue(u32::from(CBP_INTRA[usize::from(residual.cbp)]));
        if residual.cbp == 0 {
            return [0; 24];
        }
        self.writer.se(0); // mb_qp_delta
        self.residual(residual, false)
    }

    /// Writes an I_PCM macroblock.
    pub(super) fn pcm(&mut self, luma: &[u8], chroma: [&[u8]; 2]) {
        let base = self.begin(INTRA_IN_P);
        self.writer.ue(base + I_PCM);
        self.writer.align();
        self.writer.aligned_bytes(luma);
        chroma.into_iter().for_each(|plane| self.writer.aligned_bytes(plane));
    }

    /// Writes the skip run and returns what `mb_type` of this kind begins at.
    fn begin(&mut self, base_in_p: u32) -> u32 {
        let Some(skip_run) = self.skip_run else { return 0 };
        self.writer.ue(skip_run);
        base_in_p
    }

    fn residual(&mut self, residual: &Residual, is_intra16: bool) -> [u8; 24] {
        let mut n_levels = [0; 24];
        if is_intra16 {
            let context = Context::Neighbors(self.around.luma_context(&n_levels, 0, 0));
            write_block(self.writer, &scan(&residual.luma_dc), context);
        }
        for (n, (x, y)) in BLOCK_XY.into_iter().enumerate() {
            if residual.cbp >> (n / 4) & 1 == 0 {
                continue;
            }
            let levels = scan(&residual.luma[y * 4 + x]);
            let context = Context::Neighbors(self.around.luma_context(&n_levels, x, y));
            n_levels[y * 4 + x] = write_block(self.writer, &levels[usize::from(is_intra16)..], context);
        }
        if residual.cbp & !CBP_LUMA == 0 {
            return n_levels;
        }
        for levels in &residual.chroma_dc {
            write_block(self.writer, levels, Context::ChromaDc);
        }
        if residual.cbp & CBP_CHROMA_AC == 0 {
            return n_levels;
        }
        for n in 0..8 {
            let (first, x, y) = (16 + n / 4 * 4, n % 2, n % 4 / 2);
            let context = Context::Neighbors(self.around.chroma_context(&n_levels, first, x, y));
            n_levels[16 + n] = write_block(self.writer, &scan(&residual.chroma[n])[1..], context);
        }
        n_levels
    }
}

/// Puts the levels of a block in scan order.
fn scan(block: &Block) -> Block {
    std::array::from_fn(|n| block[usize::from(ZIGZAG[n])])
}
