//! A voice in Piper's format that the test builds: a tiny network with the inputs, the chance and the output of a real one.

use std::fs;
use std::path::Path;

use speech::{Backend, ErrorKind, Library, Request, Synthesizer};

use crate::common::{check, data_folder, rms, texts};

/// Writes protobuf messages.
#[derive(Default, Clone)]
struct Message(Vec<u8>);

impl Message {
    fn varint(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }

    fn int(self, number: u64, value: u64) -> Self {
        self.varint(number << 3).varint(value)
    }

    fn bytes(self, number: u64, bytes: &[u8]) -> Self {
        let mut message = self.varint(number << 3 | 2).varint(bytes.len() as u64);
        message.0.extend_from_slice(bytes);
        message
    }

    fn text(self, number: u64, text: &str) -> Self {
        self.bytes(number, text.as_bytes())
    }

    fn message(self, number: u64, message: &Self) -> Self {
        self.bytes(number, &message.0)
    }
}

const FLOAT: u64 = 1;
const INT64: u64 = 7;

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, u64)]) -> Message {
    let mut node = Message::default();
    for input in inputs {
        node = node.text(1, input);
    }
    node = node.text(2, output).text(3, output).text(4, operator);
    for (name, value) in attributes {
        node = node.message(5, &Message::default().text(1, name).int(3, *value).int(20, 2));
    }
    node
}

fn floats(name: &str, dims: &[u64], values: &[f32]) -> Message {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, dims, FLOAT, &raw)
}

fn ints(name: &str, dims: &[u64], values: &[i64]) -> Message {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, dims, INT64, &raw)
}

fn tensor(name: &str, dims: &[u64], kind: u64, raw: &[u8]) -> Message {
    dims.iter().fold(Message::default(), |message, dim| message.int(1, *dim)).int(2, kind).text(8, name).bytes(9, raw)
}

fn value(name: &str, kind: u64, dims: &[&str]) -> Message {
    let shape = dims.iter().fold(Message::default(), |shape, dim| shape.message(1, &Message::default().text(2, dim)));
    let tensor = Message::default().int(1, kind).message(2, &shape);
    Message::default().text(1, name).message(2, &Message::default().message(1, &tensor))
}

/// Each phoneme becomes `256 * length_scale` samples of noise, as loud as its number; padding is silent.
fn network(speakers: bool) -> Vec<u8> {
    let mut nodes = vec![
        node("Cast", &["input"], "level", &[("to", FLOAT)]),
        node("Unsqueeze", &["level", "two"], "column", &[]),
        node("Gather", &["scales", "one"], "length_scale", &[("axis", 0)]),
        node("Mul", &["length_scale", "hop"], "hop_scaled", &[]),
        node("Cast", &["hop_scaled"], "hop_int", &[("to", INT64)]),
        node("Shape", &["input"], "shape", &[]),
        node("Concat", &["shape", "hop_int"], "wide", &[("axis", 0)]),
        node("Expand", &["column", "wide"], "levels", &[]),
        node("RandomNormalLike", &["levels"], "noise", &[]),
        node("Mul", &["levels", "noise"], "loud", &[]),
        node("Mul", &["loud", "quiet"], "spoken", &[]),
    ];
    let mut inputs = vec![
        value("input", INT64, &["batch", "phonemes"]),
        value("input_lengths", INT64, &["batch"]),
        value("scales", FLOAT, &["three"]),
    ];
    if speakers {
        nodes.push(node("Gather", &["speaker_gain", "sid"], "gain", &[("axis", 0)]));
        nodes.push(node("Mul", &["spoken", "gain"], "voiced", &[]));
        inputs.push(value("sid", INT64, &["batch"]));
    } else {
        nodes.push(node("Identity", &["spoken"], "voiced", &[]));
    }
    nodes.push(node("Reshape", &["voiced", "flat"], "output", &[]));
    let initializers = [
        ints("one", &[1], &[1]),
        ints("two", &[1], &[2]),
        ints("flat", &[4], &[1, 1, 1, -1]),
        floats("hop", &[1], &[256.0]),
        floats("quiet", &[1], &[0.01]),
        floats("speaker_gain", &[2], &[1.0, 0.5]),
    ];
    let mut graph = nodes.iter().fold(Message::default(), |graph, node| graph.message(1, node)).text(2, "voice");
    graph = initializers.iter().fold(graph, |graph, tensor| graph.message(5, tensor));
    graph = inputs.iter().fold(graph, |graph, input| graph.message(11, input));
    graph = graph.message(12, &value("output", FLOAT, &["batch", "a", "b", "time"]));
    let opset = Message::default().text(1, "").int(2, 15);
    Message::default().int(1, 8).message(7, &graph).message(8, &opset).0
}

fn description(speakers: &str) -> String {
    let symbols = "_^$ abcdefhijklmnoprstuvwzæðŋɐəɚɛɜɡɪɹʃʊʌʒθː,.?!ˈˌ";
    let ids: Vec<String> = symbols.chars().enumerate().map(|(idx, symbol)| format!("\"{symbol}\": [{idx}]")).collect();
    format!(
        r#"{{"audio": {{"sample_rate": 16000}}, "espeak": {{"voice": "en-us"}}, "language": {{"code": "en_US"}}, "dataset": "tiny",
            "inference": {{"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8}}, {speakers}
            "phoneme_id_map": {{{}}}}}"#,
        ids.join(", ")
    )
}

