//! Archives: tracks are read up to the first that is damaged, and what is read can be written, and read again.
#![no_main]

use fuzz::{mutate, seal, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use recognizer::archive::{ArchiveReader, ArchiveWriter, ArchivedTrack};

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = ArchiveReader::new(data) else { return };
    let tracks: Vec<ArchivedTrack> = reader.by_ref().map_while(Result::ok).collect();
    assert!(reader.next().is_none());
    let mut writer = ArchiveWriter::new(Vec::new()).unwrap();
    for ArchivedTrack { bucket, name, fingerprint } in &tracks {
        writer.add(bucket, name, fingerprint).unwrap();
    }
    let written = writer.finish().unwrap();
    let again: Vec<ArchivedTrack> = ArchiveReader::new(&written[..]).unwrap().map(Result::unwrap).collect();
    assert_eq!(again, tracks);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &seeds::archives(), seal::archive)
});
