//! Eight audio frames side by side: the unit of work of the front end.
//!
//! Every lane runs the same operations in the same order, so the results do not depend on the width of the machine's
//! vector unit. Nothing here fuses a multiplication with an addition.

use std::ops::{Add, Mul, Sub};

/// How many audio frames are transformed together.
pub(crate) const LANES: usize = 8;

/// One value of each of eight audio frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(32))]
pub(crate) struct Lanes(pub(crate) [f32; LANES]);

impl Lanes {
    #[inline(always)]
    pub(crate) fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    /// Loads eight neighbors from `row`, which holds at least eight values.
    #[inline(always)]
    pub(crate) fn load(row: &[f32]) -> Self {
        let mut lanes = [0.0; LANES];
        lanes.copy_from_slice(&row[..LANES]);
        Self(lanes)
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let mut out = self;
        for lane in 0..LANES {
            out.0[lane] = self.0[lane] + other.0[lane];
        }
        out
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let mut out = self;
        for lane in 0..LANES {
            out.0[lane] = self.0[lane] - other.0[lane];
        }
        out
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let mut out = self;
        for lane in 0..LANES {
            out.0[lane] = self.0[lane] * other.0[lane];
        }
        out
    }
}
