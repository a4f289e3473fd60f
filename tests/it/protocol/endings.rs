//! Connections, queues and consumers that end because somebody administers the broker.

use amq_protocol::protocol::{AMQPClass, basic};

use crate::harness::{Broker, Wire, capable, eventually, method};

/// Name of the only connection in the test's virtual host, as a path segment.
fn connection_name(broker: &Broker) -> String {
    eventually("the connection is listed", || {
        let answer = broker.http("GET", "/api/connections", "");
        let listed: serde_json::Value =
            serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
        let own = |one: &&serde_json::Value| one["vhost"] == broker.vhost.as_str();
        let found =
            listed.as_array().and_then(|all| all.iter().find(own)).and_then(|one| one["name"].as_str());
        found.map(crate::harness::segment).ok_or(answer.body)
    })
}

#[test]
fn an_operator_closes_a_connection() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a"]);
    wire.take(1, "q");
    let name = connection_name(&broker);
    assert_eq!(broker.http("DELETE", &format!("/api/connections/{name}"), "").status, 204);
    let closed = wire.connection_closed();
    assert_eq!(closed.code, 320, "{closed:?}");
    assert!(closed.text.starts_with("CONNECTION_FORCED"), "{closed:?}");
    broker.shows_queues(&[("q", 1, 0)]);
}

#[test]
fn a_deleted_queue_takes_its_consumers_along() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.consume(1, "q", "c");
    broker.ctl(&["delete_queue", "q"]).ok();
    match wire.method(1) {
        AMQPClass::Basic(basic::AMQPMethod::Cancel(cancel)) => assert_eq!(cancel.consumer_tag.as_str(), "c"),
        other => panic!("not basic.cancel: {other:?}"),
    }
    assert_eq!(wire.refused(1, method!(queue::Declare { queue: "q", passive: true })).0, 404);
}

#[test]
fn a_purge_leaves_consumers_alone() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.qos(1, 1, false);
    wire.consume(1, "q", "c");
    wire.fill("q", &["a", "b", "c"]);
    assert_eq!(wire.texts(1, 1), ["a"]);
    broker.ctl(&["purge_queue", "q"]).ok();
    broker.shows_queues(&[("q", 0, 1)]);
    wire.fill("q", &["d"]);
    wire.ack(1, 1, false);
    assert_eq!(wire.texts(1, 1), ["d"]);
}

#[test]
fn a_deleted_virtual_host_closes_its_connections() {
    let Some(broker) = Broker::start_own(None) else { return };
    broker.ctl(&["add_vhost", "short-lived"]).ok();
    broker.ctl(&["set_permissions", "-p", "short-lived", "guest", ".*", ".*", ".*"]).ok();
    let mut elsewhere = Wire::with_channel(&broker);
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0guest\0guest", capable());
    wire.agree(None);
    wire.open_vhost("short-lived");
    wire.open(1);
    wire.declare_queue(1, "q");
    broker.ctl(&["delete_vhost", "short-lived"]).ok();
    let closed = wire.connection_closed();
    assert_eq!(closed.code, 320, "{closed:?}");
    elsewhere.declare_queue(1, "q");
    // The same name is a new virtual host.
    broker.ctl(&["add_vhost", "short-lived"]).ok();
    assert_eq!(broker.ctl(&["list_queues", "-q", "-p", "short-lived"]).ok(), "");
}

#[test]
fn a_deleted_user_is_sent_away() {
    let Some(broker) = Broker::start_own(None) else { return };
    broker.permit_user("leaver", ".*", ".*", ".*");
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0leaver\0secret", capable());
    wire.agree(None);
    wire.open_vhost("/");
    wire.open(1);
    broker.ctl(&["delete_user", "leaver"]).ok();
    let closed = wire.connection_closed();
    assert_eq!(closed.code, 320, "{closed:?}");
    let mut wire = Wire::dial(&broker);
    wire.start("PLAIN", b"\0leaver\0secret", capable());
    assert_eq!(wire.connection_closed().code, 403);
}

#[test]
fn a_consumer_that_does_not_read_holds_up_nobody() {
    let broker = Broker::start();
    let mut lazy = Wire::with_channel(&broker);
    lazy.declare_queue(1, "q");
    let consume = basic::Consume { queue: "q".into(), no_ack: true, ..basic::Consume::default() };
    lazy.consume_with(1, consume);
    // Far more than any socket buffer takes.
    let mut wire = Wire::with_channel(&broker);
    wire.confirm_select(1);
    for _ in 0..2000 {
        wire.publish(1, "", "q", &[7; 16 * 1024]);
    }
    wire.await_confirm(1, 2000);
    wire.declare_queue(1, "other");
    wire.fill("other", &["a"]);
    assert_eq!(wire.take(1, "other").2, "a");
    // When it reads at last, everything is there.
    for _ in 0..2000 {
        assert_eq!(lazy.message(1).body.len(), 16 * 1024);
    }
}
