//! How each macroblock is coded: what predicts it, and what is left. The intra half is in `coder_intra`.

use pulp::{Arch, Scalar, Simd, WithSimd};

use super::frame::{Frame, Plane};
use super::grid::{Around, Grid, Kind, MODE_DC, Macroblock, STILL};
use super::inter::{Chroma, Luma, Place, predict_chroma, predict_luma};
use super::kernels::{Lanes, sad};
use super::motion::{Field, Mv, Shape};
use super::residual::Residual;
use super::search::{Search, Window};
use super::source::Pixels;
use super::syntax::MacroblockWriter;
use super::tables::{LAMBDA, chroma_qp};
use super::transform::Quantizer;
use super::writer::SliceWriter;

/// The most bits that a macroblock may take (ITU-T H.264, A.3.1): 128 more than its pixels do.
pub(super) const MACROBLOCK_BITS_MAX: usize = 3200;
/// The cost of one vector, in bits, from which on several may be better.
const PARTS_FROM: u32 = 200;
/// The cost of inter prediction, in bits, from which on intra prediction may be better.
const INTRA_FROM: u32 = 48;
/// The cost in bits of saying that a macroblock has four vectors or two.
const QUARTERS_BITS: u32 = 9;
const HALVES_BITS: u32 = 3;

/// Everything that depends on the quantizer alone.
#[derive(Debug)]
pub(super) struct Tuning {
    pub(super) luma: Quantizer,
    pub(super) chroma: Quantizer,
    /// What a bit costs in the measure of differences.
    pub(super) lambda: u32,
}

impl Tuning {
    pub(super) fn new(qp: u8) -> Self {
        Self { luma: Quantizer::new(qp), chroma: Quantizer::new(chroma_qp(qp)), lambda: LAMBDA[usize::from(qp)] }
    }
}

/// A slice being coded.
#[derive(Debug)]
pub(super) struct Coder<'a> {
    pub(super) tuning: &'a Tuning,
    pub(super) grid: &'a mut Grid,
    pub(super) current: &'a mut Frame,
    pub(super) reference: &'a Frame,
    pub(super) writer: &'a mut SliceWriter,
    /// The vector unit that macroblocks are coded with.
    pub(super) arch: Arch,
    /// P_Skip macroblocks since the last one that was written; `None` in I slices.
    pub(super) skip_run: Option<u32>,
}

/// A macroblock to code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) pixels: &'a Pixels,
}

/// What a macroblock is predicted to be, and its levels.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) luma: Luma,
    pub(super) chroma: [Chroma; 2],
    pub(super) residual: Residual,
    /// `Intra4x4PredMode`, in raster order.
    pub(super) modes: [u8; 16],
}

impl Draft {
    const EMPTY: Self = Self { luma: [0; 256], chroma: [[0; 64]; 2], residual: Residual::EMPTY, modes: [MODE_DC; 16] };
}

/// A macroblock to code, as `pulp` takes it: everything inlined is compiled for the vector unit of the machine.
struct Code<'a, 'b, L, const IS_INTRA: bool> {
    coder: &'a mut Coder<'b>,
    lanes: L,
    spot: Spot<'a>,
}

impl<L: Lanes, const IS_INTRA: bool> WithSimd for Code<'_, '_, L, IS_INTRA> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let mut draft = Draft::EMPTY;
        if IS_INTRA {
            let (choice, _) = self.coder.choose_intra(self.lanes, self.spot, &mut draft, u32::MAX);
            self.coder.finish_intra(self.lanes, self.spot, &mut draft, choice);
        } else {
            self.coder.code_inter_here(self.lanes, self.spot, &mut draft);
        }
    }
}

