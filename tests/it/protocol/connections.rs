//! Handshake, tuning and closing.

use amq_protocol::protocol::{AMQPClass, connection};
use amq_protocol::types::{AMQPValue, FieldTable};

use crate::harness::{Arrival, Broker, Wire, capable, method};

#[test]
fn the_server_says_what_it_can_do() {
    let broker = Broker::start();
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0guest\0guest", capable());
    let start = &wire.start;
    assert_eq!((start.version_major, start.version_minor), (0, 9));
    let words = |text: &amq_protocol::types::LongString| -> Vec<String> {
        text.to_string().split(' ').map(str::to_owned).collect()
    };
    let mechanisms = words(&start.mechanisms);
    assert!(
        ["PLAIN", "AMQPLAIN"].iter().all(|name| mechanisms.iter().any(|had| had == name)),
        "{mechanisms:?}"
    );
    assert_eq!(words(&start.locales), ["en_US"]);
    let properties = start.server_properties.inner();
    for name in ["product", "version", "platform", "information", "cluster_name"] {
        assert!(matches!(properties.get(name), Some(AMQPValue::LongString(_))), "{name} in {properties:?}");
    }
    let Some(AMQPValue::FieldTable(capabilities)) = properties.get("capabilities") else {
        panic!("no capabilities in {properties:?}");
    };
    for name in [
        "publisher_confirms",
        "exchange_exchange_bindings",
        "basic.nack",
        "consumer_cancel_notify",
        "connection.blocked",
        "authentication_failure_close",
        "per_consumer_qos",
    ] {
        assert_eq!(capabilities.inner().get(name), Some(&AMQPValue::Boolean(true)), "{name}");
    }
    let tune = &wire.tune;
    assert_eq!((tune.channel_max, tune.frame_max, tune.heartbeat), (2047, 131_072, 60));
}

#[test]
fn another_protocol_is_answered_with_the_header_of_this_one() {
    let broker = Broker::start();
    for header in [&b"AMQP\x01\x01\x00\x0a"[..], b"AMQP\x00\x01\x02\x03", b"GET / HTTP/1.1\r\n\r\n"] {
        let mut wire = Wire::dial(&broker);
        wire.write(header);
        match wire.next() {
            // RabbitMQ 4 speaks AMQP 1.0 too, and may offer that.
            Arrival::ProtocolHeader([_, 1, 0, 0]) if !broker.is_own() => {}
            offered => assert_eq!(offered, Arrival::ProtocolHeader([0, 0, 9, 1]), "{header:?}"),
        }
        wire.ends();
    }
}

#[test]
fn a_wrong_password_is_refused_with_403_if_the_client_can_take_it() {
    let broker = Broker::start();
    for response in [&b"\0guest\0wrong"[..], b"\0nobody\0guest", b"\0\0"] {
        let mut wire = Wire::dial(&broker);
        wire.start("PLAIN", response, capable());
        let closed = wire.connection_closed();
        let text = "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. ";
        assert!(closed.code == 403 && closed.text.starts_with(text), "{closed:?}");
    }
    // Without the capability, the closed socket is all it gets.
    let mut wire = Wire::dial(&broker);
    wire.start("PLAIN", b"\0guest\0wrong", FieldTable::default());
    wire.ends();
}

#[test]
fn amqplain_logs_in_too() {
    let broker = Broker::start();
    // A field table without its length: LOGIN and PASSWORD as long strings.
    let response = |password: &[u8]| -> Vec<u8> {
        let mut bytes = b"\x05LOGINS\0\0\0\x05guest\x08PASSWORDS".to_vec();
        bytes.extend((password.len() as u32).to_be_bytes());
        bytes.extend(password);
        bytes
    };
    let mut wire = Wire::dial(&broker);
    wire.login("AMQPLAIN", &response(b"guest"), capable());
    wire.agree(None);
    wire.open_vhost(&broker.vhost);
    wire.open(1);
    let mut wire = Wire::dial(&broker);
    wire.start("AMQPLAIN", &response(b"wrong"), capable());
    assert_eq!(wire.connection_closed().code, 403);
}

#[test]
fn an_unknown_mechanism_is_refused() {
    let broker = Broker::start();
    let mut wire = Wire::dial(&broker);
    wire.start("KERBEROS", b"", capable());
    // RabbitMQ closes the socket without a word; what is said must be right.
    if let Some(closed) = wire.connection_ended() {
        assert_eq!(closed.code, 503, "{closed:?}");
        assert!(closed.text.starts_with("COMMAND_INVALID - unknown authentication mechanism"), "{closed:?}");
    }
}

