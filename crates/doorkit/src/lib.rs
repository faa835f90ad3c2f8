//! What the tests of the doors share; a dev-dependency, and nothing of it is in the binary.

mod dice;
mod form;
mod operation;
mod work;
mod world;

pub use dice::Dice;
pub use form::form_body;
pub use operation::Operation;
pub use work::settle;
pub use world::{Fuse, StoppedClock};
