//! Commands about bindings.

use lapin::ExchangeKind;
use lapin::types::{AMQPValue, FieldTable};

use super::assert_transcript;
use crate::amqp::{Client, arguments};
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn list_bindings() {
    let node = Node::start();
    let client = Client::connect(&node);
    client.queue("q", FieldTable::default());
    client.exchange("logs", ExchangeKind::Fanout, FieldTable::default());
    client.bind("q", "logs", "", FieldTable::default());
    client.bind("q", "amq.topic", "a.*.#", FieldTable::default());
    client.bind_exchange("logs", "amq.direct", "key");
    let headers = [("x-match", AMQPValue::LongString("all".into())), ("n", AMQPValue::LongInt(3))];
    client.bind("q", "amq.headers", "", arguments(&headers));
    let transcript = Transcript::new(&node)
        .in_every_format("list_bindings")
        .run("list_bindings source_name routing_key")
        .run("list_bindings -p missing")
        .run("list_bindings bogus");
    assert_transcript!("list_bindings", transcript);
}
