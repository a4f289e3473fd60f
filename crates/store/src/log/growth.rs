//! How much log there is since the last checkpoint, and whether that is enough for the next one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

/// How much log there is since the last checkpoint.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    total: AtomicU64,
    covered: AtomicU64,
    due: AtomicBool,
    /// `(position, total)` now and then, to find out how much log a checkpoint covers.
    marks: Mutex<VecDeque<(u64, u64)>>,
}

/// Between two marks there is at least so much log.
const MARK_EVERY: u64 = 1 << 20;

impl Growth {
    pub fn since_checkpoint(&self) -> u64 {
        self.total.load(Ordering::Relaxed).saturating_sub(self.covered.load(Ordering::Relaxed))
    }

    /// Counts a commit that ends at `position`.
    pub fn add(&self, position: u64, bytes: u64) {
        let total = self.total.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let mut marks = self.marks.lock();
        if marks.back().is_none_or(|(_, at)| total >= at + MARK_EVERY) {
            marks.push_back((position, total));
        }
    }

    /// Whether a checkpoint has become due just now.
    pub fn became_due(&self, after: u64) -> bool {
        self.since_checkpoint() >= after && !self.due.swap(true, Ordering::Relaxed)
    }

    pub fn is_due(&self) -> bool {
        self.due.load(Ordering::Relaxed)
    }

    /// A checkpoint covers everything up to `position`.
    pub fn cover(&self, position: u64, is_everything: bool) {
        let mut marks = self.marks.lock();
        let mut covered = self.covered.load(Ordering::Relaxed);
        while let Some((_, total)) = marks.pop_front_if(|(at, _)| *at <= position) {
            covered = covered.max(total);
        }
        if is_everything {
            covered = self.total.load(Ordering::Relaxed);
        }
        self.covered.store(covered, Ordering::Relaxed);
        self.due.store(false, Ordering::Relaxed);
    }
}
