//! What each method needs permission for.

use amq_protocol::types::FieldTable;

use crate::harness::{Broker, Wire, capable, method};

/// A connection of a user with these permissions, channel 1 open.
fn wire_as(broker: &Broker, user: &str, configure: &str, write: &str, read: &str) -> Wire {
    broker.permit_user(user, configure, write, read);
    let mut wire = Wire::dial(broker);
    wire.login("PLAIN", format!("\0{user}\0secret").as_bytes(), capable());
    wire.agree(None);
    wire.open_vhost(&broker.vhost);
    wire.open(1);
    wire
}

#[test]
fn configuring_writing_and_reading_are_each_refused_with_403() {
    let broker = Broker::start();
    let mut admin = Wire::with_channel(&broker);
    for name in ["mine-q", "yours-q"] {
        admin.declare_queue(1, name);
    }
    admin.declare_exchange(1, "yours-e", "fanout");
    admin.declare_exchange(1, "mine-e", "fanout");
    let mut wire = wire_as(&broker, "it-limited", "^mine-", "^mine-", "^mine-");
    for (refused, thing) in [
        (method!(queue::Declare { queue: "yours-new" }), "queue 'yours-new'"),
        (method!(queue::Delete { queue: "yours-q" }), "queue 'yours-q'"),
        (method!(queue::Purge { queue: "yours-q" }), "queue 'yours-q'"),
        (method!(queue::Bind { queue: "yours-q", exchange: "mine-e" }), "queue 'yours-q'"),
        (method!(queue::Bind { queue: "mine-q", exchange: "yours-e" }), "exchange 'yours-e'"),
        (method!(exchange::Declare { exchange: "yours-new", kind: "fanout" }), "exchange 'yours-new'"),
        (method!(exchange::Delete { exchange: "yours-e" }), "exchange 'yours-e'"),
        (method!(exchange::Bind { source: "yours-e", destination: "mine-e" }), "exchange 'yours-e'"),
        (method!(exchange::Bind { source: "mine-e", destination: "yours-e" }), "exchange 'yours-e'"),
        (method!(basic::Consume { queue: "yours-q" }), "queue 'yours-q'"),
        (method!(basic::Get { queue: "yours-q" }), "queue 'yours-q'"),
    ] {
        let (code, text) = wire.refused(1, refused.clone());
        assert_eq!(code, 403, "{refused:?}: {text}");
        let (starts, names) = (text.starts_with("ACCESS_REFUSED - "), text.contains(thing));
        let ends = text.contains("in vhost '/' refused for user 'it-limited'");
        assert!(starts && names && ends, "{refused:?}: {text}");
    }
    wire.publish(1, "yours-e", "", b"x");
    assert_eq!(wire.channel_closed(1).code, 403);
    wire.open(1);
    // The default exchange is one more exchange, named by the empty string: `^mine-` does not match that.
    wire.publish(1, "", "mine-q", b"x");
    assert_eq!(wire.channel_closed(1).code, 403);
    wire.open(1);
    // Its own it may do all with.
    wire.declare_queue(1, "mine-new");
    wire.bind(1, "mine-new", "mine-e", "", FieldTable::default());
    wire.publish(1, "mine-e", "", b"x");
    wire.consume(1, "mine-new", "c");
    assert_eq!(wire.texts(1, 1), ["x"]);
}

#[test]
fn whoever_may_do_anything_with_a_thing_may_ask_whether_it_is_there() {
    let broker = Broker::start();
    let mut admin = Wire::with_channel(&broker);
    admin.declare_queue(1, "there");
    admin.declare_exchange(1, "there", "fanout");
    let ask = |name: &str, is_queue: bool| match is_queue {
        true => method!(queue::Declare { queue: name, passive: true }),
        false => method!(exchange::Declare { exchange: name, passive: true }),
    };
    for permissions in [["there", "^$", "^$"], ["^$", "there", "^$"], ["^$", "^$", "there"]] {
        let [configure, write, read] = permissions;
        let mut wire = wire_as(&broker, "it-asking", configure, write, read);
        for is_queue in [true, false] {
            wire.accepted(1, ask("there", is_queue));
            assert_eq!(wire.refused(1, ask("not-there", is_queue)).0, 404);
            let (what, other) = if is_queue { ("queue", "other") } else { ("exchange", "amq.fanout") };
            let says = format!(
                "ACCESS_REFUSED - configure access to {what} '{other}' in vhost '/' refused for user 'it-asking'"
            );
            assert_eq!(wire.refused(1, ask(other, is_queue)), (403, says));
        }
    }
}

#[test]
fn a_changed_permission_takes_effect_on_open_connections() {
    let broker = Broker::start();
    let mut wire = wire_as(&broker, "it-changing", ".*", ".*", ".*");
    wire.declare_queue(1, "before");
    broker.permit_user("it-changing", "^$", "^$", ".*");
    let (code, text) = wire.refused(1, method!(queue::Declare { queue: "after" }));
    assert_eq!(code, 403, "{text}");
    wire.publish(1, "amq.fanout", "", b"x");
    assert_eq!(wire.channel_closed(1).code, 403);
}
