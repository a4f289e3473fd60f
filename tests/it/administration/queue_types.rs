//! The type of queues that are declared without one.

use amq_protocol::protocol::{AMQPClass, queue};
use amq_protocol::types::{AMQPValue, FieldTable};
use serde_json::json;

use super::{get, put};
use crate::harness::{Broker, Wire};

fn declare(name: &str, kind: Option<&str>) -> queue::Declare {
    let mut arguments = FieldTable::default();
    if let Some(kind) = kind {
        arguments.insert("x-queue-type".into(), AMQPValue::LongString(kind.into()));
    }
    queue::Declare { queue: name.into(), durable: true, arguments, ..queue::Declare::default() }
}

fn refused(wire: &mut Wire, declare: queue::Declare) -> (u16, String) {
    wire.refused(1, AMQPClass::Queue(queue::AMQPMethod::Declare(declare)))
}

#[test]
fn a_virtual_host_names_the_type_of_queues_that_have_none() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, declare("before", None));
    assert_eq!(get(&broker, "/api/queues/%2F/before")["arguments"], json!({}));
    put(&broker, "/api/vhosts/%2F", json!({"default_queue_type": "quorum"}));
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, declare("q", None));
    assert_eq!(get(&broker, "/api/queues/%2F/q")["arguments"], json!({"x-queue-type": "quorum"}));
    // Both ways mean the same queue.
    wire.declare(1, declare("q", Some("quorum")));
    wire.declare(1, declare("q", None));
    wire.declare(1, declare("r", Some("quorum")));
    wire.declare(1, declare("r", None));
    let text = "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'classic' \
                but current is 'quorum'";
    assert_eq!(refused(&mut wire, declare("q", Some("classic"))), (406, text.into()));
    // What cannot be of that type is classic.
    for (name, declare) in [
        ("exclusive", queue::Declare { exclusive: true, ..declare("exclusive", None) }),
        ("transient", queue::Declare { durable: false, ..declare("transient", None) }),
        ("temporary", queue::Declare { auto_delete: true, ..declare("temporary", None) }),
    ] {
        wire.declare(1, declare);
        let shown = get(&broker, &format!("/api/queues/%2F/{name}"));
        assert_eq!(shown["arguments"], json!({"x-queue-type": "classic"}), "{name}");
    }
    put(&broker, "/api/vhosts/%2F", json!({"default_queue_type": "undefined"}));
    wire.declare(1, declare("after", None));
    wire.declare(1, declare("after", Some("classic")));
    wire.declare(1, declare("before", Some("classic")));
    assert_eq!(get(&broker, "/api/vhosts/%2F")["default_queue_type"], "undefined");
}

#[test]
fn the_configuration_names_it_where_no_virtual_host_does() {
    let Some(broker) = Broker::start_own(Some("default_queue_type = quorum\n")) else { return };
    put(&broker, "/api/vhosts/%2F", json!({"default_queue_type": "classic"}));
    put(&broker, "/api/vhosts/other", json!({}));
    for (vhost, kind) in [("%2F", "classic"), ("other", "quorum")] {
        put(&broker, &format!("/api/queues/{vhost}/q"), json!({"durable": true}));
        let shown = get(&broker, &format!("/api/queues/{vhost}/q"));
        assert_eq!(shown["arguments"], json!({"x-queue-type": kind}), "{vhost}");
    }
}

#[test]
fn types_can_be_disabled() {
    let configuration = "queue_types.quorum.enabled = false\n";
    let Some(broker) = Broker::start_own(Some(configuration)) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, declare("classic", None));
    let node = get(&broker, "/api/overview")["node"].as_str().unwrap().to_owned();
    let text = format!(
        "INTERNAL_ERROR - Cannot declare a queue 'queue 'q' in vhost '/'' of type 'rabbit_quorum_queue' on node \
         '{node}': the corresponding feature flag is disabled"
    );
    let declare = AMQPClass::Queue(queue::AMQPMethod::Declare(declare("q", Some("quorum"))));
    assert_eq!(wire.fatal(1, declare), (541, text));
    let answer = broker.http("PUT", "/api/vhosts/other", r#"{"default_queue_type":"quorum"}"#);
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("queue type quorum is not enabled"), "{}", answer.body);
}
