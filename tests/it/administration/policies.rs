//! Policies: what they apply to, at once and after a restart.

use amq_protocol::protocol::basic::{self, AMQPProperties};
use amq_protocol::protocol::{exchange, queue};
use amq_protocol::types::{AMQPValue, FieldTable};
use serde_json::{Value, json};

use super::{get, put};
use crate::harness::{Broker, Wire, method};

/// What the API shows of the policies of a queue or exchange.
#[track_caller]
fn policies_of(broker: &Broker, path: &str) -> Value {
    let object = get(broker, path);
    json!([object["policy"], object["operator_policy"], object["effective_policy_definition"]])
}

#[test]
fn a_policy_applies_to_what_is_there_and_to_what_comes() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q1");
    put(&broker, "/api/policies/%2F/p", json!({"pattern": "^q", "definition": {"max-length": 10}}));
    wire.declare_queue(1, "q2");
    wire.declare_queue(1, "x");
    let applied = json!(["p", null, {"max-length": 10}]);
    assert_eq!(policies_of(&broker, "/api/queues/%2F/q1"), applied);
    assert_eq!(policies_of(&broker, "/api/queues/%2F/q2"), applied);
    assert_eq!(policies_of(&broker, "/api/queues/%2F/x"), json!([null, null, {}]));
    put(
        &broker,
        "/api/policies/%2F/higher",
        json!({"pattern": "2$", "priority": 1, "definition": {"expires": 60000}}),
    );
    put(&broker, "/api/operator-policies/%2F/o", json!({"pattern": ".", "definition": {"max-length": 7}}));
    assert_eq!(policies_of(&broker, "/api/queues/%2F/q1"), json!(["p", "o", {"max-length": 7}]));
    assert_eq!(
        policies_of(&broker, "/api/queues/%2F/q2"),
        json!(["higher", "o", {"expires": 60000, "max-length": 7}])
    );
    assert_eq!(broker.http("DELETE", "/api/policies/%2F/p", "").status, 204);
    assert_eq!(broker.http("DELETE", "/api/operator-policies/%2F/o", "").status, 204);
    assert_eq!(policies_of(&broker, "/api/queues/%2F/q1"), json!([null, null, {}]));
}

#[test]
fn policies_are_for_kinds_of_queues() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    let kind = |name: &str| {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString(name.into()));
        arguments
    };
    wire.declare(
        1,
        queue::Declare {
            queue: "c".into(),
            durable: true,
            arguments: kind("classic"),
            ..queue::Declare::default()
        },
    );
    for (policy, apply_to) in [("q", "quorum_queues"), ("c", "classic_queues"), ("x", "exchanges")] {
        let body = json!({"pattern": ".*", "apply-to": apply_to, "definition": {"queue-leader-locator": "balanced"}});
        put(&broker, &format!("/api/policies/%2F/{policy}"), body);
    }
    assert_eq!(policies_of(&broker, "/api/queues/%2F/c")[0], "c");
    assert_eq!(policies_of(&broker, "/api/exchanges/%2F/amq.topic")[0], "x");
    // A classic queue does not know what a delivery limit is, so a policy with one is not for it.
    put(
        &broker,
        "/api/policies/%2F/higher",
        json!({"pattern": ".*", "priority": 9, "definition": {"delivery-limit": 3}}),
    );
    assert_eq!(policies_of(&broker, "/api/queues/%2F/c")[0], "c");
}

#[test]
fn an_alternate_exchange_comes_from_a_policy_at_once() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, queue::Declare { queue: "q".into(), durable: true, ..queue::Declare::default() });
    wire.bind(1, "q", "amq.fanout", "", FieldTable::default());
    let own = |name: &str, alternate: Option<&str>| {
        let mut arguments = FieldTable::default();
        if let Some(alternate) = alternate {
            arguments.insert("alternate-exchange".into(), AMQPValue::LongString(alternate.into()));
        }
        let kind = "direct".into();
        exchange::Declare {
            exchange: name.into(),
            kind,
            durable: true,
            arguments,
            ..exchange::Declare::default()
        }
    };
    wire.accepted(
        1,
        amq_protocol::protocol::AMQPClass::Exchange(exchange::AMQPMethod::Declare(own("e", None))),
    );
    let argued = own("argued", Some("nowhere"));
    wire.accepted(1, amq_protocol::protocol::AMQPClass::Exchange(exchange::AMQPMethod::Declare(argued)));
    wire.confirm_select(1);
    wire.publish(1, "e", "k", b"lost");
    wire.await_confirm(1, 1);
    assert_eq!(wire.counts(1, "q").0, 0);
    let body = json!({"pattern": "^(e|argued)$", "definition": {"alternate-exchange": "amq.fanout"}});
    put(&broker, "/api/policies/%2F/ae", body.clone());
    // The route that the channel remembers does not hold any more.
    wire.publish(1, "e", "k", b"found");
    wire.await_confirms(1, 2..=2);
    assert_eq!(wire.counts(1, "q").0, 1);
    wire.publish(1, "argued", "k", b"the argument comes first");
    wire.await_confirms(1, 3..=3);
    assert_eq!(wire.counts(1, "q").0, 1);
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    wire.confirm_select(1);
    wire.publish(1, "e", "k", b"found again");
    wire.await_confirm(1, 1);
    wire.accepted(1, method!(queue::Purge { queue: "q" }));
    assert_eq!(broker.http("DELETE", "/api/policies/%2F/ae", "").status, 204);
    wire.publish(1, "e", "k", b"lost again");
    wire.await_confirms(1, 2..=2);
    assert_eq!(wire.counts(1, "q").0, 0);
}