#[test]
fn a_virtual_host_that_is_not_there_or_not_allowed_is_refused_with_530() {
    let broker = Broker::start();
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0guest\0guest", capable());
    wire.agree(None);
    let refused = wire.fatal(0, method!(connection::Open { virtual_host: "nowhere" }));
    assert_eq!(refused, (530, "NOT_ALLOWED - vhost nowhere not found".to_owned()));

    broker.http("PUT", "/api/users/it-stranger", r#"{"password":"secret","tags":""}"#);
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0it-stranger\0secret", capable());
    wire.agree(None);
    let refused = wire.fatal(0, method!(connection::Open { virtual_host: broker.vhost.as_str() }));
    let text = "NOT_ALLOWED - access to vhost '/' refused for user 'it-stranger'";
    assert_eq!(refused, (530, text.to_owned()));
}

#[test]
fn tuning_above_the_offer_is_refused_with_530() {
    let broker = Broker::start();
    for (channel_max, frame_max, text) in [
        (
            3000,
            131_072,
            "NOT_ALLOWED - negotiated channel_max = 3000 is higher than the maximum allowed value (2047)",
        ),
        (
            2047,
            200_000,
            "NOT_ALLOWED - negotiated frame_max = 200000 is higher than the maximum allowed value (131072)",
        ),
        (
            2047,
            1000,
            "NOT_ALLOWED - negotiated frame_max = 1000 is lower than the minimum allowed value (4096)",
        ),
    ] {
        let mut wire = Wire::dial(&broker);
        wire.login("PLAIN", b"\0guest\0guest", capable());
        wire.agree(Some(connection::TuneOk { channel_max, frame_max, heartbeat: 0 }));
        // RabbitMQ closes the socket without a word; what is said must be right.
        if let Some(closed) = wire.connection_ended() {
            assert_eq!((closed.code, closed.text.as_str()), (530, text));
        }
    }
}

#[test]
fn channels_above_the_agreed_number_are_refused() {
    let broker = Broker::start();
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0guest\0guest", capable());
    wire.agree(Some(connection::TuneOk { channel_max: 5, frame_max: 131_072, heartbeat: 0 }));
    wire.open_vhost(&broker.vhost);
    (1..=5).for_each(|channel| wire.open(channel));
    let (code, _text) = wire.fatal(6, method!(channel::Open {}));
    assert!(matches!(code, 504 | 530), "{code}");
}

#[test]
fn deliveries_keep_to_the_agreed_frame_size() {
    let broker = Broker::start();
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0guest\0guest", capable());
    wire.agree(Some(connection::TuneOk { channel_max: 10, frame_max: 8192, heartbeat: 0 }));
    wire.open_vhost(&broker.vhost);
    wire.open(1);
    wire.declare_queue(1, "q");
    let body: Vec<u8> = (0..20_000u32).map(|number| number as u8).collect();
    wire.publish(1, "", "q", &body);
    wire.consume(1, "q", "c");
    let message = wire.message(1);
    assert_eq!(message.body, body);
    assert_eq!(message.frames, [8184, 8184, 3632]);

    // What one client sent in small frames, another gets in large ones.
    let mut other = Wire::with_channel(&broker);
    wire.nack(1, 1, false, true);
    wire.cancel(1, "c");
    wire.close(1);
    other.consume(1, "q", "c");
    assert_eq!(other.message(1).body, body);
}

#[test]
fn a_client_may_close_at_any_time() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    let answer = wire.call(0, method!(connection::Close { reply_code: 200u16, reply_text: "bye" }));
    assert!(matches!(answer, AMQPClass::Connection(connection::AMQPMethod::CloseOk(_))), "{answer:?}");
    wire.ends();
}

#[test]
fn after_its_close_the_server_hears_nothing_but_close_ok() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    // An error of the whole connection, with more methods right behind it.
    wire.send(1, method!(channel::Open {}));
    wire.send(1, method!(queue::Declare { queue: "ghost" }));
    let closed = wire.connection_closed();
    assert_eq!((closed.code, closed.text.as_str()), (504, "CHANNEL_ERROR - second 'channel.open' seen"));
    assert_eq!(closed.method, (20, 10));
    let mut wire = Wire::with_channel(&broker);
    let (code, _) = wire.refused(1, method!(queue::Declare { queue: "ghost", passive: true }));
    assert_eq!(code, 404);
}

#[test]
fn a_connection_that_breaks_gives_everything_back() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.declare(
        1,
        amq_protocol::protocol::queue::Declare { queue: "own".into(), exclusive: true, ..Default::default() },
    );
    wire.fill("q", &["a", "b"]);
    wire.take(1, "q");
    wire.shut_down();
    let mut other = Wire::with_channel(&broker);
    crate::harness::eventually("the message is back", || match other.counts(1, "q") {
        (2, 0) => Ok(()),
        counts => Err(format!("{counts:?}")),
    });
    assert_eq!(other.take(1, "q"), (1, true, "a".to_owned()));
    assert_eq!(other.take(1, "q"), (2, false, "b".to_owned()));
    crate::harness::eventually("the exclusive queue is gone", || {
        match other.refused(1, method!(queue::Declare { queue: "own", passive: true })).0 {
            404 => Ok(()),
            code => Err(code.to_string()),
        }
    });
}

#[test]
fn connections_come_and_go() {
    let broker = Broker::start();
    let mut keeper = Wire::with_channel(&broker);
    keeper.declare_queue(1, "q");
    for round in 0..10 {
        let mut wires: Vec<Wire> = (0..30).map(|_| Wire::with_channel(&broker)).collect();
        for wire in &mut wires {
            wire.consume(1, "q", "c");
        }
        assert_eq!(keeper.counts(1, "q"), (0, 30), "round {round}");
        // Half of them say goodbye.
        for mut wire in wires.drain(..).step_by(2) {
            wire.call(0, method!(connection::Close { reply_code: 200u16 }));
        }
        crate::harness::eventually("all consumers are gone", || match keeper.counts(1, "q") {
            (0, 0) => Ok(()),
            counts => Err(format!("{counts:?}")),
        });
    }
    broker.shows(&["list_connections", "vhost", "channels"], &["vhost\tchannels", "/\t1"]);
}
