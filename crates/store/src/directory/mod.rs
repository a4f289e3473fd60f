//! A data directory: how it is opened, and the store that it then is.

mod checkpointing;
mod commit_log;
mod driving;
mod open;
mod store;

pub use open::open;
pub use store::Store;
