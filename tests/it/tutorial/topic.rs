//! Topics: `*` stands for one word, `#` for any number of them.

use super::{both_forms, broker_for};
use crate::harness::{Broker, Pika, Program, eventually};

both_forms!(patterns_select_keys);

const KEYS: [&str; 7] = [
    "quick.orange.rabbit",
    "lazy.orange.elephant",
    "quick.orange.fox",
    "lazy",
    "lazy.pink.rabbit.male",
    "orange",
    "",
];

fn patterns_select_keys(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let mut orange = Program::tutorial(&broker, pika, "topic_receive.py", &["*.orange.*"]);
    let mut lazy = Program::tutorial(&broker, pika, "topic_receive.py", &["*.*.rabbit", "lazy.#"]);
    let mut all = Program::tutorial(&broker, pika, "topic_receive.py", &["#"]);
    wait_for_consumers(&broker, 3);
    let bindings =
        broker.ctl(&["list_bindings", "source_name", "destination_kind", "routing_key", "-s"]).ok();
    let mut bindings: Vec<&str> = bindings.lines().filter(|line| line.starts_with("m3\t")).collect();
    bindings.sort_unstable();
    assert_eq!(
        bindings,
        ["m3\tqueue\t#", "m3\tqueue\t*.*.rabbit", "m3\tqueue\t*.orange.*", "m3\tqueue\tlazy.#"]
    );

    Program::tutorial(&broker, pika, "topic_send.py", &KEYS).succeeds();
    assert_eq!(all.lines(KEYS.len()), lines(&KEYS));
    assert_eq!(orange.lines(3), lines(&KEYS[..3]));
    assert_eq!(lazy.lines(4), lines(&[KEYS[0], KEYS[1], KEYS[3], KEYS[4]]));
}

fn lines(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| format!("{key}: b'to {key}'")).collect()
}

/// Waits until that many consumers are there.
fn wait_for_consumers(broker: &Broker, count: usize) {
    eventually("consumers", || {
        let listed = broker.ctl(&["list_consumers", "queue_name", "-s"]).ok();
        if listed.lines().count() == count { Ok(()) } else { Err(listed) }
    });
}
