//! How much there is.

use std::sync::atomic::AtomicU64;

/// How much there is in all virtual hosts together.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Queues.
    pub(crate) queues: AtomicU64,
    /// Exchanges, with those that are there from the beginning.
    pub(crate) exchanges: AtomicU64,
}
