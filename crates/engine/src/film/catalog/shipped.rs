//! Palettes and templates that come with the program.

use super::format::{read_palette, read_template};
use super::{CatalogPalette, CatalogTemplate};

macro_rules! files {
    ($constant:ident, $folder:literal: $($name:literal),* $(,)?) => {
        const $constant: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../catalog/", $folder, "/", $name, ".json")))),*];
    };
}

files!(PALETTES, "palettes": "harbor", "forest", "berry", "slate", "sunrise", "lavender", "midnight", "graphite");
// The first one is taken where nobody chose.
files!(TEMPLATES, "templates": "clear-start", "night-briefing", "newsroom", "classroom", "pocket-lesson", "story", "square-post");

/// Returns the palettes.
pub(super) fn palettes() -> Vec<CatalogPalette> {
    PALETTES.iter().filter_map(|(name, text)| read_palette(text, name).ok()).collect()
}

/// Returns the templates.
pub(in super::super) fn templates() -> Vec<CatalogTemplate> {
    TEMPLATES.iter().filter_map(|(name, text)| read_template(text, name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use stage::document::Color;

    use super::super::LayoutPurpose;
    use super::*;

    #[test]
    fn every_shipped_file_is_read() {
        for (name, text) in PALETTES {
            read_palette(text, name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for (name, text) in TEMPLATES {
            read_template(text, name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert_eq!((palettes().len(), templates().len()), (PALETTES.len(), TEMPLATES.len()));
    }

    #[test]
    fn ids_are_stable_and_differ() {
        let templates = templates();
        assert_eq!(templates[0].id, "70686f6e6f73636f70650100");
        assert_eq!(templates[0].layouts[0].id, "70686f6e6f73636f70650101");
        let layouts = templates.iter().flat_map(|template| &template.layouts);
        let ids: Vec<&str> = templates.iter().map(|it| &*it.id).chain(layouts.map(|it| &*it.id)).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert_eq!(palettes()[0].id, "70686f6e6f73636f70650001");
    }

    #[test]
    fn every_template_can_begin_tell_show_and_end() {
        for template in templates() {
            for purpose in [LayoutPurpose::Title, LayoutPurpose::Text, LayoutPurpose::Picture, LayoutPurpose::Closing] {
                let layout = template.layout_for(purpose);
                let layout = layout.unwrap_or_else(|| panic!("{} has no layout for {purpose:?}", template.name));
                assert!(layout.scene.layers.iter().any(|layer| layer.id == "AVATAR"), "{}", layout.name);
                assert_eq!(layout.media_slots().count() > 0, purpose == LayoutPurpose::Picture, "{}", layout.name);
                assert!(layout.text_slots().next() == Some("TEXT-001"), "{}", layout.name);
            }
        }
    }

    #[test]
    fn there_are_templates_of_every_shape_and_category() {
        let templates = templates();
        let shapes: BTreeSet<&str> = templates.iter().map(CatalogTemplate::orientation).collect();
        assert_eq!(shapes.into_iter().collect::<Vec<_>>(), ["landscape", "portrait", "square"]);
        let categories: BTreeSet<&str> = templates.iter().map(|template| &*template.category).collect();
        assert_eq!(categories.into_iter().collect::<Vec<_>>(), ["business", "education", "social"]);
    }

    /// WCAG 2.2, success criterion 1.4.3: 4.5 to 1, and 3 to 1 for large letters.
    #[test]
    fn letters_stand_out_in_every_palette_and_template() {
        let own = templates().into_iter().map(|template| {
            let colors = template.roles.iter().map(|role| template.project.palette[role]).collect();
            (template.name, colors)
        });
        let all: Vec<(String, Vec<Color>)> =
            palettes().into_iter().map(|palette| (palette.name, palette.colors)).chain(own).collect();
        for (name, colors) in all {
            let [primary, accent, background, surface, text] = colors[..] else { panic!("{name} has other roles") };
            for (what, front, behind, least) in [
                ("text", text, background, 7.0),
                ("text on surface", text, surface, 7.0),
                ("primary", primary, background, 4.5),
                ("primary on surface", primary, surface, 4.5),
                ("accent on primary", accent, primary, 1.3),
            ] {
                let contrast = contrast(front, behind);
                assert!(contrast >= least, "{name}: {what} has a contrast of {contrast:.2}");
            }
        }
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(color: Color) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b)
    }
}
