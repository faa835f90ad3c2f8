//! `/api/schema/`: the OpenAPI 3.0.3 document of this API, as YAML and as JSON.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::downgrade::to_3_0_3;
use crate::error::ApiError;
use crate::negotiation::covers;
use crate::openapi::openapi;
use crate::query::Query;
use crate::yaml::to_yaml;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Yaml,
    Json,
}

/// Media types, whole content types and forms, in the framework's order.
const RENDERERS: [(&str, &str, Form); 4] = [
    ("application/vnd.oai.openapi", "application/vnd.oai.openapi; charset=utf-8", Form::Yaml),
    ("application/yaml", "application/yaml", Form::Yaml),
    ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json", Form::Json),
    ("application/json", "application/json", Form::Json),
];

/// Describes the API in OpenAPI 3.0.3.
#[utoipa::path(
    get, path = "/api/schema/", operation_id = "schema_retrieve", tag = "schema",
    params(
        ("format" = Option<String>, Query, description = "`json` or `yaml`"),
        ("lang" = Option<String>, Query, description = "Accepted; the document is English"),
    ),
    responses((status = 200, description = "The document", content(
        (Object = "application/vnd.oai.openapi"),
        (Object = "application/yaml"),
        (Object = "application/vnd.oai.openapi+json"),
        (Object = "application/json"),
    ))),
    security((), ("token" = []))
)]
pub(crate) fn retrieve(public_url: &str, query: &Query, accepted: &[String]) -> Result<Answer, ApiError> {
    static DOCUMENT: OnceLock<Option<Value>> = OnceLock::new();
    let (content_type, form) = chosen(query, accepted)?;
    let document = DOCUMENT.get_or_init(|| Some(to_3_0_3(serde_json::to_value(openapi()).ok()?)));
    let mut document = document.clone().ok_or(ApiError::Internal)?;
    document["servers"] = json!([{"url": if public_url.is_empty() { "/" } else { public_url }}]);
    Ok(match form {
        Form::Yaml => Answer::text(content_type, to_yaml(&document)).inline("inline; filename=\"Spiritme API.yaml\""),
        Form::Json => Answer::text(content_type, document.to_string()).inline("inline; filename=\"Spiritme API.json\""),
    })
}

/// Chooses how to write the document. A format that is asked for by name counts alone.
fn chosen(query: &Query, accepted: &[String]) -> Result<(&'static str, Form), ApiError> {
    let of_form = |form: Form| RENDERERS.iter().find(|(_, _, known)| *known == form);
    let found = match query.last("format") {
        Some("yaml") => of_form(Form::Yaml),
        Some("json") => of_form(Form::Json),
        Some(_) => return Err(ApiError::NotFound),
        None => {
            let (ranges, exact): (Vec<&String>, Vec<&String>) = accepted.iter().partition(|range| range.contains('*'));
            let first_of = |asked: &[&String]| {
                RENDERERS.iter().find(|(media_type, ..)| asked.iter().any(|range| covers(range, media_type)))
            };
            first_of(&exact).or_else(|| first_of(&ranges))
        }
    };
    found.map(|(_, content_type, form)| (*content_type, *form)).ok_or(ApiError::NotAcceptable)
}