fn write_voice(folder: &Path, name: &str, model: &[u8], description: &str) {
    fs::write(folder.join(format!("{name}.onnx")), model).unwrap();
    fs::write(folder.join(format!("{name}.onnx.json")), description).unwrap();
}

fn library_of(folder: &Path) -> (Library, Vec<String>) {
    let mut library = Library::new(&data_folder());
    let warnings = library.add_folder(folder).unwrap();
    (library, warnings)
}

#[test]
fn a_voice_from_a_folder_speaks_and_is_timed() {
    let folder = tempfile::tempdir().unwrap();
    write_voice(folder.path(), "en_US-tiny-low", &network(false), &description(""));
    let (library, warnings) = library_of(folder.path());
    assert!(warnings.is_empty(), "{warnings:?}");
    let info = library.find("piper/en_us-tiny-low").unwrap();
    assert_eq!((info.language.as_str(), info.name.as_str(), info.backend), ("en-US", "tiny", Backend::Piper));
    let request = Request::new("Hello my world. Again!", "piper/en_us-tiny-low");
    let spoken = library.speak_all(&request).unwrap();
    check(&spoken);
    assert_eq!(texts(&spoken), ["Hello", "my", "world.", "Again!"]);
    assert!(spoken.words.iter().all(|word| word.end_ms > word.start_ms + 50), "{:?}", spoken.words);
    assert!(rms(&spoken, spoken.words[0].start_ms, spoken.words[2].end_ms) > 0.05);
    let slow = library.speak_all(&Request { rate: 0.5, ..request.clone() }).unwrap();
    let ratio = f64::from(slow.words[2].end_ms) / f64::from(spoken.words[2].end_ms);
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
    let high = library.speak_all(&Request { pitch: 12.0, ..request }).unwrap();
    assert!((f64::from(high.words[2].end_ms) / f64::from(spoken.words[2].end_ms) - 1.0).abs() < 0.1);
}

#[test]
fn chance_is_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    write_voice(folder.path(), "tiny", &network(false), &description(""));
    let request = Request::new("Hello my world.", "piper/tiny");
    let (library, _) = library_of(folder.path());
    let first = library.speak_all(&request).unwrap();
    assert_eq!(library.speak_all(&request).unwrap(), first);
    let (other, _) = library_of(folder.path());
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(other.speak_all(&request).unwrap(), first));
    });
}

#[test]
fn speakers_are_voices() {
    let folder = tempfile::tempdir().unwrap();
    let speakers = r#""num_speakers": 2, "speaker_id_map": {"Loud": 0, "Soft": 1},"#;
    write_voice(folder.path(), "two", &network(true), &description(speakers));
    let (library, warnings) = library_of(folder.path());
    assert!(warnings.is_empty(), "{warnings:?}");
    for id in ["piper/two/loud", "piper/two/soft"] {
        check(&library.speak_all(&Request::new("Hello.", id)).unwrap());
    }
    assert_eq!(library.find("piper/two/soft").unwrap().name, "tiny Soft");
}

#[test]
fn broken_voices_are_reported_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    write_voice(folder.path(), "good", &network(false), &description(""));
    write_voice(folder.path(), "bad-json", &network(false), "{");
    fs::write(folder.path().join("alone.onnx"), network(false)).unwrap();
    write_voice(folder.path(), "letters", &network(false), &description(r#""phoneme_type": "text","#));
    let (library, warnings) = library_of(folder.path());
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(library.find("piper/good").is_some() && library.find("piper/bad-json").is_none());
    assert!(Library::new(&data_folder()).add_folder(&folder.path().join("nowhere")).is_err());
}

#[test]
fn hostile_networks_are_errors() {
    let good = network(false);
    let opset = Message::default().text(1, "").int(2, 15);
    let model_of = |graph: Message| Message::default().int(1, 8).message(7, &graph).message(8, &opset).0;
    let endless = model_of(Message::default().message(1, &node("Loop", &["x"], "output", &[])));
    let unknown = model_of(
        Message::default()
            .message(1, &node("NoSuchThing", &["input"], "output", &[]))
            .message(11, &value("input", INT64, &["a"]))
            .message(12, &value("output", FLOAT, &["a"])),
    );
    let no_scales = model_of(
        Message::default()
            .message(1, &node("Cast", &["input"], "output", &[("to", FLOAT)]))
            .message(11, &value("input", INT64, &["a", "b"]))
            .message(12, &value("output", FLOAT, &["a", "b"])),
    );
    for (name, model) in [
        ("empty", Vec::new()),
        ("text", b"this is not a model".to_vec()),
        ("half", good[..good.len() / 2].to_vec()),
        ("endless", endless),
        ("unknown", unknown),
        ("no-scales", no_scales),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write_voice(folder.path(), name, &model, &description(""));
        let (library, warnings) = library_of(folder.path());
        assert!(warnings.is_empty());
        let error = library.speak_all(&Request::new("Hello.", &format!("piper/{name}"))).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unsupported), "{name}: {error:?}");
    }
}
