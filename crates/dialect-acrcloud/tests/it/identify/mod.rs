//! Identification: the forms of a request, the codes of an answer, and whether the right thing is found.

pub(crate) mod client;
mod codes;
mod forms;
mod limits;
mod music;
mod recognize;
pub(crate) mod sound;
