//! Colors, and references to the palette.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An sRGB color, alpha not multiplied in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// 255 covers what is behind.
    pub a: u8,
}

impl Color {
    /// Returns an opaque color.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b, a: 255 }
    }
}

/// Accepts what CSS does: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb()`, `rgba()`, `hsl()`, names.
impl FromStr for Color {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let color = csscolorparser::parse(text.trim())
            .map_err(|_| format!("`{text}` is not a color; use `#rrggbb`, `#rrggbbaa`, `rgb(…)` or a CSS name"))?;
        let [r, g, b, a] = color.to_rgba8();
        Ok(Self { r, g, b, a })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.r, self.g, self.b)?;
        if self.a == 255 { Ok(()) } else { write!(f, "{:02x}", self.a) }
    }
}

/// Colors by role.
pub type Palette = BTreeMap<String, Color>;

/// A color, or the name of one in the project's palette.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColorRef {
    /// The color itself.
    Color(Color),
    /// `$role` in the document.
    Role(String),
}

impl ColorRef {
    /// Opaque black.
    pub const BLACK: Self = Self::Color(Color::rgb(0, 0, 0));
    /// Opaque white.
    pub const WHITE: Self = Self::Color(Color::rgb(255, 255, 255));

    /// Returns the color, looked up in the palette if it is a role; `None` for a role that is not there, which no valid document has.
    pub fn resolve(&self, palette: &Palette) -> Option<Color> {
        match self {
            Self::Color(color) => Some(*color),
            Self::Role(role) => palette.get(role).copied(),
        }
    }
}

impl From<Color> for ColorRef {
    fn from(color: Color) -> Self {
        Self::Color(color)
    }
}

impl FromStr for ColorRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix('$') {
            Some(role) => Ok(Self::Role(role.to_owned())),
            None => text.parse().map(Self::Color),
        }
    }
}

impl fmt::Display for ColorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Color(color) => color.fmt(f),
            Self::Role(role) => write!(f, "${role}"),
        }
    }
}

macro_rules! as_text {
    ($type:ty, $name:literal, $format:literal, $pattern:expr, $description:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format, "pattern": $pattern, "description": $description })
            }
        }
    };
}

/// What colors look like, closely enough for an editor; names and numbers are checked when a document is read.
macro_rules! css {
    () => {
        r"#[0-9a-fA-F]{3,8}|[0-9a-fA-F]{3,8}|[a-zA-Z]+|[a-zA-Z]+\([^()]*\)"
    };
}

as_text!(
    Color,
    "Color",
    "color",
    concat!(r"^\s*(", css!(), r")\s*$"),
    "A CSS color such as `#20304a`, `#20304a80`, `rgb(32,48,74)` or `navy`."
);
as_text!(
    ColorRef,
    "ColorRef",
    "color-ref",
    concat!(r"^\s*(", css!(), r")\s*$|^\$"),
    "A CSS color, or `$role` for a color of the project's palette."
);
