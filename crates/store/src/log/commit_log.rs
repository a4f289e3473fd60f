//! The commit log as a trait: whoever appends to it need not know whether it is a directory, memory, or a replicated log.

use std::sync::Arc;

use super::batch::Batch;
use super::waiters::DurableWaiter;
use crate::error::StoreError;
use crate::position::Position;

/// What one [`CommitLog::drive`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driven {
    /// There was nothing to do.
    Idle,
    /// A commit became durable, or something was made ready for the next ones.
    Worked,
    /// The log cannot be written now, because the device is full or no file can be opened; what was appended is kept.
    Stalled,
}

/// An append-only log of durable facts, and the checkpoint that stands for its beginning.
///
/// State that is made of nothing but the log's records, in their order, can be made again: that is how its owner comes back, and how a
/// replica follows.
pub trait CommitLog: Send + Sync {
    /// Appends all records of a batch in order, empties it, and returns the position of its last record (for an empty batch, of the
    /// last record before). The records are not durable yet: see [`CommitLog::when_durable`].
    ///
    /// # Errors
    /// Nothing was appended, and the batch is as it was: the log has failed for good, is closed, or cannot be written now and keeps as
    /// much as it may.
    fn append(&self, batch: &mut Batch) -> Result<Position, StoreError>;

    /// Position of the last record that was appended.
    fn appended(&self) -> Position;

    /// Position of the last record that is durable.
    fn durable(&self) -> Position;

    /// Whether something that was appended is about to be durable.
    fn is_committing(&self) -> bool {
        self.durable() < self.appended() && self.poisoned().is_none()
    }

    /// Calls `waiter` once: when everything up to `position` is durable, on the thread of whoever made it so, or at once when it is
    /// already; or when the log fails before.
    fn when_durable(&self, position: Position, waiter: Arc<dyn DurableWaiter>);

    /// Waits until everything up to `position` is durable.
    ///
    /// # Errors
    /// The position was never appended, or the log has failed, or cannot be written now. In the last case the records are kept, and
    /// become durable when it can.
    fn wait_durable(&self, position: Position) -> Result<(), StoreError>;

    /// Why the log cannot be written at this time, when that may pass by itself.
    fn stalled(&self) -> Option<StoreError>;

    /// The failure that stopped the log for good, if there was one.
    fn poisoned(&self) -> Option<StoreError>;

    /// Makes a document durable that stands for every record up to `covers`; recovery takes it in their place. Segments that the
    /// document refers to have to be durable before.
    ///
    /// Records after `covers` are replayed on top of the document; when it holds effects of some of them already, applying them again
    /// must do no harm.
    ///
    /// # Errors
    /// The last checkpoint stays, and nothing is lost: `covers` is before that of the last one or was never appended, or the log has
    /// failed, or there is no space.
    fn write_checkpoint(&self, document: &[u8], covers: Position) -> Result<(), StoreError>;

    /// Does one step of the log's work, for a log that leaves that to its caller: simulations, where every step comes in a known order.
    ///
    /// # Errors
    /// The log has failed, or does its work by itself.
    fn drive(&self) -> Result<Driven, StoreError>;

    /// Makes durable what was appended and ends the log. Later calls of [`CommitLog::append`] get [`StoreError::Closed`].
    ///
    /// # Errors
    /// What is not durable may be lost.
    fn close(&self) -> Result<(), StoreError>;
}
