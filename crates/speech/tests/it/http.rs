//! A speech server on the loopback, asked over a real socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use speech::{
    Backend, Error, ErrorKind, Gender, HttpFormat, HttpService, HttpVoice, Library, Request, SPEECH_PATH, SpeechHttp,
    Synthesizer,
};

use crate::common::{check, data_folder, rms, texts};

/// Speaks HTTP/1.1 over a socket, one request per connection.
struct Client(SocketAddr);

impl SpeechHttp for Client {
    fn post(&self, path: &str, body: &Value) -> speech::Result<Vec<u8>> {
        let unavailable = |reason: String| Error::Unavailable { reason };
        let ask = || -> std::io::Result<Vec<u8>> {
            let mut stream = TcpStream::connect(self.0)?;
            let body = body.to_string();
            write!(stream, "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer)
        };
        let answer = ask().map_err(|error| unavailable(error.to_string()))?;
        let end =
            answer.windows(4).position(|part| part == b"\r\n\r\n").ok_or_else(|| unavailable("no head".into()))?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        if head.contains(" 200 ") { Ok(answer[end + 4..].to_vec()) } else { Err(unavailable(head)) }
    }
}

/// Answers every request with what `answer` makes of its body, and reports the bodies.
fn serve(answer: impl Fn(&Value) -> Option<Vec<u8>> + Send + 'static) -> (SocketAddr, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (head, body) = read_request(&mut stream);
            let reply = answer(&body);
            let status = if reply.is_some() { "200 OK" } else { "500 Broken" };
            stream.write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
            stream.write_all(&reply.unwrap_or_default()).unwrap();
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

fn read_request(stream: &mut TcpStream) -> (String, Value) {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, serde_json::from_slice(&body).unwrap())
}

/// A tone of 16-bit samples between two silences.
fn tone(rate: u32, silence_ms: u32, tone_ms: u32) -> Vec<u8> {
    let n_silence = (rate * silence_ms / 1000) as usize;
    let n_tone = (rate * tone_ms / 1000) as usize;
    let sample = |idx: usize| ((idx as f32 * 0.1).sin() * 8000.0) as i16;
    let silence = || std::iter::repeat_n(0i16, n_silence);
    silence().chain((0..n_tone).map(sample)).chain(silence()).flat_map(i16::to_le_bytes).collect()
}

fn wav(rate: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    bytes.extend(data);
    bytes
}

fn library_with(http: Arc<dyn SpeechHttp>, format: HttpFormat) -> Library {
    let mut library = Library::new(&data_folder());
    let voice =
        HttpVoice { voice: "Alloy".into(), name: "Alloy".into(), language: "en-US".into(), gender: Gender::Neutral };
    library.add_service(HttpService { name: "local".into(), model: "tts-1".into(), format, voices: vec![voice], http });
    library
}

#[test]
fn a_server_is_asked_in_its_protocol_and_its_sound_is_timed() {
    let (address, bodies) = serve(|_| Some(wav(24_000, &tone(24_000, 200, 1500))));
    let library = library_with(Arc::new(Client(address)), HttpFormat::Wav);
    let request = Request { rate: 1.25, ..Request::new("Hello big <sub alias=\"world\">W</sub>!", "local/alloy") };
    let spoken = library.speak_all(&request).unwrap();
    check(&spoken);
    let (head, body) = bodies.recv().unwrap();
    assert!(head.starts_with(&format!("POST {SPEECH_PATH} ")));
    assert_eq!(
        body,
        serde_json::json!({"model": "tts-1", "voice": "Alloy", "input": "Hello big world!", "response_format": "wav", "speed": 1.25})
    );
    assert_eq!(texts(&spoken), ["Hello", "big", "W!"]);
    assert!(
        spoken.words[0].start_ms.abs_diff(200) <= 20 && spoken.words[2].end_ms.abs_diff(1700) <= 20,
        "{:?}",
        spoken.words
    );
    assert!(rms(&spoken, 300, 1600) > 0.1);
    let info = library.find("local/alloy").unwrap();
    assert_eq!((info.backend, info.language_name.as_str()), (Backend::Http, "English (United States)"));
}

#[test]
fn bare_pcm_and_pitch_work() {
    let (address, bodies) = serve(|_| Some(tone(24_000, 0, 1000)));
    let library = library_with(Arc::new(Client(address)), HttpFormat::Pcm);
    let spoken = library.speak_all(&Request { pitch: 12.0, ..Request::new("Hello.", "local/alloy") }).unwrap();
    check(&spoken);
    let (_, body) = bodies.recv().unwrap();
    assert_eq!(body["speed"], 0.5);
    // Played at twice the rate.
    assert!(spoken.words[0].end_ms.abs_diff(500) <= 20);
}

#[test]
fn failures_are_errors() {
    let kind = |answer: fn(&Value) -> Option<Vec<u8>>| {
        let (address, _bodies) = serve(answer);
        let library = library_with(Arc::new(Client(address)), HttpFormat::Wav);
        library.speak_all(&Request::new("Hello.", "local/alloy")).unwrap_err().kind()
    };
    assert_eq!(kind(|_| None), ErrorKind::Unavailable);
    assert_eq!(kind(|_| Some(b"no sound".to_vec())), ErrorKind::Malformed);
    assert_eq!(kind(|_| Some(wav(1, &[0; 8]))), ErrorKind::Unsupported);
}

/// Counts what it is asked and answers with silence.
struct Silent(Mutex<usize>);

impl SpeechHttp for Silent {
    fn post(&self, _: &str, _: &Value) -> speech::Result<Vec<u8>> {
        *self.0.lock().unwrap() += 1;
        Ok(wav(48_000, &[0; 9600]))
    }
}

#[test]
fn silence_and_several_sentences_are_fine() {
    let silent = Arc::new(Silent(Mutex::new(0)));
    let library = library_with(Arc::clone(&silent) as Arc<dyn SpeechHttp>, HttpFormat::Wav);
    let spoken = library.speak_all(&Request::new("One here. Two there. Three.", "local/alloy")).unwrap();
    check(&spoken);
    assert_eq!(*silent.0.lock().unwrap(), 3);
    assert_eq!(spoken.words.len(), 5);
}
