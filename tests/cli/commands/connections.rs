//! Commands about connections.

use super::assert_transcript;
use crate::amqp::Client;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn list_connections() {
    let node = Node::start();
    let empty = Transcript::new(&node).run("list_connections").run("list_connections --formatter json");
    let empty = empty.text();
    assert_eq!(empty.lines().filter(|line| line.contains("guest")).count(), 0, "{empty}");

    let _client = Client::connect(&node);
    let port = node.must(&["list_connections", "-s", "peer_port"]);
    let transcript = Transcript::new(&node)
        .naming(port.trim(), "CPORT")
        .in_every_format("list_connections")
        .in_every_format("list_connections name port host ssl ssl_protocol state channels protocol auth_mechanism user vhost frame_max channel_max send_pend")
        .run("list_connections bogus");
    assert_transcript!("list_connections", transcript);
}
