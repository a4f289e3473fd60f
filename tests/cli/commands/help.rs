//! Commands about the tool itself.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn help_and_version() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .run("help")
        .run("help --list-commands")
        .run("help set_permissions")
        .run("list_queues --help")
        .run("help list-queue")
        .run("add_user")
        .run("list_users extra")
        .run("list_users --formatter nosuch")
        .run("completions nosuch");
    assert_transcript!("help", transcript);
    assert_eq!(node.must(&["version"]), format!("{}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(
        node.must(&["version", "--formatter", "json"]),
        format!("{{\"result\":\"ok\",\"value\":{{\"version\":\"{}\"}}}}\n", env!("CARGO_PKG_VERSION"))
    );
}
