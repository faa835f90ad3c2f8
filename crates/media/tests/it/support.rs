//! Tiny packet sources, enough for tests and measurements: ADTS, MP3, and MP4 by way of ffprobe.

use std::path::Path;
use std::process::Command;

use media::{AudioCodec, AudioTrackSpec, Error, Packet, PacketSource, Result};

/// Packets that stand somewhere in a file held in memory.
#[derive(Debug)]
pub(crate) struct ListSource {
    pub(crate) spec: AudioTrackSpec,
    bytes: Vec<u8>,
    packets: Vec<(usize, usize, u32)>,
    next: usize,
    /// How often the list is played, for very long files.
    pub(crate) repeats: usize,
    delivered: u64,
    pub(crate) end_padding: u64,
}

impl ListSource {
    fn new(spec: AudioTrackSpec, bytes: Vec<u8>, packets: Vec<(usize, usize, u32)>) -> Self {
        Self { spec, bytes, packets, next: 0, repeats: 1, delivered: 0, end_padding: 0 }
    }

    /// Packets of a fixed size and made-up content.
    pub(crate) fn synthetic(n_packets: usize, packet_bytes: usize) -> Self {
        let spec = AudioTrackSpec {
            codec: AudioCodec::Aac { config: vec![0x12, 0x10] },
            sample_rate: 44_100,
            channels: 2,
            priming: 1024,
            frames_estimate: Some(n_packets as u64 * 1024),
            bit_rate: 0,
        };
        let bytes = (0..packet_bytes + n_packets).map(|idx| (idx * 7 % 251) as u8).collect();
        let packets = (0..n_packets).map(|idx| (idx, packet_bytes, 1024)).collect();
        Self::new(spec, bytes, packets)
    }

    /// Plays the list so often that it lasts `seconds`.
    pub(crate) fn stretch(&mut self, seconds: u64) {
        let frames: u64 = self.packets.iter().map(|packet| u64::from(packet.2)).sum();
        self.repeats = (seconds * u64::from(self.spec.sample_rate)).div_ceil(frames) as usize;
        self.spec.frames_estimate = Some(frames * self.repeats as u64);
    }

