//! The three kinds of requests for a video, read from their JSON.
//!
//! `type` tells them apart. Where it is missing, as in the vendor's older requests, the members do.

use serde_json::{Map, Value, json};

use crate::fields::{Item, Length, Object, SHORT, URL_CHARS_MAX};
use crate::problems::Fault;

/// The kinds of requests, in the vendor's order.
const KINDS: [&str; 3] = ["override", "create", "workflow"];
/// Longest transcript of a scene, in characters: the limit of the vendor's schema. Its description asks for less than 500.
pub(crate) const TRANSCRIPT: Length = 0..=1000;
/// The caller's own name for a request.
const CORRELATION_ID: Length = 0..=100;
/// Longest text of a slot, in characters; our choice, what a text layer can have.
const TEXT: Length = 0..=5000;
/// Most texts or media of a scene; our choice.
const N_ELEMENTS_MAX: usize = 100;
/// Most colors of a palette; our choice.
const N_COLORS_MAX: usize = 64;
/// Most variables of a workflow; our choice.
const N_VARIABLES_MAX: usize = 500;
/// What the value of a variable may be: any text, or an address.
const VARIABLE: Length = 0..=URL_CHARS_MAX;
/// What a color looks like.
pub(crate) const COLOR_PATTERN: &str = "^#?([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$";

/// What all kinds have.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Common {
    pub(crate) name: Option<String>,
    pub(crate) folder_id: Option<String>,
    pub(crate) palette_id: Option<String>,
    pub(crate) character_id: Option<String>,
    pub(crate) voice_id: Option<String>,
    pub(crate) metadata: Option<Map<String, Value>>,
    pub(crate) correlation_id: Option<String>,
}

/// A video to make.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) common: Common,
    pub(crate) kind: Kind,
}

/// How to make it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Override(Override),
    Create(Create),
    Workflow(Workflow),
}

/// From a draft or a recipe, some of it changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Override {
    pub(crate) source_draft_id: Option<String>,
    pub(crate) recipe_id: Option<String>,
    pub(crate) logo_url: Option<String>,
    /// One for each scene of the source; none to keep them as they are.
    pub(crate) scenes: Option<Vec<OverrideScene>>,
}

/// What replaces the slots of a scene, in their order. An empty text in a list of media keeps what is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OverrideScene {
    pub(crate) name: String,
    pub(crate) media: Option<Vec<String>>,
    pub(crate) texts: Option<Vec<String>>,
    pub(crate) transcript: Option<String>,
    pub(crate) voice_recording_url: Option<String>,
}

/// From a template's layouts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Create {
    pub(crate) template_id: String,
    /// `#RRGGBB` or `#RRGGBBAA`, as given.
    pub(crate) palette: Option<Vec<String>>,
    pub(crate) global_media: Option<Vec<MediaElement>>,
    pub(crate) scenes: Vec<CreateScene>,
}

/// A scene in a layout.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CreateScene {
    pub(crate) name: String,
    pub(crate) layout_id: String,
    pub(crate) media: Option<Vec<MediaElement>>,
    pub(crate) texts: Option<Vec<TextElement>>,
    pub(crate) transcript: Option<String>,
    pub(crate) voice_recording_url: Option<String>,
    pub(crate) character_id: Option<String>,
    pub(crate) voice_id: Option<String>,
}

/// A picture or video for a slot; without an id, for the next free one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct MediaElement {
    pub(crate) id: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) media_id: Option<String>,
}

/// A text for a slot; without an id, for the next free one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TextElement {
    pub(crate) id: Option<String>,
    pub(crate) text: String,
}

/// From a draft with placeholders.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Workflow {
    pub(crate) workflow_id: String,
    pub(crate) variables: Vec<Variable>,
}

