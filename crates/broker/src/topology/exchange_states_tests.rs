//! Messages that wait at an exchange of a node, against a plain list of them.

use proptest::prelude::*;
use warren_model::message::OwnedMessage;
use warren_model::properties::BasicProperties;
use warren_model::value::FieldTable;

use crate::effects::Effects;
use crate::exchanges::DELAYED_AT_ONCE;
use crate::log::LogHandle;
use crate::queues::QueueSettings;
use crate::state::node::broker::{Broker, BrokerSettings};
use crate::topology::exchange::ExchangeSettings;
use crate::topology::forwarding;
use warren_model::binding::{Binding, Destination};

fn properties(delay: i64) -> Vec<u8> {
    let mut headers = FieldTable::new();
    headers.insert("other", 1);
    headers.insert("x-delay", delay);
    let delivery_mode = Some(1);
    BasicProperties { headers: Some(headers), delivery_mode, ..BasicProperties::default() }.to_bytes()
}

/// A node that keeps nothing on disk, with a delayed fanout exchange `e` and the queue `q` bound to it.
struct Node {
    broker: Broker,
    effects: Effects,
    sent: u64,
}

impl Node {
    fn new() -> Self {
        let broker = Broker::new(
            BrokerSettings::default(),
            LogHandle::default(),
            Box::new(|bytes: &mut [u8]| bytes.fill(7)),
        );
        let _ = broker.create_defaults().unwrap();
        let vhost = broker.vhost("/").unwrap();
        let mut arguments = FieldTable::new();
        arguments.insert("x-delayed-type", "fanout");
        let kind = "x-delayed-message".to_owned();
        let _ =
            vhost.declare_exchange("e", ExchangeSettings { kind, arguments, ..Default::default() }).unwrap();
        let _ = vhost
            .declare_queue("q", QueueSettings { exclusive_owner: Some(1), ..Default::default() }, false)
            .unwrap();
        let destination = Destination::Queue("q".into());
        let arguments = FieldTable::new();
        let binding = Binding { source: "e".into(), destination, routing_key: "".into(), arguments };
        let _ = vhost.bind(binding).unwrap();
        let effects = Effects::new(LogHandle::default());
        Self { broker, effects, sent: 0 }
    }

    /// Publishes a message and gives its number.
    fn publish(&mut self, delay: u64) -> u64 {
        self.sent += 1;
        let message = OwnedMessage {
            exchange: "e".into(),
            routing_key: String::new(),
            properties: properties(delay as i64),
            body: bytes::Bytes::copy_from_slice(&self.sent.to_be_bytes()),
            persistent: false,
            mandatory: false,
            annotated: false,
        };
        forwarding::publish(&self.broker.vhost("/").unwrap(), "e", &message, &mut self.effects);
        self.sent
    }

    fn advance(&mut self, now: u64) {
        self.broker.clock().advance(now);
        self.broker.timers().fire(now, &mut self.effects);
    }

    /// The numbers of the messages that came to the queue since the last call.
    fn arrived(&mut self) -> Vec<u64> {
        let queue = self.broker.vhost("/").unwrap().queue("q").unwrap();
        let found = queue.hold_restored();
        found
            .iter()
            .map(|(_, held)| u64::from_be_bytes(queue.copy_held(held).unwrap().body[..].try_into().unwrap()))
            .collect()
    }

    fn waiting(&self) -> u64 {
        self.broker.vhost("/").unwrap().topology().exchange("e", "/").unwrap().delayed().unwrap()
    }
}

proptest! {
    #[test]
    fn messages_come_when_they_are_due_the_earliest_first(
        steps in prop::collection::vec((0u64..50, 0u64..30), 1..100)
    ) {
        let mut node = Node::new();
        let mut now = 1_000_000;
        node.advance(now);
        let mut model: Vec<(u64, u64)> = Vec::new();
        for (delay, step) in steps {
            let number = node.publish(delay);
            if delay == 0 {
                prop_assert_eq!(node.arrived(), [number]);
            } else {
                model.push((now + delay, number));
            }
            now += step;
            node.advance(now);
            let mut due: Vec<_> = model.extract_if(.., |(due, _)| *due <= now).collect();
            due.sort_unstable();
            let due: Vec<_> = due.into_iter().map(|(_, number)| number).collect();
            prop_assert_eq!(node.arrived(), due);
            prop_assert_eq!(node.waiting(), model.len() as u64);
        }
    }
}

#[test]
fn many_that_are_due_at_once_come_in_their_order_one_part_after_the_other() {
    let mut node = Node::new();
    node.advance(1_000);
    let sent: Vec<u64> = (0..2 * DELAYED_AT_ONCE + 1).map(|_| node.publish(5)).collect();
    node.advance(1_005);
    assert_eq!(node.waiting(), (DELAYED_AT_ONCE + 1) as u64);
    assert_eq!(node.broker.timers().next(), Some(1_005), "the rest is due already");
    node.advance(1_005);
    node.advance(1_005);
    assert_eq!(node.arrived(), sent);
    assert_eq!(node.broker.timers().next(), None);
}

#[test]
fn nothing_comes_from_an_exchange_that_is_gone() {
    let mut node = Node::new();
    node.advance(1_000);
    node.publish(5);
    let vhost = node.broker.vhost("/").unwrap();
    let _ = vhost.delete_exchange("e", false).unwrap();
    node.advance(1_010);
    assert!(node.arrived().is_empty());
    assert_eq!(node.broker.timers().next(), None);
}
