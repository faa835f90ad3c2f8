//! Looks into an ONNX file before it is run, and makes its chance repeatable.
//!
//! VITS draws noise. Left alone the runtime draws other numbers each time, and the same text would never sound the same twice; so
//! every random node gets a seed. The file is a protobuf: `ModelProto.graph` is field 7, `GraphProto.node` 1,
//! `NodeProto.op_type` 4 and `.attribute` 5, `AttributeProto.name` 1, `.f` 2 and `.type` 20 (onnx.proto3, IR version 10).

use crate::error::{Error, Result};

/// Operators that can run for ever; no VITS has them.
const ENDLESS: [&str; 2] = ["Loop", "Scan"];

/// Fields of the messages we look into.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const NODE_OPERATOR: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;

/// Returns the same model with a seed at every random node.
///
/// # Errors
/// The bytes are no ONNX model, or it has an operator that may never end.
pub(crate) fn with_seeds(name: &str, model: &[u8]) -> Result<Vec<u8>> {
    let malformed = |reason: &str| Error::Malformed { what: name.to_owned(), reason: reason.to_owned() };
    let mut seeded = Vec::with_capacity(model.len() + 1024);
    let mut has_graph = false;
    for field in Fields(model) {
        let field = field.ok_or_else(|| malformed("it is not an ONNX model"))?;
        match field.bytes {
            Some(graph) if field.number == MODEL_GRAPH => {
                has_graph = true;
                write_bytes(&mut seeded, MODEL_GRAPH, &seeded_graph(name, graph)?);
            }
            _ => seeded.extend_from_slice(field.raw),
        }
    }
    if has_graph { Ok(seeded) } else { Err(malformed("it has no graph")) }
}

fn seeded_graph(name: &str, graph: &[u8]) -> Result<Vec<u8>> {
    let mut seeded = Vec::with_capacity(graph.len() + 1024);
    let mut n_random = 0u16;
    for field in Fields(graph) {
        let broken = || Error::Malformed { what: name.to_owned(), reason: "its graph is broken".into() };
        let field = field.ok_or_else(broken)?;
        let Some(node) = field.bytes.filter(|_| field.number == GRAPH_NODE) else {
            seeded.extend_from_slice(field.raw);
            continue;
        };
        let operator = operator_of(node).ok_or_else(broken)?;
        // A branch hides its nodes inside.
        let hides = |name: &&str| operator == "If" && node.windows(name.len()).any(|part| part == name.as_bytes());
        if ENDLESS.contains(&operator) || ENDLESS.iter().any(hides) {
            let reason = format!("a voice with the operator {operator} might never end");
            return Err(Error::Unsupported { what: name.to_owned(), reason });
        }
        if operator.starts_with("Random") {
            n_random += 1;
            let mut node = node.to_vec();
            write_bytes(&mut node, NODE_ATTRIBUTE, &seed_attribute(f32::from(n_random)));
            write_bytes(&mut seeded, GRAPH_NODE, &node);
        } else {
            seeded.extend_from_slice(field.raw);
        }
    }
    Ok(seeded)
}

fn operator_of(node: &[u8]) -> Option<&str> {
    let mut operator = "";
    for field in Fields(node) {
        let field = field?;
        if field.number == NODE_OPERATOR {
            operator = std::str::from_utf8(field.bytes?).ok()?;
        }
    }
    Some(operator)
}

/// `name: "seed", f: seed, type: FLOAT`.
fn seed_attribute(seed: f32) -> Vec<u8> {
    let mut attribute = Vec::new();
    write_bytes(&mut attribute, 1, b"seed");
    attribute.push(2 << 3 | 5);
    attribute.extend(seed.to_le_bytes());
    write_varint(&mut attribute, 20 << 3);
    attribute.push(1);
    attribute
}

fn write_bytes(message: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    write_varint(message, number << 3 | 2);
    write_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn write_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

/// One field of a message.
struct Field<'a> {
    number: u64,
    /// The content, if it has a length.
    bytes: Option<&'a [u8]>,
    /// All of it with its tag.
    raw: &'a [u8],
}

/// The fields of a message; `None` in place of one that is broken, which is the last then.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<Field<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        self.0 = field.as_ref().map_or(&[][..], |(_, rest)| *rest);
        Some(field.map(|(field, _)| field))
    }
}

impl<'a> Fields<'a> {
    fn read(&self) -> Option<(Field<'a>, &'a [u8])> {
        let (tag, rest) = varint(self.0)?;
        let (bytes, rest) = match tag & 7 {
            0 => (None, varint(rest)?.1),
            1 => (None, rest.get(8..)?),
            2 => {
                let (length, rest) = varint(rest)?;
                let length = usize::try_from(length).ok()?;
                (Some(rest.get(..length)?), rest.get(length..)?)
            }
            5 => (None, rest.get(4..)?),
            _ => return None,
        };
        let raw = &self.0[..self.0.len() - rest.len()];
        Some((Field { number: tag >> 3, bytes, raw }, rest))
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (idx, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * idx).min(63);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[idx + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model_of(operators: &[&str]) -> Vec<u8> {
        let mut graph = Vec::new();
        for operator in operators {
            let mut node = Vec::new();
            write_bytes(&mut node, NODE_OPERATOR, operator.as_bytes());
            write_bytes(&mut graph, GRAPH_NODE, &node);
        }
        let mut model = vec![8, 9];
        write_bytes(&mut model, MODEL_GRAPH, &graph);
        model
    }

    #[test]
    fn random_nodes_get_seeds_and_others_stay() {
        let model = model_of(&["Conv", "Relu"]);
        assert_eq!(with_seeds("x", &model).unwrap(), model);
        let seeded = with_seeds("x", &model_of(&["RandomNormalLike", "Conv", "RandomNormalLike"])).unwrap();
        assert_eq!(seeded.windows(4).filter(|part| *part == b"seed").count(), 2);
        assert!(seeded.windows(4).any(|part| part == 2.0f32.to_le_bytes()));
    }

    #[test]
    fn no_model_and_endless_models_are_errors() {
        for bytes in [&b""[..], b"hello", &[0xff; 40], &[8, 9], &model_of(&["Conv", "Loop"])] {
            assert!(with_seeds("x", bytes).is_err());
        }
        let model = model_of(&["RandomNormalLike", "Conv"]);
        for n_bytes in 0..model.len() {
            assert!(with_seeds("x", &model[..n_bytes]).is_err(), "{n_bytes}");
        }
    }
}
