//! From the protocol header to the open connection.

use crate::peer::{Peer, Seen, handshake, method, open, open_channel, settings, start_ok, tune_ok};
use warren_amqp091::connection::{ErrorScope, Event, ServerConnection, Settings, Tuning};
use warren_amqp091::constants::{HEARTBEAT_FRAME, PROTOCOL_HEADER, ReplyCode};
use warren_amqp091::frame::decode_frame;
use warren_amqp091::method::{Method, MethodId, connection};

fn all_events() -> Vec<Seen> {
    vec![
        Seen::Authenticate {
            mechanism: "PLAIN".to_string(),
            response: b"\0guest\0guest".to_vec(),
            properties: Default::default(),
        },
        Seen::Open("/".to_string()),
        Seen::ChannelOpened(1),
    ]
}

#[test]
fn goes_through_split_anywhere() {
    let bytes = [handshake(), open_channel(1)].concat();
    for cut in 0..=bytes.len() {
        let mut peer = Peer::new(settings());
        peer.send(&bytes[..cut]).unwrap();
        peer.send(&bytes[cut..]).unwrap();
        assert_eq!(peer.events, all_events(), "cut at {cut}");
    }
    let mut peer = Peer::new(settings());
    bytes.iter().for_each(|byte| peer.send(&[*byte]).unwrap());
    assert_eq!(peer.events, all_events());
    let written = ["connection.start", "connection.tune", "connection.open-ok"].map(|name| (0, name));
    assert_eq!(peer.written(), [&written[..], &[(1, "channel.open-ok")]].concat());
}

#[test]
fn start_and_tune_say_what_the_settings_say() {
    let mut peer = Peer::new(Settings { heartbeat: 17, ..settings() });
    peer.send(PROTOCOL_HEADER).unwrap();
    let (frame, _) = decode_frame(&peer.out, 0).unwrap().unwrap();
    let Ok(Method::Connection(connection::Method::Start(start))) = Method::decode(frame.payload) else {
        panic!("no start");
    };
    assert_eq!((start.version_major, start.version_minor), (0, 9));
    assert_eq!(start.mechanisms, b"PLAIN AMQPLAIN");
    assert_eq!(start.server_properties.to_owned(), settings().server_properties);
    peer.out.clear();
    peer.send(&start_ok("AMQPLAIN", b"")).unwrap();
    let (frame, _) = decode_frame(&peer.out, 0).unwrap().unwrap();
    let tune = connection::Tune { channel_max: 2047, frame_max: 131_072, heartbeat: 17 };
    assert_eq!(Method::decode(frame.payload), Ok(tune.into()));
    peer.send(&tune_ok(100, 8192)).unwrap();
    let tuning = Tuning { channel_max: 100, frame_max: 8192, heartbeat: 60 };
    assert_eq!(peer.connection.tuning(), tuning);
}

#[test]
fn a_header_of_0_9_is_served() {
    let mut peer = Peer::new(settings());
    peer.send(b"AMQP\x01\x01\x00\x09").unwrap();
    assert_eq!(peer.written(), [(0, "connection.start")]);
}

#[test]
fn other_protocols_get_the_header_and_nothing_more() {
    let others: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"AMQP\x01\x01\x00\x0a",
        b"AMQP\x00\x00\x09\x09",
        &[0; 8],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"AMQX",
    ];
    for bytes in others {
        let mut peer = Peer::new(settings());
        let error = peer.send(bytes).unwrap_err();
        assert_eq!(error.scope, ErrorScope::Socket);
        assert_eq!(peer.out, PROTOCOL_HEADER, "{bytes:?}");
        // There is nothing to close, and nothing more is taken.
        peer.connection.close(ReplyCode::FRAME_ERROR, "x", MethodId::NONE, &mut peer.out);
        assert_eq!(peer.out, PROTOCOL_HEADER);
        assert_eq!(peer.send(&handshake()), Ok(()));
        assert!(peer.events.is_empty());
    }
}

/// Takes what is taken; gives how many octets that was, and the last event but [`Event::Incomplete`] by its debug form.
fn drive(c: &mut ServerConnection, input: &[u8], out: &mut Vec<u8>) -> (usize, String) {
    let (mut at, mut last) = (0, String::new());
    loop {
        match c.handle(&input[at..], out).unwrap() {
            (0, Event::Incomplete) => return (at, last),
            (n, event) => {
                at += n;
                last = format!("{event:?}");
            }
        }
    }
}

