//! When to send a heartbeat, and when a silent peer counts as dead (specification 4.2.7, RabbitMQ's heartbeat guide).
//!
//! Time is passed in as milliseconds of any clock that does not go backwards.

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing before `wait` milliseconds have passed.
    Idle {
        /// Milliseconds.
        wait: u64,
    },
    /// Send [`crate::constants::HEARTBEAT_FRAME`], and say so with [`Heartbeat::note_out`].
    SendHeartbeat,
    /// Two intervals have passed without an octet from the peer: close the socket.
    PeerDead,
}

/// The heartbeat of one connection. Any traffic counts as a sign of life, in either direction.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    /// Milliseconds; 0 is no heartbeat at all.
    interval: u64,
    last_in: u64,
    last_out: u64,
}

impl Heartbeat {
    /// A heartbeat of the negotiated interval in seconds, counted from `now` on; 0 seconds is none.
    pub fn new(interval_seconds: u16, now: u64) -> Self {
        Heartbeat { interval: u64::from(interval_seconds) * 1000, last_in: now, last_out: now }
    }

    /// Whether there is a heartbeat at all. If not, [`Heartbeat::poll`] waits for ever.
    pub fn is_enabled(&self) -> bool {
        self.interval != 0
    }

    /// Octets came from the peer.
    pub fn note_in(&mut self, now: u64) {
        self.last_in = self.last_in.max(now);
    }

    /// Octets went to the peer.
    pub fn note_out(&mut self, now: u64) {
        self.last_out = self.last_out.max(now);
    }

    /// What is due now. A heartbeat is sent after half an interval without other traffic, so that one that is late does not count as
    /// missed; the peer is dead after two intervals of silence.
    pub fn poll(&self, now: u64) -> Action {
        if !self.is_enabled() {
            return Action::Idle { wait: u64::MAX };
        }
        let dead = (self.last_in + 2 * self.interval).saturating_sub(now);
        let send = (self.last_out + self.interval / 2).saturating_sub(now);
        match (dead, send) {
            (0, _) => Action::PeerDead,
            (_, 0) => Action::SendHeartbeat,
            _ => Action::Idle { wait: dead.min(send) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_at_half_the_interval_of_silence() {
        let mut h = Heartbeat::new(10, 1000);
        assert_eq!(h.poll(1000), Action::Idle { wait: 5000 });
        assert_eq!(h.poll(5999), Action::Idle { wait: 1 });
        assert_eq!(h.poll(6000), Action::SendHeartbeat);
        h.note_out(6000);
        assert_eq!(h.poll(6000), Action::Idle { wait: 5000 });
    }

    #[test]
    fn the_peer_is_dead_after_two_silent_intervals() {
        let mut h = Heartbeat::new(10, 0);
        h.note_out(19_000);
        assert_eq!(h.poll(19_999), Action::Idle { wait: 1 });
        assert_eq!(h.poll(20_000), Action::PeerDead);
        h.note_in(20_000);
        assert_eq!(h.poll(20_000), Action::Idle { wait: 4000 });
        h.note_in(3);
        assert_eq!(h.poll(39_000), Action::SendHeartbeat);
        assert_eq!(h.poll(40_000), Action::PeerDead);
    }

    #[test]
    fn an_interval_of_nought_is_none() {
        let h = Heartbeat::new(0, 5);
        assert!(!h.is_enabled());
        assert_eq!(h.poll(u64::MAX), Action::Idle { wait: u64::MAX });
    }
}
