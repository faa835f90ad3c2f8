//! Frames of scenes.
