//! The commit log as a trait: whoever appends to it need not know whether it is a local file or a replicated log.

use std::sync::Arc;

use super::batch::Batch;
use super::waiters::DurableWaiter;
use crate::directory::Store;
use crate::error::StoreError;
use crate::position::Position;

/// An append-only log of durable facts.
pub trait CommitLog: Send + Sync {
    /// See [`Store::append`].
    fn append(&self, batch: &mut Batch) -> Result<Position, StoreError>;
    /// See [`Store::durable`].
    fn durable(&self) -> Position;
    /// See [`Store::when_durable`].
    fn when_durable(&self, position: Position, waiter: Arc<dyn DurableWaiter>);
    /// See [`Store::wait_durable`].
    fn wait_durable(&self, position: Position) -> Result<(), StoreError>;
}

impl CommitLog for Store {
    fn append(&self, batch: &mut Batch) -> Result<Position, StoreError> {
        Self::append(self, batch)
    }

    fn durable(&self) -> Position {
        Self::durable(self)
    }

    fn when_durable(&self, position: Position, waiter: Arc<dyn DurableWaiter>) {
        Self::when_durable(self, position, waiter);
    }

    fn wait_durable(&self, position: Position) -> Result<(), StoreError> {
        Self::wait_durable(self, position)
    }
}
