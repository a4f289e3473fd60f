//! Opening, closing, and errors of a channel.

use amq_protocol::protocol::{AMQPClass, channel};

use crate::harness::{Arrival, Broker, Wire, method};

#[test]
fn a_closed_channel_can_be_opened_again() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.close(1);
    wire.open(1);
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn an_error_closes_its_channel_alone() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.open(2);
    wire.declare_queue(2, "q");
    wire.send(1, method!(queue::Delete { queue: "missing-is-fine" }));
    wire.method(1);
    let (code, _) = wire.refused(1, method!(queue::Declare { queue: "missing", passive: true }));
    assert_eq!(code, 404);
    assert_eq!(wire.counts(2, "q"), (0, 0));
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn after_its_close_a_channel_hears_nothing_but_close_ok() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.send(1, method!(queue::Declare { queue: "missing", passive: true }));
    // All of this comes too late.
    wire.send(1, method!(queue::Declare { queue: "ghost" }));
    wire.publish(1, "", "q", b"ghost");
    let closed = wire.channel_closed(1);
    assert_eq!((closed.code, closed.method), (404, (50, 10)));
    wire.open(1);
    assert_eq!(wire.counts(1, "q"), (0, 0));
    assert_eq!(wire.refused(1, method!(queue::Declare { queue: "ghost", passive: true })).0, 404);
}

#[test]
fn closes_that_cross_are_both_answered() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.send(1, method!(queue::Declare { queue: "missing", passive: true }));
    wire.send(1, method!(channel::Close { reply_code: 200u16 }));
    let mut seen = Vec::new();
    for _ in 0..2 {
        match wire.method(1) {
            AMQPClass::Channel(channel::AMQPMethod::Close(_)) => {
                seen.push("close");
                wire.send(1, method!(channel::CloseOk {}));
            }
            AMQPClass::Channel(channel::AMQPMethod::CloseOk(_)) => seen.push("close-ok"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, ["close", "close-ok"]);
    wire.open(1);
}

#[test]
fn closing_a_channel_gives_its_messages_back() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b", "c"]);
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 3), ["a", "b", "c"]);
    wire.ack(1, 2, false);
    wire.close(1);
    wire.open(1);
    assert_eq!(wire.take(1, "q"), (1, true, "a".to_owned()));
    assert_eq!(wire.take(1, "q"), (2, true, "c".to_owned()));
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn all_channels_that_were_agreed_on_work() {
    let broker = Broker::start();
    let mut wire = Wire::connect(&broker);
    let last = wire.tune.channel_max;
    for number in 1..=last {
        wire.send(number, method!(channel::Open {}));
    }
    let mut opened: Vec<u16> = (0..last)
        .map(|_| match wire.next() {
            Arrival::Method(number, AMQPClass::Channel(channel::AMQPMethod::OpenOk(_))) => number,
            other => panic!("not channel.open-ok: {other:?}"),
        })
        .collect();
    opened.sort_unstable();
    assert!(opened.into_iter().eq(1..=last));
    wire.declare_queue(last, "q");
    for number in 1..=last {
        wire.publish(number, "", "q", &number.to_be_bytes());
    }
    wire.consume(1, "q", "c");
    let mut numbers: Vec<u16> =
        (0..last).map(|_| u16::from_be_bytes(wire.message(1).body.try_into().unwrap())).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(1..=last));
    broker.shows(&["list_connections", "vhost", "channels"], &["vhost\tchannels", &format!("/\t{last}")]);
}

#[test]
fn a_client_may_stop_and_start_the_flow() {
    // RabbitMQ refuses to stop it.
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.consume(1, "q", "c");
    let stopped = wire.accepted(1, method!(channel::Flow { active: false }));
    assert_eq!(stopped, method!(channel::FlowOk { active: false }));
    wire.fill("q", &["a", "b"]);
    assert_eq!((wire.counts(1, "q").0, wire.arrived(1)), (2, 0));
    let started = wire.accepted(1, method!(channel::Flow { active: true }));
    assert_eq!(started, method!(channel::FlowOk { active: true }));
    assert_eq!(wire.texts(1, 2), ["a", "b"]);
}
