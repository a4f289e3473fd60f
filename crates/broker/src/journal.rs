//! Where changes are written before they are answered.

use std::sync::{Arc, OnceLock};

use warren_store::{Batch, CommitLog, Position, Segments};

use crate::queues::Count;
use warren_model::change::Change;
use warren_model::error::Error;

/// A result that counts once the log is durable up to `position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "what depends on the log must wait for it"]
pub struct Durable<T> {
    /// The result.
    pub value: T,
    /// What to wait for; `None` if nothing was written.
    pub position: Option<Position>,
}

impl<T> Durable<T> {
    /// A result that needs no waiting.
    pub fn now(value: T) -> Self {
        Self { value, position: None }
    }

    /// The same wait for another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Durable<U> {
        Durable { value: f(self.value), position: self.position }
    }
}

/// The broker's way to the log. Without a store (while it is read back, or in a node for tests) everything counts as
/// durable.
#[derive(Clone, Default)]
pub struct Journal {
    store: Arc<OnceLock<Arc<dyn CommitLog>>>,
    segments: Arc<OnceLock<Arc<Segments>>>,
}

impl Journal {
    /// From now on changes are written to `store`; only the first one counts.
    pub fn attach(&self, store: Arc<dyn CommitLog>, segments: &Arc<Segments>) {
        self.attach_segments(segments);
        let _ = self.store.set(store);
    }

    /// From now on messages can be moved to these segments; only the first call counts. Recovery has them before there
    /// is a store.
    pub fn attach_segments(&self, segments: &Arc<Segments>) {
        let _ = self.segments.set(Arc::clone(segments));
    }

    /// The segments, if there are any.
    pub fn segments(&self) -> Option<&Arc<Segments>> {
        self.segments.get()
    }

    /// The store, if there is one.
    pub fn store(&self) -> Option<&Arc<dyn CommitLog>> {
        self.store.get()
    }

    /// Whether changes can be made durable: ask before making one in memory.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if the store has failed.
    pub fn check(&self) -> Result<(), Error> {
        match self.store().and_then(|store| store.poisoned()) {
            Some(error) => Err(Error::internal(&error.to_string())),
            None => Ok(()),
        }
    }

    /// Writes those of the changes that outlive the node, in their order and in one batch. Call it with the lock held under which
    /// they are decided and made, so that the log has them in the same order.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if the store has failed: nothing more can be made durable.
    pub fn record(&self, changes: &[Change]) -> Result<Durable<()>, Error> {
        let changes: Vec<_> = changes.iter().filter(|change| change.is_durable()).collect();
        let Some(store) = self.store.get().filter(|_| !changes.is_empty()) else {
            return Ok(Durable::now(()));
        };
        let mut batch = Batch::default();
        for change in changes {
            let document = serde_json::to_vec(change).map_err(|error| Error::internal(&error.to_string()))?;
            batch.push_metadata(&document).map_err(|error| Error::internal(&error.to_string()))?;
        }
        let position = store.append(&mut batch).map_err(|error| Error::internal(&error.to_string()))?;
        Ok(Durable { value: (), position: Some(position) })
    }
}

/// First byte of a marker of deliveries, which no JSON document begins with.
const DELIVERED: u8 = 1;

/// The metadata record that says: messages of `queue` up to `sequence` were delivered.
pub(crate) fn delivered_marker(queue: u64, sequence: u64) -> [u8; 17] {
    let mut marker = [DELIVERED; 17];
    let fields = queue.to_le_bytes().into_iter().chain(sequence.to_le_bytes());
    marker.iter_mut().skip(1).zip(fields).for_each(|(to, from)| *to = from);
    marker
}

/// First byte of a record of how often a message came back.
const RETURNED: u8 = 2;

/// The metadata record that says how often a message of `queue` came back.
pub(crate) fn returned_marker(queue: u64, sequence: u64, count: Count) -> [u8; 25] {
    let mut marker = [RETURNED; 25];
    let numbers = queue.to_le_bytes().into_iter().chain(sequence.to_le_bytes());
    let counts = count.failed.to_le_bytes().into_iter().chain(count.acquired.to_le_bytes());
    marker.iter_mut().skip(1).zip(numbers.chain(counts)).for_each(|(to, from)| *to = from);
    marker
}

/// Queue, sequence number and counts of such a record; `None` for any other.
pub(crate) fn read_returned_marker(record: &[u8]) -> Option<(u64, u64, Count)> {
    let (&RETURNED, fields) = record.split_first()? else { return None };
    let (queue, rest) = fields.split_first_chunk()?;
    let (sequence, rest) = rest.split_first_chunk()?;
    let (failed, rest) = rest.split_first_chunk()?;
    let count =
        Count { failed: u32::from_le_bytes(*failed), acquired: u32::from_le_bytes(rest.try_into().ok()?) };
    Some((u64::from_le_bytes(*queue), u64::from_le_bytes(*sequence), count))
}

/// Queue and sequence number of a marker of deliveries; `None` for any other record.
pub(crate) fn read_delivered_marker(record: &[u8]) -> Option<(u64, u64)> {
    let (&DELIVERED, fields) = record.split_first()? else { return None };
    let (queue, sequence) = fields.split_first_chunk()?;
    Some((u64::from_le_bytes(*queue), u64::from_le_bytes(sequence.try_into().ok()?)))
}
