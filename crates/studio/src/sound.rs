//! What is heard, as a plan for the mixer, and as one encoded track.

use std::ops::Range;

use media::audio::{AacEncoder, Spec};
use media::{AudioTrackSpec, Packet, PacketSource};
use stage::document::{AssetRef, Layer, LayerKind, Project};

use crate::assets::Library;
use crate::cache::{Key, Session};
use crate::mix::{DuckCurve, MixPlan, Mixer, SAMPLE_RATE, SoundSource, Track, joined};
use crate::progress::Shared;
use crate::speak::Speeches;
use crate::timeline::{SceneTime, Timeline, is_speech};
use crate::{Error, Result};

/// Changes when the same sounds are mixed or encoded differently.
const SOUND_VERSION: &str = concat!("sound-1 ", env!("CARGO_PKG_VERSION"));
/// Bits per second of the sound.
const BIT_RATE: u32 = 192_000;
/// Mixed blocks between two looks at whether to go on.
const BLOCKS_PER_LOOK: usize = 16;

/// Lists everything that is heard in a video.
pub(crate) fn plan(project: &Project, timeline: &Timeline, library: &Library) -> MixPlan {
    let mut tracks = Vec::new();
    let mut speech = Vec::new();
    for (scene, time) in project.scenes.iter().zip(&timeline.scenes) {
        let end = timeline.audio_at(time.first_frame + u64::from(time.n_frames));
        for ((narration, utterance), &number) in scene.narration.iter().zip(&time.utterances).zip(&time.speeches) {
            let start = timeline.audio_in(time, utterance.start_ms);
            let end = timeline.audio_in(time, utterance.end_ms).min(end);
            if is_speech(&narration.source) && start < end {
                speech.push(start..end);
            }
            tracks.push(Track { gain: narration.volume as f32, ..plain(SoundSource::Speech(number), start..end) });
        }
        for layer in &scene.layers {
            tracks.extend(layer_track(layer, timeline, time, library));
        }
    }
    let n_frames = timeline.audio_at(timeline.n_frames);
    tracks.extend(soundtrack(project, library, n_frames));
    MixPlan { tracks, speech: joined(speech), n_frames }
}

fn plain(source: SoundSource, span: Range<u64>) -> Track {
    Track { source, start: span.start, end: span.end, gain: 1.0, fade_in: 0, fade_out: 0, ducking: None }
}

fn frames(ms: u32) -> u64 {
    u64::from(ms) * u64::from(SAMPLE_RATE) / 1000
}

fn layer_track(layer: &Layer, timeline: &Timeline, time: &SceneTime, library: &Library) -> Option<Track> {
    let (name, volume, looped, skip_ms, fades) = match &layer.kind {
        LayerKind::Video { video, volume, looped, trim_start_ms, .. } if library.has_sound(video) => {
            (video, *volume, *looped, *trim_start_ms, (0, 0))
        }
        LayerKind::Audio { audio, volume, looped, fade_in_ms, fade_out_ms } => {
            (audio, *volume, *looped, 0, (*fade_in_ms, *fade_out_ms))
        }
        _ => return None,
    };
    let scene_end = timeline.audio_at(time.first_frame + u64::from(time.n_frames));
    let start = timeline.audio_in(time, layer.start_ms);
    let mut end = layer.end_ms.map_or(scene_end, |end_ms| timeline.audio_in(time, end_ms)).min(scene_end);
    if !looped {
        end = end.min(start + frames(library.lengths().of(name).saturating_sub(skip_ms)));
    }
    if volume <= 0.0 || start >= end {
        return None;
    }
    let track = plain(file(name, looped, frames(skip_ms), library)?, start..end);
    Some(Track { gain: volume as f32, fade_in: frames(fades.0), fade_out: frames(fades.1), ..track })
}

fn soundtrack(project: &Project, library: &Library, n_frames: u64) -> Option<Track> {
    let music = project.soundtrack.as_ref()?;
    let end = if music.looped { n_frames } else { n_frames.min(frames(library.lengths().of(&music.audio))) };
    let ducking = DuckCurve {
        level: music.ducking.level as f32,
        attack: frames(music.ducking.attack_ms),
        release: frames(music.ducking.release_ms),
    };
    Some(Track {
        gain: music.volume as f32,
        fade_in: frames(music.fade_in_ms),
        fade_out: frames(music.fade_out_ms),
        ducking: Some(ducking),
        ..plain(file(&music.audio, music.looped, 0, library)?, 0..end)
    })
}

fn file(name: &AssetRef, looped: bool, skip: u64, library: &Library) -> Option<SoundSource> {
    let path = library.path(name)?.to_owned();
    Some(SoundSource::File { path, name: name.0.clone(), looped, skip })
}

