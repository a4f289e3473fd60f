//! What waits for a client changes hands: appended by whoever answers, taken by whoever sends.

use crate::core::Core;
use crate::{Cases, Work};

/// How often a round flushes.
const TIMES: u64 = 100;

pub(crate) const CASES: Cases = &[("outbox/flush", TIMES, || Box::new(Flush(Core::new())))];

/// One small answer for each flush: what a flush costs that has no company.
struct Flush(Core);

impl Work for Flush {
    fn round(&mut self) {
        for _ in 0..TIMES {
            self.0.answer();
            assert!(self.0.flush() > 0);
        }
    }
}
