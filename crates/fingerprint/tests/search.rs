//! The way from samples to a match, with sound made on the spot.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use fingerprint::{
    Extractor, Fingerprint, MemorySegment, SearchOptions, Searcher, Segment, SegmentWriter, Source, Track,
};

const RATE_HZ: u32 = 16_000;

struct Random(u32);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }
}

/// A tune of its own for each seed: notes with overtones that come and go. `speed` plays it faster and higher.
fn song(seed: u32, seconds: f32, speed: f32) -> Vec<f32> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9) | 1);
    let mut notes = [(0.0f32, 0.0f32); 8];
    let mut next_note = 0.0;
    (0..(seconds / speed * RATE_HZ as f32) as u32)
        .map(|n| {
            let at = n as f32 / RATE_HZ as f32 * speed;
            if at >= next_note {
                let voice = (random.next() * 8.0) as usize;
                notes[voice] = (220.0 * 12f32.powf(random.next()), 0.4);
                next_note += 0.06 + 0.1 * random.next();
            }
            let mut sample = 0.0;
            for (freq_hz, level) in &mut notes {
                let phase = *freq_hz * at * std::f32::consts::TAU;
                sample += *level * (phase.sin() + 0.4 * (2.0 * phase).sin());
                *level *= 1.0 - 3.0 * speed / RATE_HZ as f32;
            }
            sample * 0.3
        })
        .collect()
}

fn fingerprint(samples: &[f32]) -> Fingerprint {
    let mut extractor = Extractor::new(RATE_HZ, 1).unwrap();
    extractor.push(samples);
    extractor.finish()
}

fn track(key: u64) -> Track {
    Track { key, name: format!("song {key}"), duration_ms: 30_000 }
}

fn library() -> MemorySegment {
    let mut segment = MemorySegment::new();
    for key in 0..6 {
        segment.add(track(key), &fingerprint(&song(key as u32, 30.0, 1.0))).unwrap();
    }
    segment
}

fn on_disk(library: &MemorySegment) -> Vec<u8> {
    let tracks: Vec<_> =
        (0..library.n_tracks()).map(|t| (library.track(t).unwrap().clone(), library.fingerprint(t).unwrap())).collect();
    Segment::build(tracks.iter().map(|(t, f)| (t, f))).unwrap()
}

fn part(samples: &[f32], from_s: f32, to_s: f32) -> &[f32] {
    &samples[(from_s * RATE_HZ as f32) as usize..(to_s * RATE_HZ as f32) as usize]
}

#[test]
fn a_noisy_clip_is_found_where_it_was_cut() {
    let mut random = Random(5);
    let clip: Vec<f32> =
        part(&song(3, 30.0, 1.0), 12.0, 18.0).iter().map(|s| s + 0.1 * (random.next() - 0.5)).collect();
    let segment = library();
    let disk = Segment::from_bytes(on_disk(&segment)).unwrap();
    for source in [Source { segment: &segment, allowed: None }, Source { segment: &disk, allowed: None }] {
        let found = Searcher::new().search(&[source], &fingerprint(&clip), &SearchOptions::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].track, 3);
        assert!((found[0].track_time_ms(3_000.0) - 15_000.0).abs() < 30.0, "{found:?}");
        assert!(
            found[0].score > 99.0
                && (found[0].time_factor - 1.0).abs() < 0.002
                && (found[0].pitch_factor - 1.0).abs() < 0.002
        );
        assert!(found[0].query_ms.start < 600 && found[0].query_ms.end > 5_000, "{found:?}");
    }
}

#[test]
fn memory_and_disk_answer_alike() {
    let segment = library();
    let disk = Segment::from_bytes(on_disk(&segment)).unwrap();
    disk.verify().unwrap();
    assert_eq!(disk.n_tracks(), segment.n_tracks());
    for key in 0..6 {
        assert_eq!(disk.track(key).as_ref(), segment.track(key));
        assert_eq!(disk.name(key), segment.track(key).map(|t| t.name.as_str()));
        assert_eq!(disk.fingerprint(key).unwrap(), segment.fingerprint(key).unwrap());
        let query = fingerprint(part(&song(key, 30.0, 1.0), 4.0, 9.0));
        let search =
            |segment| Searcher::new().search(&[Source { segment, allowed: None }], &query, &SearchOptions::default());
        assert_eq!(search(&segment as &dyn fingerprint::Searchable), search(&disk));
    }
    assert_eq!((disk.track(6), disk.fingerprint(6)), (None, None));
}

#[test]
fn speed_and_pitch_are_told() {
    let segment = library();
    for speed in [0.91, 0.96, 1.05, 1.095] {
        let clip = song(2, 30.0, speed);
        let query = fingerprint(part(&clip, 10.0, 18.0));
        let found =
            Searcher::new().search(&[Source { segment: &segment, allowed: None }], &query, &SearchOptions::default());
        assert_eq!(found.first().map(|m| m.track), Some(2), "speed {speed}");
        let (time_factor, pitch_factor) = (found[0].time_factor, found[0].pitch_factor);
        assert!((time_factor / f64::from(speed) - 1.0).abs() < 0.004, "{time_factor} at {speed}");
        assert!((pitch_factor / f64::from(speed) - 1.0).abs() < 0.004, "{pitch_factor} at {speed}");
        let at_ms = found[0].track_time_ms(4_000.0);
        assert!((at_ms - 14_000.0 * f64::from(speed)).abs() < 60.0, "{at_ms} at {speed}");
    }
}

