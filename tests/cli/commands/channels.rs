//! Commands about channels.

use lapin::types::FieldTable;

use super::assert_transcript;
use crate::amqp::Client;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn list_channels() {
    let node = Node::start();
    let mut client = Client::connect(&node);
    client.queue("q", FieldTable::default());
    client.publish("q", 3);
    client.consume("q", "tag", 2, FieldTable::default());
    let port = node.must(&["list_connections", "-s", "peer_port"]);
    let transcript = Transcript::new(&node)
        .naming(port.trim(), "CPORT")
        .in_every_format("list_channels")
        .in_every_format("list_channels connection number user vhost transactional confirm messages_uncommitted acks_uncommitted messages_unconfirmed prefetch_count")
        .run("list_channels bogus");
    assert_transcript!("list_channels", transcript);
}
