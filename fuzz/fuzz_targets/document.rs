//! Scene documents: what is read is valid, and can be written and read again.
#![no_main]

use fuzz::{mutate, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use stage::Project;
use stage::document::Limits;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(project) = Project::from_json(text) else { return };
    project.validate(&Limits::default()).unwrap();
    let written = serde_json::to_string(&project).unwrap();
    // Not asked to be equal: the JSON reader may be off by the last bit of a fraction.
    assert_eq!(Project::from_json(&written).unwrap().scenes.len(), project.scenes.len());
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &seeds::documents(), |_| {})
});
