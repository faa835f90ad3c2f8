//! `POST /editor/project/{id}`: parts of a project changed, exported as a new video.

use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Options, ProjectId, Source, completed, make, start_unless_refused};
use crate::body::Body;
use crate::call::{At, Call};
use crate::document::speech;
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::read::Node;

/// Most changes of one request.
const CHANGES_MAX: usize = 5000;

/// What to change.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct EditBody {
    updates: Updates,
    /// False only stores the new project.
    #[schema(default = true)]
    isExport: Option<bool>,
    workspaceId: Option<String>,
    resolution: Option<String>,
    webhookUrl: Option<String>,
}

/// A list of changes.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct Updates {
    value: Vec<Update>,
}

/// A change of clips of one type, or of the background, in one scene.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct Update {
    #[schema(example = 0)]
    sceneIdx: i64,
    /// The type of the clips, or `background`.
    #[schema(example = "textImage")]
    r#type: String,
    /// Members and what they become. With an `id` or a `tag`, only the clips that have it are changed.
    #[schema(value_type = Object, example = json!({"text": "New", "fontSize": 90}))]
    values: Value,
}

/// Changes parts of a project into a new one, and makes its video. The project itself stays as it is.
#[utoipa::path(
    post, path = "/api/odin/v3/editor/project/{id}", operation_id = "aistudiosEditProject", tag = "projects",
    params(("id" = String, Path, description = "The project")),
    request_body(content = EditBody),
    responses((status = 200, description = "The new project's id", body = Data<ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn edit(call: Call, At(id): At, Body(body): Body) -> Result<Answer> {
    let film = call.project(&id).await?;
    let root = Node::root(&body);
    let options = Options::read(&call, &root).await?;
    let stored = completed(&film);
    let document = match root.get("updates") {
        Some(updates) => changed(stored, &updates)?,
        // Our choice, for clients that send the whole of what they got.
        None if root.get("scenes").is_some() => replaced(&stored, &body),
        None => return Err(root.wrong_at("updates", "is required")),
    };
    let source = Source { project_id: film.id.as_str(), template_id: &film.origin.template_id };
    let film = make(&call, document, &options, source, start_unless_refused(&options)).await?;
    Answer::data(ProjectId::of(&film))
}

fn replaced(stored: &Value, body: &Value) -> Value {
    let mut document = stored.clone();
    if let (Value::Object(document), Value::Object(members)) = (&mut document, body) {
        document.extend(members.clone());
    }
    speech::settle(&mut document, Some(stored));
    document
}

/// Applies `updates.value`.
fn changed(mut document: Value, updates: &Node<'_>) -> Result<Value> {
    let changes = updates.get("value").ok_or_else(|| updates.wrong_at("value", "is required"))?;
    let changes = if changes.value.is_object() { vec![changes] } else { changes.items()? };
    if changes.len() > CHANGES_MAX {
        return Err(updates.wrong(format!("at most {CHANGES_MAX} changes are made at once")));
    }
    for change in &changes {
        apply(&mut document, change)?;
    }
    Ok(document)
}

fn apply(document: &mut Value, change: &Node<'_>) -> Result<()> {
    let kind = change.required_text(&["type"])?;
    let values = change.get("values").ok_or_else(|| change.wrong_at("values", "is required"))?;
    let mut members = values.object()?.clone();
    let scene = scene_of(document, change)?;
    if kind == "background" {
        merge(&mut scene["background"], &members);
        return Ok(());
    }
    let chosen = chosen(scene, &kind, &values)?;
    // Quirk: the vendor's tutorial calls it so where it replaces a picture.
    if let Some(url) = members.remove("resource_url") {
        members.insert("source_url".to_owned(), url);
    }
    for clip in chosen {
        change_clip(scene, clip, &members);
    }
    Ok(())
}

/// Changes members of a clip; what it says is changed in both places.
pub(super) fn change_clip(scene: &mut Value, clip: usize, members: &Map<String, Value>) {
    let mut members = members.clone();
    let script = members.remove("script").filter(|script| script.is_string() || script.is_object());
    merge(&mut scene["clips"][clip], &members);
    if let Some(script) = script {
        speech::put(scene, clip, &script);
    }
}

fn merge(into: &mut Value, members: &Map<String, Value>) {
    match into {
        Value::Object(known) => known.extend(members.clone()),
        other => *other = Value::Object(members.clone()),
    }
}

/// Returns the scene that a change names: the only one with that `sceneIdx`, or the one at that place.
fn scene_of<'d>(document: &'d mut Value, change: &Node<'_>) -> Result<&'d mut Value> {
    let wanted = change.number("sceneIdx")?.unwrap_or(0.0);
    let none = || change.wrong_at("sceneIdx", format!("there is no scene {wanted}"));
    let scenes = document.get_mut("scenes").and_then(Value::as_array_mut).ok_or_else(none)?;
    let named = |scene: &Value| scene.get("sceneIdx").and_then(Value::as_f64) == Some(wanted);
    let mut matches = scenes.iter().enumerate().filter(|(_, scene)| named(scene)).map(|(idx, _)| idx);
    let at = match (matches.next(), matches.next()) {
        (Some(only), None) => only,
        _ if wanted >= 0.0 => wanted as usize,
        _ => return Err(none()),
    };
    scenes.get_mut(at).filter(|scene| scene.is_object()).ok_or_else(none)
}

/// Returns the clips that a change is for: those of its type, or only those with the `id` or the `tag` in its values; our choice, as
/// the vendor's changes have no other name for a clip.
fn chosen(scene: &Value, kind: &str, values: &Node<'_>) -> Result<Vec<usize>> {
    let clips = scene.get("clips").and_then(Value::as_array).into_iter().flatten().enumerate();
    let of_kind: Vec<(usize, &Value)> =
        clips.filter(|(_, clip)| clip.get("type").is_some_and(|known| known == kind)).collect();
    if of_kind.is_empty() {
        return Err(values.wrong(format!("the scene has no clip of the type {kind}")));
    }
    for key in ["id", "tag"] {
        let Some(wanted) = values.text(key)? else { continue };
        let named = |clip: &Value| clip.get(key).and_then(Value::as_str) == Some(wanted.as_str());
        let named: Vec<usize> = of_kind.iter().filter(|(_, clip)| named(clip)).map(|(idx, _)| *idx).collect();
        if named.is_empty() {
            return Err(values.wrong_at(key, format!("the scene has no such clip of the type {kind}")));
        }
        return Ok(named);
    }
    Ok(of_kind.into_iter().map(|(idx, _)| idx).collect())
}
