//! Bringing back what the store kept.

use warren_store::{Position, Record, Recovery};

use crate::broker::Broker;
use crate::definitions::{Change, Definitions, VERSION};

/// Applies what the store recovers to a broker that has nothing yet.
pub struct Restore<'b> {
    /// The broker.
    pub broker: &'b Broker,
}
