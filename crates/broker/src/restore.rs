//! Bringing back what the store kept.
//!
//! Messages and acknowledgements come in the order of the log, which is not quite the order of the queues: sessions
//! append what they did batch by batch. So messages wait in [`Incoming`] until those before them have come, and an
//! acknowledgement may precede its message.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use warren_store::{Position, Record, Recovery, RefusedBecause};

use crate::broker::Broker;
use crate::checkpoint;
use crate::definitions::{Change, VERSION};
use crate::journal::read_delivered_marker;
use crate::logged_message;
use crate::queues::Queue;

/// Messages of one queue that may wait for earlier ones: far more than sessions can have appended out of turn.
const WAITING: usize = 65_536;

/// Applies what the store recovers to a broker that has nothing yet.
pub struct Restore<'b> {
    broker: &'b Broker,
    queues: HashMap<u64, Incoming>,
}

/// A queue that is being restored.
struct Incoming {
    queue: Arc<Queue>,
    /// Messages below this number are in the checkpoint, or were settled before it.
    known_until: u64,
    waiting: BTreeMap<u64, Vec<u8>>,
    /// Settled before the message came.
    settled_early: HashSet<u64>,
}

impl<'b> Restore<'b> {
    /// Nothing is restored yet.
    pub fn new(broker: &'b Broker) -> Self {
        Self { broker, queues: HashMap::new() }
    }

    /// Everything has come. Call it once the store is attached; segments that nothing refers to are deleted.
    pub fn finish(mut self) {
        for incoming in self.queues.values_mut() {
            incoming.place(0);
            incoming.queue.end_restore();
        }
        let Some(store) = self.broker.journal().store() else { return };
        let known = store.segments().queues().unwrap_or_default();
        for queue in known {
            let kept = self.queues.get(&queue).map(|incoming| incoming.queue.segment_numbers());
            let cleaned = match kept {
                None => store.segments().delete_queue(queue),
                Some(kept) => delete_others(store.segments(), queue, &kept),
            };
            if let Err(error) = cleaned {
                tracing::warn!(queue, %error, "segments that are not needed cannot be deleted");
            }
        }
    }

    fn change(&mut self, change: &Change) -> Result<(), RefusedBecause> {
        self.broker.apply(change).map_err(refused)?;
        match change {
            Change::PutQueue(definition) => {
                let vhost = self.broker.vhost(&definition.vhost);
                if let Some(queue) = vhost.and_then(|vhost| vhost.queue(&definition.name).ok()) {
                    self.queues.entry(queue.id).or_insert_with(|| Incoming::new(queue));
                }
            }
            Change::DeleteQueue { id, .. } => drop(self.queues.remove(id)),
            Change::DeleteVhost { name } => self.queues.retain(|_, incoming| *incoming.queue.vhost != **name),
            Change::Reset => self.queues.clear(),
            _ => {}
        }
        Ok(())
    }
}

impl Recovery for Restore<'_> {
    fn checkpoint(&mut self, document: &[u8]) -> Result<(), RefusedBecause> {
        let (definitions, mut input) = checkpoint::read(document)?;
        if definitions.version > VERSION {
            let version = definitions.version;
            return Err(refused(format!(
                "definitions of version {version}, newer than this program's {VERSION}"
            )));
        }
        definitions.changes.iter().try_for_each(|change| self.change(change))?;
        while let Some(id) = input.u64() {
            let queue =
                self.queues.get_mut(&id).ok_or_else(|| refused(format!("messages of unknown queue {id}")))?;
            queue.known_until =
                queue.queue.restore(&mut input).ok_or_else(|| refused("the checkpoint ends too early"))?;
        }
        Ok(())
    }

    fn apply(&mut self, _: Position, record: Record<'_>) -> Result<(), RefusedBecause> {
        match record {
            Record::Metadata(document) => match read_delivered_marker(document) {
                Some((queue, sequence)) => {
                    if let Some(incoming) = self.queues.get(&queue) {
                        incoming.queue.restore_delivered(sequence);
                    }
                }
                None => self.change(&serde_json::from_slice(document).map_err(refused)?)?,
            },
            Record::Message { targets, payload } => {
                for (queue, sequence) in targets.iter() {
                    if let Some(incoming) = self.queues.get_mut(&queue) {
                        incoming.message(sequence, payload);
                    }
                }
            }
            Record::Settled { queue, ranges } => {
                if let Some(incoming) = self.queues.get_mut(&queue) {
                    ranges.iter().for_each(|(first, last)| incoming.settled(first, last));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Incoming {
    fn new(queue: Arc<Queue>) -> Self {
        Self { queue, known_until: 0, waiting: BTreeMap::new(), settled_early: HashSet::new() }
    }

    fn message(&mut self, sequence: u64, payload: &[u8]) {
        if sequence < self.known_until || self.settled_early.remove(&sequence) {
            return;
        }
        self.waiting.insert(sequence, payload.to_vec());
        if self.waiting.len() > WAITING {
            self.place(WAITING / 2);
        }
    }

    /// Moves messages into the queue until only `keep` wait.
    fn place(&mut self, keep: usize) {
        while self.waiting.len() > keep {
            let Some((sequence, payload)) = self.waiting.pop_first() else { return };
            match logged_message::read(&payload) {
                Some(message) => self.queue.restore_message(&message, sequence),
                None => {
                    tracing::error!(queue = %self.queue.name, sequence, "a logged message cannot be read")
                }
            }
        }
    }

    fn settled(&mut self, first: u64, last: u64) {
        let waiting: Vec<u64> = self.waiting.range(first..=last).map(|(sequence, _)| *sequence).collect();
        waiting.iter().for_each(|sequence| drop(self.waiting.remove(sequence)));
        let found = self.queue.restore_settled(first, last) + waiting.len() as u64;
        let count = last.saturating_sub(first).saturating_add(1);
        if found < count && last >= self.known_until {
            // Their messages are yet to come, or went by long ago; the latter costs a little memory until the end.
            let early = (first.max(self.known_until)..=last).filter(|sequence| !waiting.contains(sequence));
            self.settled_early.extend(early.take(WAITING));
        }
    }
}

fn delete_others(
    segments: &warren_store::Segments,
    queue: u64,
    kept: &HashSet<u32>,
) -> Result<(), warren_store::StoreError> {
    for info in segments.list(queue)? {
        if u32::try_from(info.segment).is_ok_and(|number| !kept.contains(&number)) {
            segments.delete(queue, info.segment)?;
        }
    }
    Ok(())
}

fn refused(why: impl ToString) -> RefusedBecause {
    RefusedBecause::from(why.to_string())
}
