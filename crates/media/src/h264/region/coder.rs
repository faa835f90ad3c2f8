//! How each macroblock is coded: what predicts it, and what is left.

use pulp::{Arch, Scalar, Simd, WithSimd};

use super::frame::{Frame, Plane};
use super::grid::{Around, Grid, Kind, MODE_DC, Macroblock, STILL};
use super::inter::{Chroma, Luma, Place, predict_chroma, predict_luma};
use super::intra::{Edges, Mode, N_SMALL_MODES, SmallEdges};
use super::kernels::{Lanes, sad, satd};
use super::motion::{Field, Mv, Shape};
use super::residual::{CBP_LUMA, Residual, code_small_block};
use super::search::{Search, Window};
use super::source::Pixels;
use super::syntax::MacroblockWriter;
use super::tables::{BLOCK_XY, LAMBDA, chroma_qp};
use super::transform::Quantizer;
use super::writer::SliceWriter;

/// The most bits that a macroblock may take (ITU-T H.264, A.3.1): 128 more than its pixels do.
const MACROBLOCK_BITS_MAX: usize = 3200;

/// The cost of one vector, in bits, from which on several may be better.
const PARTS_FROM: u32 = 200;
/// The cost of inter prediction, in bits, from which on intra prediction may be better.
const INTRA_FROM: u32 = 48;

/// Everything that depends on the quantizer alone.
#[derive(Debug)]
pub(super) struct Tuning {
    luma: Quantizer,
    chroma: Quantizer,
    lambda: u32,
}

impl Tuning {
    pub(super) fn new(qp: u8) -> Self {
        Self { luma: Quantizer::new(qp), chroma: Quantizer::new(chroma_qp(qp)), lambda: LAMBDA[usize::from(qp)] }
    }
}

/// How a macroblock is predicted from its neighbors.
#[derive(Debug, Clone, Copy)]
enum IntraChoice {
    Large(Mode),
    Small,
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

/// A macroblock to code, as `pulp` takes it: everything inlined is compiled for the vector unit of the machine.
struct Code<'a, 'b, L, const IS_INTRA: bool> {
    coder: &'a mut Coder<'b>,
    lanes: L,
    x: usize,
    y: usize,
    pixels: &'a Pixels,
}

impl<L: Lanes, const IS_INTRA: bool> Code<'_, '_, L, IS_INTRA> {
    #[inline(always)]
    fn run(self) {
        let Self { coder, lanes, x, y, pixels } = self;
        if IS_INTRA {
            coder.code_intra_here(lanes, x, y, pixels);
        } else {
            coder.code_inter_here(lanes, x, y, pixels);
        }
    }
}

impl<L: Lanes, const IS_INTRA: bool> WithSimd for Code<'_, '_, L, IS_INTRA> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.run();
    }
}

impl Coder<'_> {
    fn dispatch<const IS_INTRA: bool>(&mut self, x: usize, y: usize, pixels: &Pixels) {
        match self.arch {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(simd) => {
                Simd::vectorize(simd, Code::<_, IS_INTRA> { coder: self, lanes: simd, x, y, pixels });
            }
            arch => arch.dispatch(Code::<_, IS_INTRA> { coder: self, lanes: Scalar::new(), x, y, pixels }),
        }
    }
}

/// What a macroblock is predicted to be, and its levels.
struct Draft {
    luma: Luma,
    chroma: [Chroma; 2],
    residual: Residual,
    /// `Intra4x4PredMode`, in raster order.
    modes: [u8; 16],
}

impl Draft {
    const EMPTY: Self = Self { luma: [0; 256], chroma: [[0; 64]; 2], residual: Residual::EMPTY, modes: [MODE_DC; 16] };
}

