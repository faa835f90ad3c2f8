//! What videos are made from: an account's drafts, and the templates that are shipped.

use engine::Door;
use engine::film::catalog::{Catalog, CatalogTemplate};
use engine::film::{Film, FilmId, FilmKind};
use stage::document::Project;

use super::{Used, slots};
use crate::call::Call;
use crate::error::ApiError;
use crate::problems::Fault;
use crate::video::document::Document;
use crate::video::request::Override;

/// Something to make a video from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) project: Project,
    pub(crate) used: Used,
    /// The template whose layouts and roles it has; empty if unknown.
    pub(crate) template_id: String,
    /// The roles of the palette's colors, in the order in which clients give colors.
    pub(crate) roles: Vec<String>,
    /// Whether something else was asked for.
    pub(crate) is_stand_in: bool,
}

impl Source {
    /// Takes a template as the draft that it is.
    pub(crate) fn of_template(template: &CatalogTemplate) -> Self {
        Self {
            id: template.id.clone(),
            name: template.name.clone(),
            project: template.project.clone(),
            used: used_by(&template.project),
            template_id: template.id.clone(),
            roles: template.roles.clone(),
            is_stand_in: false,
        }
    }

    /// Takes an account's draft.
    pub(crate) fn of_film(call: &Call, catalog: &Catalog, film: &Film) -> Result<Self, ApiError> {
        let project = call.engine.project_of(film)?;
        let template = catalog.template(&film.origin.template_id);
        let roles = match template {
            Some(template) => template.roles.clone(),
            None => project.palette.keys().cloned().collect(),
        };
        let used = Document::of(film).used;
        Ok(Self {
            id: film.id.to_string(),
            name: film.name.clone(),
            used,
            template_id: film.origin.template_id.clone(),
            roles,
            project,
            is_stand_in: false,
        })
    }
}

/// Finds a draft of the caller's, or a template that is shipped.
pub(crate) async fn draft(call: &Call, catalog: &Catalog, id: &str) -> Result<Option<Source>, ApiError> {
    match call.engine.film(call.account(), Door::Hourone, &FilmId::from_text(id)).await {
        Ok(film) if film.kind == FilmKind::Draft => Source::of_film(call, catalog, &film).map(Some),
        Ok(_) | Err(engine::Error::NotFound { .. }) => Ok(catalog.template(id).map(Source::of_template)),
        Err(error) => Err(error.into()),
    }
}

/// Finds what an override is based on: its draft, else its recipe, else the first template that is shipped, with a warning.
pub(super) async fn of_override(
    call: &Call,
    catalog: &Catalog,
    given: &Override,
) -> Result<(Source, Vec<String>), ApiError> {
    let named = [("draft", &given.source_draft_id), ("recipe", &given.recipe_id)];
    let mut warnings = Vec::new();
    for (what, id) in named {
        let Some(id) = id else { continue };
        if let Some(source) = draft(call, catalog, id).await? {
            return Ok((source, warnings));
        }
        warnings.push(format!("the {what} `{id}` is not known here"));
    }
    let source = stand_in(catalog)?;
    warnings.push(format!("the template `{}` stands in for it", source.name));
    Ok((source, warnings))
}

/// Returns the template that stands in for what is not known here.
pub(crate) fn stand_in(catalog: &Catalog) -> Result<Source, ApiError> {
    let first = catalog.templates().first();
    let nothing = || ApiError::invalid(&["body"], Fault::rule("this server has no templates to make videos from"));
    Ok(Source { is_stand_in: true, ..Source::of_template(first.ok_or_else(nothing)?) })
}

/// Returns who is seen and heard first in a document.
fn used_by(project: &Project) -> Used {
    let scenes = || project.scenes.iter();
    Used {
        palette_id: None,
        character_id: scenes().find_map(slots::character_of).map(str::to_owned),
        voice_id: scenes().find_map(slots::voice_of).map(str::to_owned),
    }
}
