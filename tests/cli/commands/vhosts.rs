//! Commands about virtual hosts.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn add_and_delete_vhost() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .run("add_vhost v1")
        .run("add_vhost v1")
        .run("add_vhost v2 --description described --tags production,qa --default-queue-type classic")
        .run("add-vhost v3 -q")
        .run("add_vhost v4 --formatter json")
        .run("add_vhost v5 --default-queue-type bogus")
        .run("list_vhosts name description tags default_queue_type")
        .run("delete_vhost v1")
        .run("delete_vhost v1")
        .run("delete_vhost v2 -q")
        .run("delete_vhost v3 --formatter json")
        .run("delete_vhost v3 --formatter json")
        .run("list_vhosts");
    assert_transcript!("add_and_delete_vhost", transcript);
}

#[test]
fn update_vhost_metadata() {
    let node = Node::start();
    node.must(&["add_vhost", "v", "--description", "old", "--tags", "a,b"]);
    let columns = "list_vhosts name description tags default_queue_type protected_from_deletion metadata";
    let transcript = Transcript::new(&node)
        .run("update_vhost_metadata v --description new --default-queue-type quorum")
        .run(columns)
        .run("update_vhost_metadata v --tags c --protected-from-deletion true --formatter json")
        .run(columns)
        .run("delete_vhost v")
        .run("update_vhost_metadata v --protected-from-deletion false -q")
        .run("update_vhost_metadata v")
        .run("update_vhost_metadata missing --tags c")
        .run("update_vhost_metadata v --default-queue-type bogus")
        .run("delete_vhost v");
    assert_transcript!("update_vhost_metadata", transcript);
}

#[test]
fn list_vhosts() {
    let node = Node::start();
    node.must(&["add_vhost", "v1", "--description", "described", "--tags", "production,qa"]);
    let transcript = Transcript::new(&node)
        .in_every_format("list_vhosts")
        .in_every_format("list_vhosts name description,tags default_queue_type tracing cluster_state")
        .run("list_vhosts name bogus also,bad");
    assert_transcript!("list_vhosts", transcript);
}