/// What to put in the place of `{{name}}`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Request {
    /// Reads a request whose video may have `n_scenes_max` scenes.
    pub(crate) fn read(body: &Object<'_>, n_scenes_max: usize) -> Option<Self> {
        let kind = kind_of(body)?;
        let mut common = Common {
            name: body.text("name", SHORT).filter(|name| !name.trim().is_empty()),
            folder_id: body.id("folder_id"),
            metadata: body.dict("metadata"),
            correlation_id: body.text("correlation_id", CORRELATION_ID).filter(|id| !id.is_empty()),
            ..Common::default()
        };
        let kind = match kind {
            "create" => {
                common.palette_id = body.id("palette_id");
                common.character_id = Some(body.required_text("character_id", SHORT)).filter(|id| !id.is_empty());
                common.voice_id = Some(body.required_text("voice_id", SHORT)).filter(|id| !id.is_empty());
                Kind::Create(read_create(body, n_scenes_max))
            }
            "workflow" => Kind::Workflow(read_workflow(body)),
            _ => {
                common.palette_id = body.id("palette_id");
                common.character_id = body.id("character_id");
                common.voice_id = body.id("voice_id");
                Kind::Override(read_override(body, n_scenes_max))
            }
        };
        Some(Self { common, kind })
    }

    /// The scenes as a video shows them, what was left out filled in; none where the request has none.
    pub(crate) fn shown_scenes(&self) -> Option<Value> {
        match &self.kind {
            Kind::Override(given) => Some(given.scenes.as_ref()?.iter().map(OverrideScene::shown).collect()),
            Kind::Create(given) => Some(given.scenes.iter().map(CreateScene::shown).collect()),
            Kind::Workflow(_) => None,
        }
    }

    /// The palette's own colors as a video shows them.
    pub(crate) fn shown_palette(&self) -> Option<Value> {
        let Kind::Create(given) = &self.kind else { return None };
        Some(given.palette.as_ref()?.iter().map(|color| json!({ "color": color })).collect())
    }

    /// The media of all scenes as a video shows them.
    pub(crate) fn shown_global_media(&self) -> Option<Value> {
        let Kind::Create(given) = &self.kind else { return None };
        Some(given.global_media.as_ref()?.iter().map(MediaElement::shown).collect())
    }
}

/// Tells the kind of a request. Our choice where `type` is missing: what only one kind has says which it is.
fn kind_of(body: &Object<'_>) -> Option<&'static str> {
    if body.has("type") {
        let given = body.text("type", SHORT)?;
        let kind = KINDS.into_iter().find(|kind| *kind == given);
        if kind.is_none() {
            body.blame_whole(Fault::no_kind("type", &given, &KINDS));
        }
        return kind;
    }
    if body.has("workflow_id") {
        return Some("workflow");
    }
    let is_create = body.has("template_id") && !body.has("source_draft_id") && !body.has("recipe_id");
    Some(if is_create { "create" } else { "override" })
}

fn read_override(body: &Object<'_>, n_scenes_max: usize) -> Override {
    let given = Override {
        source_draft_id: body.id("source_draft_id"),
        recipe_id: body.id("recipe_id"),
        logo_url: body.url("logo_url"),
        scenes: body.list("scenes", 0..=n_scenes_max).filter(|scenes| !scenes.is_empty()).map(|scenes| {
            let scene = |(index, item): (usize, &Item<'_>)| {
                item.object().map(|scene| read_override_scene(&scene, index)).unwrap_or_default()
            };
            scenes.iter().enumerate().map(scene).collect()
        }),
    };
    if given.source_draft_id.is_none() && given.recipe_id.is_none() {
        body.blame("source_draft_id", Fault::missing());
    }
    given
}

fn read_override_scene(scene: &Object<'_>, index: usize) -> OverrideScene {
    let name = scene.text("name", SHORT).filter(|name| !name.is_empty());
    scene.choice("type", &["override_scene"]);
    OverrideScene {
        name: name.unwrap_or_else(|| format!("Scene {}", index + 1)),
        media: scene.list("media", 0..=N_ELEMENTS_MAX).map(|items| {
            let media = |item: &Item<'_>| match item.text(0..=URL_CHARS_MAX)? {
                text if text.is_empty() => Some(text),
                _ => item.url(),
            };
            items.iter().filter_map(media).collect()
        }),
        texts: scene
            .list("texts", 0..=N_ELEMENTS_MAX)
            .map(|items| items.iter().filter_map(|item| item.text(TEXT)).collect()),
        transcript: scene.text("transcript", TRANSCRIPT),
        voice_recording_url: scene.url("voice_recording_url"),
    }
}

