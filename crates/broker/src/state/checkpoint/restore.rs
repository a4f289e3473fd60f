//! Bringing back what the store kept.
//!
//! Messages and acknowledgements come in the order of the log, which is not quite the order of the queues: each queue
//! that is being restored is an [`Incoming`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use warren_store::{LeftOut, Position, Record, Recovery, RefusedBecause, Segments, StoreError};

use super::document;
use super::queue_recovery::Incoming;
use crate::log::{read_delivered_marker, read_returned_marker};
use crate::state::apply::Aftermath;
use crate::state::node::broker::Broker;
use warren_model::change::{Change, VERSION};

/// Applies what the store recovers to a broker that has nothing yet.
pub struct Restore<'b> {
    broker: &'b Broker,
    queues: HashMap<u64, Incoming>,
}

impl<'b> Restore<'b> {
    /// Nothing is restored yet.
    pub fn new(broker: &'b Broker) -> Self {
        Self { broker, queues: HashMap::new() }
    }

    /// Everything has come. Call it once the store is attached; segments that nothing refers to are deleted.
    /// `left_out` is what a salvage left out.
    ///
    /// # Errors
    /// A segment that messages lie in is lost, and no salvage was asked for.
    pub fn finish(mut self, salvage: bool, left_out: &[LeftOut]) -> Result<(), StoreError> {
        self.queues.values_mut().for_each(Incoming::end);
        self.check_segments(salvage, left_out)?;
        self.broker.vhosts().iter().for_each(|vhost| vhost.exchanges_restored());
        Ok(())
    }

    fn check_segments(&self, salvage: bool, left_out: &[LeftOut]) -> Result<(), StoreError> {
        let Some(segments) = self.broker.log_handle().segments() else { return Ok(()) };
        for (&queue, incoming) in &self.queues {
            let kept = incoming.queue().segment_numbers();
            let found = segments.list(queue)?;
            let found: HashSet<u64> = found.iter().map(|info| info.segment).collect();
            for number in kept.difference(&found).copied() {
                if !salvage {
                    let path = segments.path(queue, number);
                    return Err(StoreError::Corrupt {
                        path,
                        offset: 0,
                        reason: "the segment is missing".into(),
                    });
                }
                let messages = incoming.queue().drop_segment(number);
                let damaged = left_out.iter().any(|left| left.segment == Some((queue, number)));
                let name = &incoming.queue().name;
                tracing::warn!(queue = %name, segment = number, messages, damaged, "left the messages of a lost segment out");
            }
            for number in found.difference(&kept).copied() {
                delete(&**segments, queue, number);
            }
        }
        for queue in segments.queues()?.into_iter().filter(|queue| !self.queues.contains_key(queue)) {
            if let Err(error) = segments.delete_queue(queue) {
                tracing::warn!(queue, %error, "segments that are not needed cannot be deleted");
            }
        }
        // They are deleted already.
        self.broker.page_memory().take_condemned();
        self.queues.values().for_each(|incoming| incoming.queue().relieve());
        self.broker.refresh_policies();
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), RefusedBecause> {
        let mut aftermath = Aftermath::default();
        self.broker.apply(change, &mut aftermath);
        aftermath.finish(self.broker.log_handle());
        if let Some(vhost) = change.policies_of().and_then(|name| self.broker.vhost(name)) {
            vhost.restore_policies();
        }
        match change {
            Change::PutQueue(definition) => {
                let vhost = self.broker.vhost(&definition.vhost);
                if let Some(queue) = vhost.and_then(|vhost| vhost.queue(&definition.name).ok()) {
                    self.queues.entry(queue.id).or_insert_with(|| Incoming::new(queue));
                }
            }
            Change::DeleteQueue { id, .. } => drop(self.queues.remove(id)),
            Change::PutExchange(definition) => {
                let vhost = self.broker.vhost(&definition.vhost);
                if let Some(queue) = vhost.and_then(|vhost| vhost.exchange_store(&definition.name)) {
                    self.queues.entry(queue.id).or_insert_with(|| Incoming::new(queue));
                }
            }
            Change::DeleteExchange { store: Some(id), .. } => drop(self.queues.remove(id)),
            Change::DeleteVhost { name } => {
                self.queues.retain(|_, incoming| *incoming.queue().vhost != **name)
            }
            Change::Reset => self.queues.clear(),
            _ => {}
        }
        Ok(())
    }
}

impl Restore<'_> {
    fn metadata(&mut self, document: &[u8]) -> Result<(), RefusedBecause> {
        if let Some((queue, sequence)) = read_delivered_marker(document) {
            if let Some(incoming) = self.queues.get_mut(&queue) {
                incoming.delivered(sequence);
            }
        } else if let Some((queue, sequence, count)) = read_returned_marker(document) {
            if let Some(incoming) = self.queues.get_mut(&queue) {
                incoming.returned(sequence, count);
            }
        } else {
            self.change(&serde_json::from_slice(document).map_err(refused)?)?;
        }
        Ok(())
    }
}

impl Recovery for Restore<'_> {
    fn begin(&mut self, segments: &Arc<Segments>) {
        self.broker.log_handle().attach_segments(segments);
    }

    fn checkpoint(&mut self, document: &[u8]) -> Result<(), RefusedBecause> {
        let (definitions, mut input, version) = document::read(document)?;
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
            queue.checkpoint(&mut input, version).ok_or_else(|| refused("the checkpoint ends too early"))?;
        }
        Ok(())
    }

    fn apply(&mut self, _: Position, record: Record<'_>) -> Result<(), RefusedBecause> {
        match record {
            Record::Metadata(document) => self.metadata(document)?,
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

fn delete(segments: &Segments, queue: u64, number: u64) {
    if let Err(error) = segments.delete(queue, number) {
        tracing::warn!(queue, segment = number, %error, "a segment that is not needed cannot be deleted");
    }
}

fn refused(why: impl ToString) -> RefusedBecause {
    RefusedBecause::from(why.to_string())
}
