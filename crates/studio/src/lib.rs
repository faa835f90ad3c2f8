//! The render pipeline: a scene document in, an MP4 with its captions and pictures out.
