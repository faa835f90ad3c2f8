//! Reading request bodies with bounded memory, whatever they look like; shared by the doors.
//!
//! A form's files are streamed to a scratch file while they are hashed ([`Form::to_disk`]), or kept in memory up to a limit
//! ([`Form::to_memory`]). Bodies that are no forms are read whole ([`bytes`]) or streamed to a scratch file ([`to_disk`]).

mod boundary;
mod error;
mod form;
mod frame;
mod paced;
mod part;
mod scratch;
mod whole;

pub use boundary::is_form;
pub use error::Error;
pub use form::{Form, Plan, Texts};
pub use frame::{framed, origin_host, panic_message};
pub use part::{Clip, FilePart};
pub use whole::{bytes, to_disk};
