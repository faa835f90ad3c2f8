//! Films: videos made of scene documents, with all that belongs to them.
//!
//! A *film* is one video from draft to file; the word keeps it apart from a track's cover video. *Materials* are the files that
//! accounts bring for their films, *templates* are documents with placeholders, *webhooks* hear how films end, and a *batch* makes
//! a film of every row of a table. What the installation has for everybody (avatars, voices, backgrounds, palettes, layouts) is
//! the *catalog*.
//!
//! One film goes: [`Engine::create_film`](crate::Engine::create_film) → job `fetch_sources` on the network lane, if its document
//! names URLs → job `render_film` → files, row and deliveries in one transaction.

mod batch;
pub mod catalog;
mod delivery;
pub mod drafting;
mod drafts;
mod life;
mod material;
pub mod pages;
mod place;
mod row;
mod sniff;
mod sources;
mod speech;
mod store;
mod template;
mod webhook;
pub(crate) mod work;

pub use batch::{Batch, BatchId, BatchRow, BatchRowState, NewBatch};
pub use delivery::{Announcer, Attempt, Delivery, DeliveryId, DeliveryPolicy, DeliveryState, Message};
pub use life::{FilmChange, NewFilm, Start};
pub use material::{Material, MaterialFilter, MaterialId, MaterialKind, MaterialState, NewMaterial, PageText};
pub use place::{Place, PlaceId, PlaceKind};
pub use row::{
    Film, FilmDay, FilmDayFilter, FilmEvent, FilmFilter, FilmId, FilmKind, FilmOrigin, FilmProduct, FilmScene,
    FilmState, Output, OutputForm,
};
pub use speech::SpokenText;
pub use store::{Batches, Deliveries, Films, Materials, Places, Templates, Webhooks};
pub use template::{Template, TemplateId};
pub use webhook::{Webhook, WebhookChange, WebhookId, WebhookState};
