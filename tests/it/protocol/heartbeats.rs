//! Heartbeats: the server sends them, and misses the client's.

use amq_protocol::protocol::connection;

use crate::harness::{Arrival, Broker, Wire, capable};

/// A connection that agreed on a heartbeat every second.
fn beating(broker: &Broker) -> Wire {
    let mut wire = Wire::dial(broker);
    wire.login("PLAIN", b"\0guest\0guest", capable());
    wire.agree(Some(connection::TuneOk { channel_max: 10, frame_max: 131_072, heartbeat: 1 }));
    wire.open_vhost(&broker.vhost);
    wire
}

#[test]
fn the_server_sends_heartbeats_and_ends_a_connection_that_sends_none() {
    let broker = Broker::start();
    let mut wire = beating(&broker);
    let mut heartbeats = 0;
    loop {
        match wire.next() {
            Arrival::Heartbeat => heartbeats += 1,
            Arrival::End => break,
            other => panic!("{other:?}"),
        }
        assert!(heartbeats < 20, "a silent client is still connected");
    }
    assert!(heartbeats >= 1, "no heartbeat came");
}

#[test]
fn a_client_that_sends_heartbeats_stays() {
    let broker = Broker::start();
    let mut wire = beating(&broker);
    for _ in 0..8 {
        assert_eq!(wire.next(), Arrival::Heartbeat);
        wire.write(b"\x08\0\0\0\0\0\0\xce");
    }
    wire.open(1);
    wire.declare_queue(1, "q");
}

#[test]
fn any_traffic_counts_as_a_heartbeat() {
    let broker = Broker::start();
    let mut wire = beating(&broker);
    wire.open(1);
    wire.declare_queue(1, "q");
    for _ in 0..8 {
        assert_eq!(wire.next(), Arrival::Heartbeat);
        wire.publish(1, "", "q", b"x");
    }
    wire.close(1);
}

#[test]
fn heartbeats_come_on_channel_0_only() {
    let broker = Broker::start();
    let mut wire = beating(&broker);
    wire.write(b"\x08\0\x01\0\0\0\0\xce");
    let closed = wire.connection_closed();
    assert!(matches!(closed.code, 501 | 503 | 504 | 505), "{closed:?}");
}
