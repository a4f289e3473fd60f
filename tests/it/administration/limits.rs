//! Limits of virtual hosts, users and the node: what is refused, with code and text, and what becomes of it.

use amq_protocol::protocol::queue;
use serde_json::json;

use super::{get, log_in, put};
use crate::harness::{Broker, Wire, eventually, method};

/// Opens the virtual host and expects to be refused.
#[track_caller]
fn refused_open(mut wire: Wire) -> (u16, String) {
    wire.send(0, method!(connection::Open { virtual_host: "/" }));
    let closed = wire.connection_closed();
    (closed.code, closed.text)
}

#[test]
fn a_virtual_host_has_so_many_connections_and_no_more() {
    let Some(broker) = Broker::start_own(None) else { return };
    broker.permit_user("alice", ".*", ".*", ".*");
    put(&broker, "/api/vhost-limits/%2F/max-connections", json!({"value": 2}));
    let first = Wire::connect(&broker);
    let _second = Wire::connect(&broker);
    let text = "NOT_ALLOWED - access to vhost '/' refused for user 'alice': connection limit (2) is reached";
    assert_eq!(refused_open(log_in(&broker, "alice")), (530, text.into()));
    drop(first);
    // The server learns of the end of a socket a moment later.
    eventually("there is room", || {
        let open = get(&broker, "/api/connections").as_array().unwrap().len();
        if open < 2 { Ok(()) } else { Err(format!("{open} connections")) }
    });
    let mut third = log_in(&broker, "alice");
    third.open_vhost("/");
    put(&broker, "/api/vhost-limits/%2F/max-connections", json!({"value": 0}));
    let text = "NOT_ALLOWED - access to vhost '/' refused for user 'alice': connection limit (0) is reached";
    assert_eq!(refused_open(log_in(&broker, "alice")), (530, text.into()));
    put(&broker, "/api/vhost-limits/%2F/max-connections", json!({"value": -1}));
    log_in(&broker, "alice").open_vhost("/");
    assert_eq!(get(&broker, "/api/vhost-limits"), json!([{"vhost": "/", "value": {"max-connections": -1}}]));
    assert_eq!(get(&broker, "/api/vhosts/%2F")["limits"], json!({"max-connections": -1}));
}

#[test]
fn a_virtual_host_has_so_many_queues_and_no_more() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    put(&broker, "/api/vhost-limits/%2F/max-queues", json!({"value": 1}));
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    let durable =
        |name: &str| queue::Declare { queue: name.into(), durable: true, ..queue::Declare::default() };
    wire.declare(1, durable("q"));
    wire.declare(1, durable("q"));
    let text = "PRECONDITION_FAILED - cannot declare queue 'x': queue limit in vhost '/' (1) is reached";
    assert_eq!(wire.refused(1, method!(queue::Declare { queue: "x" })), (406, text.into()));
    let answer = broker.http("PUT", "/api/queues/%2F/x", "{}");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("queue limit in vhost '/' (1) is reached"), "{}", answer.body);
    wire.accepted(1, method!(queue::Delete { queue: "q" }));
    wire.declare(1, durable("x"));
    assert_eq!(broker.http("DELETE", "/api/vhost-limits/%2F/max-queues", "").status, 204);
    wire.declare(1, durable("y"));
    assert_eq!(get(&broker, "/api/vhost-limits"), json!([]));
}

#[test]
fn a_user_has_so_many_connections_and_channels_and_no_more() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    broker.permit_user("alice", ".*", ".*", ".*");
    put(&broker, "/api/user-limits/alice/max-connections", json!({"value": 2}));
    put(&broker, "/api/user-limits/alice/max-channels", json!({"value": 3}));
    let limits = json!([{"user": "alice", "value": {"max-channels": 3, "max-connections": 2}}]);
    assert_eq!(get(&broker, "/api/user-limits/alice"), limits);
    broker.crash_and_restart();
    assert_eq!(get(&broker, "/api/user-limits"), limits);
    assert_eq!(get(&broker, "/api/users/alice")["limits"], json!({"max-channels": 3, "max-connections": 2}));
    let open = || {
        let mut wire = log_in(&broker, "alice");
        wire.open_vhost("/");
        wire
    };
    let (mut first, mut second) = (open(), open());
    let text = "NOT_ALLOWED - connection refused for user 'alice': user connection limit (2) is reached";
    assert_eq!(refused_open(log_in(&broker, "alice")), (530, text.into()));
    // Others are not limited.
    let mut guest = Wire::with_channel(&broker);
    first.open(1);
    first.open(2);
    second.open(1);
    second.close(1);
    second.open(1);
    second.send(2, method!(channel::Open {}));
    let closed = second.connection_closed();
    let text = "NOT_ALLOWED - number of channels opened for user 'alice' has reached the maximum allowed user limit of 3";
    assert_eq!((closed.code, closed.text.as_str(), closed.method), (530, text, (20, 10)));
    guest.open(2);
    first.close(2);
    assert_eq!(broker.http("DELETE", "/api/user-limits/alice/max-channels", "").status, 204);
    for number in 2..10 {
        first.open(number);
    }
}

