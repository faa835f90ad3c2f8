//! A real Fourier transform of eight windows at once, the same on every machine.
//!
//! A library transform picks its kernel by the CPU it finds, and the kernels round differently; a peak that wins by the last bit on one machine would
//! lose on another. This one has a single order of operations.
//!
//! A window of 2,048 real samples is packed as 1,024 complex ones, transformed by five radix-4 passes with
//! decimation in frequency, and unpacked only at the bins that are asked for.

use libm::{cos, sin};

use super::lanes::Lanes;

/// Samples in a window.
pub(crate) const WINDOW_LEN: usize = 2048;
/// Complex points of the packed transform.
pub(crate) const N_POINTS: usize = WINDOW_LEN / 2;

/// Twiddle factors and the order in which the passes leave their results.
#[derive(Debug)]
pub(crate) struct Transform {
    /// For each pass, and each `j` in it, the factors of outputs 1, 2 and 3 as (re, im).
    twiddles: Vec<[(f32, f32); 3]>,
    /// `position[k]` is where bin `k` of the packed transform stands.
    position: Vec<u16>,
    /// cos and sin of `-2 pi k / WINDOW_LEN`.
    unpack: Vec<(f32, f32)>,
}

impl Transform {
    pub(crate) fn new() -> Self {
        let mut twiddles = Vec::new();
        let mut n = N_POINTS;
        while n > 1 {
            twiddles.extend((0..n / 4).map(|j| [1, 2, 3].map(|m| unit(j * m, n))));
            n /= 4;
        }
        let position = (0..N_POINTS).map(|k| reverse_base4(k, 5)).collect();
        let unpack = (0..N_POINTS).map(|k| unit(k, WINDOW_LEN)).collect();
        Self { twiddles, position, unpack }
    }

    /// Transforms `re` and `im` in place; each holds [`N_POINTS`] values, the even and the odd samples of the windows.
    #[inline(always)]
    pub(crate) fn run(&self, re: &mut [Lanes], im: &mut [Lanes]) {
        assert_eq!((re.len(), im.len()), (N_POINTS, N_POINTS));
        let mut twiddles = self.twiddles.as_slice();
        let mut n = N_POINTS;
        while n > 1 {
            let (pass, rest) = twiddles.split_at(n / 4);
            for (re, im) in re.chunks_exact_mut(n).zip(im.chunks_exact_mut(n)) {
                radix4_pass(re, im, pass);
            }
            twiddles = rest;
            n /= 4;
        }
    }

    /// Power of bin `k` (0 < k < [`N_POINTS`]) of the real windows, times four.
    #[inline(always)]
    pub(crate) fn power(&self, re: &[Lanes], im: &[Lanes], k: usize) -> Lanes {
        let (a, b) = (usize::from(self.position[k]), usize::from(self.position[N_POINTS - k]));
        let (c, s) = self.unpack[k];
        let (c, s) = (Lanes::splat(c), Lanes::splat(s));
        let (even_re, even_im) = (re[a] + re[b], im[a] - im[b]);
        let (odd_re, odd_im) = (im[a] + im[b], re[b] - re[a]);
        let x_re = even_re + (odd_re * c - odd_im * s);
        let x_im = even_im + (odd_re * s + odd_im * c);
        x_re * x_re + x_im * x_im
    }
}

#[inline(always)]
fn radix4_pass(re: &mut [Lanes], im: &mut [Lanes], twiddles: &[[(f32, f32); 3]]) {
    let quarter = twiddles.len();
    let (re0, rest) = re.split_at_mut(quarter);
    let (re1, rest) = rest.split_at_mut(quarter);
    let (re2, re3) = rest.split_at_mut(quarter);
    let (im0, rest) = im.split_at_mut(quarter);
    let (im1, rest) = rest.split_at_mut(quarter);
    let (im2, im3) = rest.split_at_mut(quarter);
    let re3 = &mut re3[..quarter];
    let im3 = &mut im3[..quarter];
    for j in 0..quarter {
        let (sum02_re, sum02_im) = (re0[j] + re2[j], im0[j] + im2[j]);
        let (dif02_re, dif02_im) = (re0[j] - re2[j], im0[j] - im2[j]);
        let (sum13_re, sum13_im) = (re1[j] + re3[j], im1[j] + im3[j]);
        let (dif13_re, dif13_im) = (re1[j] - re3[j], im1[j] - im3[j]);
        re0[j] = sum02_re + sum13_re;
        im0[j] = sum02_im + sum13_im;
        (re1[j], im1[j]) = turn(dif02_re + dif13_im, dif02_im - dif13_re, twiddles[j][0]);
        (re2[j], im2[j]) = turn(sum02_re - sum13_re, sum02_im - sum13_im, twiddles[j][1]);
        (re3[j], im3[j]) = turn(dif02_re - dif13_im, dif02_im + dif13_re, twiddles[j][2]);
    }
}

#[inline(always)]
fn turn(re: Lanes, im: Lanes, (c, s): (f32, f32)) -> (Lanes, Lanes) {
    let (c, s) = (Lanes::splat(c), Lanes::splat(s));
    (re * c - im * s, re * s + im * c)
}

/// `exp(-2 pi i j / n)`.
fn unit(j: usize, n: usize) -> (f32, f32) {
    let angle = -2.0 * std::f64::consts::PI * j as f64 / n as f64;
    (cos(angle) as f32, sin(angle) as f32)
}

fn reverse_base4(mut k: usize, n_digits: u32) -> u16 {
    let mut reversed = 0;
    for _ in 0..n_digits {
        reversed = reversed * 4 + (k % 4) as u16;
        k /= 4;
    }
    reversed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition() {
        let transform = Transform::new();
        let mut state = 1u32;
        let samples: Vec<[f32; 8]> = (0..WINDOW_LEN)
            .map(|_| {
                std::array::from_fn(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 8) as f32 / (1 << 23) as f32 - 1.0
                })
            })
            .collect();
        let mut re: Vec<Lanes> = samples.iter().step_by(2).map(|s| Lanes(*s)).collect();
        let mut im: Vec<Lanes> = samples.iter().skip(1).step_by(2).map(|s| Lanes(*s)).collect();
        transform.run(&mut re, &mut im);
        for k in [1, 2, 25, 333, 512, 700, 1023] {
            let power = transform.power(&re, &im, k);
            for lane in [0, 3, 7] {
                let (mut x_re, mut x_im) = (0.0, 0.0);
                for (i, s) in samples.iter().enumerate() {
                    let angle = -2.0 * std::f64::consts::PI * ((i * k) % WINDOW_LEN) as f64 / WINDOW_LEN as f64;
                    x_re += f64::from(s[lane]) * angle.cos();
                    x_im += f64::from(s[lane]) * angle.sin();
                }
                let want = 4.0 * (x_re * x_re + x_im * x_im);
                let got = f64::from(power.0[lane]);
                assert!((got - want).abs() < 1e-3 * want.max(100.0), "bin {k} lane {lane}: {got} instead of {want}");
            }
        }
    }
}
