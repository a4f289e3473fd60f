//! Commands about exchanges.

use lapin::ExchangeKind;
use lapin::types::{AMQPValue, FieldTable};

use super::assert_transcript;
use crate::amqp::{Client, arguments};
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn list_exchanges() {
    let node = Node::start();
    let client = Client::connect(&node);
    client.exchange("logs", ExchangeKind::Fanout, FieldTable::default());
    let alternate = arguments(&[("alternate-exchange", AMQPValue::LongString("logs".into()))]);
    client.exchange("topics", ExchangeKind::Topic, alternate);
    let transcript = Transcript::new(&node)
        .in_every_format("list_exchanges")
        .in_every_format("list_exchanges name type durable auto_delete internal arguments policy")
        .run("list_exchanges -p missing")
        .run("list_exchanges bogus");
    assert_transcript!("list_exchanges", transcript);
}
