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
fn what_is_denied_is_refused_or_taken_for_something_else() {
    let config = "deprecated_features.permit.transient_nonexcl_queues = false\n\
                  deprecated_features.permit.global_qos = false\n";
    let Some(broker) = Broker::start_own(Some(config)) else { return };
    let all = get(&broker, "/api/deprecated-features");
    assert!(all.as_array().unwrap().iter().all(|feature| feature["state"] == "denied"), "{all}");
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, method!(queue::Declare { queue: "durable", durable: true }));
    wire.accepted(1, method!(queue::Declare { queue: "exclusive", exclusive: true }));
    // What does not fit into a reply text is cut.
    let text = "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated.\nIts use is not permitted per the \
                configuration (overriding the default, which is permitted):\n    \
                \"deprecated_features.permit.transient_nonexcl_queues = false\"\nIts use will not be permit...";
    assert_eq!(wire.fatal(1, method!(queue::Declare { queue: "transient" })), (541, text.into()));
    let answer = broker.http("PUT", "/api/queues/%2F/q", r#"{"durable":false}"#);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let reason = body["reason"].as_str().unwrap();
    assert_eq!(answer.status, 400);
    assert!(reason.contains("actual versions to be determined.\nTo continue using this feature"), "{reason}");
    assert!(
        reason.ends_with("    \"deprecated_features.permit.transient_nonexcl_queues = true\""),
        "{reason}"
    );
}

/// Two consumers with a limit of one message get one each where the limit is not the channel's.
#[test]
fn a_denied_limit_of_a_channel_is_one_of_each_consumer() {
    for (permitted, together) in [(true, 1), (false, 2)] {
        let config = format!("deprecated_features.permit.global_qos = {permitted}\n");
        let Some(broker) = Broker::start_own(Some(&config)) else { return };
        let mut wire = Wire::with_channel(&broker);
        wire.accepted(1, method!(queue::Declare { queue: "q", durable: true }));
        wire.qos(1, 1, true);
        wire.consume(1, "q", "one");
        wire.consume(1, "q", "two");
        let mut publisher = Wire::with_channel(&broker);
        publisher.confirm_select(1);
        for _ in 0..3 {
            publisher.publish(1, "", "q", b"x");
        }
        publisher.await_confirms(1, 1..=3);
        assert_eq!(publisher.counts(1, "q").0, 3 - together, "permitted: {permitted}");
    }
}
