//! What is said, in the two places that it can stand in: `script` of an avatar's clip, and `scripts` of the scene.
//!
//! Either alone is enough. Answers have both ([`complete`]), since the vendor's samples change either one and fail where theirs is
//! missing. What is sent back then has both, of which one may be changed: [`settle`] makes them agree again.

use std::ops::Deref;

use serde_json::{Map, Value, json};

use super::avatar::{cloth_id, model_id};
use super::clip::is_avatar;
use crate::error::Result;
use crate::read::Node;

/// In what the server added: the text as it was then, by which a later change is told from an old copy.
const ON_SERVER: &str = "orgOnServer";

/// Something that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The clip that says it; a voice from nowhere without one.
    pub(super) clip: Option<usize>,
    /// Plain text, or text with the tags of HTML and SSML, which the speaker reads.
    pub(super) text: String,
    /// The voice, for a line that names one.
    pub(super) voice: Option<String>,
    pub(super) language: Option<String>,
    /// The way to it.
    pub(super) path: String,
}

/// Lists what is said in a scene, one after another.
///
/// Lines of `scripts` come first, in their order, since a conversation has one per turn; then those of avatars that only have their own.
pub(super) fn lines(scene: &Node<'_>) -> Result<Vec<Line>> {
    let clips = scene.list("clips")?;
    let mut lines = Vec::new();
    let values: Vec<&Value> = clips.iter().map(|clip| clip.value).collect();
    let mut has_entry = vec![false; clips.len()];
    for entry in scene.list("scripts")? {
        let Some(line) = line(&entry, &entry.path)? else { continue };
        let clip = speaker_of(entry.value, &values);
        if let Some(idx) = clip {
            has_entry[idx] = true;
        }
        let language = line.language.or_else(|| clip.and_then(|idx| language_of(values[idx])));
        lines.push(Line { clip, language, ..line });
    }
    for (idx, clip) in clips.iter().enumerate().filter(|(_, clip)| is_avatar(clip.value)) {
        let Some(script) = clip.get("script").filter(|_| !has_entry[idx]) else { continue };
        let Some(line) = line(&script, &script.path)? else { continue };
        let language = line.language.or_else(|| language_of(clip.value));
        lines.push(Line { clip: Some(idx), language, ..line });
    }
    Ok(lines)
}

/// Reads `script` or an entry of `scripts`: text, or an object with `org` and maybe `tts`. Nothing for what says nothing.
fn line(node: &Node<'_>, path: &str) -> Result<Option<Line>> {
    let text = match node.value {
        Value::Object(_) => node.get("org").map(|org| org.as_text()).transpose()?.unwrap_or_default(),
        _ => node.as_text()?,
    };
    if !is_spoken(&text) {
        return Ok(None);
    }
    let tts = node.get("tts").filter(|tts| tts.value.is_object());
    // The vendor gives the shape of `tts` on request only; our choice is that of its voice generator.
    let voice = tts.as_ref().and_then(|tts| tts.any(&["model", "voice", "voiceId"])).map(|voice| voice.as_text());
    let language = tts.as_ref().and_then(|tts| tts.get("language")).or_else(|| node.get("language"));
    let language = language.map(|language| language.as_text()).transpose()?;
    Ok(Some(Line { clip: None, text, voice: voice.transpose()?, language, path: path.to_owned() }))
}

fn language_of(clip: &Value) -> Option<String> {
    let language = clip.get("model").and_then(|model| model.get("language")).or_else(|| clip.get("language"));
    language.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns the avatar whom an entry of `scripts` names by `modelId` and `clothId`; the first one for an entry that fits none.
fn speaker_of<V: Deref<Target = Value>>(entry: &Value, clips: &[V]) -> Option<usize> {
    let (model, cloth) = (entry.get("modelId").and_then(Value::as_str), entry.get("clothId").and_then(Value::as_str));
    let avatars = || clips.iter().enumerate().filter(|(_, clip)| is_avatar(clip)).map(|(idx, clip)| (idx, &**clip));
    let same_model = |clip: &Value| model.is_some() && model_id(clip) == model;
    let exact = avatars().find(|(_, clip)| same_model(clip) && cloth.is_some() && cloth_id(clip) == cloth);
    let close = || avatars().find(|(_, clip)| same_model(clip));
    exact.or_else(close).or_else(|| avatars().next()).map(|(idx, _)| idx)
}

/// Tells whether anything of a text is heard.
fn is_spoken(text: &str) -> bool {
    !plain(text).is_empty()
}

/// Returns a text without its tags and with single spaces, for comparing.
fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut is_tag = false;
    for c in text.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                words.push(' ');
            }
            _ if is_tag => {}
            _ => words.push(c),
        }
    }
    let words: Vec<&str> =
        words.split(|c: char| c.is_whitespace() || c == '\u{a0}').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Returns the text of a `script` or of an entry of `scripts`.
