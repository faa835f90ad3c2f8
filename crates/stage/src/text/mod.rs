//! Text: fonts, layout and drawing.
//!
//! Lines are broken by UAX 14 and ordered by UAX 9; words that are too long are broken where they must be. Everything is
//! drawn as outlines, so that turned and scaled text is sharp, and never hinted, so that it doesn't jump when it moves.
//! Characters that no font has are left out with a warning that names their script: there are no empty boxes.
//!
//! Color fonts are drawn in one color; emoji don't come from fonts but are built in.

mod block;
mod catalog;
mod coverage;
mod emoji;
mod fonts;
mod machine;
mod names;
mod prepare;
mod shadow;
mod shape;
mod spec;

pub use block::TextBlock;
pub use fonts::{FontSources, Fonts};
pub use spec::{TextBackground, TextShadow, TextSpec, TextStroke};

/// Who made what is shipped, as their licenses ask to be told.
pub const CREDITS: [&str; 3] = [
    "Noto Sans: copyright Google LLC, SIL Open Font License 1.1",
    "DejaVu Sans, Serif and Sans Mono: copyright Bitstream, Inc. and Tavmjong Bah, Bitstream Vera license",
    "Emoji: Twemoji, copyright Twitter, Inc. and other contributors, CC-BY 4.0",
];