#[test]
fn policies_survive_a_crash_and_a_checkpoint() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, queue::Declare { queue: "q".into(), durable: true, ..queue::Declare::default() });
    put(&broker, "/api/policies/%2F/gone", json!({"pattern": ".*", "definition": {"max-length": 1}}));
    put(
        &broker,
        "/api/policies/%2F/p",
        json!({"pattern": "^q", "priority": 3, "apply-to": "queues", "definition": {"max-length": 10}}),
    );
    put(&broker, "/api/operator-policies/%2F/o", json!({"pattern": ".", "definition": {"max-length": 7}}));
    assert_eq!(broker.http("DELETE", "/api/policies/%2F/gone", "").status, 204);
    let shown = broker.http("GET", "/api/policies", "").body;
    let expected = json!([{"vhost": "/", "name": "p", "pattern": "^q", "apply-to": "queues",
        "definition": {"max-length": 10}, "priority": 3}]);
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), expected);
    for crash in [true, false, true] {
        if crash {
            broker.crash_and_restart()
        } else {
            broker.stop_and_restart()
        }
        assert_eq!(broker.http("GET", "/api/policies", "").body, shown);
        assert_eq!(policies_of(&broker, "/api/queues/%2F/q"), json!(["p", "o", {"max-length": 7}]));
    }
}

#[test]
fn policies_are_set_by_policymakers_and_operator_policies_by_administrators() {
    let Some(broker) = Broker::start_own(None) else { return };
    for (name, tags) in [("maker", "policymaker"), ("manager", "management")] {
        let body = json!({"password": "secret", "tags": tags});
        put(&broker, &format!("/api/users/{name}"), body);
        put(
            &broker,
            &format!("/api/permissions/%2F/{name}"),
            json!({"configure": "", "write": "", "read": ""}),
        );
    }
    put(&broker, "/api/vhosts/closed", json!({}));
    let body = json!({"pattern": ".*", "definition": {"max-length": 1}}).to_string();
    let ask =
        |user: &str, method: &str, path: &str| broker.http_as((user, "secret"), method, path, &body).status;
    assert_eq!(ask("maker", "PUT", "/api/policies/%2F/p"), 201);
    assert_eq!(ask("maker", "PUT", "/api/policies/%2F/p"), 204);
    assert_eq!(ask("manager", "GET", "/api/policies/%2F/p"), 401);
    assert_eq!(ask("manager", "GET", "/api/policies/%2F"), 200);
    assert_eq!(ask("manager", "PUT", "/api/policies/%2F/p"), 401);
    assert_eq!(ask("manager", "DELETE", "/api/policies/%2F/p"), 401);
    assert_eq!(ask("maker", "PUT", "/api/policies/closed/p"), 404);
    assert_eq!(ask("maker", "PUT", "/api/operator-policies/%2F/p"), 401);
    assert_eq!(ask("maker", "GET", "/api/operator-policies/%2F/p"), 401);
    assert_eq!(ask("maker", "GET", "/api/operator-policies/%2F"), 200);
    assert_eq!(ask("maker", "GET", "/api/policies/%2F/nope"), 404);
    assert_eq!(ask("maker", "DELETE", "/api/policies/%2F/p"), 204);
    assert_eq!(ask("maker", "DELETE", "/api/policies/%2F/p"), 404);
    let refused = broker.http("PUT", "/api/policies/%2F/p", r#"{"pattern": ".*"}"#);
    assert_eq!(
        (refused.status, refused.body.contains("key_missing,definition")),
        (400, true),
        "{}",
        refused.body
    );
    let refused =
        broker.http("PUT", "/api/policies/%2F/p", r#"{"pattern": ".*", "definition": {"message-ttl": "x"}}"#);
    let reason: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(reason["reason"], "Validation failed\n\n<<\"x\">> is not a valid message TTL\n");
}

#[test]
fn a_queue_goes_by_its_policy_at_once() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, queue::Declare { queue: "q".into(), durable: true, ..queue::Declare::default() });
    wire.confirm_select(1);
    let mut confirmed = 0;
    let publish = |wire: &mut Wire, confirmed: &mut u64, count: u64| {
        for number in 0..count {
            let body = number.to_string();
            let publish = basic::Publish { routing_key: "q".into(), ..basic::Publish::default() };
            wire.publish_with(1, publish, AMQPProperties::default().with_delivery_mode(2), body.as_bytes());
        }
        wire.await_confirms(1, *confirmed + 1..=*confirmed + count);
        *confirmed += count;
    };
    publish(&mut wire, &mut confirmed, 10);
    put(&broker, "/api/policies/%2F/p", json!({"pattern": "^q$", "definition": {"max-length": 4}}));
    assert_eq!(wire.counts(1, "q").0, 4);
    publish(&mut wire, &mut confirmed, 3);
    assert_eq!(wire.counts(1, "q").0, 4);
    // The operator's smaller number counts.
    put(&broker, "/api/operator-policies/%2F/o", json!({"pattern": ".*", "definition": {"max-length": 2}}));
    assert_eq!(wire.counts(1, "q").0, 2);
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    wire.confirm_select(1);
    assert_eq!(wire.counts(1, "q").0, 2);
    publish(&mut wire, &mut 0, 5);
    assert_eq!(wire.counts(1, "q").0, 2);
    assert_eq!(wire.take(1, "q").2, "3");
    assert_eq!(broker.http("DELETE", "/api/operator-policies/%2F/o", "").status, 204);
    assert_eq!(broker.http("DELETE", "/api/policies/%2F/p", "").status, 204);
    let mut wire = Wire::with_channel(&broker);
    wire.confirm_select(1);
    publish(&mut wire, &mut 0, 5);
    assert_eq!(wire.counts(1, "q").0, 6);
}
