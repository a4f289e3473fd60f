//! Commands about runtime parameters and global parameters.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn parameters() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .run(r#"set_parameter federation local_username "guest""#)
        .run(r#"set_parameter vhost-limits limits {"max-connections":3}"#)
        .run(r#"set_parameter vhost-limits other {"max-connections":3}"#)
        .run(
            r#"set_parameter operator_policy op {"pattern":".*","definition":{"max-length":3},"priority":0}"#,
        )
        .run(r#"set_parameter policy p {"pattern":".*","definition":{"max-length":3},"priority":0}"#)
        .run("set_parameter bogus x 1")
        .run("set_parameter bogus x notjson")
        .run(r#"set_parameter -p nov vhost-limits limits {"max-connections":3}"#)
        .run("set_parameter a b")
        .in_every_format("list_parameters")
        .run("list_parameters -p nov")
        .run("clear_parameter vhost-limits limits")
        .run("clear_parameter vhost-limits limits")
        .run("clear_parameter operator_policy op --formatter json")
        .run("clear_parameter -p nov vhost-limits limits")
        .run("list_parameters");
    assert_transcript!("parameters", transcript);
}

#[test]
fn global_parameters() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .run("list_global_parameters")
        .run(r#"set_global_parameter mqtt_default_vhosts {"O=client":"/"}"#)
        .run("set_global_parameter g2 notjson")
        .run(r#"set_global_parameter g3 [1,2.5,"s",null,true]"#)
        .run(r#"set_global_parameter cluster_name "east""#)
        .run("set_global_parameter cluster_name 5")
        .run("set_global_parameter g")
        .in_every_format("list_global_parameters")
        .run("clear_global_parameter g3")
        .run("clear_global_parameter g3")
        .run("clear_global_parameter cluster_name -q")
        .run("list_global_parameters");
    assert_transcript!("global_parameters", transcript);
}
