//! An owner of a store's data that remembers what recovery gave it.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use warren_store::{
    Batch, DurableWaiter, Options, Position, RealFs, Record, Recovery, RecoveryReport, RefusedBecause, Store,
    StoreError, open,
};

/// What recovery gave.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Owner {
    pub document: Option<Vec<u8>>,
    pub records: Vec<(u64, Owned)>,
}

/// A record with its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owned {
    Metadata(Vec<u8>),
    Message(Vec<(u64, u64)>, Vec<u8>),
    Settled(u64, Vec<(u64, u64)>),
    Mark(u64),
}

impl Owned {
    pub fn of(record: &Record<'_>) -> Self {
        match record {
            Record::Metadata(document) => Self::Metadata(document.to_vec()),
            Record::Message { targets, payload } => Self::Message(targets.iter().collect(), payload.to_vec()),
            Record::Settled { queue, ranges } => Self::Settled(*queue, ranges.iter().collect()),
            Record::CheckpointMark { covers } => Self::Mark(covers.get()),
            other => panic!("unexpected record {other:?}"),
        }
    }

    /// Adds the record to a batch; marks are the store's own.
    pub fn push(&self, batch: &mut Batch) {
        match self {
            Self::Metadata(document) => batch.push_metadata(document).unwrap(),
            Self::Message(targets, payload) => batch.push_message(targets, &[payload]).unwrap(),
            Self::Settled(queue, ranges) => batch.push_settled(*queue, ranges).unwrap(),
            Self::Mark(_) => unreachable!("only the store writes marks"),
        }
    }
}

impl Recovery for Owner {
    fn checkpoint(&mut self, document: &[u8]) -> Result<(), RefusedBecause> {
        assert!(self.document.is_none() && self.records.is_empty());
        self.document = Some(document.to_vec());
        Ok(())
    }

    fn apply(&mut self, position: Position, record: Record<'_>) -> Result<(), RefusedBecause> {
        self.records.push((position.get(), Owned::of(&record)));
        Ok(())
    }
}

impl Owner {
    /// The records without the store's own marks.
    pub fn facts(&self) -> Vec<Owned> {
        self.records
            .iter()
            .map(|(_, record)| record)
            .filter(|record| !matches!(record, Owned::Mark(_)))
            .cloned()
            .collect()
    }
}

/// Opens a real directory.
pub fn reopen(directory: &Path, options: Options) -> Result<(Store, Owner, RecoveryReport), StoreError> {
    let mut owner = Owner::default();
    let (store, report) = open(directory, Arc::new(RealFs), options, &mut owner)?;
    Ok((store, owner, report))
}

/// Remembers the calls that it got.
#[derive(Default)]
pub struct Calls {
    pub durable: Mutex<Vec<u64>>,
    pub failed: Mutex<Vec<StoreError>>,
}

impl DurableWaiter for Calls {
    fn durable(&self, position: Position) {
        self.durable.lock().push(position.get());
    }

    fn failed(&self, error: &StoreError) {
        self.failed.lock().push(error.clone());
    }
}

pub fn metadata(text: &str) -> Batch {
    let mut batch = Batch::new();
    batch.push_metadata(text.as_bytes()).unwrap();
    batch
}
