//! `POST /api/buckets/:bucket_id/files`: a file, by its bytes, its address, or the name of its sound.

use axum::extract::Request;
use engine::UploadedFile;
use engine::recognition::{FileSource, NewFile};
use intake::FilePart;
use utoipa::ToSchema;

use super::row::FileRow;
use crate::body::FileBody;
use crate::buckets::bucket_id;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::place::At;
use crate::scope::WriteAudios;

const DATA_TYPES: [&str; 4] = ["audio", "fingerprint", "audio_url", "acrid"];

/// A file with the request.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct FileForm {
    /// Audio of any kind, or a fingerprint file.
    #[schema(value_type = String, format = Binary)]
    file: Option<Vec<u8>>,
    /// `audio`, `fingerprint`, `audio_url` or `acrid`.
    #[schema(example = "audio")]
    data_type: Option<String>,
    /// The file's own if not given.
    title: Option<String>,
    /// A JSON object as text.
    #[schema(example = "{\"campaign\":\"spring\"}")]
    user_defined: Option<String>,
    /// The caller's own id.
    audio_id: Option<String>,
}

/// A file that is elsewhere.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct FileBodyJson {
    /// `audio_url` or `acrid`.
    #[schema(example = "audio_url")]
    data_type: Option<String>,
    /// Where the server finds the audio.
    #[schema(format = "uri", example = "https://example.com/jingle-04.mp3")]
    url: Option<String>,
    /// The `acr_id` of another file of the account.
    acrid: Option<String>,
    title: Option<String>,
    /// An object, or one as text.
    #[schema(value_type = Option<Object>)]
    user_defined: Option<String>,
    /// The caller's own id.
    audio_id: Option<String>,
}

/// Adds a file to a bucket.
///
/// The file itself as a form, or where it is found as a form or as JSON. It is recognized once its `state` is 1.
#[utoipa::path(
    post, path = "/api/buckets/{bucket_id}/files", operation_id = "acrcloudUploadFile", tag = "audio-files",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    request_body(content(
        (FileForm = "multipart/form-data"),
        (FileBodyJson = "application/json", example = json!({
            "data_type": "audio_url", "title": "jingle-04", "user_defined": {"campaign": "spring"},
            "url": "https://example.com/jingle-04.mp3"
        }))
    )),
    responses((status = 200, description = "The file, with its length as text", body = Data<FileRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn upload(
    call: Call<WriteAudios>,
    At(bucket): At<String>,
    request: Request,
) -> Result<Answer, ApiError> {
    let bucket = bucket_id(&bucket)?;
    // Before anybody sends a large file for nothing.
    call.engine.bucket(call.account(), bucket).await?;
    let bytes_max = call.engine.limits().upload_bytes_max;
    let FileBody { mut fields, file } = FileBody::read(request, call.engine.blobs(), bytes_max).await?;
    let source = source_of(&mut fields, file);
    let (title, audio_id) = (fields.text("title"), fields.text("audio_id").unwrap_or_default());
    let user_defined = fields.user_defined().unwrap_or_default();
    fields.end()?;
    // Without a source there was a problem.
    let source = source.ok_or(ApiError::Internal)?;
    let is_here = matches!(source, FileSource::Audio(_) | FileSource::Fingerprint(_));
    let new = NewFile { title, audio_id, user_defined, source };
    let file = call.engine.add_file(call.account(), bucket, new).await?;
    let uid = call.uid().await?;
    Answer::data(if is_here { FileRow::uploaded(uid, &file) } else { FileRow::announced(uid, &file) })
}

/// Reads where the sound comes from; `None` if that is a problem.
fn source_of(fields: &mut Fields, file: Option<FilePart<UploadedFile>>) -> Option<FileSource> {
    let mut word = fields.word("data_type", &DATA_TYPES);
    if !fields.is_given("data_type") {
        word = implied_type(fields, file.is_some()).map(str::to_owned);
        if word.is_none() {
            fields.blame("data_type", "Send what the data is, and the data: `audio` and a part `file`, for example.");
        }
    }
    match word.as_deref()? {
        "audio" => taken(fields, file).map(FileSource::Audio),
        "fingerprint" => taken(fields, file).map(FileSource::Fingerprint),
        "audio_url" => Some(FileSource::Url(fields.required_text("url"))),
        _ => Some(FileSource::AcrId(fields.required_text("acrid"))),
    }
}

/// Guesses `data_type`. Our choice: a lone source speaks for itself.
fn implied_type(fields: &mut Fields, has_file: bool) -> Option<&'static str> {
    if has_file {
        return Some("audio");
    }
    let (has_url, has_acrid) = (fields.text("url").is_some(), fields.text("acrid").is_some());
    [("audio_url", has_url), ("acrid", has_acrid)].into_iter().find_map(|(word, is_there)| is_there.then_some(word))
}

fn taken(fields: &mut Fields, file: Option<FilePart<UploadedFile>>) -> Option<UploadedFile> {
    if file.is_none() {
        fields.blame("file", "Send the file as a part `file` of a form (`multipart/form-data`), and not an empty one.");
    }
    file.map(|file| file.content)
}
