//! Which characters a font has, and whether its drawings can be read at all.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::DrawSettings;
use skrifa::outline::pen::NullPen;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider as _};

/// Mappings read of one font: more than Unicode has characters in use, and far less than a broken table can claim.
const MAPPINGS_MAX: usize = 400_000;
/// Names read of one font, and characters of each.
const NAMES_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 128;
/// Glyphs drawn to find out whether a font's outlines are whole.
const PROBES: usize = 48;

/// The characters of a font.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// First and last characters, in order, without overlaps.
    ranges: Vec<(u32, u32)>,
}

impl Coverage {
    /// Reads which characters face `index` of a font file has.
    pub(super) fn read(data: &[u8], index: u32) -> Self {
        let Ok(font) = FontRef::from_index(data, index) else {
            return Self::default();
        };
        let has_outlines = font.outline_glyphs().format().is_some();
        if !has_outlines {
            // A font of pictures only: they would be drawn as nothing.
            return Self::default();
        }
        let mut chars: Vec<u32> = font
            .charmap()
            .mappings()
            .take(MAPPINGS_MAX)
            .filter(|(_, glyph)| glyph.to_u32() != 0)
            .map(|(c, _)| c)
            .collect();
        chars.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for c in chars {
            match ranges.last_mut() {
                Some((_, last)) if c <= *last + 1 => *last = c,
                _ => ranges.push((c, c)),
            }
        }
        Self { ranges }
    }

    /// Whether the font has `c`.
    pub(super) fn has(&self, c: char) -> bool {
        let c = u32::from(c);
        let after = self.ranges.partition_point(|&(first, _)| first <= c);
        after.checked_sub(1).is_some_and(|at| c <= self.ranges[at].1)
    }

    fn chars(&self) -> impl Iterator<Item = char> {
        self.ranges.iter().flat_map(|&(first, last)| first..=last).filter_map(char::from_u32)
    }
}

/// Returns the names by which programs that know no weights and widths call the family of face `index`, in lower case.
///
/// Such a name is `Noto Sans Black`, where the family is `Noto Sans`.
pub(super) fn plain_family_names(data: &[u8], index: u32) -> Vec<String> {
    let Ok(font) = FontRef::from_index(data, index) else {
        return Vec::new();
    };
    let names = font.localized_strings(StringId::FAMILY_NAME).take(NAMES_MAX);
    let mut names: Vec<String> =
        names.map(|name| name.chars().take(NAME_CHARS_MAX).collect::<String>().to_lowercase()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Says what is wrong with face `index` of a font file, if anything is.
pub(super) fn fault(data: &[u8], index: u32) -> Option<&'static str> {
    let Ok(font) = FontRef::from_index(data, index) else {
        return Some("it isn't a font, or its table of contents is broken");
    };
    let coverage = Coverage::read(data, index);
    let n_chars = coverage.chars().count();
    if n_chars == 0 {
        return Some("it has no character that could be drawn");
    }
    let (charmap, outlines) = (font.charmap(), font.outline_glyphs());
    let step = n_chars.div_ceil(PROBES);
    let mut n_probed = 0;
    let mut n_broken = 0;
    for glyph in coverage.chars().step_by(step).filter_map(|c| charmap.map(c)) {
        n_probed += 1;
        let settings = DrawSettings::unhinted(Size::new(16.0), LocationRef::default());
        let is_whole = outlines.get(glyph).is_some_and(|outline| outline.draw(settings, &mut NullPen).is_ok());
        n_broken += usize::from(!is_whole);
    }
    // One bad glyph in a real font is no reason to refuse all of it.
    (n_broken * 4 > n_probed).then_some("its outlines are broken or cut off")
}

#[cfg(test)]
mod tests {
    use super::{Coverage, fault};

    #[test]
    fn a_whole_font_has_its_characters_and_no_fault() {
        let coverage = Coverage::read(notosans::REGULAR_TTF, 0);
        assert!(coverage.has('A') && coverage.has('Ω') && coverage.has('Ж'));
        assert!(!coverage.has('漢') && !coverage.has('\u{10ffff}'));
        assert_eq!(fault(notosans::REGULAR_TTF, 0), None);
    }

    #[test]
    fn a_font_cut_in_half_has_a_fault() {
        let half = &notosans::REGULAR_TTF[..notosans::REGULAR_TTF.len() / 2];
        assert!(fault(half, 0).is_some());
        assert!(fault(b"not a font", 0).is_some());
        assert!(fault(&[], 0).is_some());
    }
}
