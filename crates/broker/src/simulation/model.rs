//! What is known of every message in every queue, from what clients were told.

use std::collections::BTreeMap;

use warren_store::Position;

/// A message in a queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) persistent: bool,
    /// The publisher was told that it is safe.
    pub(super) promised: bool,
    /// It is out for delivery.
    pub(super) out: bool,
    /// It was delivered, and where that is in the log.
    pub(super) delivered: bool,
    pub(super) delivery_logged: Option<Position>,
    /// It was settled, and where that is in the log.
    pub(super) settled: bool,
    pub(super) settlement_logged: Option<Position>,
}

/// A message that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: u64,
    pub(super) redelivered: bool,
}

/// The messages of a queue in the order of their publication.
#[derive(Debug, Default)]
pub(super) struct QueueModel {
    pub(super) entries: Vec<Entry>,
    /// Deliveries since the queue was made or restored that were marked as not the first.
    pub(super) redelivered: u64,
}

impl QueueModel {
    pub(super) fn publish(&mut self, id: u64, persistent: bool) {
        self.entries.push(Entry {
            id,
            persistent,
            promised: false,
            out: false,
            delivered: false,
            delivery_logged: None,
            settled: false,
            settlement_logged: None,
        });
    }

    pub(super) fn entry(&mut self, id: u64) -> Option<&mut Entry> {
        let at = self.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.entries.get_mut(at)
    }

    /// A message is delivered: it must be the first that can be. Whether this is its first delivery, the one that the
    /// log hears of.
    pub(super) fn deliver(&mut self, id: u64, redelivered: bool) -> bool {
        let next = self.entries.iter_mut().find(|entry| !entry.out && !entry.settled);
        let next = next.unwrap_or_else(|| panic!("message {id} is delivered, and there is none"));
        assert_eq!(next.id, id, "another message was delivered than the first one");
        assert!(redelivered || !next.delivered, "message {id} was delivered before and is not marked");
        next.out = true;
        self.redelivered += u64::from(redelivered);
        !std::mem::replace(&mut next.delivered, true)
    }

    pub(super) fn ready(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.out && !entry.settled).count()
    }

    pub(super) fn out(&self) -> usize {
        self.entries.iter().filter(|entry| entry.out).count()
    }

    /// Holds what came back against what had to, and may have. `durable` is how far the log was.
    pub(super) fn check(&self, name: &str, found: &[Found], durable: Position, clean: bool) {
        let known: BTreeMap<u64, &Entry> = self.entries.iter().map(|entry| (entry.id, entry)).collect();
        for pair in found.windows(2) {
            assert!(pair[0].id < pair[1].id, "{name}: {} came before {}", pair[0].id, pair[1].id);
        }
        let is_logged = |position: Option<Position>| position.is_some_and(|at| at <= durable);
        let last_delivered = self.entries.iter().filter(|entry| entry.delivered).map(|entry| entry.id).max();
        for Found { id, redelivered } in found {
            let entry = known.get(id).unwrap_or_else(|| panic!("{name}: {id} came from nowhere"));
            assert!(entry.persistent, "{name}: transient message {id} came back");
            let gone = entry.settled && (clean || is_logged(entry.settlement_logged));
            assert!(!gone, "{name}: message {id} was settled for good and came back: {entry:?}");
            let marked = clean && entry.delivered || is_logged(entry.delivery_logged);
            assert!(*redelivered || !marked, "{name}: message {id} was delivered and is not marked");
            assert!(!redelivered || Some(*id) <= last_delivered, "{name}: message {id} was never delivered");
        }
        for entry in &self.entries {
            let must = entry.persistent && !entry.settled && (entry.promised || clean);
            let there = found.binary_search_by_key(&entry.id, |found| found.id).is_ok();
            assert!(there || !must, "{name}: message {} is lost: {entry:?}", entry.id);
        }
    }

    /// What came back is what there is; it is as safe as anything confirmed.
    pub(super) fn restart(&mut self, found: &[Found]) {
        self.entries.clear();
        // To find them, each was fetched.
        self.redelivered = found.iter().filter(|found| found.redelivered).count() as u64;
        for Found { id, .. } in found {
            self.publish(*id, true);
            if let Some(entry) = self.entry(*id) {
                (entry.promised, entry.delivered) = (true, true);
            }
        }
    }
}
