//! Moving pictures: encoded, put into a file with sound, and read by others.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use media::I420;
use media::audio::{AacOptions, AacSource};
use media::h264::{FullMotionEncoder, ParameterSets};
use media::mp4::{
    MovieReport, Mp4Options, Mp4Tags, SampleSource, Segment, SegmentSample, SegmentSource, VideoSample, VideoTrackSpec,
    write_movie,
};
use media::{ErrorKind, PacketSource, Result};
use mp4_atom::{Decode, Moov};

use crate::make::{self, Dir};
use crate::support::ListSource;

/// A picture whose content moves with `idx`.
pub(crate) fn picture(width: u32, height: u32, idx: u32) -> I420 {
    let mut rgba = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let is_ball = (x.abs_diff(20 + idx * 3 % width) < 12) && y.abs_diff(height / 2) < 12;
            let shade = [(x * 200 / width) as u8, (y * 200 / height) as u8, (idx * 5 % 250) as u8, 255];
            rgba.extend_from_slice(if is_ball { &[250, 240, 30, 255] } else { &shade });
        }
    }
    let mut planes = I420::new(width, height);
    planes.fill_from_rgba(&rgba);
    planes
}

/// Samples made beforehand.
pub(crate) struct Made {
    pub(crate) spec: VideoTrackSpec,
    pub(crate) samples: Vec<VideoSample>,
    next: usize,
}

impl Made {
    pub(crate) fn new(spec: VideoTrackSpec, samples: Vec<VideoSample>) -> Self {
        Self { spec, samples, next: 0 }
    }

    /// Encodes `n_frames` pictures, every fiftieth an IDR picture.
    pub(crate) fn encode(width: u32, height: u32, fps: u32, n_frames: u32) -> Self {
        let mut encoder = FullMotionEncoder::new(width, height, fps, 26).unwrap();
        let mut samples = Vec::new();
        for idx in 0..n_frames {
            let is_sync = idx % 50 == 0;
            if is_sync && idx > 0 {
                encoder.force_idr().unwrap();
            }
            let data = encoder.encode(&picture(width, height, idx)).unwrap();
            samples.push(VideoSample { data, is_sync, n_frames: 1 });
        }
        let sets = encoder.parameter_sets().clone();
        let spec = VideoTrackSpec { width, height, fps, sets, samples_estimate: Some(u64::from(n_frames)) };
        Self::new(spec, samples)
    }

    /// The stream without a container: start codes instead of lengths.
    fn annex_b(&self) -> Vec<u8> {
        let mut stream = Vec::new();
        let sets = self.spec.sets.sps.iter().chain(&self.spec.sets.pps);
        for nal in sets.map(Vec::as_slice).chain(self.samples.iter().flat_map(|sample| nals(&sample.data))) {
            stream.extend_from_slice(&[0, 0, 0, 1]);
            stream.extend_from_slice(nal);
        }
        stream
    }
}

impl SampleSource for Made {
    fn spec(&self) -> &VideoTrackSpec {
        &self.spec
    }

    fn next_sample(&mut self, sample: &mut VideoSample) -> Result<bool> {
        let Some(next) = self.samples.get(self.next) else {
            return Ok(false);
        };
        self.next += 1;
        sample.clone_from(next);
        Ok(true)
    }
}

fn nals(mut sample: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some((length, rest)) = sample.split_first_chunk::<4>() {
        let (nal, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        found.push(nal);
        sample = rest;
    }
    found
}

fn write(out: &Path, video: &mut dyn SampleSource, audio: Option<&mut dyn PacketSource>) -> Result<MovieReport> {
    let tags = Mp4Tags { title: "A title".to_owned(), encoder: "tests".to_owned(), ..Mp4Tags::default() };
    write_movie(out, video, audio, &tags, &Mp4Options::default(), &mut |_| ControlFlow::Continue(()))
}

fn moov(file: &[u8]) -> Moov {
    let at = file.windows(4).position(|window| window == b"moov").unwrap() - 4;
    assert_eq!(at, 32, "right behind ftyp");
    Moov::decode(&mut &file[at..]).unwrap()
}

fn aac(dir: &Dir, seconds: usize) -> AacSource {
    let path = dir.file("song.wav");
    make::wav(&path, 48_000, 2, &make::song(48_000, 2, 48_000 * seconds));
    AacSource::open(&path, &AacOptions { decode: make::native_only(), ..AacOptions::default() }).unwrap()
}

#[test]
fn what_is_encoded_decodes_to_what_it_was() {
    let made = Made::encode(320, 180, 30, 60);
    let mut decoder = openh264::decoder::Decoder::new().unwrap();
    let mut n_decoded = 0;
    let stream = made.annex_b();
    let check = |yuv: &openh264::decoder::DecodedYUV<'_>, idx: u32| {
        use openh264::formats::YUVSource;
        let wanted = picture(320, 180, idx);
        assert_eq!(yuv.dimensions(), (320, 180));
        let stride = yuv.strides().0;
        let rows = yuv.y().chunks(stride).zip(wanted.y.chunks(320));
        let error: u64 = rows.flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
        assert!(error < 320 * 180 * 25, "frame {idx}: mean squared error {}", error / (320 * 180));
    };
    for nal in openh264::nal_units(&stream) {
        if let Some(yuv) = decoder.decode(nal).unwrap() {
            check(&yuv, n_decoded);
            n_decoded += 1;
        }
    }
    for yuv in decoder.flush_remaining().unwrap() {
        check(&yuv, n_decoded);
        n_decoded += 1;
    }
    assert_eq!(n_decoded, 60);
    assert!(made.samples[50].is_sync && nals(&made.samples[50].data)[0][0] & 31 == 5);
    assert!(made.samples[51].data.len() < made.samples[50].data.len());
    assert!(Made::encode(320, 180, 30, 60).samples == made.samples, "the same again");
}

