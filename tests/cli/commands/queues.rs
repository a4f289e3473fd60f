//! Commands about queues.

use lapin::types::{AMQPValue, FieldTable};

use super::assert_transcript;
use crate::amqp::{Client, arguments};
use crate::node::Node;
use crate::transcript::Transcript;

fn with_queues() -> (Node, Client) {
    let node = Node::start();
    let mut client = Client::connect(&node);
    client.queue("plain", FieldTable::default());
    let nested = arguments(&[("a", AMQPValue::LongInt(1)), ("b", AMQPValue::Boolean(true))]);
    client.queue(
        "args",
        arguments(&[
            ("x-message-ttl", AMQPValue::LongInt(5000)),
            ("x-dead-letter-exchange", AMQPValue::LongString("back\\slash".into())),
            ("nested", AMQPValue::FieldTable(nested)),
        ]),
    );
    client.queue("tab\t\u{1b}[31m\"日本語🐇\\", FieldTable::default());
    client.publish("plain", 5);
    client.consume("plain", "tag", 2, FieldTable::default());
    (node, client)
}

#[test]
fn list_queues() {
    let (node, _client) = with_queues();
    let transcript = Transcript::new(&node)
        .in_every_format("list_queues")
        .in_every_format("list_queues name messages_ready,messages_unacknowledged consumers durable auto_delete arguments policy state type")
        .run("list_queues name name messages")
        .run("list_queues --online name")
        .run("list_queues --offline name")
        .run("list_queues --local name")
        .run("list_queues --online --offline name -q")
        .run("list_queues -p missing")
        .run("list_queues -p missing -q")
        .run("list_queues -t 5 name")
        .run("list_queues bogus name alsobad");
    assert_transcript!("list_queues", transcript);
}

#[test]
fn a_list_without_rows() {
    let node = Node::start();
    assert_transcript!("list_queues_without_rows", Transcript::new(&node).in_every_format("list_queues"));
}

#[test]
fn delete_queue() {
    let (node, _client) = with_queues();
    let transcript = Transcript::new(&node)
        .run("delete_queue plain --if-unused")
        .run("delete_queue plain --if-empty")
        .run("delete_queue plain -e -u --formatter json")
        .run("delete_queue args --if-empty --if-unused")
        .run("delete_queue plain -p /")
        .run("delete_queue plain")
        .run("delete_queue missing -q")
        .run("delete_queue plain -p missing");
    assert_transcript!("delete_queue", transcript);
}

#[test]
fn purge_queue() {
    let (node, _client) = with_queues();
    let transcript = Transcript::new(&node)
        .run("purge_queue plain")
        .run("list_queues name messages_ready messages_unacknowledged -q")
        .run("purge_queue args --formatter json")
        .run("purge_queue missing")
        .run("purge_queue plain -p missing")
        .run("purge_queue");
    assert_transcript!("purge_queue", transcript);
}
