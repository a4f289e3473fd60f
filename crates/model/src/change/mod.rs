//! What is known for good besides messages, as documents: one for each change, and one of everything.

mod definitions;
mod kinds;

use serde::{Deserialize, Serialize};

pub use definitions::{BindingDefinition, ExchangeDefinition, QueueDefinition, VHostDefinition};
pub use kinds::Change;

/// Version of the documents; a higher one is refused.
pub const VERSION: u32 = 1;

/// Everything that the broker keeps besides messages: a sequence of changes that makes it from nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Definitions {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// The changes, in an order in which they can be applied.
    pub changes: Vec<Change>,
}
