//! Commands about policies and operator policies.

use lapin::types::FieldTable;

use super::assert_transcript;
use crate::amqp::Client;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn set_and_clear_policies() {
    let node = Node::start();
    node.must(&["add_vhost", "v1"]);
    let transcript = Transcript::new(&node)
        .run(r#"set_policy ttl .* {"message-ttl":60000} --priority 5 --apply-to queues"#)
        .run(r#"set_policy -p v1 ha ^x {"max-length":10,"dead-letter-exchange":"dlx"}"#)
        .run(r#"set_policy ttl .* {"message-ttl":70000}"#)
        .run(r#"set_policy below .* {"message-ttl":1} --priority -3 --formatter json"#)
        .run(r#"set_policy bad ( {"message-ttl":1}"#)
        .run("set_policy bad .* notjson")
        .run(r#"set_policy bad .* {"bogus":1}"#)
        .run(r#"set_policy bad .* {"federation-upstream-set":"all"}"#)
        .run(r#"set_policy bad .* {"message-ttl":"x"}"#)
        .run("set_policy bad .* {}")
        .run("set_policy bad .* [1]")
        .run(r#"set_policy bad .* {"message-ttl":1} --apply-to nonsense"#)
        .run(r#"set_policy bad .* {"message-ttl":1} --priority x"#)
        .run(r#"set_policy -p nov bad .* {"message-ttl":1}"#)
        .run("set_policy bad .*")
        .run("set_policy a b c d")
        .run("clear_policy ttl")
        .run("clear_policy ttl")
        .run("clear_policy -p nov ttl")
        .run("clear_policy below -q")
        .run("clear_policy -p v1 ha --formatter json")
        .run("clear_policy");
    assert_transcript!("set_and_clear_policies", transcript);
}

#[test]
fn list_policies() {
    let node = Node::start();
    node.must(&["add_vhost", "v1"]);
    node.must(&["set_policy", "ttl", "^t", r#"{"message-ttl":70000,"expires":5}"#, "--priority", "9"]);
    node.must(&["set_policy", "ae", ".*", r#"{"alternate-exchange":"x\"y"}"#, "--apply-to", "exchanges"]);
    let transcript = Transcript::new(&node)
        .in_every_format("list_policies")
        .in_every_format("list_policies -p v1")
        .run("list_policies -p nov");
    assert_transcript!("list_policies", transcript);
}

#[test]
fn operator_policies() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .run(r#"set_operator_policy op1 .* {"max-length":100} --priority 1 --apply-to queues"#)
        .run(r#"set_operator_policy bad .* {"dead-letter-exchange":"x"}"#)
        .run(r#"set_operator_policy bad ( {"max-length":100}"#)
        .run(r#"set_operator_policy -p nov bad .* {"max-length":100}"#)
        .in_every_format("list_operator_policies")
        .run("list_operator_policies -p nov")
        .run("clear_operator_policy op1")
        .run("clear_operator_policy op1")
        .run("list_operator_policies");
    assert_transcript!("operator_policies", transcript);
}

#[test]
fn what_a_policy_applies_to() {
    let node = Node::start();
    let client = Client::connect(&node);
    client.queue("q1", FieldTable::default());
    client.queue("other", FieldTable::default());
    client.exchange("q-x", lapin::ExchangeKind::Fanout, FieldTable::default());
    node.must(&["set_policy", "p", "^q", r#"{"max-length":10,"overflow":"drop-head"}"#]);
    node.must(&["set_operator_policy", "op", "1$", r#"{"max-length":7}"#]);
    let queues = "list_queues name policy operator_policy effective_policy_definition";
    let exchanges = "list_exchanges name policy operator_policy effective_policy_definition";
    let transcript = Transcript::new(&node).in_every_format(queues).run(exchanges);
    assert_transcript!("what_a_policy_applies_to", transcript);
}
