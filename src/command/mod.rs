//! What a command is, and what many of them share. The commands themselves are in [`crate::commands`].

pub mod columns;
pub mod document;
mod entry;
mod heading;
pub mod missing;
mod run;
pub mod suggestions;

pub use entry::Entry;
pub use heading::Heading;
pub use run::Run;
