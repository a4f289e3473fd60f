//! Commands about deprecated features.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn list_deprecated_features() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .in_every_format("list_deprecated_features")
        .run("list_deprecated_features name,provided_by,doc_url")
        .run("list_deprecated_features bogus")
        .run("list_deprecated_features --used");
    assert_transcript!("list_deprecated_features", transcript);
}
