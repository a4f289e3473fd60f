//! The pace of a producer: when each of its messages is due.

use std::time::Duration;

/// A rate, counted from the start of a run. Whoever falls behind may catch up.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    per_second: f64,
}

impl Pace {
    /// So many messages a second, which is more than nought.
    pub fn new(per_second: f64) -> Self {
        Self { per_second }
    }

    /// How many messages may have been sent after this time; the first one is due at once.
    pub fn due_after(self, elapsed: Duration) -> u64 {
        (elapsed.as_secs_f64() * self.per_second) as u64 + 1
    }

    /// How long after the start the message with this number is due; the first one has number 0.
    pub fn due_at(self, number: u64) -> Duration {
        Duration::try_from_secs_f64(number as f64 / self.per_second).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_due_one_by_one_from_the_start_on() {
        let pace = Pace::new(4.0);
        let due: Vec<u64> =
            [0, 249, 250, 499, 500, 10_000].map(|at| pace.due_after(Duration::from_millis(at))).to_vec();
        assert_eq!(due, [1, 1, 2, 2, 3, 41]);
        for number in 0..100 {
            let at = pace.due_at(number);
            assert_eq!((at, pace.due_after(at)), (Duration::from_millis(250 * number), number + 1));
        }
    }

    #[test]
    fn a_message_that_is_due_in_ages_is_waited_for() {
        assert_eq!(Pace::new(f64::MIN_POSITIVE).due_at(u64::MAX), Duration::MAX);
        assert_eq!(Pace::new(f64::MIN_POSITIVE).due_after(Duration::from_secs(60)), 1);
    }
}
