//! Files that come with a request.

use axum::extract::Request;
use engine::Door;
use engine::film::{Material, MaterialKind, NewMaterial};
use serde_json::Value;

use crate::body::FileBody;
use crate::call::Call;
use crate::error::{ApiError, Result};

/// The mark of documents that came through this door.
const TAG: &str = "document";

/// Receives the files of a form and keeps them; returns its other members with them.
pub(crate) async fn receive(
    call: &Call,
    request: Request,
    names: &[&str],
    kinds: &[MaterialKind],
) -> Result<(Value, Vec<Material>)> {
    let bytes_max = call.engine.limits().upload_bytes_max;
    let body = FileBody::read(request, call.engine.blobs(), names, bytes_max).await?;
    let field = names.first().copied().unwrap_or_default();
    if body.files.is_empty() {
        return Err(ApiError::invalid(field, "is required: a file"));
    }
    let mut materials = Vec::new();
    for file in body.files {
        let about = NewMaterial { door: Door::Aistudios, tag: TAG, name: None, kinds, media_types: &[] };
        let kept = call.engine.add_material(&call.caller, file.content, about).await;
        materials.push(kept.map_err(|error| match error {
            engine::Error::Refused(failure) => ApiError::of_failure(&failure, field),
            other => other.into(),
        })?);
    }
    Ok((body.members, materials))
}
