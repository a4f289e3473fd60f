//! Commands about permissions.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

fn with_alice() -> Node {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["add_vhost", "v1"]);
    node
}

#[test]
fn set_and_clear_permissions() {
    let node = with_alice();
    let transcript = Transcript::new(&node)
        .run("set_permissions alice .* ^x x")
        .run("set_permissions -p v1 alice ^a ^b$ .*")
        .run("set_permissions alice ( .* .*")
        .run("set_permissions nobody .* .* .*")
        .run("set_permissions -p missing alice .* .* .*")
        .run("set_permissions -p missing nobody .* .* .*")
        .run("set_permissions alice .* .*")
        .run("list_user_permissions alice")
        .run("clear_permissions alice")
        .run("clear_permissions alice")
        .run("clear_permissions -p v1 alice --formatter json")
        .run("clear_permissions nobody")
        .run("clear_permissions -p missing alice")
        .run("list_user_permissions alice");
    assert_transcript!("set_and_clear_permissions", transcript);
}

#[test]
fn list_permissions() {
    let node = with_alice();
    node.must(&["set_permissions", "alice", "^a-.*", "", "\\.x$"]);
    let transcript = Transcript::new(&node)
        .in_every_format("list_permissions")
        .in_every_format("list_permissions -p v1")
        .run("list_permissions -p missing");
    assert_transcript!("list_permissions", transcript);
}

#[test]
fn list_user_permissions() {
    let node = with_alice();
    node.must(&["set_permissions", "alice", ".*", "", ""]);
    node.must(&["set_permissions", "-p", "v1", "alice", "", ".*", ""]);
    let transcript = Transcript::new(&node)
        .in_every_format("list_user_permissions alice")
        .run("list_user_permissions nobody");
    assert_transcript!("list_user_permissions", transcript);
}
