//! Topic permissions: which routing keys a user may publish and bind with.

use amq_protocol::types::FieldTable;
use serde_json::{Value, json};

use super::{get, log_in, put};
use crate::harness::{Broker, Wire, method};

fn permit(broker: &Broker, exchange: &str, write: &str, read: &str) {
    let body = json!({"exchange": exchange, "write": write, "read": read});
    put(broker, "/api/topic-permissions/%2F/alice", body);
}

fn alice(broker: &Broker) -> Wire {
    let mut wire = log_in(broker, "alice");
    wire.open_vhost("/");
    wire.open(1);
    wire
}

#[test]
fn keys_are_refused_at_topic_exchanges() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    broker.permit_user("alice", ".*", ".*", ".*");
    permit(&broker, "amq.topic", "^{username}\\.", "^(a|#)");
    broker.crash_and_restart();
    let mut wire = alice(&broker);
    wire.declare_queue(1, "q");
    wire.bind(1, "q", "amq.topic", "a.#", FieldTable::default());
    wire.bind(1, "q", "amq.topic", "#", FieldTable::default());
    wire.bind(1, "q", "amq.direct", "x", FieldTable::default());
    let refused = |access: &str, key: &str| {
        let text = format!(
            "ACCESS_REFUSED - {access} access to topic '{key}' in exchange 'amq.topic' in vhost '/' refused for user \
             'alice'"
        );
        (403, text)
    };
    let bind = method!(queue::Bind { queue: "q", exchange: "amq.topic", routing_key: "b.#" });
    assert_eq!(wire.refused(1, bind), refused("read", "b.#"));
    let bind = method!(exchange::Bind { source: "amq.topic", destination: "amq.fanout", routing_key: "b" });
    assert_eq!(wire.refused(1, bind), refused("read", "b"));
    wire.confirm_select(1);
    wire.publish(1, "amq.topic", "alice.1", b"permitted");
    // Of a topic exchange alone the key is asked for.
    wire.publish(1, "amq.direct", "x", b"permitted");
    wire.await_confirms(1, 1..=2);
    assert_eq!(wire.counts(1, "q").0, 2);
    wire.publish(1, "amq.topic", "bob.1", b"refused");
    let closed = wire.channel_closed(1);
    assert_eq!((closed.code, closed.text), refused("write", "bob.1"));
    // Others are not held to what alice may.
    let mut guest = Wire::with_channel(&broker);
    guest.confirm_select(1);
    guest.publish(1, "amq.topic", "bob.1", b"permitted");
    guest.await_confirm(1, 1);
    assert_eq!(guest.counts(1, "q").0, 3);
}

#[test]
fn a_change_counts_for_routes_that_are_remembered() {
    let Some(broker) = Broker::start_own(None) else { return };
    broker.permit_user("alice", ".*", ".*", ".*");
    let mut wire = alice(&broker);
    wire.confirm_select(1);
    wire.publish(1, "amq.topic", "k", b"x");
    wire.await_confirm(1, 1);
    permit(&broker, "amq.topic", "^other$", ".*");
    wire.publish(1, "amq.topic", "k", b"x");
    assert_eq!(wire.channel_closed(1).code, 403);
    assert_eq!(broker.http("DELETE", "/api/topic-permissions/%2F/alice", "").status, 204);
    wire.open(1);
    wire.confirm_select(1);
    wire.publish(1, "amq.topic", "k", b"x");
    wire.await_confirm(1, 1);
}

#[test]
fn more_keys_of_a_message_are_asked_for_too() {
    use amq_protocol::protocol::basic::{AMQPProperties, Publish};
    use amq_protocol::types::{AMQPValue, FieldArray};

    let Some(broker) = Broker::start_own(None) else { return };
    broker.permit_user("alice", ".*", ".*", ".*");
    permit(&broker, "amq.topic", "^k$", ".*");
    let mut wire = alice(&broker);
    let mut headers = FieldTable::default();
    let keys = FieldArray::from(vec![AMQPValue::LongString("forbidden".into())]);
    headers.insert("CC".into(), AMQPValue::FieldArray(keys));
    let publish = Publish { exchange: "amq.topic".into(), routing_key: "k".into(), ..Publish::default() };
    wire.publish_with(1, publish, AMQPProperties::default().with_headers(headers), b"x");
    let closed = wire.channel_closed(1);
    assert!(closed.code == 403 && closed.text.contains("topic 'forbidden'"), "{closed:?}");
}

#[test]
fn they_are_listed_by_user_and_vhost_and_go_with_them() {
    let Some(broker) = Broker::start_own(None) else { return };
    broker.permit_user("alice", ".*", ".*", ".*");
    permit(&broker, "amq.topic", "^w", "^r");
    let answer = broker.http(
        "PUT",
        "/api/topic-permissions/%2F/alice",
        r#"{"exchange":"another","write":"","read":""}"#,
    );
    assert_eq!((answer.status, answer.body.contains(r#"["no_such_exchange","another"]"#)), (400, true));
    put(&broker, "/api/exchanges/%2F/another", json!({"type": "topic"}));
    permit(&broker, "another", "", "");
    let entry = |exchange: &str, write: &str, read: &str| json!({"user": "alice", "vhost": "/", "exchange": exchange, "write": write, "read": read});
    let all = json!([entry("amq.topic", "^w", "^r"), entry("another", "", "")]);
    for path in [
        "/api/topic-permissions",
        "/api/topic-permissions/%2F/alice",
        "/api/users/alice/topic-permissions",
        "/api/vhosts/%2F/topic-permissions",
    ] {
        assert_eq!(get(&broker, path), all, "{path}");
    }
    assert_eq!(broker.http("DELETE", "/api/topic-permissions/%2F/alice/another", "").status, 204);
    assert_eq!(broker.http("DELETE", "/api/topic-permissions/%2F/alice/another", "").status, 404);
    assert_eq!(broker.http("GET", "/api/topic-permissions/%2F/guest", "").status, 404);
    let bad = json!({"exchange": "amq.topic", "write": "(", "read": ""}).to_string();
    let answer = broker.http("PUT", "/api/topic-permissions/%2F/alice", &bad);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["reason"], "regular expression '(' is invalid: unclosed group");
    assert_eq!(broker.http("PUT", "/api/topic-permissions/%2F/nobody", &bad.replace('(', "x")).status, 400);
    broker.ctl(&["delete_user", "alice"]).ok();
    assert_eq!(get(&broker, "/api/topic-permissions"), json!([]));
}
