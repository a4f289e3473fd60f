//! Deprecated features: which are in use, and what a denied one answers.

use serde_json::Value;

use super::get;
use crate::harness::{Broker, Wire, method};

fn names(listed: &Value) -> Vec<&str> {
    listed.as_array().unwrap().iter().map(|feature| feature["name"].as_str().unwrap()).collect()
}

#[test]
fn those_in_use_are_told_from_the_others() {
    let Some(broker) = Broker::start_own(None) else { return };
    let all = get(&broker, "/api/deprecated-features");
    assert_eq!(names(&all), ["global_qos", "transient_nonexcl_queues"]);
    assert!(all.as_array().unwrap().iter().all(|feature| feature["state"] == "permitted"), "{all}");
    let used = || get(&broker, "/api/deprecated-features/used");
    assert!(names(&used()).is_empty());
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "transient");
    assert_eq!(names(&used()), ["transient_nonexcl_queues"]);
    wire.qos(1, 5, true);
    assert_eq!(names(&used()), ["global_qos", "transient_nonexcl_queues"]);
    wire.qos(1, 0, true);
    wire.accepted(1, method!(queue::Delete { queue: "transient" }));
    assert!(names(&used()).is_empty());
}

#[test]
fn a_denied_one_ends_the_connection() {
    let config = "deprecated_features.permit.transient_nonexcl_queues = false\n\
                  deprecated_features.permit.global_qos = false\n";
    let Some(broker) = Broker::start_own(Some(config)) else { return };
    let all = get(&broker, "/api/deprecated-features");
    assert!(all.as_array().unwrap().iter().all(|feature| feature["state"] == "denied"), "{all}");
    let denied = |feature: &str| {
        format!(
            "INTERNAL_ERROR - Feature `{feature}` is deprecated.\nIts use is not permitted per the configuration \
             (overriding the default, which is permitted):\n    \"deprecated_features.permit.{feature} = false\""
        )
    };
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, method!(queue::Declare { queue: "durable", durable: true }));
    wire.accepted(1, method!(queue::Declare { queue: "exclusive", exclusive: true }));
    wire.qos(1, 5, false);
    assert_eq!(
        wire.fatal(1, method!(queue::Declare { queue: "transient" })),
        (541, denied("transient_nonexcl_queues"))
    );
    let wire = Wire::with_channel(&broker);
    assert_eq!(
        wire.fatal(1, method!(basic::Qos { prefetch_count: 5u16, global: true })),
        (541, denied("global_qos"))
    );
    let answer = broker.http("PUT", "/api/queues/%2F/q", r#"{"durable":false}"#);
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("transient_nonexcl_queues"), "{}", answer.body);
}
