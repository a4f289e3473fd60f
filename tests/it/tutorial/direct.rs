//! Routing by key: a queue gets what is published with one of the keys that it is bound with.

use super::{both_forms, broker_for};
use crate::harness::{Pika, Program};

both_forms!(a_queue_gets_the_keys_that_it_is_bound_with);

const RECEIVED: &str = "消费者接受到了任务: b'aaaalexlaolelaodi'";

fn a_queue_gets_the_keys_that_it_is_bound_with(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let mut both = Program::tutorial(&broker, pika, "direct_receive_alex_sb.py", &[]);
    let mut one = Program::tutorial(&broker, pika, "direct_receive_sb.py", &[]);
    broker.shows(&["list_consumers", "ack_required"], &["ack_required", "false", "false"]);
    let keys = broker.ctl(&["list_bindings", "source_name", "routing_key", "-s"]).ok();
    let mut keys: Vec<&str> = keys.lines().filter(|line| line.starts_with("m2\t")).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["m2\talex", "m2\tsb", "m2\tsb"]);

    // As printed the producer sends to `sb`; a change of the key is the tutorial's exercise.
    Program::tutorial(&broker, pika, "direct_send.py", &[]).succeeds();
    assert_eq!(both.lines(1), [RECEIVED]);
    assert_eq!(one.lines(1), [RECEIVED]);
    let to = |key: &str| ("routing_key='sb'".to_owned(), format!("routing_key='{key}'"));
    for key in ["alex", "nobody"] {
        let (from, to) = to(key);
        Program::tutorial_edited(&broker, pika, "direct_send.py", &[(&from, &to)]).succeeds();
    }
    assert_eq!(both.lines(2), [RECEIVED; 2]);

    // One more for both shows that nothing else came before it.
    Program::tutorial(&broker, pika, "direct_send.py", &[]).succeeds();
    assert_eq!(both.lines(3).len(), 3);
    assert_eq!(one.lines(2).len(), 2);
}
