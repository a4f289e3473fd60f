//! The time that the broker goes by. It has no clock of its own: whoever drives it says what time it is.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Milliseconds since 1970, as far as the broker was told.
#[derive(Debug, Default)]
pub struct Clock(AtomicU64);

impl Clock {
    /// The time.
    pub fn now(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// It is `now`, or later: time never goes back. Call it ahead of each batch of work.
    pub fn advance(&self, now: u64) {
        // Most batches begin in the millisecond of an earlier one, and need not write what others read.
        if now > self.now() {
            self.0.fetch_max(now, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_back() {
        let clock = Clock::default();
        clock.advance(10);
        clock.advance(7);
        assert_eq!(clock.now(), 10);
    }
}
