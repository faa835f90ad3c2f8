//! `POST /project/modify` and `/template/modify`: the older way to change a project, by the tags of its clips.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::edit::change_clip;
use super::{Options, ProjectId, Source, completed, make, start_unless_refused};
use crate::body::Body;
use crate::call::Call;
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::read::{Node, kind};

/// What the key of what avatars say begins with; its number is the avatar's place among all of the project.
const SCRIPTS: &str = "scripts";

/// What to change.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct ModifyBody {
    /// The project; or `templateId`.
    projectId: Option<String>,
    templateId: Option<String>,
    /// For each tag, or tag and place from 0, what the clip becomes: text, or members.
    #[schema(value_type = Object, example = json!({"title": "New", "title_1": "Newer", "scripts_0": "Hello."}))]
    updates: Value,
    #[schema(default = true)]
    isExport: Option<bool>,
    workspaceId: Option<String>,
    resolution: Option<String>,
    webhookUrl: Option<String>,
}

/// Changes clips of a project by their tags into a new project, and makes its video.
#[utoipa::path(
    post, path = "/api/odin/v3/project/modify", operation_id = "aistudiosModifyProject", tag = "projects",
    request_body(content = ModifyBody),
    responses((status = 200, description = "The new project's id", body = Data<ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn project(call: Call, Body(body): Body) -> Result<Answer> {
    let id = Node::root(&body).required_text(&["projectId", "project_id", "id"])?;
    let film = call.project(&id).await?;
    let source = Source { project_id: film.id.as_str(), template_id: &film.origin.template_id };
    modify(&call, &body, completed(&film), source).await
}

/// Changes clips of a template by their tags into a new project, and makes its video.
#[utoipa::path(
    post, path = "/api/odin/v3/template/modify", operation_id = "aistudiosModifyTemplate", tag = "projects",
    request_body(content = ModifyBody),
    responses((status = 200, description = "The new project's id", body = Data<ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn template(call: Call, Body(body): Body) -> Result<Answer> {
    let id = Node::root(&body).required_text(&["templateId", "template_id", "id"])?;
    let document = crate::template::document_of(&call, &id).await?;
    modify(&call, &body, document, Source { project_id: "", template_id: &id }).await
}

async fn modify(call: &Call, body: &Value, mut document: Value, source: Source<'_>) -> Result<Answer> {
    let root = Node::root(body);
    let options = Options::read(call, &root).await?;
    let updates = root.get("updates").ok_or_else(|| root.wrong_at("updates", "is required"))?;
    for key in updates.object()?.keys() {
        if let Some(node) = updates.get(key) {
            apply(&mut document, key, &node)?;
        }
    }
    if let Some(name) = root.text("name")? {
        document["name"] = name.into();
    }
    let film = make(call, document, &options, source, start_unless_refused(&options)).await?;
    Answer::data(ProjectId::of(&film))
}

fn apply(document: &mut Value, key: &str, node: &Node<'_>) -> Result<()> {
    if key == "backgroundAudio" {
        document["backgroundAudio"] = node.value.clone();
        return Ok(());
    }
    let (scene, clip) = find(document, key).ok_or_else(|| node.wrong("no clip of the project has this tag"))?;
    let scene = &mut document["scenes"][scene];
    let members = members_of(&scene["clips"][clip], node)?;
    change_clip(scene, clip, &members);
    Ok(())
}

/// Finds the clip that a key names: `title` is the first with this tag, `title_1` the second.
fn find(document: &Value, key: &str) -> Option<(usize, usize)> {
    let (tag, nth) = match key.rsplit_once('_') {
        Some((tag, nth)) => (tag, nth.parse::<usize>().ok()),
        None => (key, None),
    };
    let speaks = |clip: &Value| clip.get("type").is_some_and(|kind| kind == "aiModel");
    let tagged = |tag: &str| {
        let tag = tag.to_owned();
        move |clip: &Value| clip.get("tag").and_then(Value::as_str) == Some(tag.as_str())
    };
    let exact = nth_clip(document, 0, &tagged(key));
    let numbered = || nth_clip(document, nth?, &tagged(tag));
    let scripts = || match (key, tag, nth) {
        (SCRIPTS, ..) => nth_clip(document, 0, &speaks),
        (_, SCRIPTS, Some(nth)) => nth_clip(document, nth, &speaks),
        _ => None,
    };
    exact.or_else(numbered).or_else(scripts)
}

fn nth_clip(document: &Value, nth: usize, is_wanted: &dyn Fn(&Value) -> bool) -> Option<(usize, usize)> {
    let scenes = document.get("scenes")?.as_array()?.iter().enumerate();
    let clips = scenes.flat_map(|(scene, value)| {
        let clips = value.get("clips").and_then(Value::as_array).into_iter().flatten().enumerate();
        clips.map(move |(clip, value)| (scene, clip, value))
    });
    clips.filter(|(_, _, clip)| is_wanted(clip)).nth(nth).map(|(scene, clip, _)| (scene, clip))
}

/// Returns what is changed of a clip: text stands for what clips of its kind are about.
fn members_of(clip: &Value, node: &Node<'_>) -> Result<Map<String, Value>> {
    let text = match node.value {
        Value::Object(members) => return Ok(members.clone()),
        Value::String(_) | Value::Number(_) => node.as_text()?,
        other => return Err(node.wrong(format!("must be text or an object, is {}", kind(other)))),
    };
    let key = match clip.get("type").and_then(Value::as_str) {
        Some("aiModel") => "script",
        Some("textImage") => "text",
        Some("videoImage") => "video_url",
        Some("shape") => "fill",
        _ => "source_url",
    };
    Ok(Map::from_iter([(key.to_owned(), json!(text))]))
}