impl Coder<'_> {
    /// Codes a macroblock of an I slice.
    pub(super) fn code_intra(&mut self, spot: Spot<'_>) {
        self.dispatch::<true>(spot);
    }

    /// Codes a macroblock of a P slice.
    pub(super) fn code_inter(&mut self, spot: Spot<'_>) {
        self.dispatch::<false>(spot);
    }

    fn dispatch<const IS_INTRA: bool>(&mut self, spot: Spot<'_>) {
        match self.arch {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(simd) => Simd::vectorize(simd, Code::<_, IS_INTRA> { coder: self, lanes: simd, spot }),
            arch => arch.dispatch(Code::<_, IS_INTRA> { coder: self, lanes: Scalar::new(), spot }),
        }
    }

    /// Codes a macroblock that looks as in the picture before.
    pub(super) fn code_still(&mut self, x: usize, y: usize) {
        let around = Around::new(self.grid, x, y);
        let skip_mv = Field::new(&around).skip_mv();
        if skip_mv == Mv::ZERO {
            self.skip_run = self.skip_run.map(|run| run + 1);
            return;
        }
        let difference = Mv { x: -skip_mv.x, y: -skip_mv.y };
        let mut writer = MacroblockWriter { writer: self.writer, around, skip_run: self.skip_run };
        writer.inter(Shape::Whole, &[difference], &Residual::EMPTY);
        self.skip_run = self.skip_run.map(|_| 0);
        self.grid.set(x, y, STILL);
    }

    #[inline(always)]
    fn code_inter_here(&mut self, lanes: impl Lanes, spot: Spot<'_>, draft: &mut Draft) {
        let Spot { x, y, pixels } = spot;
        let field = Field::new(&Around::new(self.grid, x, y));
        let window = Window::new(&self.reference.y, x as i32 * 16, y as i32 * 16);
        let skip_mv = field.skip_mv();
        if window.contains(skip_mv) && self.try_skip(spot, draft, skip_mv) {
            return;
        }
        let search =
            Search { lanes, source: &pixels.luma, plane: &self.reference.y, window, lambda: self.tuning.lambda };
        let place = Place { x: x as i32 * 16, y: y as i32 * 16, at: 0 };
        let (shape, mvs, cost) = choose_inter(&search, place, &field, self.starts(x, y, skip_mv));
        if cost > self.tuning.lambda * INTRA_FROM {
            let (choice, intra_cost) = self.choose_intra(lanes, spot, draft, cost);
            if intra_cost < cost {
                return self.finish_intra(lanes, spot, draft, choice);
            }
        }
        self.finish_inter(spot, draft, (shape, mvs), skip_mv);
    }

    /// Codes the macroblock as P_Skip if nothing would be left of it.
    #[inline(always)]
    fn try_skip(&mut self, spot: Spot<'_>, draft: &mut Draft, mv: Mv) -> bool {
        let Spot { x, y, pixels } = spot;
        self.predict(x, y, Shape::Whole, &[mv; 4], draft);
        let difference = sad::<16, 16>(&pixels.luma, &draft.luma, 16);
        if difference > self.tuning.luma.zero_sum() * 32 {
            return false;
        }
        draft.residual.luma_inter(&pixels.luma, &draft.luma, &self.tuning.luma);
        if draft.residual.cbp != 0 {
            return false;
        }
        draft.residual.chroma(&pixels.chroma, &draft.chroma, &self.tuning.chroma, false);
        if draft.residual.cbp != 0 {
            return false;
        }
        self.reconstruct_inter(x, y, draft);
        self.grid.set(x, y, Macroblock { mvs: [mv; 4], ..STILL });
        self.skip_run = self.skip_run.map(|run| run + 1);
        true
    }

    /// Collects the vectors that a search may start from.
    fn starts(&self, x: usize, y: usize, skip_mv: Mv) -> [Mv; 6] {
        let around = Around::new(self.grid, x, y);
        let of = |macroblock: Option<&Macroblock>, block: usize| {
            macroblock.map_or(Mv::ZERO, |macroblock| macroblock.mvs[block])
        };
        [
            skip_mv,
            Mv::ZERO,
            of(around.left, 1),
            of(around.above, 2),
            of(around.above_right, 2),
            self.grid.previous_mvs(x, y).map_or(Mv::ZERO, |mvs| mvs[0]),
        ]
    }

    /// Predicts a macroblock from the picture before.
    #[inline(always)]
    fn predict(&self, x: usize, y: usize, shape: Shape, mvs: &[Mv; 4], draft: &mut Draft) {
        let (x, y) = (x as i32, y as i32);
        for &part in shape.parts() {
            let (column, row, ..) = part;
            let mv = mvs[row * 2 + column];
            let place = |size: i32, per_row: usize| Place {
                x: x * size * 2 + column as i32 * size,
                y: y * size * 2 + row as i32 * size,
                at: row * size as usize * per_row + column * size as usize,
            };
            let (luma, chroma) = (place(8, 16), place(4, 8));
            let plane = &self.reference.y;
            match shape {
                Shape::Whole => predict_luma::<16, 16>(plane, luma, mv, &mut draft.luma),
                Shape::Rows => predict_luma::<16, 8>(plane, luma, mv, &mut draft.luma),
                Shape::Columns => predict_luma::<8, 16>(plane, luma, mv, &mut draft.luma),
                Shape::Quarters => predict_luma::<8, 8>(plane, luma, mv, &mut draft.luma),
            }
            for (plane, out) in self.reference.chroma.iter().zip(&mut draft.chroma) {
                match shape {
                    Shape::Whole => predict_chroma::<8, 8>(plane, chroma, mv, out),
                    Shape::Rows => predict_chroma::<8, 4>(plane, chroma, mv, out),
                    Shape::Columns => predict_chroma::<4, 8>(plane, chroma, mv, out),
                    Shape::Quarters => predict_chroma::<4, 4>(plane, chroma, mv, out),
                }
            }
        }
    }

    #[inline(always)]
    fn finish_inter(&mut self, spot: Spot<'_>, draft: &mut Draft, (shape, mvs): (Shape, [Mv; 4]), skip_mv: Mv) {
        let Spot { x, y, pixels } = spot;
        self.predict(x, y, shape, &mvs, draft);
        draft.residual.luma_inter(&pixels.luma, &draft.luma, &self.tuning.luma);
        draft.residual.chroma(&pixels.chroma, &draft.chroma, &self.tuning.chroma, false);
        self.reconstruct_inter(x, y, draft);
        if shape == Shape::Whole && mvs[0] == skip_mv && draft.residual.cbp == 0 {
            self.grid.set(x, y, Macroblock { mvs, ..STILL });
            self.skip_run = self.skip_run.map(|run| run + 1);
            return;
        }
        let around = Around::new(self.grid, x, y);
        let mut field = Field::new(&around);
        let mut differences = [Mv::ZERO; 4];
        let parts = shape.parts();
        for (difference, &part) in differences.iter_mut().zip(parts) {
            let mv = mvs[part.1 * 2 + part.0];
            let predicted = field.predict(shape, part);
            *difference = Mv { x: mv.x - predicted.x, y: mv.y - predicted.y };
            field.set(part, mv);
        }
        let (mark, start) = (self.writer.mark(), self.writer.n_bits());
        let mut writer = MacroblockWriter { writer: self.writer, around, skip_run: self.skip_run };
        let n_levels = writer.inter(shape, &differences[..parts.len()], &draft.residual);
        if self.writer.n_bits() - start > MACROBLOCK_BITS_MAX {
            self.writer.rewind(mark);
            return self.finish_pcm(spot);
        }
        self.skip_run = self.skip_run.map(|_| 0);
        self.grid.set(x, y, Macroblock { mvs, n_levels, ..STILL });
    }

    #[inline(always)]
    fn reconstruct_inter(&mut self, x: usize, y: usize, draft: &Draft) {
        let (luma_at, chroma_at) = starts_of(self.current, x, y);
        draft.residual.reconstruct_inter(&draft.luma, &self.tuning.luma, &mut self.current.y, luma_at);
        let chroma = &mut self.current.chroma;
        draft.residual.reconstruct_chroma(&draft.chroma, &self.tuning.chroma, chroma, chroma_at);
    }

    /// Writes the pixels as they are.
    pub(super) fn finish_pcm(&mut self, spot: Spot<'_>) {
        let Spot { x, y, pixels } = spot;
        let around = Around::new(self.grid, x, y);
        let mut writer = MacroblockWriter { writer: self.writer, around, skip_run: self.skip_run };
        writer.pcm(&pixels.luma, [&pixels.chroma[0], &pixels.chroma[1]]);
        let (luma_at, chroma_at) = starts_of(self.current, x, y);
        put_rows(&pixels.luma, 16, &mut self.current.y, luma_at);
        for (pixels, plane) in pixels.chroma.iter().zip(&mut self.current.chroma) {
            put_rows(pixels, 8, plane, chroma_at);
        }
        self.skip_run = self.skip_run.map(|_| 0);
        self.grid.set(x, y, Macroblock { kind: Kind::Pcm, n_levels: [16; 24], ..STILL });
    }
}

