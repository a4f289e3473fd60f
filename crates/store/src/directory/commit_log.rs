//! The store as a commit log.

use std::sync::Arc;

use super::store::Store;
use crate::error::StoreError;
use crate::log::{Batch, CommitLog, Driven, DurableWaiter};
use crate::position::Position;

impl CommitLog for Store {
    fn append(&self, batch: &mut Batch) -> Result<Position, StoreError> {
        Self::append(self, batch)
    }

    fn appended(&self) -> Position {
        Self::appended(self)
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

    fn stalled(&self) -> Option<StoreError> {
        Self::stalled(self)
    }

    fn poisoned(&self) -> Option<StoreError> {
        Self::poisoned(self)
    }

    fn write_checkpoint(&self, document: &[u8], covers: Position) -> Result<(), StoreError> {
        Self::write_checkpoint(self, document, covers)
    }

    fn drive(&self) -> Result<Driven, StoreError> {
        Self::drive(self)
    }

    fn close(&self) -> Result<(), StoreError> {
        Self::close(self)
    }
}
