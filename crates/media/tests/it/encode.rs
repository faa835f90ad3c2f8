//! The AAC encoder's packets decode to the source, and HE-AAC decodes at the full band.

use super::make::{Dir, best_shift, channel, decode, ffmpeg, song, wav};
use media::audio::{AacOptions, AacSource, AudioMode, open_audio};
use media::{AudioCodec, Packet, PacketSource};

/// Decodes packets with a decoder of their own, cuts priming and padding.
pub(crate) fn play(source: &mut dyn PacketSource) -> Vec<f32> {
    let AudioCodec::Aac { config } = source.spec().codec.clone() else {
        panic!("AAC expected");
    };
    let mut decoder = syom::Decoder::from_asc(&config, syom::DecodeOptions::unbounded()).unwrap();
    let (mut samples, mut packet) = (Vec::new(), Packet::default());
    while source.next_packet(&mut packet).unwrap() {
        decoder
            .decode_au(&packet.data, |frame| {
                assert_eq!(frame.samples, packet.duration as usize);
                for at in 0..frame.samples {
                    samples.extend(frame.planar.iter().map(|plane| plane[at]));
                }
                Ok(())
            })
            .unwrap();
    }
    let channels = usize::from(source.spec().channels);
    samples.drain(..source.spec().priming as usize * channels);
    samples.truncate(source.audible_frames() as usize * channels);
    assert_eq!(samples.len(), source.audible_frames() as usize * channels);
    samples
}

#[test]
fn encoded_audio_fits_the_source_to_the_audio_frame() {
    let dir = Dir::new();
    let path = dir.file("source.wav");
    for (rate, channels, n_frames) in
        [(44_100, 2, 100_001), (48_000, 1, 50_000), (48_000, 2, 1), (44_100, 1, 1024), (44_100, 2, 1025)]
    {
        let samples = song(rate, channels, n_frames);
        wav(&path, rate, channels, &samples);
        let mut source = AacSource::open(&path, &AacOptions::default()).unwrap();
        assert_eq!((source.spec().sample_rate, source.spec().channels), (rate, channels));
        let played = play(&mut source);
        assert_eq!(played.len(), samples.len());
        if n_frames > 10_000 {
            let (shift, correlation) =
                best_shift(&channel(&samples, channels, 0), &channel(&played, channels, 0), 1500);
            assert!(shift == 0 && correlation > 0.99, "{rate} {channels}: {shift}, {correlation}");
        }
    }
}

#[test]
fn other_rates_and_channels_are_converted() {
    let dir = Dir::new();
    let path = dir.file("source.wav");
    for (rate, channels, to_rate, to_channels) in [
        (8_000, 1, 48_000, 1),
        (192_000, 2, 48_000, 2),
        (22_050, 2, 44_100, 2),
        (48_000, 8, 48_000, 2),
        (96_000, 6, 48_000, 2),
    ] {
        let n_frames = rate as usize;
        wav(&path, rate, channels, &song(rate, channels, n_frames));
        let mut source = AacSource::open(&path, &AacOptions::default()).unwrap();
        assert_eq!((source.spec().sample_rate, source.spec().channels), (to_rate, to_channels));
        let played = play(&mut source);
        assert_eq!(played.len() / usize::from(to_channels), to_rate as usize, "{rate} Hz, {channels} channels");
        assert_eq!(source.spec().frames_estimate, Some(u64::from(to_rate)));
    }
}

/// Power above 12 kHz relative to all, by first differences of second order: crude, but zero without SBR.
fn has_treble(samples: &[f32], rate: f32) -> bool {
    let energy = |frequency: f32| -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &sample) in samples.iter().enumerate().take(8192) {
            let phase = std::f32::consts::TAU * (frequency * n as f32 / rate).fract();
            re += f64::from(sample * phase.cos());
            im += f64::from(sample * phase.sin());
        }
        re * re + im * im
    };
    let total = |from: u32, to: u32| (from..to).map(|khz| energy(khz as f32 * 250.0 + 20.0)).sum::<f64>();
    total(52, 60) > total(4, 12) * 1e-3
}

#[test]
fn he_aac_is_decoded_at_the_full_band() {
    let dir = Dir::new();
    let mut noise = super::make::Noise(7);
    let n_frames = 100_000;
    let samples: Vec<f32> = (0..n_frames * 2).map(|_| noise.sample() * 0.3).collect();
    let planes = [channel(&samples, 2, 0), channel(&samples, 2, 1)];
    for (name, options, codec) in [
        ("v1.aac", syom::EncodeOptions::adts().with_bitrate_bps(64_000).with_he(true), "HE-AAC"),
        ("v2.aac", syom::EncodeOptions::adts().with_bitrate_bps(32_000).with_he_v2(true), "HE-AAC v2"),
    ] {
        let path = dir.file(name);
        std::fs::write(&path, syom::encode_with(&planes, 44_100, &options).unwrap()).unwrap();
        check_he_aac(&path, codec, Some(n_frames));
        // SBR that an MP4 does not announce; the copy loses the encoder's length.
        let boxed = dir.file("boxed.m4a");
        if ffmpeg(&path, "-c copy", &boxed) {
            check_he_aac(&boxed, codec, None);
        }
    }
}

fn check_he_aac(path: &std::path::Path, codec: &str, n_frames: Option<usize>) {
    let (spec, decoded) = decode(path).unwrap();
    assert_eq!((spec.sample_rate, spec.channels), (44_100, 2));
    assert!(has_treble(&channel(&decoded, 2, 0)[20_000..], 44_100.0));
    let found = media::audio::probe(path, &super::make::native_only()).unwrap();
    assert_eq!((found.codec.as_str(), found.sample_rate), (codec, 44_100));
    assert_eq!(found.frames, Some(decoded.len() as u64 / 2));
    assert!(n_frames.is_none_or(|n_frames| decoded.len() / 2 == n_frames));
    let (mut copy, chosen) = open_audio(path, AudioMode::Auto, &AacOptions::default()).unwrap();
    assert!(chosen.is_copy);
    assert_eq!(play(&mut *copy), decoded);
}

#[test]
fn low_pass_noise_has_no_treble() {
    let dir = Dir::new();
    let path = dir.file("low.wav");
    let mut noise = super::make::Noise(7);
    let samples: Vec<f32> = (0..30_000).map(|_| noise.sample() * 0.3).collect();
    wav(&path, 44_100, 1, &samples);
    assert!(has_treble(&samples, 44_100.0));
    let low = dir.file("low2.wav");
    if ffmpeg(&path, "-ar 22050", &low) && ffmpeg(&low, "-ar 44100", &path) {
        assert!(!has_treble(&decode(&path).unwrap().1, 44_100.0));
    }
}