/// Chooses how to cut a macroblock and the vectors of its quarters; returns the cost as well.
#[inline(always)]
fn choose_inter(
    search: &Search<'_, impl Lanes>,
    place: Place,
    field: &Field,
    starts: [Mv; 6],
) -> (Shape, [Mv; 4], u32) {
    let lambda = search.lambda;
    let predicted = field.predict(Shape::Whole, (0, 0, 2, 2));
    let [a, b, c, d, e, f] = starts;
    let whole = search.run::<16, 16>(place, predicted, &[predicted, a, b, c, d, e, f]);
    let mut best = (Shape::Whole, [whole.mv; 4], whole.cost + lambda);
    if whole.cost < lambda * PARTS_FROM {
        return best;
    }
    // Quarters first; their vectors are where halves start from.
    let (mvs, cost) = search_parts::<8, 8>(search, place, field, Shape::Quarters, &[[whole.mv, predicted]; 4]);
    if cost + QUARTERS_BITS * lambda < best.2 {
        best = (Shape::Quarters, mvs, cost + QUARTERS_BITS * lambda);
    }
    if mvs[0] != mvs[2] || mvs[1] != mvs[3] {
        let starts = [[mvs[0], mvs[1]], [mvs[2], mvs[3]]];
        let (mvs, cost) = search_parts::<16, 8>(search, place, field, Shape::Rows, &starts);
        if cost + HALVES_BITS * lambda < best.2 {
            best = (Shape::Rows, mvs, cost + HALVES_BITS * lambda);
        }
    }
    if mvs[0] != mvs[1] || mvs[2] != mvs[3] {
        let starts = [[mvs[0], mvs[2]], [mvs[1], mvs[3]]];
        let (mvs, cost) = search_parts::<8, 16>(search, place, field, Shape::Columns, &starts);
        if cost + HALVES_BITS * lambda < best.2 {
            best = (Shape::Columns, mvs, cost + HALVES_BITS * lambda);
        }
    }
    best
}