fn read_create(body: &Object<'_>, n_scenes_max: usize) -> Create {
    Create {
        template_id: body.required_text("template_id", SHORT),
        palette: body
            .list("palette", 0..=N_COLORS_MAX)
            .map(|colors| colors.iter().filter_map(Item::object).filter_map(|color| read_color(&color)).collect()),
        global_media: body.list("global_media_elements", 0..=N_ELEMENTS_MAX).map(|items| read_media(&items)),
        scenes: body
            .required_list("scenes", 1..=n_scenes_max)
            .iter()
            .filter_map(Item::object)
            .map(|scene| read_create_scene(&scene))
            .collect(),
    }
}

/// Reads `{"color": "#RRGGBB"}`; six or eight hex digits, with or without `#`.
fn read_color(color: &Object<'_>) -> Option<String> {
    let text = color.required_text("color", SHORT);
    let digits = text.strip_prefix('#').unwrap_or(&text);
    let is_color = matches!(digits.len(), 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_color && color.has("color") {
        color.blame("color", Fault::no_match(COLOR_PATTERN));
    }
    is_color.then_some(text)
}

fn read_media(items: &[Item<'_>]) -> Vec<MediaElement> {
    let element = |item: &Item<'_>| {
        let element = item.object()?;
        Some(MediaElement { id: element.id("id"), url: element.url("url"), media_id: element.id("media_id") })
    };
    items.iter().filter_map(element).collect()
}

fn read_create_scene(scene: &Object<'_>) -> CreateScene {
    let name = scene.required_text("name", SHORT);
    scene.choice("type", &["create_scene"]);
    CreateScene {
        name,
        layout_id: scene.required_text("layout_id", SHORT),
        media: scene.list("media_elements", 0..=N_ELEMENTS_MAX).map(|items| read_media(&items)),
        texts: scene.list("texts_elements", 0..=N_ELEMENTS_MAX).map(|items| {
            let element = |item: &Item<'_>| {
                let element = item.object()?;
                Some(TextElement { id: element.id("id"), text: element.required_text("text", TEXT) })
            };
            items.iter().filter_map(element).collect()
        }),
        transcript: scene.text("transcript", TRANSCRIPT),
        voice_recording_url: scene.url("voice_recording_url"),
        character_id: scene.id("character_id"),
        voice_id: scene.id("voice_id"),
    }
}

fn read_workflow(body: &Object<'_>) -> Workflow {
    let variables = body.list("variables", 0..=N_VARIABLES_MAX).unwrap_or_default();
    let variable = |item: &Item<'_>| {
        let variable = item.object()?;
        let name = variable.id("name").or_else(|| variable.id("variable_id"));
        if name.is_none() {
            variable.blame("name", Fault::missing());
        }
        Some(Variable { name: name?, value: variable.required_text("value", VARIABLE) })
    };
    Workflow {
        workflow_id: body.required_text("workflow_id", SHORT),
        variables: variables.iter().filter_map(variable).collect(),
    }
}

/// Writes members that are there.
fn members<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let present = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

impl OverrideScene {
    fn shown(&self) -> Value {
        members([
            ("name", Some(json!(self.name))),
            ("type", Some(json!("override_scene"))),
            ("media", self.media.as_ref().map(|media| json!(media))),
            ("texts", self.texts.as_ref().map(|texts| json!(texts))),
            ("transcript", self.transcript.as_ref().map(|text| json!(text))),
            ("voice_recording_url", self.voice_recording_url.as_ref().map(|url| json!(url))),
        ])
    }
}

impl CreateScene {
    fn shown(&self) -> Value {
        let media = self.media.as_ref().map(|media| media.iter().map(MediaElement::shown).collect());
        let texts = self.texts.as_ref().map(|texts| texts.iter().map(TextElement::shown).collect());
        members([
            ("name", Some(json!(self.name))),
            ("type", Some(json!("create_scene"))),
            ("layout_id", Some(json!(self.layout_id))),
            ("media_elements", media),
            ("texts_elements", texts),
            ("transcript", self.transcript.as_ref().map(|text| json!(text))),
            ("voice_recording_url", self.voice_recording_url.as_ref().map(|url| json!(url))),
            ("character_id", self.character_id.as_ref().map(|id| json!(id))),
            ("voice_id", self.voice_id.as_ref().map(|id| json!(id))),
        ])
    }
}

impl MediaElement {
    fn shown(&self) -> Value {
        members([
            ("id", self.id.as_ref().map(|id| json!(id))),
            ("url", self.url.as_ref().map(|url| json!(url))),
            ("media_id", self.media_id.as_ref().map(|id| json!(id))),
        ])
    }
}

