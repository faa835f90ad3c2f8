//! Which tracks of a segment are removed.

/// A set of ordinals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bitmap {
    words: Vec<u64>,
    len: u32,
}

impl Bitmap {
    /// Adds an ordinal; says whether it is new.
    pub(crate) fn insert(&mut self, ordinal: u32) -> bool {
        let (word, bit) = place(ordinal);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.len += u32::from(is_new);
        is_new
    }

    pub(crate) fn contains(&self, ordinal: u32) -> bool {
        let (word, bit) = place(ordinal);
        self.words.get(word).is_some_and(|w| w & bit != 0)
    }

    /// The number of ordinals.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The ordinals in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().zip(0u32..).flat_map(|(word, at)| {
            (0..u64::BITS).filter(move |bit| word >> bit & 1 != 0).map(move |bit| at * u64::BITS + bit)
        })
    }
}

impl FromIterator<u32> for Bitmap {
    fn from_iter<I: IntoIterator<Item = u32>>(ordinals: I) -> Self {
        let mut bitmap = Self::default();
        for ordinal in ordinals {
            bitmap.insert(ordinal);
        }
        bitmap
    }
}

fn place(ordinal: u32) -> (usize, u64) {
    ((ordinal / u64::BITS) as usize, 1 << (ordinal % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_in() {
        let ordinals = [0, 1, 63, 64, 127, 1000];
        let mut bitmap: Bitmap = ordinals.into_iter().collect();
        assert!(bitmap.iter().eq(ordinals));
        assert!(!bitmap.insert(64) && bitmap.insert(65));
        assert_eq!(bitmap.len(), 7);
        assert!(bitmap.contains(65) && !bitmap.contains(66) && !bitmap.contains(u32::MAX));
    }
}