fn text_of(script: &Value) -> &str {
    script.as_str().or_else(|| script.get("org").and_then(Value::as_str)).unwrap_or_default()
}

fn clip_text(clip: &Value) -> &str {
    clip.get("script").map(text_of).unwrap_or_default()
}

/// Joins the texts of entries to what one clip says.
fn joined(texts: &[&str]) -> String {
    let separator = if texts.iter().any(|text| text.contains('<')) { "" } else { " " };
    texts.join(separator)
}

fn list_of<'v>(scene: &'v Value, key: &str) -> &'v [Value] {
    scene.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns the entries of one avatar, by their index.
fn entries_of(scene: &Value, clip: usize) -> Vec<usize> {
    let clips: Vec<&Value> = list_of(scene, "clips").iter().collect();
    let entries = list_of(scene, "scripts").iter().enumerate();
    entries.filter(|(_, entry)| speaker_of(entry, &clips) == Some(clip)).map(|(idx, _)| idx).collect()
}

fn entries_text(scene: &Value, entries: &[usize]) -> String {
    let scripts = list_of(scene, "scripts");
    let texts: Vec<&str> = entries.iter().map(|idx| text_of(&scripts[*idx])).filter(|text| is_spoken(text)).collect();
    joined(&texts)
}

fn avatars_of(scene: &Value) -> Vec<usize> {
    let clips = list_of(scene, "clips").iter().enumerate();
    clips.filter(|(_, clip)| is_avatar(clip)).map(|(idx, _)| idx).collect()
}

/// Makes both places agree where both say something and they differ.
///
/// The clip's own script counts, unless it is what was known before and only `scripts` was changed. Known before is what the server
/// noted when it added one of them, or what `stored` says, the document that this one is a change of.
pub(crate) fn settle(document: &mut Value, stored: Option<&Value>) {
    let Some(scenes) = document.get_mut("scenes").and_then(Value::as_array_mut) else { return };
    for (idx, scene) in scenes.iter_mut().enumerate() {
        let stored = stored.and_then(|stored| list_of(stored, "scenes").get(idx));
        for clip in avatars_of(scene) {
            settle_clip(scene, clip, stored);
        }
    }
}

fn settle_clip(scene: &mut Value, clip: usize, stored: Option<&Value>) {
    let entries = entries_of(scene, clip);
    let own = clip_text(&scene["clips"][clip]).to_owned();
    let others = entries_text(scene, &entries);
    if !is_spoken(&own) || !is_spoken(&others) || plain(&own) == plain(&others) {
        return;
    }
    let noted = note_of(scene, clip, &entries).map(str::to_owned);
    let known = noted.or_else(|| {
        let clip = list_of(stored?, "clips").get(clip)?;
        Some(clip_text(clip).to_owned())
    });
    let is_old = known.is_some_and(|known| plain(&known) == plain(&own));
    if is_old {
        let script = &mut scene["clips"][clip]["script"];
        say(script, &others);
    } else {
        for (nth, entry) in entries.iter().enumerate() {
            say(&mut scene["scripts"][*entry], if nth == 0 { &own } else { "" });
        }
    }
    let text = if is_old { others } else { own };
    note(&mut scene["clips"][clip]["script"], &text);
    for entry in entries {
        note(&mut scene["scripts"][entry], &text);
    }
}

