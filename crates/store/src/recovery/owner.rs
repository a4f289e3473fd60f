//! Who takes the data back.

use std::sync::Arc;

use crate::error::RefusedBecause;
use crate::log::Record;
use crate::position::Position;
use crate::segments::Segments;

/// The owner of the data, who takes it back when a store is opened.
pub trait Recovery {
    /// Called first, and at once for a new store: from here on segments can be read and written, so that the owner need
    /// not hold in memory what it recovers.
    fn begin(&mut self, segments: &Arc<Segments>) {
        let _ = segments;
    }
    /// Takes the document of the newest checkpoint; called at most once, before any record.
    fn checkpoint(&mut self, document: &[u8]) -> Result<(), RefusedBecause>;
    /// Takes the next record after the checkpoint, in the order of the log.
    fn apply(&mut self, position: Position, record: Record<'_>) -> Result<(), RefusedBecause>;
}