    /// Opens what the file's name promises.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        match path.extension().and_then(|ext| ext.to_str()) {
            Some("aac") => Self::adts(path),
            Some("mp3") => Self::mp3(path),
            _ => Self::mp4(path),
        }
    }

    fn adts(path: &Path) -> Result<Self> {
        let bytes = read(path)?;
        let (mut at, mut packets, mut config) = (0, Vec::new(), None);
        while let Some(&[0xff, b1, b2, b3, b4, b5, _]) = bytes.get(at..at + 7) {
            let len = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
            let header_len = if b1 & 1 == 1 { 7 } else { 9 };
            packets.push((at + header_len, len - header_len, 1024));
            let (object, rate, channels) = ((b2 >> 6) + 1, b2 >> 2 & 15, (b2 & 1) << 2 | b3 >> 6);
            config = Some((object, rate, channels));
            at += len;
        }
        let (object, rate, channels) = config.ok_or_else(|| Error::malformed("ADTS", "no frame"))?;
        let rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000];
        let spec = AudioTrackSpec {
            codec: AudioCodec::Aac { config: vec![object << 3 | rate >> 1, (rate & 1) << 7 | channels << 3] },
            sample_rate: rates[usize::from(rate)],
            channels: u16::from(channels),
            priming: 1024,
            frames_estimate: Some(packets.len() as u64 * 1024),
            bit_rate: 0,
        };
        Ok(Self::new(spec, bytes, packets))
    }

    fn mp3(path: &Path) -> Result<Self> {
        let bytes = read(path)?;
        let mut at = 0;
        if bytes.starts_with(b"ID3") {
            let size = bytes[6..10].iter().fold(0, |size, &byte| size << 7 | usize::from(byte));
            at = 10 + size;
        }
        let (mut packets, mut format, mut priming, mut padding) = (Vec::new(), None, 0, 0);
        while let Some(&[0xff, b1, b2, b3]) = bytes.get(at..at + 4) {
            let is_mpeg1 = b1 & 0x18 == 0x18;
            let rate = [44_100, 48_000, 32_000][usize::from(b2 >> 2 & 3)] / if is_mpeg1 { 1 } else { 2 };
            let kbps = if is_mpeg1 {
                [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0]
            } else {
                [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0]
            }[usize::from(b2 >> 4)];
            let frames = if is_mpeg1 { 1152 } else { 576 };
            let len = frames / 8 * kbps * 1000 / rate + usize::from(b2 >> 1 & 1);
            let channels = if b3 >> 6 == 3 { 1 } else { 2 };
            let frame = &bytes[at..(at + len).min(bytes.len())];
            let find = |mark: &[u8]| frame.windows(mark.len()).position(|w| w == mark);
            if format.is_none() && (find(b"Xing").is_some() || find(b"Info").is_some()) {
                if let Some(lame) = find(b"Lavc").or(find(b"LAME")).or(find(b"Lavf")) {
                    let [a, b, c] = [frame[lame + 21], frame[lame + 22], frame[lame + 23]].map(u32::from);
                    priming = (a << 4 | b >> 4) + 529;
                    padding = u64::from((b & 15) << 8 | c).saturating_sub(529);
                }
            } else {
                packets.push((at, frame.len(), frames as u32));
            }
            format = Some((rate as u32, channels));
            at += len;
        }
        let (sample_rate, channels) = format.ok_or_else(|| Error::malformed("MP3", "no frame"))?;
        let frames: u64 = packets.iter().map(|packet| u64::from(packet.2)).sum();
        let spec = AudioTrackSpec {
            codec: AudioCodec::Mp3,
            sample_rate,
            channels,
            priming,
            frames_estimate: Some(frames),
            bit_rate: 0,
        };
        let mut source = Self::new(spec, bytes, packets);
        source.end_padding = padding;
        Ok(source)
    }

    fn mp4(path: &Path) -> Result<Self> {
        let bytes = read(path)?;
        let ask = |what: &str| {
            let mut command = Command::new("ffprobe");
            command.args(["-v", "error", "-select_streams", "a:0", "-of", "csv=p=0", "-show_entries", what]);
            let output = command.arg(path).output().map_err(|error| Error::io("probe", path, error))?;
            Ok::<_, Error>(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let stream = ask("stream=codec_name,sample_rate,channels")?;
        let fields: Vec<&str> = stream.trim().split(',').collect();
        let body = |fourcc: &[u8]| {
            let found = bytes.windows(4).enumerate().filter(|(_, w)| *w == fourcc).map(|(at, _)| at);
            let at = found.max().unwrap_or(4);
            let size = u32::from_be_bytes([bytes[at - 4], bytes[at - 3], bytes[at - 2], bytes[at - 1]]);
            bytes[at + 4..at - 4 + size as usize].to_vec()
        };
        let (codec, priming) = match fields[0] {
            "flac" => (AudioCodec::Flac { stream_info: body(b"dfLa")[8..42].to_vec() }, 0),
            "alac" => (AudioCodec::Alac { config: body(b"alac")[4..].to_vec() }, 0),
            "opus" => {
                let dops = body(b"dOps");
                let priming = u32::from(u16::from_be_bytes([dops[2], dops[3]]));
                let head = vec![1, dops[1], dops[3], dops[2], dops[7], dops[6], dops[5], dops[4], dops[9], dops[8], 0];
                (AudioCodec::Opus { head }, priming)
            }
            other => return Err(Error::unsupported(other, "not in this test source")),
        };
        let mut packets = Vec::new();
        for line in ask("packet=duration,size,pos")?.lines() {
            let numbers: Vec<usize> = line.split(',').filter_map(|field| field.parse().ok()).collect();
            if let &[duration, size, at] = numbers.as_slice() {
                packets.push((at, size, duration as u32));
            }
        }
        let frames: u64 = packets.iter().map(|packet| u64::from(packet.2)).sum();
        let spec = AudioTrackSpec {
            codec,
            sample_rate: fields[1].parse().unwrap_or(48_000),
            channels: fields[2].parse().unwrap_or(2),
            priming,
            frames_estimate: Some(frames),
            bit_rate: 0,
        };
        Ok(Self::new(spec, bytes, packets))
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::io("read", path, error))
}

impl PacketSource for ListSource {
    fn spec(&self) -> &AudioTrackSpec {
        &self.spec
    }

    fn next_packet(&mut self, packet: &mut Packet) -> Result<bool> {
        if self.next >= self.packets.len() * self.repeats {
            self.delivered = self.delivered.saturating_sub(self.end_padding);
            self.end_padding = 0;
            return Ok(false);
        }
        let (at, len, frames) = self.packets[self.next % self.packets.len()];
        self.next += 1;
        packet.data.clear();
        packet.data.extend_from_slice(&self.bytes[at..at + len]);
        packet.duration = frames;
        self.delivered += u64::from(frames);
        Ok(true)
    }

    fn audible_frames(&self) -> u64 {
        self.delivered.saturating_sub(u64::from(self.spec.priming))
    }
}
