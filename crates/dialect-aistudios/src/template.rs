//! `POST /editor/template/{templateId}`: a project from a template.

use engine::Door;
use engine::film::{Start, TemplateId};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::body::Anywhere;
use crate::call::{At, Call, is_id};
use crate::document::unmap::unmap;
use crate::error::{ApiError, ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::projects::{Options, ProjectId, Source, completed, make};
use crate::read::Node;

/// Who speaks in the new project.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct TemplateBody {
    /// The avatar of all scenes; as in the template without one. Quirk: the vendor's samples call it so, its table `aiName`.
    #[schema(example = "M000000001")]
    model: Option<String>,
    aiName: Option<String>,
    /// What they wear. Quirk: the table calls it `clothId`.
    #[schema(example = "BG00000001")]
    clothes: Option<String>,
    clothId: Option<String>,
    name: Option<String>,
    workspaceId: Option<String>,
}

/// Makes a project from a template, without its video. A template is one of the lists', or one of the account's own projects.
#[utoipa::path(
    post, path = "/api/odin/v3/editor/template/{templateId}", operation_id = "aistudiosProjectFromTemplate", tag = "projects",
    params(("templateId" = String, Path, description = "The template")),
    request_body(content = TemplateBody),
    responses((status = 200, description = "The project's id", body = Data<ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn create(call: Call, At(id): At, Anywhere(body): Anywhere) -> Result<Answer> {
    let mut document = document_of(&call, &id).await?;
    let root = Node::root(&body);
    let model = either(&root, "model", "aiName")?;
    let cloth = either(&root, "clothes", "clothId")?;
    cast(&mut document, model.as_deref(), cloth.as_deref());
    if let Some(name) = root.text("name")? {
        document["name"] = name.into();
    }
    let options = Options::read(&call, &root).await?;
    let source = Source { project_id: "", template_id: &id };
    let film = make(&call, document, &options, source, Start::Later).await?;
    Answer::data(ProjectId::of(&film))
}

fn either(root: &Node<'_>, first: &str, second: &str) -> Result<Option<String>> {
    match root.text(first)? {
        Some(text) => Ok(Some(text)),
        None => root.text(second),
    }
}

/// Returns the document of a template: of the catalog, of the account's, or a project of the account's.
pub(crate) async fn document_of(call: &Call, id: &str) -> Result<Value> {
    if let Some(template) = call.engine.catalog()?.template(id) {
        return Ok(unmap(&template.project));
    }
    if !is_id(id) {
        return Err(ApiError::not_found("template", id));
    }
    match call.engine.template(call.account(), Door::Aistudios, &TemplateId::from_text(id)).await {
        Ok(template) => return Ok(template.document),
        Err(engine::Error::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    match call.project(id).await {
        Ok(film) => Ok(completed(&film)),
        Err(ApiError::NotFound { .. }) => Err(ApiError::not_found("template", id)),
        Err(error) => Err(error),
    }
}

/// Gives all avatars of a document another look. What is said in turns goes on being said by whom it was.
fn cast(document: &mut Value, model: Option<&str>, cloth: Option<&str>) {
    let scenes = document.get_mut("scenes").and_then(Value::as_array_mut).into_iter().flatten();
    for scene in scenes {
        for (list, model_key, cloth_key) in [("clips", "ai_name", "emotion"), ("scripts", "modelId", "clothId")] {
            let items = scene.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
            for item in items {
                let is_clip = list == "clips";
                if is_clip && item.get("type").is_none_or(|kind| kind != "aiModel") {
                    continue;
                }
                let named = if is_clip { item.get_mut("model") } else { Some(item) };
                let Some(Value::Object(members)) = named else { continue };
                members.extend(model.map(|model| (model_key.to_owned(), json!(model))));
                members.extend(cloth.map(|cloth| (cloth_key.to_owned(), json!(cloth))));
            }
        }
    }
}