#[test]
fn what_is_not_in_the_index_or_not_allowed_is_not_found() {
    let segment = library();
    let mut searcher = Searcher::new();
    for seed in 100..110 {
        let stranger = fingerprint(&song(seed, 10.0, 1.0));
        assert_eq!(
            searcher.search(&[Source { segment: &segment, allowed: None }], &stranger, &SearchOptions::default()),
            []
        );
    }
    let query = fingerprint(part(&song(4, 30.0, 1.0), 5.0, 12.0));
    let is_other = |track: u32| track != 4;
    assert_eq!(
        searcher.search(&[Source { segment: &segment, allowed: Some(&is_other) }], &query, &SearchOptions::default()),
        []
    );
    assert_eq!(searcher.search(&[], &query, &SearchOptions::default()), []);
    assert_eq!(
        searcher.search(
            &[Source { segment: &segment, allowed: None }],
            &Fingerprint::default(),
            &SearchOptions::default()
        ),
        []
    );
}

#[test]
fn two_songs_at_once_and_one_after_the_other_are_both_found() {
    let segment = library();
    let (a, b) = (song(0, 30.0, 1.0), song(5, 30.0, 1.0));
    let mix: Vec<f32> = part(&a, 3.0, 13.0).iter().zip(part(&b, 15.0, 25.0)).map(|(a, b)| a + b).collect();
    let medley = [part(&a, 3.0, 9.0), part(&b, 15.0, 21.0)].concat();
    let options = SearchOptions { n_matches_max: 5, ..SearchOptions::default() };
    for sound in [&mix, &medley] {
        let mut found =
            Searcher::new().search(&[Source { segment: &segment, allowed: None }], &fingerprint(sound), &options);
        found.sort_by_key(|m| m.track);
        assert_eq!(found.iter().map(|m| m.track).collect::<Vec<_>>(), [0, 5]);
    }
    let found = Searcher::new().search(&[Source { segment: &segment, allowed: None }], &fingerprint(&medley), &options);
    let second = found.iter().find(|m| m.track == 5).unwrap();
    assert!(
        second.query_ms.start.abs_diff(6_000) < 1_000 && second.track_ms.start.abs_diff(15_000) < 1_000,
        "{second:?}"
    );
}

#[test]
fn the_same_recording_twice_is_found_twice() {
    let mut segment = library();
    segment.add(track(77), &fingerprint(&song(1, 30.0, 1.0))).unwrap();
    let query = fingerprint(part(&song(1, 30.0, 1.0), 8.0, 16.0));
    let options = SearchOptions { n_matches_max: 5, ..SearchOptions::default() };
    let mut found = Searcher::new().search(&[Source { segment: &segment, allowed: None }], &query, &options);
    found.sort_by_key(|m| m.track);
    assert_eq!(found.iter().map(|m| m.track).collect::<Vec<_>>(), [1, 6]);
}

#[test]
fn a_long_query_is_found_as_one() {
    let segment = library();
    let query = fingerprint(part(&song(1, 30.0, 1.0), 2.0, 27.0));
    let found =
        Searcher::new().search(&[Source { segment: &segment, allowed: None }], &query, &SearchOptions::default());
    assert_eq!(found.len(), 1);
    assert!(found[0].query_ms.start < 1_000 && found[0].query_ms.end > 24_000, "{found:?}");
    assert!((found[0].track_time_ms(0.0) - 2_000.0).abs() < 30.0, "{found:?}");
}

#[test]
fn a_clip_that_begins_before_its_track_is_found() {
    let segment = library();
    let mut clip = song(900, 4.0, 1.0);
    clip.extend(part(&song(2, 30.0, 1.0), 0.0, 6.0));
    let found = Searcher::new().search(
        &[Source { segment: &segment, allowed: None }],
        &fingerprint(&clip),
        &SearchOptions::default(),
    );
    assert_eq!(found.first().map(|m| m.track), Some(2));
    assert!(
        (found[0].track_time_ms(4_000.0)).abs() < 30.0 && found[0].query_ms.start.abs_diff(4_000) < 800,
        "{found:?}"
    );
}

#[test]
fn a_segment_appears_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.seg");
    let fingerprint = fingerprint(&song(1, 10.0, 1.0));
    let mut writer = SegmentWriter::create(&path).unwrap();
    writer.add(&track(1), &fingerprint).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);

    let mut writer = SegmentWriter::create(&path).unwrap();
    assert_eq!(writer.add(&track(1), &fingerprint).unwrap(), 0);
    writer.finish().unwrap();
    let segment = Segment::open(&path).unwrap();
    segment.verify().unwrap();
    assert_eq!(segment.track(0), Some(track(1)));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn damage_is_noticed_and_never_panics() {
    let whole = on_disk(&library());
    let query = fingerprint(part(&song(3, 30.0, 1.0), 12.0, 18.0));
    let mut random = Random(11);
    for _ in 0..40 {
        let mut damaged = whole.clone();
        let at = (random.next() * damaged.len() as f32) as usize;
        damaged[at] ^= 1 << (random.next() * 8.0) as u32;
        let Ok(segment) = Segment::from_bytes(damaged) else { continue };
        assert!(segment.verify().is_err(), "byte {at}");
        let _ =
            Searcher::new().search(&[Source { segment: &segment, allowed: None }], &query, &SearchOptions::default());
        for ordinal in 0..segment.n_tracks() {
            let _ = segment.fingerprint(ordinal);
        }
    }
    for len in [0, 7, 8, 63, 64, 1000, whole.len() - 1] {
        assert!(Segment::from_bytes(whole[..len].to_vec()).is_err(), "first {len} bytes");
    }
}
