//! From JSON to a project that holds what it promises.

use std::sync::OnceLock;

use serde_json::Value;

use super::check::Checker;
use super::error::{DocumentError, Issue, N_ISSUES_MAX};
use super::limits::{DOCUMENT_BYTES_MAX, DURATION_MS_MAX, Limits, N_LAYERS_TOTAL_MAX};
use super::{Background, Gradient, Layer, LayerKind, Paint, Project, Scene, VERSION};

/// Returns the JSON Schema of the document (draft 2020-12).
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = schemars::schema_for!(Project).to_value();
        if let Some(root) = schema.as_object_mut() {
            root.insert("title".to_owned(), "A video as a document of Phonoscope".into());
        }
        schema
    })
}

impl Project {
    /// Reads a document.
    ///
    /// # Errors
    /// Says what is wrong and where: broken JSON, another version, unknown keys, wrong values, and more than [`Limits`] allow.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLarge { n_bytes: text.len(), max: DOCUMENT_BYTES_MAX });
        }
        let value = serde_json::from_str(text).map_err(|error| DocumentError::Malformed(error.to_string()))?;
        Self::from_value(value)
    }

    /// Reads a document that is JSON already; see [`Project::from_json`].
    ///
    /// # Errors
    /// As [`Project::from_json`].
    pub fn from_value(mut value: Value) -> Result<Self, DocumentError> {
        check_version(&value)?;
        check_values(&mut value)?;
        let project: Self = serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            DocumentError::Invalid(vec![Issue { path, message: error.into_inner().to_string() }])
        })?;
        check_meaning(&project, &Limits::default())?;
        Ok(project)
    }

    /// Checks a project that was made by a program, by the same rules as one that is read.
    ///
    /// # Errors
    /// Lists what is wrong and where, up to 20 faults.
    pub fn validate(&self, limits: &Limits) -> Result<(), DocumentError> {
        // First the counts: a list that is too long is not even looked into.
        check_counts(self, limits)?;
        let mut value = serde_json::to_value(self).map_err(|error| DocumentError::Malformed(error.to_string()))?;
        check_version(&value)?;
        check_values(&mut value)?;
        check_meaning(self, limits)
    }
}

fn check_version(value: &Value) -> Result<(), DocumentError> {
    match value.get("version") {
        Some(Value::Number(version)) if version.as_f64() != Some(f64::from(VERSION)) => {
            Err(DocumentError::Version { found: version.to_string(), known: VERSION })
        }
        _ => Ok(()),
    }
}

fn check_values(value: &mut Value) -> Result<(), DocumentError> {
    let palette = value.get("palette").and_then(Value::as_object);
    let roles = palette.map_or_else(Vec::new, |palette| palette.keys().cloned().collect());
    let mut checker = Checker::new(schema(), roles);
    checker.check(value);
    if checker.issues.is_empty() { Ok(()) } else { Err(DocumentError::Invalid(checker.issues)) }
}

/// Collects faults that no schema can state.
struct Faults(Vec<Issue>);

impl Faults {
    fn add(&mut self, path: String, message: impl Into<String>) {
        if self.0.len() < N_ISSUES_MAX {
            self.0.push(Issue { path, message: message.into() });
        }
    }

    fn finish(self) -> Result<(), DocumentError> {
        if self.0.is_empty() { Ok(()) } else { Err(DocumentError::Invalid(self.0)) }
    }
}

fn check_counts(project: &Project, limits: &Limits) -> Result<(), DocumentError> {
    let mut faults = Faults(Vec::new());
    let mut check = |path: String, n: usize, max: usize| {
        if n > max {
            faults.add(path, format!("has {n} items; at most {max} are allowed"));
        }
    };
    check("scenes".to_owned(), project.scenes.len(), limits.n_scenes_max);
    for (idx, scene) in project.scenes.iter().enumerate().take(limits.n_scenes_max) {
        check(format!("scenes[{idx}].layers"), scene.layers.len(), limits.n_layers_max);
        check(format!("scenes[{idx}].narration"), scene.narration.len(), limits.n_narrations_max);
    }
    let n_layers: usize = project.scenes.iter().map(|scene| scene.layers.len()).sum();
    if n_layers > N_LAYERS_TOTAL_MAX {
        let message = format!("have {n_layers} layers together; at most {N_LAYERS_TOTAL_MAX} are allowed");
        faults.add("scenes".to_owned(), message);
    }
    faults.finish()
}

fn check_meaning(project: &Project, limits: &Limits) -> Result<(), DocumentError> {
    check_counts(project, limits)?;
    let mut faults = Faults(Vec::new());
    let duration_ms_max = limits.duration_ms_max.min(DURATION_MS_MAX);
    let duration_ms: u64 = project.scenes.iter().filter_map(|scene| scene.duration_ms).map(u64::from).sum();
    if duration_ms > u64::from(duration_ms_max) {
        faults.add("scenes".to_owned(), format!("last {duration_ms} ms; at most {duration_ms_max} are allowed"));
    }
    if let Some(watermark) = &project.watermark
        && watermark.image.is_none()
        && watermark.text.is_empty()
    {
        faults.add("watermark".to_owned(), "needs one of `image`, `text`");
    }
    for (idx, scene) in project.scenes.iter().enumerate() {
        check_scene(scene, &format!("scenes[{idx}]"), &mut faults);
    }
    faults.finish()
}

fn check_scene(scene: &Scene, path: &str, faults: &mut Faults) {
    if let Background::Gradient { gradient } = &scene.background {
        check_stops(gradient, || format!("{path}.background.gradient"), faults);
    }
    let mut ids = std::collections::BTreeSet::new();
    for (idx, layer) in scene.layers.iter().enumerate() {
        if !layer.id.is_empty() && !ids.insert(layer.id.as_str()) {
            let message = format!("another layer of this scene is called `{}`, too", layer.id);
            faults.add(format!("{path}.layers[{idx}].id"), message);
        }
        check_layer(layer, || format!("{path}.layers[{idx}]"), faults);
    }
    for (idx, narration) in scene.narration.iter().enumerate() {
        let Some(speaker) = &narration.speaker else { continue };
        if !ids.contains(speaker.as_str()) {
            faults.add(format!("{path}.narration[{idx}].speaker"), format!("no layer of this scene is `{speaker}`"));
        }
    }
}

fn check_layer(layer: &Layer, path: impl Fn() -> String, faults: &mut Faults) {
    if layer.end_ms.is_some_and(|end_ms| end_ms <= layer.start_ms) {
        faults.add(path() + ".end_ms", format!("must be after `start_ms`, which is {}", layer.start_ms));
    }
    if let LayerKind::Shape { fill: Some(Paint::Gradient(gradient)), .. } = &layer.kind {
        check_stops(gradient, || path() + ".fill", faults);
    }
}

fn check_stops(gradient: &Gradient, path: impl Fn() -> String, faults: &mut Faults) {
    let pairs = gradient.stops.iter().zip(gradient.stops.iter().skip(1));
    if let Some(idx) = pairs.enumerate().find(|(_, (a, b))| b.at < a.at).map(|(idx, _)| idx + 1) {
        let message = format!("must not be before the stop that precedes it, is {}", gradient.stops[idx].at);
        faults.add(format!("{}.stops[{idx}].at", path()), message);
    }
}
