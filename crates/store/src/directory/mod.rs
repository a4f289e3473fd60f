//! A data directory: how it is opened, and the store that it then is.

mod open;
mod store;

pub use open::open;
pub use store::{Driven, Store};
