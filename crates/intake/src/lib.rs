//! What the doors share: reading request bodies with bounded memory, whatever they look like, and what every request has around it.
//!
//! A form's files are streamed to a scratch file while they are hashed ([`Form::to_disk`]), or kept in memory up to a limit
//! ([`Form::to_memory`]). Bodies that are no forms are read whole ([`bytes`]) or streamed to a scratch file ([`to_disk`]).

mod boundary;
mod error;
mod form;
mod frame;
mod head;
mod paced;
mod part;
mod scratch;
mod whole;

pub use boundary::is_form;
pub use error::Error;
pub use form::{Form, Plan, Texts};
pub use frame::{framed, observed, panic_message};
pub use head::{bearer_token, origin_host, retry_after_seconds, server_address, steps, with_path};
pub use part::{Clip, FilePart};
pub use whole::{bytes, to_disk};
