//! SIGKILL while clients publish, consume and acknowledge.

use std::collections::BTreeSet;

use amq_protocol::protocol::{AMQPClass, basic};

use super::{durable_queue, publish};
use crate::harness::{Arrival, Broker, Wire};

/// Confirms before the process is killed.
const BEFORE: usize = 2000;
/// Messages that are sent after that and may or may not make it.
const MORE: u64 = 3000;
const QUEUES: [&str; 3] = ["q0", "q1", "q2"];

fn queue_of(number: u64) -> &'static str {
    QUEUES[number as usize % QUEUES.len()]
}

/// What a publisher has sent, and what of it is confirmed.
struct Publisher {
    wire: Wire,
    sent: u64,
    confirmed: BTreeSet<u64>,
}

impl Publisher {
    fn new(broker: &Broker) -> Self {
        let mut wire = Wire::with_channel(broker);
        QUEUES.iter().for_each(|queue| durable_queue(&mut wire, queue));
        wire.confirm_select(1);
        Self { wire, sent: 0, confirmed: BTreeSet::new() }
    }

    fn send(&mut self, count: u64) {
        for _ in 0..count {
            self.sent += 1;
            publish(&mut self.wire, queue_of(self.sent), self.sent.to_string().as_bytes());
        }
    }

    /// Takes the next confirm; `false` when the server is gone.
    fn hear(&mut self) -> bool {
        match self.wire.next() {
            Arrival::Method(1, AMQPClass::Basic(basic::AMQPMethod::Ack(ack))) if ack.multiple => {
                let first = self.confirmed.last().map_or(1, |last| last + 1);
                self.confirmed.extend(first..=ack.delivery_tag);
            }
            Arrival::Method(1, AMQPClass::Basic(basic::AMQPMethod::Ack(ack))) => {
                self.confirmed.insert(ack.delivery_tag);
            }
            Arrival::End => return false,
            other => panic!("{other:?}"),
        }
        true
    }
}

/// Everything in a queue, as numbers.
fn drain(wire: &mut Wire, queue: &str) -> Vec<u64> {
    let (count, _) = wire.counts(1, queue);
    wire.consume(1, queue, queue);
    let numbers = (0..count).map(|_| wire.message(1).text().parse().unwrap()).collect();
    wire.cancel(1, queue);
    numbers
}

#[track_caller]
fn nothing_is_lost(config: Option<&str>) {
    let Some(mut broker) = Broker::start_own(config) else { return };
    let mut publisher = Publisher::new(&broker);
    let mut consumer = Wire::with_channel(&broker);
    consumer.qos(1, 50, false);
    consumer.consume(1, "q0", "c");
    let mut acknowledged = BTreeSet::new();
    publisher.send(300);
    while publisher.confirmed.len() < BEFORE {
        let before = publisher.confirmed.len();
        assert!(publisher.hear(), "the server is gone");
        publisher.send((publisher.confirmed.len() - before) as u64);
        while consumer.arrived(1) > 0 {
            let message = consumer.message(1);
            acknowledged.insert(message.text().parse::<u64>().unwrap());
            consumer.ack(1, message.deliver().delivery_tag, false);
        }
        if acknowledged.len() * 20 < publisher.confirmed.len() {
            let message = consumer.message(1);
            acknowledged.insert(message.text().parse::<u64>().unwrap());
            consumer.ack(1, message.deliver().delivery_tag, false);
        }
    }
    publisher.send(MORE);
    broker.server().kill();
    while publisher.hear() {}
    assert!(!acknowledged.is_empty());
    broker.start_again();
    let mut wire = Wire::with_channel(&broker);
    let mut back = BTreeSet::new();
    for queue in QUEUES {
        let numbers = drain(&mut wire, queue);
        assert!(numbers.is_sorted_by(|a, b| a < b), "{queue} is out of order, or has a message twice");
        assert!(numbers.iter().all(|number| queue_of(*number) == queue), "{queue} has another's messages");
        back.extend(numbers);
    }
    let lost: Vec<_> = publisher.confirmed.difference(&back).filter(|n| !acknowledged.contains(n)).collect();
    assert!(lost.is_empty(), "confirmed and lost: {lost:?}");
    assert!(back.iter().all(|number| *number <= publisher.sent), "messages that nobody sent");
}

#[test]
fn nothing_confirmed_is_lost_when_the_process_is_killed() {
    nothing_is_lost(None);
}

#[test]
fn nothing_confirmed_is_lost_to_the_process_at_the_level_os() {
    nothing_is_lost(Some("durability = os\n"));
}

#[test]
fn crash_after_crash_keeps_everything() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut kept = Vec::new();
    for round in 0..5 {
        let mut wire = Wire::with_channel(&broker);
        durable_queue(&mut wire, "q");
        wire.confirm_select(1);
        let numbers: Vec<u64> = (round * 100..round * 100 + 50).collect();
        numbers.iter().for_each(|number| publish(&mut wire, "q", number.to_string().as_bytes()));
        wire.await_confirm(1, 50);
        kept.extend(numbers);
        let (tag, _, text) = wire.take(1, "q");
        assert_eq!(text, kept.remove(0).to_string());
        wire.ack(1, tag, false);
        publish(&mut wire, "q", (round * 100 + 50).to_string().as_bytes());
        wire.await_confirms(1, 51..=51);
        kept.push(round * 100 + 50);
        broker.crash_and_restart();
    }
    assert_eq!(drain(&mut Wire::with_channel(&broker), "q"), kept);
}
