//! What a broken or hostile client may send: each is answered with the right code, and the server lives on.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::{Broker, Wire, method, open_frame};

/// Sends bytes on a connection with channel 1 open, and gives the reply code that the connection is closed with: 0 if the
/// socket is closed without one, as RabbitMQ does with what it cannot read.
fn answer(broker: &Broker, bytes: &[u8]) -> (u16, String) {
    let mut wire = Wire::with_channel(broker);
    wire.write(bytes);
    wire.connection_ended().map(|closed| (closed.code, closed.text)).unwrap_or_default()
}

fn declare_with_arguments(table: &[u8]) -> Vec<u8> {
    let mut payload = vec![0, 50, 0, 10, 0, 0, 1, b'q', 0];
    payload.extend((table.len() as u32).to_be_bytes());
    payload.extend(table);
    open_frame(1, 1, &payload)
}

#[test]
fn a_frame_without_its_end_is_a_frame_error() {
    let broker = Broker::start();
    let mut bytes = open_frame(1, 1, &[0, 50, 0, 10, 0, 0, 1, b'q', 0, 0, 0, 0, 0]);
    *bytes.last_mut().unwrap() = 0;
    let (code, text) = answer(&broker, &bytes);
    assert!(code == 501 && text.starts_with("FRAME_ERROR"), "{code} {text}");
}

#[test]
fn a_frame_larger_than_agreed_is_a_frame_error() {
    let broker = Broker::start();
    let bytes = [&[3, 0, 1][..], &200_000u32.to_be_bytes(), &[0; 4096]].concat();
    let (code, text) = answer(&broker, &bytes);
    assert!(code == 501 && text.starts_with("FRAME_ERROR"), "{code} {text}");
}

#[test]
fn an_unknown_frame_type_is_an_error() {
    let broker = Broker::start();
    let (code, _text) = answer(&broker, &open_frame(9, 1, b"hello"));
    assert!(matches!(code, 501 | 505), "{code}");
}

#[test]
fn methods_that_do_not_exist_are_refused() {
    let broker = Broker::start();
    for payload in [[0, 60, 0, 222], [3, 231, 0, 10]] {
        let (code, text) = answer(&broker, &open_frame(1, 1, &payload));
        assert!(matches!(code, 501 | 502 | 503 | 540) || !broker.is_own(), "{code} {text}");
    }
}

#[test]
fn arguments_that_cannot_be_read_are_refused() {
    let broker = Broker::start();
    for (what, frame) in [
        ("method cut short", open_frame(1, 1, &[0, 50, 0, 10, 0, 0, 200, b'q'])),
        (
            "table longer than the frame",
            open_frame(1, 1, &[0, 50, 0, 10, 0, 0, 1, b'q', 0, 255, 255, 255, 255]),
        ),
        ("unknown field type", declare_with_arguments(b"\x01x?\0\0")),
        ("field cut short", declare_with_arguments(b"\x01xI\0")),
        ("array longer than the table", declare_with_arguments(b"\x01xA\xff\xff\xff\xff")),
        ("name that is not text", open_frame(1, 1, &[0, 50, 0, 10, 0, 0, 2, 0xff, 0xfe, 0, 0, 0, 0, 0])),
    ] {
        let (code, text) = answer(&broker, &frame);
        assert!(matches!(code, 501 | 502) || !broker.is_own(), "{what}: {code} {text}");
    }
    // All the while others work.
    Wire::with_channel(&broker).declare_queue(1, "q");
}

#[test]
fn tables_nested_beyond_all_sense_are_refused() {
    let broker = Broker::start();
    let mut table = Vec::new();
    for _ in 0..10_000 {
        let mut outer = b"\x01xF".to_vec();
        outer.extend((table.len() as u32).to_be_bytes());
        outer.append(&mut table);
        table = outer;
        if table.len() > 100_000 {
            break;
        }
    }
    let mut wire = Wire::with_channel(&broker);
    wire.write(&declare_with_arguments(&table));
    // Whether it is taken as it is or refused: the server lives on.
    let answer = wire.next();
    assert!(matches!(answer, crate::harness::Arrival::Method(0 | 1, _)), "{answer:?}");
    Wire::with_channel(&broker).declare_queue(1, "other");
}

#[test]
fn methods_on_a_channel_that_is_not_open_are_refused() {
    let broker = Broker::start();
    let (code, text) = Wire::connect(&broker).fatal(7, method!(queue::Declare { queue: "q" }));
    assert_eq!((code, text.as_str()), (504, "CHANNEL_ERROR - expected 'channel.open'"));
}

#[test]
fn content_that_no_publish_announced_is_refused() {
    let broker = Broker::start();
    let header = open_frame(2, 1, &[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(answer(&broker, &header).0, 505);
    assert_eq!(answer(&broker, &open_frame(3, 1, b"x")).0, 505);
    // A method where the header must come.
    let mut wire = Wire::with_channel(&broker);
    wire.send(1, method!(basic::Publish { routing_key: "q" }));
    let (code, text) = wire.fatal(1, method!(queue::Declare { queue: "q" }));
    assert_eq!(code, 505, "{text}");
}

#[test]
fn content_longer_than_its_header_says_is_refused() {
    // RabbitMQ waits for ever.
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.send(1, method!(basic::Publish { routing_key: "q" }));
    wire.write(&open_frame(2, 1, &[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]));
    wire.write(&open_frame(3, 1, b"xyz"));
    let closed = wire.connection_closed();
    assert!(matches!(closed.code, 501 | 502 | 505), "{closed:?}");
}

#[test]
fn methods_of_the_server_are_refused_from_a_client() {
    let broker = Broker::start();
    let (code, text) = Wire::with_channel(&broker).fatal(1, method!(queue::DeclareOk { queue: "q" }));
    assert!(matches!(code, 503 | 540), "{code} {text}");
}

#[test]
fn clients_that_leave_without_a_word_after_an_error_take_nothing_along() {
    let broker = Broker::start();
    for _ in 0..20 {
        let mut wire = Wire::with_channel(&broker);
        wire.write(&open_frame(3, 1, b"x"));
        assert!(wire.connection_ended().is_some());
        // No close-ok; the socket is simply gone.
    }
    Wire::with_channel(&broker).declare_queue(1, "q");
}

#[test]
fn clients_that_never_pause_leave_others_their_turn() {
    let broker = Broker::start();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mut wire = Wire::with_channel(&broker);
            let stop = &stop;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // To nowhere: all that it costs the server is to read it.
                    (0..64).for_each(|_| wire.publish(1, "amq.direct", "nowhere", &[0; 1024]));
                }
            });
        }
        for number in 0..20 {
            let mut wire = Wire::with_channel(&broker);
            wire.declare_queue(1, &format!("q{number}"));
        }
        assert_eq!(broker.http("GET", "/api/whoami", "").status, 200);
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_client_that_says_nothing_or_nonsense_hurts_nobody() {
    let broker = Broker::start();
    let _silent = Wire::dial(&broker);
    let mut half = Wire::dial(&broker);
    half.write(b"AMQP\0\0");
    let mut noise = Wire::dial(&broker);
    noise.write(&[0xff; 100_000]);
    Wire::with_channel(&broker).declare_queue(1, "q");
}
