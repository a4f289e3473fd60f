//! Commands about limits of virtual hosts and of users.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn vhost_limits() {
    let node = Node::start();
    node.must(&["add_vhost", "v1"]);
    node.must(&["add_vhost", "v2"]);
    let transcript = Transcript::new(&node)
        .run(r#"set_vhost_limits {"max-connections":64}"#)
        .run(r#"set_vhost_limits -p v1 {"max-queues":5,"max-connections":7}"#)
        .run(r#"set_vhost_limits -p nov {"max-queues":5}"#)
        .run(r#"set_vhost_limits {"bogus":5}"#)
        .run("set_vhost_limits notjson")
        .run(r#"set_vhost_limits {"max-queues":"x"}"#)
        .run("set_vhost_limits 5")
        .run("set_vhost_limits")
        .run("list_vhost_limits")
        .run("list_vhost_limits -p v1")
        .run("list_vhost_limits -p nov")
        .in_every_format("list_vhost_limits --global")
        .run("list_vhost_limits --formatter json")
        .run("list_vhost_limits -p v2")
        .run("clear_vhost_limits")
        .run("clear_vhost_limits")
        .run("clear_vhost_limits -p v1 -q")
        .run("clear_vhost_limits -p nov")
        .run("list_vhost_limits")
        .run("list_vhost_limits --global");
    assert_transcript!("vhost_limits", transcript);
}

#[test]
fn user_limits() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["add_user", "bob", "secret"]);
    let transcript = Transcript::new(&node)
        .run(r#"set_user_limits alice {"max-connections":10}"#)
        .run(r#"set_user_limits bob {"max-connections":3,"max-channels":5}"#)
        .run(r#"set_user_limits nobody {"max-connections":10}"#)
        .run(r#"set_user_limits alice {"max-channels":1,"bogus":10}"#)
        .run("set_user_limits alice notjson")
        .run("set_user_limits alice [1]")
        .run(r#"set_user_limits alice {"max-channels":1,"max-connections":"x"}"#)
        .run("list_user_limits")
        .run("list_user_limits --user alice")
        .in_every_format("list_user_limits --global")
        .run("list_user_limits --user nobody")
        .run("list_user_limits --formatter json")
        .run("clear_user_limits alice max-connections")
        .run("clear_user_limits bob all")
        .run("clear_user_limits nobody all")
        .run("list_user_limits --global");
    assert_transcript!("user_limits", transcript);
}
