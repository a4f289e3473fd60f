//! A message in the core: into a queue and out of it again, or past it to a consumer.

use crate::core::Core;
use crate::{Cases, Work};

/// As many messages as about two reads of 64 KiB bring.
const MESSAGES: u64 = 1024;
/// How many messages go one by one in a round.
const SINGLES: u64 = 200;
/// Octets of a delivery: method frame, header frame, body frame.
const DELIVERY: usize = 42 + 22 + 24;

pub(crate) const CASES: Cases = &[
    ("queue/push", MESSAGES, || Box::new(Push(Core::new()))),
    ("queue/pop", MESSAGES, || Box::new(Pop(Core::new()))),
    ("deliver/auto-ack", MESSAGES, || Box::new(Deliver(Core::new().consume(true)))),
    ("deliver/manual-ack", MESSAGES, || Box::new(DeliverAndAck(Core::new().consume(false)))),
    ("deliver/rested", MESSAGES, || Box::new(DeliverAndAck::rested())),
    ("deliver/one-by-one", SINGLES, || Box::new(OneByOne(Core::new().consume(true)))),
];

/// Publishes that rest.
struct Push(Core);

impl Work for Push {
    fn round(&mut self) {
        self.0.publish(MESSAGES);
    }

    fn rest(&mut self) {
        assert_eq!(self.0.purge(), MESSAGES);
    }
}

/// `basic.get` of what rests.
struct Pop(Core);

impl Work for Pop {
    fn round(&mut self) {
        self.0.get(MESSAGES);
    }

    fn rest(&mut self) {
        self.0.flush();
        self.0.purge();
        self.0.publish(MESSAGES);
    }
}

/// Publishes that a consumer gets at once.
struct Deliver(Core);

impl Work for Deliver {
    fn round(&mut self) {
        self.0.publish(MESSAGES);
    }

    fn rest(&mut self) {
        assert_eq!(self.0.flush(), MESSAGES as usize * DELIVERY);
    }
}

/// The same, and their acknowledgements.
struct DeliverAndAck(Core);

impl DeliverAndAck {
    /// The consumer has as many messages as it may: those of a round rest until it acknowledges the ones of the round before.
    fn rested() -> Self {
        let mut core = Core::new().prefetch(MESSAGES as u16).consume(false);
        core.publish(MESSAGES);
        core.flush();
        Self(core)
    }
}

impl Work for DeliverAndAck {
    fn round(&mut self) {
        self.0.publish(MESSAGES);
        self.0.ack(MESSAGES);
    }

    fn rest(&mut self) {
        assert_eq!(self.0.flush(), MESSAGES as usize * DELIVERY);
        assert_eq!(self.0.purge(), 0);
    }
}

/// One publish, one delivery, one write: a message that comes alone.
struct OneByOne(Core);

impl Work for OneByOne {
    fn round(&mut self) {
        for _ in 0..SINGLES {
            self.0.publish(1);
            assert_eq!(self.0.flush(), DELIVERY);
        }
    }
}
