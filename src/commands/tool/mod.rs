//! Commands about the tool itself; they need no node.

mod completions;
mod help;
mod man;
mod version;

pub use completions::Completions;
pub use help::Help;
pub use man::Man;
pub use version::Version;
