//! Headers: messages are chosen by their headers, whatever their routing key.

use super::{both_forms, broker_for};
use crate::harness::{Pika, Program};

both_forms!(headers_select_messages);

fn headers_select_messages(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let binding = |text: &str| Program::tutorial(&broker, pika, "headers_receive.py", &[text]);
    let mut all = binding(r#"{"x-match": "all", "format": "pdf", "pages": 2}"#);
    let mut any = binding(r#"{"x-match": "any", "format": "pdf", "pages": 2}"#);
    broker.shows(&["list_consumers", "active"], &["active", "true", "true"]);
    let bindings = broker.ctl(&["list_bindings", "source_name", "routing_key", "arguments", "-s"]).ok();
    let mut bindings: Vec<&str> = bindings.lines().filter(|line| line.starts_with("m4\t")).collect();
    bindings.sort_unstable();
    assert_eq!(
        bindings,
        [
            r#"m4		[{"format","pdf"},{"pages",2},{"x-match","all"}]"#,
            r#"m4		[{"format","pdf"},{"pages",2},{"x-match","any"}]"#,
        ]
    );

    let messages = [
        r#"{"format": "pdf", "pages": 2}"#,
        r#"{"format": "pdf", "pages": 3}"#,
        r#"{"format": "zip", "type": "log"}"#,
        r#"{"format": "pdf", "pages": 2, "type": "report"}"#,
        r#"{"pages": 2}"#,
    ];
    Program::tutorial(&broker, pika, "headers_send.py", &messages).succeeds();
    let received = |numbers: &[usize]| -> Vec<String> {
        numbers.iter().map(|&number| format!("{}: b'with headers'", messages[number])).collect()
    };
    assert_eq!(all.lines(2), received(&[0, 3]));
    assert_eq!(any.lines(4), received(&[0, 1, 3, 4]));
}
