//! Avatars: people who speak.
//!
//! A [`Cast`] knows everybody by id. A [`Rig`] is one of them, with outfits and boxes; a [`Puppet`] is a rig in an
//! outfit that can be drawn in any [`Pose`]. A [`Performance`] turns what is said into a pose for every frame.

mod cast;
mod figure;
mod folder;
mod motion;
mod portrait;
mod pose;
mod puppet;
mod rig;
mod shape;
mod sheet;
mod sketch;
mod svg;

pub use cast::Cast;
pub use folder::{Decode, Finding, check, load, scaffold};
pub use motion::{Direction, Heard, Performance, seed};
pub use pose::{EyePose, HeadPose, MouthPose, Pose};
pub use puppet::Puppet;
pub use rig::{Boxes, FRAME, OutfitInfo, Profile, Rig, View};
pub use sheet::{Picture, contact_sheet, lineup, preview, still};
