//! Waiting awake for what is about to come.
//!
//! A thread that sleeps has to be woken: that costs whoever wakes it a system call, and takes from 5 µs to, on an idle virtual machine,
//! 50 µs. A message that travels alone pays that several times. A thread that looks again and again instead costs a core. So it looks for
//! a short time only, lets every other thread have the core first, and only while that pays: after waits in vain it sleeps at once
//! for a while.

use std::thread;
use std::time::{Duration, Instant};

/// More credit than this cannot be gained.
const MOST_CREDIT: i32 = 16;
/// What a wait in vain costs; one that is not gains 1.
const PENALTY: i32 = 4;
/// Without credit, so many waits are left out before the next is tried.
const LEFT_OUT: i32 = 64;
/// What follows a commit is waited for so many times as long: a publisher that waits for each confirm sends the next message only when
/// it has been woken itself.
pub(crate) const AFTER_COMMIT: u32 = 3;
/// While something is about to happen, a wait may take so many times as long.
const SOON: u32 = 12;

/// What a thread that waits awake sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// What it waits for.
    Ready,
    /// Something after which what it waits for often comes.
    Soon,
    /// Nothing.
    Unknown,
}

/// Decides whether a thread waits awake before it sleeps, and for how long.
#[derive(Debug)]
pub struct AdaptiveWait {
    longest: Duration,
    credit: i32,
}

impl AdaptiveWait {
    /// One that waits awake for `longest` at most, and for three times that after the last outlook of [`Outlook::Soon`]. With zero it
    /// never does.
    pub fn new(longest: Duration) -> Self {
        Self { longest, credit: 0 }
    }

    /// Waits awake until `look` sees what is waited for, for as long as that is worth it. Then, whether it came or not, it is time to
    /// sleep as if nobody had waited: the caller has to look once more.
    pub fn wait(&mut self, mut look: impl FnMut() -> Outlook) {
        if self.longest.is_zero() {
            return;
        }
        if self.credit < 0 {
            self.credit += 1;
            return;
        }
        let began = Instant::now();
        let latest = began + self.longest * SOON;
        let mut until = began + self.longest;
        loop {
            let outlook = look();
            let now = Instant::now();
            let is_late = now > until;
            match outlook {
                Outlook::Ready => return self.learn(!is_late),
                Outlook::Soon => until = latest.min(now + self.longest * AFTER_COMMIT),
                Outlook::Unknown => {}
            }
            if is_late {
                return self.learn(false);
            }
            thread::yield_now();
        }
    }

    fn learn(&mut self, paid: bool) {
        self.credit = match self.credit {
            credit if paid => (credit + 1).min(MOST_CREDIT),
            credit if credit >= PENALTY => credit - PENALTY,
            _ => -LEFT_OUT,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_nanos(1);

    /// How often a wait looks that never sees anything.
    fn looks(adaptive_wait: &mut AdaptiveWait) -> u32 {
        let mut looks = 0;
        adaptive_wait.wait(|| {
            looks += 1;
            Outlook::Unknown
        });
        looks
    }

    #[test]
    fn waits_until_it_is_there() {
        let mut left = 1000;
        AdaptiveWait::new(LONG).wait(|| {
            left -= 1;
            match left {
                0 => Outlook::Ready,
                left if left % 2 == 0 => Outlook::Soon,
                _ => Outlook::Unknown,
            }
        });
        assert_eq!(left, 0);
    }

    #[test]
    fn does_not_wait_without_time() {
        assert_eq!(looks(&mut AdaptiveWait::new(Duration::ZERO)), 0);
    }

    #[test]
    fn after_a_wait_in_vain_many_are_left_out() {
        let mut adaptive_wait = AdaptiveWait::new(SHORT);
        for _ in 0..3 {
            assert!(looks(&mut adaptive_wait) > 0);
            for _ in 0..LEFT_OUT {
                assert_eq!(looks(&mut adaptive_wait), 0);
            }
        }
    }

    #[test]
    fn waits_that_paid_outweigh_some_in_vain() {
        let mut adaptive_wait = AdaptiveWait::new(LONG);
        for _ in 0..100 {
            adaptive_wait.wait(|| Outlook::Ready);
        }
        adaptive_wait.longest = SHORT;
        for _ in 0..=MOST_CREDIT / PENALTY {
            assert!(looks(&mut adaptive_wait) > 0);
        }
        assert_eq!(looks(&mut adaptive_wait), 0);
    }

    #[test]
    fn what_is_always_about_to_come_is_not_waited_for_without_end() {
        let mut adaptive_wait = AdaptiveWait::new(SHORT);
        adaptive_wait.wait(|| Outlook::Soon);
        assert_eq!(looks(&mut adaptive_wait), 0);
    }
}
