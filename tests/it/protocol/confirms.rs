//! Publisher confirms and returns.

use amq_protocol::protocol::{AMQPClass, basic, queue};

use crate::harness::{Arrival, Broker, Wire, method};

#[test]
fn every_publish_is_confirmed() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, queue::Declare { queue: "q".into(), durable: true, ..Default::default() });
    wire.confirm_select(1);
    wire.confirm_select(1);
    for number in 0..1000u32 {
        let persistent = basic::AMQPProperties::default().with_delivery_mode(1 + (number % 2) as u8);
        let publish = basic::Publish { routing_key: "q".into(), ..basic::Publish::default() };
        wire.publish_with(1, publish, persistent, &number.to_be_bytes());
    }
    wire.await_confirm(1, 1000);
    assert_eq!(wire.counts(1, "q"), (1000, 0));
    wire.accepted(1, method!(queue::Delete { queue: "q" }));
}

#[test]
fn an_unroutable_mandatory_message_is_returned_and_then_confirmed() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.confirm_select(1);
    let publish = |key: &str, mandatory| basic::Publish {
        exchange: "amq.direct".into(),
        routing_key: key.into(),
        mandatory,
        immediate: false,
    };
    let properties = basic::AMQPProperties::default().with_message_id("m".into());
    wire.publish_with(1, publish("nowhere", true), properties.clone(), b"back");
    wire.publish_with(1, publish("nowhere", false), properties.clone(), b"dropped");
    let Arrival::Message(1, message) = wire.next() else { panic!("no return") };
    let returned = message.returned();
    assert_eq!((returned.reply_code, returned.reply_text.as_str()), (312, "NO_ROUTE"));
    assert_eq!((returned.exchange.as_str(), returned.routing_key.as_str()), ("amq.direct", "nowhere"));
    assert_eq!((message.text(), &message.properties), ("back", &properties));
    wire.await_confirm(1, 2);
}

#[test]
fn confirms_of_many_channels_do_not_mix() {
    let broker = Broker::start();
    let mut wire = Wire::connect(&broker);
    for channel in 1..=20 {
        wire.open(channel);
        wire.confirm_select(channel);
    }
    wire.declare_queue(1, "q");
    for round in 0..10u8 {
        for channel in 1..=20 {
            wire.publish(channel, "", "q", &[round]);
        }
    }
    let mut confirmed = [0u64; 21];
    while confirmed.iter().sum::<u64>() < 200 {
        match wire.next() {
            Arrival::Method(channel, AMQPClass::Basic(basic::AMQPMethod::Ack(ack))) => {
                let seen = &mut confirmed[usize::from(channel)];
                *seen = if ack.multiple { (*seen).max(ack.delivery_tag) } else { *seen + 1 };
                assert!(*seen <= 10 && ack.delivery_tag <= 10, "{ack:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(confirmed[1..], [10; 20]);
}
