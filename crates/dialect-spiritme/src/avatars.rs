//! `/api/avatars/`: who can speak.

use engine::film::catalog::{AvatarPicture, CatalogAvatar, EMOTIONS};
use engine::{Engine, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::{ApiError, Guarded, WithFilter};
use crate::page::{Paged, Paging};
use crate::problems::Problems;
use crate::query::checked;
use crate::time::iso;

/// How avatars can stand. All of this server's are ready.
const STATUSES: [(&str, bool); 7] = [
    ("created", false),
    ("captured", false),
    ("clarification", false),
    ("approved", false),
    ("training", false),
    ("ready", true),
    ("rejected", false),
];
/// When avatars were made, which nothing tells of what comes with the server: the beginning of 2026. Our choice.
const CREATED: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 80;

/// How an avatar stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the answer in the OpenAPI document")]
pub(crate) enum AvatarStatus {
    Created,
    Captured,
    Clarification,
    Approved,
    Training,
    Ready,
    Rejected,
}

/// Somebody who can speak.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Avatar {
    #[schema(example = 4)]
    id: i64,
    /// Created datetime
    #[schema(format = DateTime)]
    cd: String,
    #[schema(max_length = 80, example = "Elena")]
    name: String,
    #[schema(required = true)]
    description: Option<String>,
    #[schema(value_type = AvatarStatus)]
    status: &'static str,
    #[schema(required = true, format = "uri")]
    thumbnail: Option<String>,
    #[schema(required = true, format = "uri")]
    preview: Option<String>,
    #[schema(required = true, format = "uri")]
    circular_preview: Option<String>,
    /// Pixels per row of the preview, and of the avatar at scale 1.
    #[schema(example = 1073)]
    frame_width: u32,
    /// Rows.
    #[schema(example = 1177)]
    frame_height: u32,
    /// Ids of voices that suit, the best first.
    best_fit_voices: Vec<i64>,
    /// Names for `<emotion name="…">` in spoken text.
    supported_emotions: Vec<&'static str>,
    supports_background_removal: bool,
    /// Whether it is the caller's own.
    ownership: bool,
}

/// An avatar where it is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AvatarNested {
    #[schema(example = 4)]
    id: i64,
    #[schema(max_length = 80, example = "Elena")]
    name: String,
    #[schema(required = true, format = "uri")]
    preview: Option<String>,
    #[schema(example = 1073)]
    frame_width: u32,
    #[schema(example = 1177)]
    frame_height: u32,
}

fn name_of(avatar: &CatalogAvatar) -> String {
    avatar.name.chars().take(NAME_CHARS_MAX).collect()
}

fn picture(engine: &Engine, avatar: &CatalogAvatar, picture: AvatarPicture) -> Option<String> {
    let outfit = avatar.outfits.first()?;
    Some(engine.avatar_url(&avatar.id, &outfit.id, picture))
}

impl Avatar {
    fn new(engine: &Engine, avatar: &CatalogAvatar) -> Result<Self, ApiError> {
        let catalog = engine.catalog()?;
        let voices = avatar.voices.iter().filter_map(|id| catalog.voice(id));
        Ok(Self {
            id: avatar.number,
            cd: iso(CREATED),
            name: name_of(avatar),
            description: Some(avatar.description.clone()).filter(|text| !text.is_empty()),
            status: "ready",
            thumbnail: picture(engine, avatar, AvatarPicture::Thumbnail),
            preview: picture(engine, avatar, AvatarPicture::Half),
            circular_preview: picture(engine, avatar, AvatarPicture::Circle),
            frame_width: avatar.half_size.0,
            frame_height: avatar.half_size.1,
            best_fit_voices: voices.map(|voice| voice.number).collect(),
            supported_emotions: EMOTIONS.to_vec(),
            supports_background_removal: true,
            ownership: false,
        })
    }
}

impl AvatarNested {
    pub(crate) fn new(engine: &Engine, avatar: &CatalogAvatar) -> Self {
        Self {
            id: avatar.number,
            name: name_of(avatar),
            preview: picture(engine, avatar, AvatarPicture::Half),
            frame_width: avatar.half_size.0,
            frame_height: avatar.half_size.1,
        }
    }
}

/// Lists avatars.
#[utoipa::path(
    get, path = "/api/avatars/", operation_id = "avatars_list", tag = "avatars",
    params(
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
        ("ordering" = Option<String>, Query, description = "Names of fields, each with `-` in front for descending, joined with commas"),
        ("status" = Option<Vec<AvatarStatus>>, Query, description = "Only with one of these; repeat the name for several"),
    ),
    responses((status = 200, description = "A page of avatars", body = Paged<Avatar>), Guarded, WithFilter),
    security(("token" = []))
)]
pub(crate) fn list(call: &Call) -> Result<Answer, ApiError> {
    let mut problems = Problems::default();
    let statuses = call.query.choices(&mut problems, "status", &STATUSES);
    checked(problems)?;
    let is_wanted = statuses.is_empty() || statuses.contains(&true);
    let mut avatars: Vec<&CatalogAvatar> = call.engine.catalog()?.avatars().iter().filter(|_| is_wanted).collect();
    avatars.sort_by(|a, b| a.name.cmp(&b.name).then(a.number.cmp(&b.number)));
    // The last name counts least. Sorting is stable.
    for (name, is_descending) in call.query.ordering().into_iter().rev() {
        sort(&mut avatars, name, is_descending);
    }
    let paging = Paging::of(call);
    let count = i64::try_from(avatars.len()).unwrap_or(i64::MAX);
    let rows = paging.cut(avatars).into_iter().map(|avatar| Avatar::new(&call.engine, avatar));
    let rows = rows.collect::<Result<_, _>>()?;
    Answer::of(&Paged::new(call, paging, count, rows))
}

/// Sorts by a field; an unknown one changes nothing.
fn sort(avatars: &mut [&CatalogAvatar], name: &str, is_descending: bool) {
    let compare = |a: &CatalogAvatar, b: &CatalogAvatar| match name {
        "id" => a.number.cmp(&b.number),
        "name" => a.name.cmp(&b.name),
        "description" => a.description.cmp(&b.description),
        "frame_width" => a.half_size.0.cmp(&b.half_size.0),
        "frame_height" => a.half_size.1.cmp(&b.half_size.1),
        _ => std::cmp::Ordering::Equal,
    };
    avatars.sort_by(|a, b| if is_descending { compare(b, a) } else { compare(a, b) });
}
