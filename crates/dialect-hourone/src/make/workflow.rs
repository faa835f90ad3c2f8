//! Workflows: a draft with `{{name}}` in its texts, transcripts and addresses. Our choice; the vendor's are made in its editor.

use std::collections::BTreeSet;

use stage::document::{AssetRef, Background, LayerKind, Project, Scene, Source as Sound};

use super::{Made, Source};
use crate::error::{ApiError, check};
use crate::fields::{check_url, is_placeholder};
use crate::problems::{Fault, Loc, Problems};
use crate::video::request::{Common, Variable, Workflow};

/// Where a name was found.
struct Fill<'a> {
    variables: &'a [Variable],
    used: BTreeSet<usize>,
    missing: BTreeSet<String>,
    problems: Problems,
}

/// Makes the document.
pub(super) fn make(common: &Common, given: &Workflow, source: Source) -> Result<Made, ApiError> {
    let Source { name, mut project, used, template_id, .. } = source;
    let mut fill = Fill {
        variables: &given.variables,
        used: BTreeSet::new(),
        missing: BTreeSet::new(),
        problems: Problems::default(),
    };
    fill.project(&mut project);
    if !fill.missing.is_empty() {
        let names: Vec<&str> = fill.missing.iter().map(String::as_str).collect();
        let text = format!("the workflow needs values for: {}", names.join(", "));
        fill.problems.add(&["body".into(), "variables".into()], Fault::rule(text));
    }
    let unused = (0..given.variables.len()).filter(|index| !fill.used.contains(index));
    let warnings =
        unused.map(|index| format!("nothing is called `{}` in this workflow", given.variables[index].name)).collect();
    check(fill.problems)?;
    let name = common.name.clone().unwrap_or(name);
    project.name.clone_from(&name);
    Ok(Made { name, project, used, template_id, warnings })
}

impl Fill<'_> {
    fn project(&mut self, project: &mut Project) {
        for scene in &mut project.scenes {
            self.scene(scene);
        }
        if let Some(soundtrack) = &mut project.soundtrack {
            self.asset(&mut soundtrack.audio);
        }
        if let Some(watermark) = &mut project.watermark {
            self.text(&mut watermark.text);
            watermark.image.iter_mut().for_each(|image| self.asset(image));
        }
    }

    fn scene(&mut self, scene: &mut Scene) {
        match &mut scene.background {
            Background::Image { image: asset, .. } | Background::Video { video: asset, .. } => self.asset(asset),
            Background::Color { .. } | Background::Gradient { .. } | Background::Transparent => {}
        }
        for layer in &mut scene.layers {
            match &mut layer.kind {
                LayerKind::Text { text, .. } => self.text(text),
                LayerKind::Image { image: asset, .. }
                | LayerKind::Video { video: asset, .. }
                | LayerKind::Audio { audio: asset, .. } => self.asset(asset),
                LayerKind::Avatar { .. } | LayerKind::Shape { .. } => {}
            }
        }
        for narration in &mut scene.narration {
            match &mut narration.source {
                Sound::Text { text, .. } => self.text(text),
                Sound::Audio { audio, transcript } => {
                    self.asset(audio);
                    transcript.iter_mut().for_each(|text| self.text(text));
                }
            }
        }
    }

    /// Puts values in the places of names.
    fn text(&mut self, text: &mut String) {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, name, after)) = next_name(rest) {
            filled.push_str(before);
            match self.find(name) {
                Some(index) => filled.push_str(&self.variables[index].value),
                None => {
                    self.missing.insert(name.to_owned());
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        *text = filled;
    }

    /// Puts an address in the place of a name. Only what is an address in the web: a name of something else on this server is none.
    fn asset(&mut self, asset: &mut AssetRef) {
        if !is_placeholder(&asset.0) {
            return;
        }
        let name = asset.0.trim_matches(['{', '}']).trim().to_owned();
        let Some(index) = self.find(&name) else {
            self.missing.insert(name);
            return;
        };
        let value = self.variables[index].value.trim();
        match check_url(value) {
            Ok(()) => value.clone_into(&mut asset.0),
            Err(fault) => {
                let loc = ["body".into(), "variables".into(), Loc::Index(index), "value".into()];
                self.problems.add(&loc, fault);
            }
        }
    }

    fn find(&mut self, name: &str) -> Option<usize> {
        let found = self.variables.iter().position(|variable| variable.name.trim() == name);
        self.used.extend(found);
        found
    }
}

/// Finds the next `{{name}}`: what is before it, the name, and what is after it.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (name, after) = rest.split_once("}}")?;
    Some((before, name.trim(), after))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::make::Used;

    fn source() -> Source {
        let project = json!({
            "version": 1,
            "scenes": [{
                "layers": [
                    {"type": "text", "text": "{{ name }}, {{name}} {{"},
                    {"type": "image", "image": "{{photo}}"},
                ],
                "narration": [{"text": "Hello {{name}}."}],
            }],
        });
        Source {
            id: "d".to_owned(),
            name: "Greeting".to_owned(),
            project: serde_json::from_value(project).unwrap(),
            used: Used::default(),
            template_id: String::new(),
            roles: Vec::new(),
            is_stand_in: false,
        }
    }

    fn made(variables: &[(&str, &str)]) -> Result<Made, ApiError> {
        let variable = |(name, value): &(&str, &str)| Variable { name: (*name).to_owned(), value: (*value).to_owned() };
        let variables = variables.iter().map(variable).collect();
        make(&Common::default(), &Workflow { workflow_id: "d".to_owned(), variables }, source())
    }

    #[test]
    fn names_are_replaced_wherever_they_are() {
        let made = made(&[("name", "Ann {{name}}"), ("photo", "https://a.example/a.png"), ("x", "y")]).unwrap();
        let scene = serde_json::to_value(&made.project.scenes[0]).unwrap();
        assert_eq!(scene["layers"][0]["text"], "Ann {{name}}, Ann {{name}} {{");
        assert_eq!(scene["layers"][1]["image"], "https://a.example/a.png");
        assert_eq!(scene["narration"][0]["text"], "Hello Ann {{name}}.");
        assert_eq!(made.warnings, ["nothing is called `x` in this workflow"]);
    }

    #[test]
    fn names_without_a_value_are_told() {
        let Err(ApiError::Invalid(problems)) = made(&[("name", "Ann")]) else { panic!() };
        assert_eq!(problems[0].fault.msg, "the workflow needs values for: photo");
    }

    #[test]
    fn a_medium_is_an_address_of_the_web() {
        for value in ["/etc/passwd", "file:///etc/passwd", "material:1", "builtin:x", ""] {
            let Err(ApiError::Invalid(problems)) = made(&[("name", "Ann"), ("photo", value)]) else {
                panic!("{value}")
            };
            assert_eq!(serde_json::to_value(&problems[0].loc).unwrap(), json!(["body", "variables", 1, "value"]));
        }
    }
}