impl Coder<'_> {
    /// Codes a macroblock of an I slice.
    pub(super) fn code_intra(&mut self, x: usize, y: usize, pixels: &Pixels) {
        self.dispatch::<true>(x, y, pixels);
    }

    /// Codes a macroblock of a P slice.
    pub(super) fn code_inter(&mut self, x: usize, y: usize, pixels: &Pixels) {
        self.dispatch::<false>(x, y, pixels);
    }

    #[inline(always)]
    fn code_intra_here(&mut self, lanes: impl Lanes, x: usize, y: usize, pixels: &Pixels) {
        let mut draft = Draft::EMPTY;
        let (choice, _) = self.choose_intra(lanes, x, y, pixels, &mut draft, u32::MAX);
        self.finish_intra(lanes, x, y, pixels, &mut draft, choice);
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
    fn code_inter_here(&mut self, lanes: impl Lanes, x: usize, y: usize, pixels: &Pixels) {
        let mut draft = Draft::EMPTY;
        let field = Field::new(&Around::new(self.grid, x, y));
        let window = Window::new(&self.reference.y, x as i32 * 16, y as i32 * 16);
        let skip_mv = field.skip_mv();
        if window.contains(skip_mv) && self.try_skip(x, y, pixels, &mut draft, skip_mv) {
            return;
        }
        let starts = self.starts(x, y, skip_mv);
        let (shape, mvs, cost) = self.choose_inter(lanes, x, y, pixels, &field, window, &starts);
        if cost > self.tuning.lambda * INTRA_FROM {
            let (choice, intra_cost) = self.choose_intra(lanes, x, y, pixels, &mut draft, cost);
            if intra_cost < cost {
                return self.finish_intra(lanes, x, y, pixels, &mut draft, choice);
            }
        }
        self.finish_inter(x, y, pixels, &mut draft, (shape, mvs), skip_mv);
    }

    /// Codes the macroblock as P_Skip if nothing would be left of it.
    #[inline(always)]
    fn try_skip(&mut self, x: usize, y: usize, pixels: &Pixels, draft: &mut Draft, mv: Mv) -> bool {
        self.predict(x, y, Shape::Whole, &[mv; 4], draft);
        let difference = sad::<16, 16>(&pixels.luma, &draft.luma, 16);
        if difference > self.tuning.luma.zero_sum() * 32 {
            return false;
        }
        draft.residual.luma_inter(&pixels.luma, &draft.luma, &self.tuning.luma);
        if draft.residual.cbp & CBP_LUMA != 0 {
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

    #[inline(always)]
    fn choose_inter(
        &self,
        lanes: impl Lanes,
        x: usize,
        y: usize,
        pixels: &Pixels,
        field: &Field,
        window: Window,
        starts: &[Mv; 6],
    ) -> (Shape, [Mv; 4], u32) {
        let lambda = self.tuning.lambda;
        let search = Search { lanes, source: &pixels.luma, plane: &self.reference.y, window, lambda };
        let place = Place { x: x as i32 * 16, y: y as i32 * 16, at: 0 };
        let predicted = field.predict(Shape::Whole, (0, 0, 2, 2));
        let [a, b, c, d, e, f] = *starts;
        let whole = search.run::<16, 16>(place, predicted, &[predicted, a, b, c, d, e, f]);
        let mut best = (Shape::Whole, [whole.mv; 4], whole.cost + lambda);
        if whole.cost < lambda * PARTS_FROM {
            return best;
        }
        // Quarters first; their vectors are where halves start from.
        let (mvs, cost) = search_parts::<8, 8>(&search, place, field, Shape::Quarters, &[[whole.mv, predicted]; 4]);
        if cost + 9 * lambda < best.2 {
            best = (Shape::Quarters, mvs, cost + 9 * lambda);
        }
        if mvs[0] != mvs[2] || mvs[1] != mvs[3] {
            let starts = [[mvs[0], mvs[1]], [mvs[2], mvs[3]]];
            let (mvs, cost) = search_parts::<16, 8>(&search, place, field, Shape::Rows, &starts);
            if cost + 3 * lambda < best.2 {
                best = (Shape::Rows, mvs, cost + 3 * lambda);
            }
        }
        if mvs[0] != mvs[1] || mvs[2] != mvs[3] {
            let starts = [[mvs[0], mvs[2]], [mvs[1], mvs[3]]];
            let (mvs, cost) = search_parts::<8, 16>(&search, place, field, Shape::Columns, &starts);
            if cost + 3 * lambda < best.2 {
                best = (Shape::Columns, mvs, cost + 3 * lambda);
            }
        }
        best
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
    fn finish_inter(
        &mut self,
        x: usize,
        y: usize,
        pixels: &Pixels,
        draft: &mut Draft,
        (shape, mvs): (Shape, [Mv; 4]),
        skip_mv: Mv,
    ) {
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
        let mark = self.writer.mark();
        let start = self.writer.n_bits();
        let mut writer = MacroblockWriter { writer: self.writer, around, skip_run: self.skip_run };
        let n_levels = writer.inter(shape, &differences[..parts.len()], &draft.residual);
        if self.writer.n_bits() - start > MACROBLOCK_BITS_MAX {
            self.writer.rewind(mark);
            return self.finish_pcm(x, y, pixels);
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

    /// Chooses how to predict from neighbors; gives up early above `limit`. Returns the cost.
    ///
    /// Leaves the prediction of Intra_16x16, or levels and pixels of Intra_4x4, behind.
    #[inline(always)]
    fn choose_intra(
        &mut self,
        lanes: impl Lanes,
        x: usize,
        y: usize,
        pixels: &Pixels,
        draft: &mut Draft,
        limit: u32,
    ) -> (IntraChoice, u32) {
        let lambda = self.tuning.lambda;
        let edges = Edges::<16>::new(&self.current.y, x * 16, y * 16);
        let mut best = (IntraChoice::Large(Mode::Dc), u32::MAX);
        let mut trial = [0; 256];
        for mode in Mode::ALL {
            if !edges.allows(mode) {
                continue;
            }
            edges.predict(mode, &mut trial);
            let cost = satd::<16, 16>(lanes, &pixels.luma, &trial, 16) + 4 * lambda;
            if cost < best.1 {
                best = (IntraChoice::Large(mode), cost);
                draft.luma = trial;
            }
        }
        if best.1 > limit.saturating_add(limit / 2) || best.1 < 16 * lambda {
            return best;
        }
        let small = self.try_small_blocks(lanes, x, y, pixels, draft, best.1.min(limit));
        if small < best.1 {
            best = (IntraChoice::Small, small);
        }
        best
    }

    /// Codes the luma as Intra_4x4 into `draft` and the picture; returns the cost, or `u32::MAX` if it exceeds `limit`.
    #[inline(always)]
    fn try_small_blocks(
        &mut self,
        lanes: impl Lanes,
        x: usize,
        y: usize,
        pixels: &Pixels,
        draft: &mut Draft,
        limit: u32,
    ) -> u32 {
        let lambda = self.tuning.lambda;
        let around = Around::new(self.grid, x, y);
        let mut cost = 8 * lambda;
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
    fn finish_intra(
        &mut self,
        lanes: impl Lanes,
        x: usize,
        y: usize,
        pixels: &Pixels,
        draft: &mut Draft,
        choice: IntraChoice,
    ) {
        let (luma_at, chroma_at) = starts_of(self.current, x, y);
        let kind = if let IntraChoice::Large(_) = choice {
            draft.residual.luma_intra(&pixels.luma, &draft.luma, &self.tuning.luma);
            draft.residual.reconstruct_intra(&draft.luma, &self.tuning.luma, &mut self.current.y, luma_at);
            draft.modes = [MODE_DC; 16];
            Kind::Intra16
        } else {
            Kind::Intra4
        };
        let chroma_mode = choose_chroma(lanes, &self.current.chroma, x, y, pixels, &mut draft.chroma);
        draft.residual.chroma(&pixels.chroma, &draft.chroma, &self.tuning.chroma, true);
        let chroma = &mut self.current.chroma;
        draft.residual.reconstruct_chroma(&draft.chroma, &self.tuning.chroma, chroma, chroma_at);

        let around = Around::new(self.grid, x, y);
        let mark = self.writer.mark();
        let start = self.writer.n_bits();
        let mut writer = MacroblockWriter { writer: self.writer, around, skip_run: self.skip_run };
        let n_levels = match choice {
            IntraChoice::Large(mode) => writer.intra16(mode, chroma_mode, &draft.residual),
            _ => writer.intra4(&draft.modes, chroma_mode, &draft.residual),
        };
        if self.writer.n_bits() - start > MACROBLOCK_BITS_MAX {
            self.writer.rewind(mark);
            return self.finish_pcm(x, y, pixels);
        }
        self.skip_run = self.skip_run.map(|_| 0);
        self.grid.set(x, y, Macroblock { kind, n_levels, modes: draft.modes, ..STILL });
    }

    /// Writes the pixels as they are.
    fn finish_pcm(&mut self, x: usize, y: usize, pixels: &Pixels) {
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

/// Chooses the prediction of both chroma planes and leaves it behind.
#[inline(always)]
fn choose_chroma(
    lanes: impl Lanes,
    planes: &[Plane; 2],
    x: usize,
    y: usize,
    pixels: &Pixels,
    out: &mut [Chroma; 2],
) -> Mode {
    let edges = [0, 1].map(|n: usize| Edges::<8>::new(&planes[n], x * 8, y * 8));
    let (mut best, mut best_cost) = (Mode::Dc, u32::MAX);
    for mode in Mode::ALL {
        if !edges[0].allows(mode) {
            continue;
        }
        let mut trial = [[0; 64]; 2];
        let mut cost = 0;
        for n in 0..2 {
            edges[n].predict(mode, &mut trial[n]);
            cost += satd::<8, 8>(lanes, &pixels.chroma[n], &trial[n], 8);
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

/// Returns the index of a macroblock's first luma and first chroma pixel.
fn starts_of(frame: &Frame, x: usize, y: usize) -> (usize, usize) {
    (frame.y.index(x as i32 * 16, y as i32 * 16), frame.chroma[0].index(x as i32 * 8, y as i32 * 8))
}

fn put_rows(pixels: &[u8], n: usize, plane: &mut Plane, at: usize) {
    for (row, pixels) in pixels.chunks_exact(n).enumerate() {
        plane.data[at + row * plane.stride..][..n].copy_from_slice(pixels);
    }
}
