//! What a log in memory holds.

use std::sync::Arc;

use crate::error::StoreError;
use crate::log::{Batch, RawRecord, Record};
use crate::position::Position;

/// The records of one append. They are durable together.
#[derive(Debug)]
pub(super) struct Appended {
    /// Sequence number of the first one.
    pub first: u64,
    /// Sequence number of the last one.
    pub last: u64,
    /// The records as they would lie in a commit.
    bytes: Box<[u8]>,
}

impl Appended {
    /// Length of the records, in bytes.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Calls `visit` with each record in its order, as recovery would.
    pub fn visit(
        &self,
        mut visit: impl FnMut(Position, Record<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut rest = &*self.bytes;
        for sequence in self.first..=self.last {
            let Some((raw, after)) = RawRecord::split(rest) else { break };
            if let Some(record) = Record::decode(raw.kind, raw.payload) {
                visit(Position::new(sequence), record)?;
            }
            rest = after;
        }
        Ok(())
    }
}

/// A document, and the last record that it stands for.
#[derive(Debug, Clone)]
pub(super) struct Checkpoint {
    pub covers: Position,
    pub document: Arc<[u8]>,
}

/// Everything that was appended, and what is durable of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Records {
    /// Every append in order, also what the checkpoint stands for: a test may want to see that it does.
    pub appends: Vec<Arc<Appended>>,
    /// Position of the last record that is durable; the end of an append.
    pub durable: Position,
    pub checkpoint: Option<Checkpoint>,
}

impl Records {
    /// Position of the last record.
    pub fn last(&self) -> Position {
        Position::new(self.appends.last().map_or(0, |append| append.last))
    }

    /// Position up to which the checkpoint stands for the log.
    pub fn covers(&self) -> Position {
        self.checkpoint.as_ref().map_or(Position::START, |checkpoint| checkpoint.covers)
    }

    /// Takes what a batch holds, which must be something, and returns the position of its last record.
    pub fn push(&mut self, batch: &mut Batch) -> Position {
        let first = self.last().get() + 1;
        let last = first + u64::from(batch.count()) - 1;
        self.appends.push(Arc::new(Appended { first, last, bytes: batch.seal(0, first).into() }));
        batch.clear();
        Position::new(last)
    }

    /// Everything is durable.
    pub fn sync(&mut self) {
        self.durable = self.last();
    }

    /// What is left after a crash: all that was durable, and of the rest what was appended up to `last`.
    pub fn survivors(&self, last: Position) -> Self {
        let last = last.max(self.durable);
        let appends = self.appends.iter().take_while(|append| append.last <= last.get());
        let mut left = Self {
            appends: appends.cloned().collect(),
            durable: Position::START,
            checkpoint: self.checkpoint.clone(),
        };
        left.sync();
        left
    }
}
