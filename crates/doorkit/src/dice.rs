//! Chance that can be repeated.

/// A small generator (xorshift64*), so that a failure can be repeated; made of a seed other than 0.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// Returns a number below `n`.
    pub fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        high as usize % n
    }

    /// Returns one of several.
    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())].clone()
    }
}