/// Searches each part of a shape in turn, `W` × `H` pixels each; returns the vectors of the quarters and the cost.
#[inline(always)]
fn search_parts<const W: usize, const H: usize>(
    search: &Search<'_, impl Lanes>,
    origin: Place,
    field: &Field,
    shape: Shape,
    starts: &[[Mv; 2]],
) -> ([Mv; 4], u32) {
    let mut field = *field;
    let (mut mvs, mut cost) = ([Mv::ZERO; 4], 0);
    for (&part, starts) in shape.parts().iter().zip(starts) {
        let (column, row, width, height) = part;
        let place = Place { x: origin.x + column as i32 * 8, y: origin.y + row as i32 * 8, at: row * 128 + column * 8 };
        let found = search.run::<W, H>(place, field.predict(shape, part), starts);
        cost += found.cost;
        field.set(part, found.mv);
        for row in row..row + height {
            mvs[row * 2 + column..][..width].fill(found.mv);
        }
    }
    (mvs, cost)
}

/// Returns the index of a macroblock's first luma and first chroma pixel.
pub(super) fn starts_of(frame: &Frame, x: usize, y: usize) -> (usize, usize) {
    (frame.y.index(x as i32 * 16, y as i32 * 16), frame.chroma[0].index(x as i32 * 8, y as i32 * 8))
}

fn put_rows(pixels: &[u8], n: usize, plane: &mut Plane, at: usize) {
    for (row, pixels) in pixels.chunks_exact(n).enumerate() {
        plane.data[at + row * plane.stride..][..n].copy_from_slice(pixels);
    }
}