/// Returns what the encoded sound depends on.
pub(crate) fn key(plan: &MixPlan, speeches: &Speeches<'_>, library: &Library) -> Key {
    let mut parts = vec![SOUND_VERSION.as_bytes().to_vec(), plan.n_frames.to_le_bytes().to_vec()];
    parts.push(format!("{:?}", plan.speech).into_bytes());
    for track in &plan.tracks {
        let source = match &track.source {
            SoundSource::Speech(number) => speeches.key(*number).as_bytes().to_vec(),
            SoundSource::File { name, looped, skip, .. } => {
                let identity = library.identity(&AssetRef(name.clone())).map_or(&[][..], |key| key.as_bytes());
                [identity, &[u8::from(*looped)], &skip.to_le_bytes()].concat()
            }
        };
        parts.push(source);
        let Track { start, end, gain, fade_in, fade_out, ducking, .. } = track;
        parts.push(format!("{start} {end} {gain} {fade_in} {fade_out} {ducking:?}").into_bytes());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Key::of(&parts)
}

/// Mixes and encodes a plan into the cache, unless it is there already.
pub(crate) fn make(
    plan: &MixPlan,
    key: &Key,
    speeches: &Speeches<'_>,
    session: &Session<'_>,
    shared: &Shared<'_, '_>,
) -> Result<()> {
    if session.hold(key) {
        return Ok(());
    }
    let spec = Spec { sample_rate: SAMPLE_RATE, channels: 2, mask: 3 };
    let mut encoder = AacEncoder::new(spec, BIT_RATE)?;
    let mut sound = EncodedSound::default();
    let mut mixer = Mixer::new(plan, speeches);
    let (mut block, mut n_blocks) = (Vec::new(), 0);
    while mixer.next_block(&mut block)? {
        encoder.push(&block)?;
        sound.take_from(&mut encoder);
        n_blocks += 1;
        if n_blocks % BLOCKS_PER_LOOK == 0 {
            shared.advance(0)?;
        }
    }
    encoder.finish()?;
    sound.take_from(&mut encoder);
    sound.n_frames = encoder.audible_frames();
    sound.warnings = std::mem::take(&mut mixer.warnings);
    session.put(key, &sound.to_bytes(encoder.spec()))
}

/// Encoded sound in memory.
#[derive(Debug, Default)]
struct EncodedSound {
    ends: Vec<u32>,
    bytes: Vec<u8>,
    n_frames: u64,
    /// What could not be read.
    warnings: Vec<String>,
}

impl EncodedSound {
    fn take_from(&mut self, encoder: &mut AacEncoder) {
        let mut packet = Packet::default();
        while encoder.next_packet(&mut packet) {
            self.bytes.extend_from_slice(&packet.data);
            self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        }
    }

    /// 1. 4 bytes: length of the description
    /// 2. the description: decoder set-up, delay, bit rate, audio frames, lengths, as JSON
    /// 3. the packets
    fn to_bytes(&self, spec: &AudioTrackSpec) -> Vec<u8> {
        let media::AudioCodec::Aac { config } = &spec.codec else { return Vec::new() };
        let description = Description {
            config: config.clone(),
            priming: spec.priming,
            bit_rate: spec.bit_rate,
            n_frames: self.n_frames,
            ends: self.ends.clone(),
            warnings: self.warnings.clone(),
        };
        let description = serde_json::to_vec(&description).unwrap_or_default();
        let mut bytes = (description.len() as u32).to_le_bytes().to_vec();
        bytes.extend_from_slice(&description);
        bytes.extend_from_slice(&self.bytes);
        bytes
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Description {
    config: Vec<u8>,
    priming: u32,
    bit_rate: u32,
    n_frames: u64,
    ends: Vec<u32>,
    warnings: Vec<String>,
}

/// Sound that was encoded, packet by packet.
pub(crate) struct SoundTrack {
    spec: AudioTrackSpec,
    description: Description,
    bytes: Vec<u8>,
    /// Where the packets begin in `bytes`.
    first: usize,
    next: usize,
}

impl SoundTrack {
    /// Takes what [`make`] has put into the cache.
    pub(crate) fn open(session: &Session<'_>, key: &Key) -> Result<Self> {
        let bytes = session.get(key).ok_or_else(|| Error::Internal("the sound has left the cache".to_owned()))?;
        Self::parse(bytes).ok_or_else(|| Error::Internal("the sound in the cache is of another kind".to_owned()))
    }

    /// Returns what could not be read when the sound was mixed.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.description.warnings
    }

    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let description: Description = serde_json::from_slice(rest.get(..length)?).ok()?;
        let spec = AudioTrackSpec {
            codec: media::AudioCodec::Aac { config: description.config.clone() },
            sample_rate: SAMPLE_RATE,
            channels: 2,
            priming: description.priming,
            frames_estimate: Some(description.n_frames),
            bit_rate: description.bit_rate,
        };
        Some(Self { spec, description, first: 4 + length, bytes, next: 0 })
    }
}

impl PacketSource for SoundTrack {
    fn spec(&self) -> &AudioTrackSpec {
        &self.spec
    }

    fn next_packet(&mut self, packet: &mut Packet) -> media::Result<bool> {
        let Some(&end) = self.description.ends.get(self.next) else { return Ok(false) };
        let start = self.next.checked_sub(1).map_or(0, |before| self.description.ends[before]);
        let range = self.first + start as usize..self.first + end as usize;
        let data = self.bytes.get(range).ok_or_else(|| media::Error::Malformed {
            format: "cached sound".to_owned(),
            reason: "it is shorter than it says".to_owned(),
        })?;
        packet.data.clear();
        packet.data.extend_from_slice(data);
        packet.duration = 1024;
        self.next += 1;
        Ok(true)
    }

    fn audible_frames(&self) -> u64 {
        self.description.n_frames
    }
}