fn note_of<'v>(scene: &'v Value, clip: usize, entries: &[usize]) -> Option<&'v str> {
    let own = scene["clips"][clip].get("script");
    let entries = entries.iter().map(|idx| &scene["scripts"][*idx]);
    own.into_iter().chain(entries).find_map(|script| script.get(ON_SERVER)?.as_str())
}

/// Puts a text into a `script` or an entry of `scripts`, whichever form it has.
fn say(script: &mut Value, text: &str) {
    match script {
        Value::Object(members) => {
            members.insert("org".to_owned(), text.into());
        }
        other => *other = text.into(),
    }
}

/// Renews the server's note, where there is one.
fn note(script: &mut Value, text: &str) {
    if let Some(noted) = script.get_mut(ON_SERVER) {
        *noted = text.into();
    }
}

/// Puts a text into both places: what an avatar says from now on.
pub(crate) fn put(scene: &mut Value, clip: usize, script: &Value) {
    let text = text_of(script).to_owned();
    let entries = entries_of(scene, clip);
    for (nth, entry) in entries.iter().enumerate() {
        let entry = &mut scene["scripts"][*entry];
        say(entry, if nth == 0 { &text } else { "" });
        note(entry, &text);
    }
    let own = &mut scene["clips"][clip]["script"];
    if let (Value::Object(own), Value::Object(new)) = (&mut *own, script) {
        own.extend(new.clone());
    } else {
        *own = if script.is_object() { script.clone() } else { json!({"org": text, "tts": null}) };
    }
    note(own, &text);
}

/// Adds whichever of the two places is missing.
pub(crate) fn complete(document: &mut Value) {
    let Some(scenes) = document.get_mut("scenes").and_then(Value::as_array_mut) else { return };
    for scene in scenes.iter_mut().filter(|scene| scene.is_object()) {
        let avatars = avatars_of(scene);
        for clip in &avatars {
            complete_clip(scene, *clip);
        }
        let added = missing_entries(scene, &avatars);
        if !scene["scripts"].is_array() {
            scene["scripts"] = Value::Array(Vec::new());
        }
        if let Some(scripts) = scene["scripts"].as_array_mut() {
            scripts.extend(added);
        }
    }
}

fn complete_clip(scene: &mut Value, clip: usize) {
    let text = entries_text(scene, &entries_of(scene, clip));
    let script = scene["clips"][clip].get("script").cloned().unwrap_or_default();
    scene["clips"][clip]["script"] = match script {
        Value::String(own) => json!({"org": own, "tts": null}),
        Value::Object(members) if is_spoken(text_of(&scene["clips"][clip]["script"])) || text.is_empty() => {
            with_org(members)
        }
        Value::Object(mut members) => {
            members.insert("org".to_owned(), text.as_str().into());
            members.insert(ON_SERVER.to_owned(), text.into());
            Value::Object(members)
        }
        _ if text.is_empty() => json!({"org": "", "tts": null}),
        _ => json!({"org": text, "tts": null, ON_SERVER: text}),
    };
}

fn with_org(mut members: Map<String, Value>) -> Value {
    members.entry("org").or_insert_with(|| "".into());
    Value::Object(members)
}

/// Makes entries for avatars who say something of their own, and one for a silent scene: samples look at the first without asking.
fn missing_entries(scene: &Value, avatars: &[usize]) -> Vec<Value> {
    let mut added = Vec::new();
    let is_bare = list_of(scene, "scripts").is_empty();
    for clip in avatars {
        let value = &scene["clips"][*clip];
        let text = clip_text(value);
        if is_spoken(text) && entries_of(scene, *clip).is_empty() {
            added.push(entry(value, text));
        }
    }
    if is_bare && added.is_empty() {
        added.extend(avatars.first().map(|clip| entry(&scene["clips"][*clip], "")));
    }
    added
}

fn entry(clip: &Value, text: &str) -> Value {
    let tts = clip.get("script").and_then(|script| script.get("tts")).cloned().unwrap_or_default();
    json!({
        "org": text, "isTTS": true, "tts": tts, "modelId": model_id(clip), "clothId": cloth_id(clip), ON_SERVER: text,
    })
}

#[cfg(test)]
mod tests;