impl TextElement {
    fn shown(&self) -> Value {
        members([("id", self.id.as_ref().map(|id| json!(id))), ("text", Some(json!(self.text)))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problems::Problems;

    fn read(body: &Value) -> Result<Request, Value> {
        let problems = Problems::default();
        let request = Request::read(&Object::whole(body.as_object().unwrap(), "body", &problems), 10);
        let problems = problems.into_vec();
        if problems.is_empty() { Ok(request.unwrap()) } else { Err(serde_json::to_value(problems).unwrap()) }
    }

    fn name_of(kind: &Kind) -> &'static str {
        match kind {
            Kind::Override(_) => "override",
            Kind::Create(_) => "create",
            Kind::Workflow(_) => "workflow",
        }
    }

    #[test]
    fn a_request_without_a_type_is_known_by_its_members() {
        let scene = json!([{"name": "a", "layout_id": "l"}]);
        let create = json!({"template_id": "t", "character_id": "c", "voice_id": "v", "scenes": scene});
        assert_eq!(name_of(&read(&create).unwrap().kind), "create");
        assert_eq!(name_of(&read(&json!({"source_draft_id": "d"})).unwrap().kind), "override");
        assert_eq!(name_of(&read(&json!({"recipe_id": "d", "template_id": "t"})).unwrap().kind), "override");
        assert_eq!(name_of(&read(&json!({"workflow_id": "w"})).unwrap().kind), "workflow");
    }

    #[test]
    fn a_type_that_is_none_is_refused_as_by_the_framework() {
        assert_eq!(
            read(&json!({"type": "q"})).unwrap_err(),
            json!([{
                "loc": ["body"],
                "msg": "No match for discriminator 'type' and value 'q' (allowed values: 'override', 'create', 'workflow')",
                "type": "value_error.discriminated_union.invalid_discriminator",
                "ctx": {"discriminator_key": "type", "discriminator_value": "q",
                        "allowed_values": "'override', 'create', 'workflow'"},
            }])
        );
    }

    #[test]
    fn null_is_as_good_as_absent_where_a_member_is_optional() {
        let body = json!({"source_draft_id": "d", "name": null, "scenes": null, "palette_id": null, "metadata": null});
        let request = read(&body).unwrap();
        assert_eq!(request.common, Common::default());
        assert_eq!(request.shown_scenes(), None);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let body = json!({
            "type": "create", "voice_id": null, "palette": [{"color": "blue"}, {}], "correlation_id": "x".repeat(101),
            "scenes": [{"layout_id": "l", "media_elements": [{"url": "a.png"}], "texts_elements": [{}],
                        "transcript": "x".repeat(1001)}, 3],
        });
        let faults = read(&body).unwrap_err();
        let shown: Vec<String> = faults
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| format!("{} {}", fault["loc"], fault["type"].as_str().unwrap()))
            .collect();
        assert_eq!(
            shown,
            [
                r#"["body","correlation_id"] value_error.any_str.max_length"#,
                r#"["body","character_id"] value_error.missing"#,
                r#"["body","voice_id"] type_error.none.not_allowed"#,
                r#"["body","template_id"] value_error.missing"#,
                r#"["body","palette",0,"color"] value_error.str.regex"#,
                r#"["body","palette",1,"color"] value_error.missing"#,
                r#"["body","scenes",0,"name"] value_error.missing"#,
                r#"["body","scenes",0,"media_elements",0,"url"] value_error.url.scheme"#,
                r#"["body","scenes",0,"texts_elements",0,"text"] value_error.missing"#,
                r#"["body","scenes",0,"transcript"] value_error.any_str.max_length"#,
                r#"["body","scenes",1] type_error.dict"#,
            ]
        );
    }

    #[test]
    fn scenes_are_shown_with_what_was_left_out_and_without_null() {
        let body = json!({"source_draft_id": "d", "scenes": [{"texts": ["a"]}, {"name": "b", "media": [""]}]});
        assert_eq!(
            read(&body).unwrap().shown_scenes().unwrap(),
            json!([
                {"name": "Scene 1", "type": "override_scene", "texts": ["a"]},
                {"name": "b", "type": "override_scene", "media": [""]},
            ])
        );
    }
}
