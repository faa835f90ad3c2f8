//! What a figure looks like at one instant, in whole steps, so that equal pictures have equal poses.

/// What the mouth does, from 0 to 24 where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MouthPose {
    /// How far the jaw and lips are apart; 0 is closed.
    pub open: i8,
    /// How far the corners are pulled out.
    pub wide: i8,
    /// How far the lips are rounded.
    pub round: i8,
    /// How hard the lips are pressed together.
    pub press: i8,
    /// How much of the upper teeth is seen.
    pub upper_teeth: i8,
    /// How much of the lower teeth is seen.
    pub lower_teeth: i8,
    /// How high the tongue is.
    pub tongue: i8,
    /// How far the lower lip is under the upper teeth.
    pub tuck: i8,
    /// Corners up, down below 0: −24 to 24.
    pub smile: i8,
}

/// What the eyes and brows do, from 0 to 12 where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EyePose {
    /// How far the upper lids are down; below 0 they are raised: −4 to 12.
    pub lid: i8,
    /// How far the lower lids are up.
    pub squint: i8,
    /// The look to the right of the picture: −8 to 8.
    pub gaze_x: i8,
    /// The look down: −8 to 8.
    pub gaze_y: i8,
    /// How far the brow on the left of the picture is up: −12 to 12.
    pub brow_left: i8,
    /// How far the brow on the right is up.
    pub brow_right: i8,
    /// How far the inner ends of the brows are up; below 0 they are down and together.
    pub brow_inner: i8,
}

/// Where the head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct HeadPose {
    /// To the right, in half units of the rig.
    pub x: i8,
    /// Down, in half units.
    pub y: i8,
    /// Turned clockwise, in tenths of a degree.
    pub roll: i8,
    /// Turned to the right of the picture, in steps of about half a degree.
    pub yaw: i8,
    /// Nodded down, in steps of about half a degree.
    pub pitch: i8,
}

/// What a figure looks like at one instant. Equal poses give equal pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Pose {
    /// Where the head is.
    pub head: HeadPose,
    /// What the eyes and brows do.
    pub eyes: EyePose,
    /// What the mouth does.
    pub mouth: MouthPose,
    /// How far the cheeks are raised, 0 to 12.
    pub cheeks: i8,
    /// How far the chest is filled, 0 to 4.
    pub breath: i8,
}
