//! Publishes that wait for their confirm: how many, since when, and that each is confirmed once.

use std::collections::VecDeque;

use crate::{Histogram, PerfError};

/// A publish that waits, or that was confirmed before an earlier one.
struct Publish {
    sent_at: u64,
    confirmed: bool,
}

/// The confirms of one channel.
pub struct Confirms {
    window: usize,
    /// Tag of the front of `publishes`.
    first: u64,
    publishes: VecDeque<Publish>,
    waiting: usize,
    /// How long confirms took.
    pub latency: Histogram,
    /// How many publishes were confirmed.
    pub confirmed: u64,
    /// How many the broker refused to confirm.
    pub refused: u64,
}

impl Confirms {
    /// At most this many publishes may wait.
    pub fn new(window: usize) -> Self {
        Self {
            window,
            first: 1,
            publishes: VecDeque::new(),
            waiting: 0,
            latency: Histogram::default(),
            confirmed: 0,
            refused: 0,
        }
    }

    /// How many more may be published.
    pub fn room(&self) -> usize {
        self.window.saturating_sub(self.waiting)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// These were published at that time.
    pub fn sent(&mut self, count: usize, sent_at: u64) {
        self.waiting += count;
        self.publishes.extend((0..count).map(|_| Publish { sent_at, confirmed: false }));
    }

    /// The broker's answer for one tag, or for all up to it.
    pub fn settle(&mut self, tag: u64, multiple: bool, good: bool, now: u64) -> Result<(), PerfError> {
        let unknown =
            || PerfError::Protocol(format!("a confirm for delivery tag {tag}, which waits for none"));
        // Tag 0 with `multiple` is all there are.
        let last = if tag == 0 && multiple {
            self.publishes.len()
        } else {
            let last = tag.checked_sub(self.first).ok_or_else(unknown)? as usize;
            if last >= self.publishes.len() {
                return Err(unknown());
            }
            last + 1
        };
        let from = if multiple { 0 } else { last - 1 };
        let mut settled = 0;
        for publish in self.publishes.range_mut(from..last).filter(|publish| !publish.confirmed) {
            publish.confirmed = true;
            settled += 1;
            if good {
                self.latency.record(now.saturating_sub(publish.sent_at), 1);
            }
        }
        if settled == 0 {
            return Err(unknown());
        }
        self.waiting -= settled;
        *(if good { &mut self.confirmed } else { &mut self.refused }) += settled as u64;
        while self.publishes.front().is_some_and(|publish| publish.confirmed) {
            self.publishes.pop_front();
            self.first += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirms_come_in_any_order_and_each_once() {
        let mut confirms = Confirms::new(5);
        confirms.sent(4, 100);
        assert_eq!(confirms.room(), 1);
        confirms.settle(3, false, true, 150).unwrap();
        assert!(confirms.settle(3, false, true, 150).is_err());
        confirms.settle(2, true, true, 160).unwrap();
        assert_eq!((confirms.room(), confirms.waiting(), confirms.confirmed), (4, 1, 3));
        assert!(confirms.settle(2, true, true, 160).is_err());
        assert!(confirms.settle(5, false, true, 160).is_err());
        confirms.settle(4, false, false, 170).unwrap();
        assert_eq!((confirms.room(), confirms.confirmed, confirms.refused), (5, 3, 1));
        assert_eq!((confirms.latency.count(), confirms.latency.max()), (3, 60));
        confirms.sent(2, 200);
        confirms.settle(0, true, true, 210).unwrap();
        assert_eq!((confirms.waiting(), confirms.confirmed), (0, 5));
    }
}