#[test]
fn nothing_is_taken_while_an_answer_is_due() {
    let mut c = ServerConnection::new(std::sync::Arc::new(settings()));
    let mut out = Vec::new();
    let input = [handshake(), open_channel(1)].concat();
    let (n, event) = drive(&mut c, &input, &mut out);
    assert!(event.starts_with("Authenticate"), "{event}");
    // An answer to another question is none.
    c.opened(&mut out);
    assert_eq!(names(&out), ["connection.start"]);
    assert_eq!(drive(&mut c, &input[n..], &mut out).0, 0);
    c.authenticated(&mut out);
    c.authenticated(&mut out);
    assert_eq!(names(&out), ["connection.start", "connection.tune"]);
    let (m, event) = drive(&mut c, &input[n..], &mut out);
    assert!(event.starts_with("Open"), "{event}");
    assert_eq!(drive(&mut c, &input[n + m..], &mut out).0, 0);
    c.opened(&mut out);
    let (last, event) = drive(&mut c, &input[n + m..], &mut out);
    assert_eq!((n + m + last, event.as_str()), (input.len(), "ChannelOpened { channel: 1 }"));
}

fn names(mut out: &[u8]) -> Vec<&'static str> {
    let mut all = Vec::new();
    while let Ok(Some((frame, len))) = decode_frame(out, 0) {
        all.push(Method::decode(frame.payload).unwrap().name());
        out = &out[len..];
    }
    all
}

#[test]
fn steps_out_of_order_are_refused() {
    let start = PROTOCOL_HEADER.to_vec();
    let tune = [&start[..], &start_ok("PLAIN", b"")].concat();
    let wait_open = [&tune[..], &tune_ok(10, 4096)].concat();
    let cases: [(&[u8], Vec<u8>, u16); 9] = [
        (&start, open(), 503),
        (&start, tune_ok(10, 4096), 503),
        (&start, start_ok("NONSENSE", b""), 503),
        (&start, open_channel(1), 503),
        (&tune, open(), 503),
        (&tune, tune_ok(10, 100), 530),
        (&tune, tune_ok(10, 0x7fff_ffff), 530),
        (&wait_open, start_ok("PLAIN", b""), 503),
        (&wait_open, open_channel(1), 503),
    ];
    for (before, bytes, code) in cases {
        let mut peer = Peer::new(settings());
        peer.send(before).unwrap();
        let errors = peer.send_and_close(&bytes);
        assert_eq!(errors.iter().map(|e| e.code.0).collect::<Vec<_>>(), [code], "{bytes:?}");
        assert_eq!(peer.written().last(), Some(&(0, "connection.close")));
    }
}

#[test]
fn a_client_may_close_or_beat_before_it_is_open() {
    let mut peer = Peer::new(settings());
    let close = connection::Close { reply_code: 200, reply_text: "no", class_id: 0, method_id: 0 };
    peer.send(&[&PROTOCOL_HEADER[..], HEARTBEAT_FRAME, &method(0, close)].concat()).unwrap();
    assert_eq!(peer.events, [Seen::Heartbeat, Seen::CloseRequested(200, "no".to_string())]);
    assert_eq!(peer.written(), [(0, "connection.start"), (0, "connection.close-ok")]);
}

#[test]
fn an_authentication_failure_is_said_with_a_close() {
    let mut out = Vec::new();
    let mut c = ServerConnection::new(std::sync::Arc::new(settings()));
    let input = [&PROTOCOL_HEADER[..], &start_ok("PLAIN", b"\0a\0b")].concat();
    let (n, _) = c.handle(&input, &mut out).unwrap();
    c.handle(&input[n..], &mut out).unwrap();
    out.clear();
    c.close(ReplyCode::ACCESS_REFUSED, "ACCESS_REFUSED - Login was refused", MethodId::NONE, &mut out);
    assert_eq!(names(&out), ["connection.close"]);
    let close_ok = method(0, connection::CloseOk {});
    let (_, event) = c.handle(&close_ok, &mut out).unwrap();
    assert_eq!(event, Event::Closed);
}