#[test]
fn sizes_that_no_encoder_takes_are_refused() {
    for (width, height, fps, qp) in
        [(15, 16, 30, 26), (321, 180, 30, 26), (16, 16, 0, 26), (16, 16, 30, 52), (8192, 8192, 30, 26), (0, 0, 1, 1)]
    {
        let error = FullMotionEncoder::new(width, height, fps, qp).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    let mut encoder = FullMotionEncoder::new(64, 64, 30, 26).unwrap();
    assert_eq!(encoder.encode(&I420::new(64, 32)).unwrap_err().kind(), ErrorKind::Internal);
    assert!(!encoder.encode(&I420::new(64, 64)).unwrap().is_empty());
}

/// Checks tables and media of a file that holds `samples` and sound of `rate`.
fn check(file: &[u8], report: &MovieReport, samples: &[VideoSample], fps: u32) {
    assert_eq!(report.file_bytes, file.len() as u64);
    let moov = moov(file);
    let [video, audio] = moov.trak.as_slice() else { panic!("two tracks") };
    let n_frames: u64 = samples.iter().map(|sample| u64::from(sample.n_frames)).sum();
    assert_eq!(report.video_frames, n_frames);
    assert_eq!(video.mdia.mdhd.timescale, fps * 1000);
    assert_eq!(video.mdia.mdhd.duration, n_frames * 1000);
    let per_frame = u64::from(moov.mvhd.timescale / fps);
    assert_eq!(video.tkhd.duration, n_frames * per_frame, "exact in the movie's ticks");
    let per_audio_frame = u64::from(moov.mvhd.timescale / report.sample_rate);
    assert_eq!(audio.tkhd.duration, report.audio_frames * per_audio_frame);
    assert_eq!(moov.mvhd.duration, video.tkhd.duration.max(audio.tkhd.duration));
    let edit = &audio.edts.as_ref().unwrap().elst.as_ref().unwrap().entries[0];
    assert_eq!((edit.segment_duration, edit.media_time), (audio.tkhd.duration, Some(1024)));
    let table = &video.mdia.minf.stbl;
    let syncs: Vec<u32> = (1..).zip(samples).filter(|(_, sample)| sample.is_sync).map(|(number, _)| number).collect();
    assert_eq!(table.stss.as_ref().unwrap().entries, syncs);
    let mut durations = Vec::new();
    for run in &table.stts.entries {
        durations.extend(std::iter::repeat_n(run.sample_delta, run.sample_count as usize));
    }
    assert_eq!(durations, samples.iter().map(|sample| sample.n_frames * 1000).collect::<Vec<_>>());
    let places = chunks(&video.mdia.minf.stbl);
    let mut idx = 0;
    for &(offset, n_samples) in &places {
        let mut at = offset;
        for sample in &samples[idx..idx + n_samples] {
            assert!(file[at..].starts_with(&sample.data), "sample {idx}");
            at += sample.data.len();
        }
        idx += n_samples;
    }
    assert_eq!(idx, samples.len());
}

/// Where chunks start and how many samples they hold.
fn chunks(table: &mp4_atom::Stbl) -> Vec<(usize, usize)> {
    let offsets = &table.stco.as_ref().unwrap().entries;
    let in_chunk = |number: usize| {
        let row = table.stsc.entries.iter().rfind(|row| row.first_chunk as usize <= number).unwrap();
        row.samples_per_chunk as usize
    };
    offsets.iter().enumerate().map(|(idx, &offset)| (offset as usize, in_chunk(idx + 1))).collect()
}

#[test]
fn an_independent_reader_agrees_on_moving_pictures() {
    let dir = Dir::new();
    let out = dir.file("a.mp4");
    for fps in [24, 25, 30, 50, 60] {
        let mut video = Made::encode(128, 128, fps, 130);
        video.samples[7].n_frames = 90;
        let mut audio = ListSource::synthetic(400, 90);
        let report = write(&out, &mut video, Some(&mut audio)).unwrap();
        let file = std::fs::read(&out).unwrap();
        check(&file, &report, &video.samples, fps);
        assert!(file.windows(7).any(|window| window == b"A title"));
    }
}

#[test]
fn tracks_take_turns() {
    let dir = Dir::new();
    let out = dir.file("a.mp4");
    let mut video = Made::encode(128, 128, 30, 150);
    write(&out, &mut video, Some(&mut ListSource::synthetic(215, 90))).unwrap();
    let moov = moov(&std::fs::read(&out).unwrap());
    let [video, audio] = [0, 1].map(|idx| chunks(&moov.trak[idx].mdia.minf.stbl));
    assert_eq!(video.iter().map(|chunk| chunk.1).collect::<Vec<_>>(), [15; 10]);
    for (idx, (picture, sound)) in video.iter().zip(&audio).enumerate() {
        assert!(picture.0 < sound.0, "turn {idx}");
        assert!(idx == 0 || audio[idx - 1].0 < picture.0, "turn {idx}");
    }
}

#[test]
fn segments_are_copied_without_loading_them() {
    let dir = Dir::new();
    let whole = Made::encode(128, 128, 25, 100);
    let mut segments = Vec::new();
    for (number, part) in whole.samples.chunks(50).enumerate() {
        let path = dir.file(&format!("{number}.segment"));
        let (mut bytes, mut samples) = (vec![9; 5], Vec::new());
        for VideoSample { data, is_sync, n_frames } in part {
            let (is_sync, n_frames) = (*is_sync, *n_frames);
            let place = SegmentSample { offset: bytes.len() as u64, n_bytes: data.len() as u32, is_sync, n_frames };
            samples.push(place);
            bytes.extend_from_slice(data);
        }
        std::fs::write(&path, bytes).unwrap();
        segments.push(Segment { path, samples });
    }
    let out = dir.file("a.mp4");
    let mut source = SegmentSource::new(whole.spec.clone(), segments.clone());
    let report = write(&out, &mut source, Some(&mut ListSource::synthetic(172, 90))).unwrap();
    check(&std::fs::read(&out).unwrap(), &report, &whole.samples, 25);

    segments[1].samples[49].n_bytes += 1;
    let refused = |segments: Vec<Segment>| {
        let error = write(&out, &mut SegmentSource::new(whole.spec.clone(), segments), None).unwrap_err();
        error.kind()
    };
    assert_eq!(refused(segments.clone()), ErrorKind::Io, "cut off");
    segments[1].samples[49].n_bytes = u32::MAX;
    assert_eq!(refused(segments.clone()), ErrorKind::Limit);
    segments[0].path = PathBuf::from("/nonexistent");
    assert_eq!(refused(segments), ErrorKind::Io);
    let left: Vec<_> = std::fs::read_dir(dir.file("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "two segments and the first movie, no part file: {left:?}");
}

#[test]
fn several_encoders_share_a_track_if_their_ids_differ() {
    let dir = Dir::new();
    let out = dir.file("a.mp4");
    let mut video = Made::encode(128, 128, 25, 10);
    let foreign_sps = [0x67, 66, 0xc0, 31, 0b0010_1000, 0x80].to_vec();
    let foreign_pps = [0x68, 0b0100_1000, 0x80].to_vec();
    let foreign = ParameterSets { sps: vec![foreign_sps.clone()], pps: vec![foreign_pps.clone()] };
    let own = video.spec.sets.clone();
    video.spec.sets.merge(&foreign);
    video.spec.sets.merge(&own);
    assert_eq!(video.spec.sets.sps, [own.sps[0].clone(), foreign_sps]);
    write(&out, &mut video, None).unwrap();
    let moov = moov(&std::fs::read(&out).unwrap());
    let mp4_atom::Codec::Avc1(entry) = &moov.trak[0].mdia.minf.stbl.stsd.codecs[0] else { panic!("avc1") };
    assert_eq!(entry.avcc.sequence_parameter_sets, video.spec.sets.sps);
    assert_eq!(entry.avcc.picture_parameter_sets, video.spec.sets.pps);
    assert_eq!(entry.avcc.avc_profile_indication, 100);

    let mut clash = own.pps[0].clone();
    clash.push(1);
    video.spec.sets.pps.push(clash);
    assert_eq!(write(&out, &mut video, None).unwrap_err().kind(), ErrorKind::Malformed);
}

#[test]
fn empty_tracks_and_cancelling_leave_nothing() {
    let dir = Dir::new();
    let out = dir.file("a.mp4");
    let spec = Made::encode(128, 128, 25, 1).spec;
    let kind = |video: &mut Made, audio: Option<&mut dyn PacketSource>| write(&out, video, audio).unwrap_err().kind();
    assert_eq!(kind(&mut Made::new(spec.clone(), vec![]), None), ErrorKind::Malformed);
    let held_0 = VideoSample { data: vec![1], is_sync: true, n_frames: 0 };
    assert_eq!(kind(&mut Made::new(spec.clone(), vec![held_0]), None), ErrorKind::Malformed);
    let mut one = Made::encode(128, 128, 25, 1);
    assert_eq!(kind(&mut one, Some(&mut ListSource::synthetic(0, 9))), ErrorKind::Malformed);
    let mut slow = Made::new(VideoTrackSpec { fps: 0, ..spec.clone() }, vec![]);
    assert_eq!(kind(&mut slow, None), ErrorKind::Unsupported);
    let mut stop = |_| ControlFlow::Break(());
    let mut video = Made::encode(128, 128, 25, 60);
    let stopped = write_movie(&out, &mut video, None, &Mp4Tags::default(), &Mp4Options::default(), &mut stop);
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(std::fs::read_dir(dir.file("")).unwrap().count(), 0);
}

#[test]
fn ffmpeg_plays_a_movie_without_a_warning() {
    let dir = Dir::new();
    let out = dir.file("a.mp4");
    let mut audio = aac(&dir, 4);
    let mut video = Made::encode(320, 180, 30, 120);
    let report = write(&out, &mut video, Some(&mut audio)).unwrap();
    assert_eq!((report.video_frames, report.audio_frames), (120, 4 * 48_000));
    assert_eq!(report.duration_ms(), 4000);
    let run = |tool: &str, before: &[&str], after: &[&str]| {
        let output = Command::new(tool).args(before).arg(&out).args(after).output().ok()?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Some((text(output.stdout), text(output.stderr)))
    };
    let entries = "stream=codec_name,nb_frames,duration,avg_frame_rate,color_space,has_b_frames";
    let Some((probed, warnings)) = run("ffprobe", &["-v", "warning", "-show_entries", entries, "-of", "csv=p=0"], &[])
    else {
        eprintln!("skipped: no ffprobe");
        return;
    };
    assert_eq!(warnings, "");
    assert!(probed.contains("h264,0,bt709,30/1,4.000000,120"), "{probed}");
    assert!(probed.contains("aac,0/0,4.0"), "{probed}");
    let Some((_, warnings)) = run("ffmpeg", &["-v", "warning", "-i"], &["-f", "null", "-"]) else {
        eprintln!("skipped: no ffmpeg");
        return;
    };
    assert_eq!(warnings, "");
}

#[test]
fn neighboring_idr_pictures_differ_in_their_id() {
    let dir = Dir::new();
    let out = dir.file("a.mp4");
    let mut video = Made::encode(128, 128, 25, 1);
    let first = video.samples[0].clone();
    video.samples = vec![VideoSample { n_frames: 25, ..first.clone() }; 4];
    write(&out, &mut video, None).unwrap();
    let file = std::fs::read(&out).unwrap();
    let stored: Vec<&[u8]> = (0..4).map(|idx| sample_bytes(&file, idx)).collect();
    assert!(stored[0] == first.data && stored[2] == first.data && stored[1] == stored[3] && stored[1] != first.data);
    let mut decoder = openh264::decoder::Decoder::new().unwrap();
    let mut shown = Vec::new();
    for sample in [stored[0], stored[1]] {
        let made =
            Made::new(video.spec.clone(), vec![VideoSample { data: sample.to_vec(), is_sync: true, n_frames: 1 }]);
        use openh264::formats::YUVSource;
        shown.push(decoder.decode(&made.annex_b()).unwrap().unwrap().y().to_vec());
    }
    assert!(shown[0] == shown[1], "the picture is the same");
}

/// The bytes of a sample of the only track.
fn sample_bytes(file: &[u8], idx: usize) -> &[u8] {
    let moov = moov(file);
    let table = &moov.trak[0].mdia.minf.stbl;
    let mp4_atom::StszSamples::Different { sizes } = &table.stsz.samples else { panic!("sizes") };
    let mut first = 0;
    for (offset, n_samples) in chunks(table) {
        if idx < first + n_samples {
            let before: u32 = sizes[first..idx].iter().sum();
            return &file[offset + before as usize..][..sizes[idx] as usize];
        }
        first += n_samples;
    }
    panic!("no such sample")
}
