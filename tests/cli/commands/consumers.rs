//! Commands about consumers.

use lapin::types::{AMQPValue, FieldTable};

use super::assert_transcript;
use crate::amqp::{Client, arguments};
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn list_consumers() {
    let node = Node::start();
    let mut client = Client::connect(&node);
    client.queue("first", FieldTable::default());
    client.queue("second", FieldTable::default());
    client.publish("first", 1);
    client.consume("first", "tag-1", 1, FieldTable::default());
    client.consume("second", "tag-2", 0, arguments(&[("x-priority", AMQPValue::LongInt(5))]));
    let port = node.must(&["list_connections", "-s", "peer_port"]);
    let transcript = Transcript::new(&node)
        .naming(port.trim(), "CPORT")
        .in_every_format("list_consumers")
        .run("list_consumers queue_name consumer_tag activity_status")
        .run("list_consumers -p missing")
        .run("list_consumers bogus");
    assert_transcript!("list_consumers", transcript);
}
