//! Commands about topic permissions.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn topic_permissions() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["add_vhost", "v1"]);
    let transcript = Transcript::new(&node)
        .run("set_topic_permissions alice amq.topic ^w ^r")
        .run("set_topic_permissions -p v1 alice amq.topic .* .*")
        .run("set_topic_permissions alice amq.topic ( ^r")
        .run("set_topic_permissions nobody amq.topic ^w ^r")
        .run("set_topic_permissions -p nov alice amq.topic ^w ^r")
        .run("set_topic_permissions alice nosuchexchange ^w ^r")
        .run("set_topic_permissions alice amq.rabbitmq.trace ^w-{username} ^r")
        .run("set_topic_permissions alice amq.topic ^w")
        .in_every_format("list_topic_permissions")
        .run("list_topic_permissions -p v1")
        .run("list_topic_permissions -p nov")
        .in_every_format("list_user_topic_permissions alice")
        .run("list_user_topic_permissions nobody")
        .run("clear_topic_permissions alice amq.topic")
        .run("list_topic_permissions")
        .run("clear_topic_permissions alice")
        .run("clear_topic_permissions -p v1 alice --formatter json")
        .run("clear_topic_permissions nobody")
        .run("clear_topic_permissions -p nov alice")
        .run("clear_topic_permissions alice nosuch")
        .run("list_topic_permissions");
    assert_transcript!("topic_permissions", transcript);
}