#[test]
fn the_configuration_limits_the_node() {
    let config = "connection_max = 1\nchannel_max_per_node = 2\nvhost_max = 2\ncluster_queue_limit = 1\n\
                  cluster_exchange_limit = 8\n";
    let Some(broker) = Broker::start_own(Some(config)) else { return };
    broker.permit_user("alice", ".*", ".*", ".*");
    let mut wire = Wire::with_channel(&broker);
    let text = "NOT_ALLOWED - connection refused: node connection limit (1) is reached";
    assert_eq!(refused_open(log_in(&broker, "alice")), (530, text.into()));
    wire.declare_queue(1, "q");
    wire.declare_queue(1, "q");
    let text = "PRECONDITION_FAILED - cannot declare queue 'x': queue limit in cluster (1) is reached";
    assert_eq!(wire.refused(1, method!(queue::Declare { queue: "x" })), (406, text.into()));
    wire.declare_exchange(1, "e", "direct");
    wire.declare_exchange(1, "e", "direct");
    let text =
        "PRECONDITION_FAILED - cannot declare exchange 'x' in vhost '/': exchange limit of 8 is reached";
    assert_eq!(
        wire.refused(1, method!(exchange::Declare { exchange: "x", kind: "direct" })),
        (406, text.into())
    );
    put(&broker, "/api/vhosts/v", json!({}));
    put(&broker, "/api/vhosts/v", json!({"description": "there already"}));
    let answer = broker.http("PUT", "/api/vhosts/w", "{}");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("cannot create vhost 'w': vhost limit of 2 is reached"), "{}", answer.body);
    wire.open(2);
    wire.send(3, method!(channel::Open {}));
    let closed = wire.connection_closed();
    assert_eq!(closed.code, 530);
    assert!(closed.text.contains("has reached the maximum allowed limit of 2"), "{}", closed.text);
}

#[test]
fn limits_are_an_administrators() {
    let Some(broker) = Broker::start_own(None) else { return };
    put(&broker, "/api/users/maker", json!({"password": "secret", "tags": "policymaker"}));
    put(&broker, "/api/permissions/%2F/maker", json!({"configure": "", "write": "", "read": ""}));
    let ask =
        |method: &str, path: &str| broker.http_as(("maker", "secret"), method, path, r#"{"value":1}"#).status;
    assert_eq!(ask("PUT", "/api/vhost-limits/%2F/max-queues"), 401);
    assert_eq!(ask("PUT", "/api/user-limits/maker/max-channels"), 401);
    assert_eq!(ask("GET", "/api/user-limits/maker"), 200);
    assert_eq!(ask("GET", "/api/user-limits/guest"), 401);
    assert_eq!(ask("GET", "/api/vhost-limits"), 200);
    for (path, reason) in [
        (
            "/api/vhost-limits/%2F/bogus",
            "Validation failed\n\nUnrecognised terms [{<<\"bogus\">>,1}] in limits\n",
        ),
        ("/api/user-limits/maker/max-queues", "Unrecognised terms [{<<\"max-queues\">>,1}] in user-limits"),
    ] {
        let answer = broker.http("PUT", path, r#"{"value":1}"#);
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, body["reason"].as_str()), (400, Some(reason)), "{path}");
    }
    assert_eq!(broker.http("PUT", "/api/vhost-limits/nope/max-queues", r#"{"value":1}"#).status, 404);
    let answer = broker.http("PUT", "/api/user-limits/nope/max-channels", r#"{"value":1}"#);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &body["reason"]), (400, &json!(["no_such_user", "nope"])));
}
