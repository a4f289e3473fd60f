//! Hostile and broken input, and the reply code that the specification asks for in each case.

use crate::peer::{
    Peer, Seen, frame, header, method_frame, open, open_channel, publish, publish_method, raw, settings,
};
use crate::peer::{start_ok, tune_ok};
use warren_amqp091::constants::{PROTOCOL_HEADER, ReplyCode};
use warren_amqp091::method::{Method, MethodId};

const FRAME: u16 = ReplyCode::FRAME_ERROR.0;
const SYNTAX: u16 = ReplyCode::SYNTAX_ERROR.0;
const COMMAND: u16 = ReplyCode::COMMAND_INVALID.0;
const CHANNEL: u16 = ReplyCode::CHANNEL_ERROR.0;
const UNEXPECTED: u16 = ReplyCode::UNEXPECTED_FRAME.0;
const UNKNOWN: u16 = ReplyCode::NOT_IMPLEMENTED.0;

/// On a connection with channel 1 open: the input, at whatever size of reads, makes exactly this error, which closes the connection
/// in order; and nothing comes through.
fn refused(cases: &[(&str, Vec<u8>, u16)]) {
    for (name, bytes, code) in cases {
        for chunk in [1, 3, bytes.len().max(1)] {
            let mut peer = Peer::with_channel();
            let mut errors = Vec::new();
            for part in bytes.chunks(chunk) {
                errors.extend(peer.send_and_close(part));
            }
            assert_eq!(errors.iter().map(|e| e.code.0).collect::<Vec<_>>(), [*code], "{name} by {chunk}");
            assert!(errors[0].text.starts_with(errors[0].code.name()), "{name}: {}", errors[0].text);
            assert_eq!(peer.events, [], "{name} by {chunk}");
            assert_eq!(peer.written(), [(0, "connection.close")], "{name} by {chunk}");
            let close_ok = method_frame(0, 10, 51, &[]);
            peer.send(&close_ok).unwrap();
            assert_eq!(peer.events, [Seen::Closed], "{name} by {chunk}");
        }
    }
}

#[test]
fn frames() {
    let over = 131_072 - 7;
    refused(&[
        ("unknown kind", frame(4, 1, b"abcd"), FRAME),
        ("kind 255", frame(255, 0, b""), FRAME),
        ("wrong end", raw(1, 1, 11, &[0, 60, 0, 10, 0, 0, 0, 0, 0, 9, 0], 0xCD), FRAME),
        ("length over the maximum", raw(1, 1, 0x0100_0000, b"", 0), FRAME),
        ("length all ones", raw(1, 1, 0xffff_ffff, b"", 0), FRAME),
        ("protocol header again", PROTOCOL_HEADER.to_vec(), FRAME),
        ("empty method", frame(1, 1, b""), FRAME),
        ("method of three octets", frame(1, 1, &[0, 60, 0]), FRAME),
        ("heartbeat on channel 1", frame(8, 1, b""), FRAME),
        ("heartbeat with payload", frame(8, 0, b"boo"), FRAME),
    ]);
    // One octet over frame_max, with all of it there.
    let mut peer = Peer::with_channel();
    let large =
        [publish_method(1), header(1, 60, 0, over, &[0, 0]), frame(3, 1, &vec![0; over as usize])].concat();
    assert_eq!(peer.send_and_close(&large)[0].code.0, FRAME);
}

#[test]
fn half_a_frame_is_waited_for() {
    let mut peer = Peer::with_channel();
    peer.send(&raw(1, 1, 1000, &[0, 60, 0, 40], 0)).unwrap();
    assert_eq!(peer.events, []);
}

#[test]
fn floods_that_are_legal() {
    let mut peer = Peer::with_channel();
    peer.send(&frame(8, 0, b"").repeat(300)).unwrap();
    assert_eq!(peer.events, vec![Seen::Heartbeat; 300]);
    peer.events.clear();
    let empty = frame(3, 1, b"").repeat(300);
    peer.send(&[publish_method(1), header(1, 60, 0, 3, &[0, 0]), empty, frame(3, 1, b"abc")].concat())
        .unwrap();
    assert_eq!((peer.events.len(), peer.assembled), (1, 1));
}

#[test]
fn channels() {
    refused(&[
        ("method on a channel that is not open", method_frame(7, 50, 10, &[0; 8]), CHANNEL),
        ("content on a channel that is not open", frame(3, 7, b"abc"), CHANNEL),
        ("header on a channel that is not open", header(7, 60, 0, 0, &[0, 0]), CHANNEL),
        ("second open", open_channel(1), CHANNEL),
        ("open of channel 0", open_channel(0), CHANNEL),
        ("number above the maximum", open_channel(2048), CHANNEL),
        ("publish on channel 0", publish(0, 4096, &[0, 0], b"abc"), COMMAND),
        ("declare on channel 0", method_frame(0, 50, 10, &[0, 0, 0, 0, 0, 0, 0, 0]), COMMAND),
        ("body on channel 0", frame(3, 0, b"abc"), CHANNEL),
        ("tune-ok on channel 1", method_frame(1, 10, 31, &[0; 8]), COMMAND),
        ("connection.close on channel 1", method_frame(1, 10, 50, &[0, 200, 0, 0, 0, 0, 0]), COMMAND),
        ("connection.close on a closed channel", method_frame(9, 10, 50, &[0, 200, 0, 0, 0, 0, 0]), COMMAND),
        ("connection.open twice", open(), COMMAND),
        ("start-ok again", start_ok("PLAIN", b""), COMMAND),
        ("tune-ok again", tune_ok(0, 131_072), COMMAND),
        ("the server's open-ok", method_frame(0, 10, 41, &[0]), COMMAND),
        ("malformed open", method_frame(9, 20, 10, &[5]), SYNTAX),
    ]);
}

#[test]
fn methods() {
    refused(&[
        ("unknown class", method_frame(1, 99, 10, b""), UNKNOWN),
        ("unknown method", method_frame(1, 50, 99, b""), UNKNOWN),
        ("unknown method on channel 0", method_frame(0, 10, 99, b""), UNKNOWN),
        ("class 65535", method_frame(1, 65_535, 65_535, &[255; 20]), UNKNOWN),
        ("noughts", frame(1, 1, &[0; 4000]), UNKNOWN),
        ("the server's deliver", method_frame(1, 60, 60, &[0; 12]), COMMAND),
        ("no arguments", method_frame(1, 50, 10, b""), SYNTAX),
        ("cut arguments", method_frame(1, 50, 10, &[0, 0, 4, b'a']), SYNTAX),
        ("short string past the end", method_frame(1, 60, 40, &[0, 0, 255, b'a', 0]), SYNTAX),
        ("trailing octets", method_frame(1, 60, 10, &[0, 0, 0, 0, 0, 9, 0, 1, 2, 3, 4, 5]), SYNTAX),
        ("trailing octets of a publish", method_frame(1, 60, 40, &[0, 0, 0, 0, 0, 7]), SYNTAX),
        ("publish to a name that is not UTF-8", method_frame(1, 60, 40, &[0, 0, 1, 255, 0, 0]), SYNTAX),
        ("name that is not UTF-8", method_frame(1, 50, 10, &[0, 0, 2, 255, 254, 4, 0, 0, 0, 0]), SYNTAX),
    ]);
}

/// queue.declare with that table, length included.
fn declare(table: &[u8]) -> Vec<u8> {
    method_frame(1, 50, 10, &[&[0, 0, 0, 4][..], table].concat())
}

/// Tables or arrays in each other, built from the outside; every length is right.
fn nested(kind: u8, depth: usize) -> Vec<u8> {
    let per = if kind == b'F' { 7 } else { 5 };
    let mut b = ((7 + (depth - 1) * per) as u32).to_be_bytes().to_vec();
    b.extend_from_slice(&[1, b'k', kind]);
    for level in 1..=depth {
        b.extend_from_slice(&(((depth - level) * per) as u32).to_be_bytes());
        if level < depth {
            b.extend_from_slice(if kind == b'F' { &[1, b'k', b'F'] } else { b"A" });
        }
    }
    b
}

#[test]
fn tables() {
    refused(&[
        ("length too large", declare(&[0, 0, 1, 0, 1, b'k', b't', 1]), SYNTAX),
        ("length all ones", declare(&[255, 255, 255, 255, 1, b'k', b't', 1]), SYNTAX),
        ("length too small", declare(&[0, 0, 0, 2, 1, b'k', b't', 1]), SYNTAX),
        ("missing", declare(b""), SYNTAX),
        ("cut key", declare(&[0, 0, 0, 3, 200, b'k', b't']), SYNTAX),
        ("no value", declare(&[0, 0, 0, 2, 1, b'k']), SYNTAX),
        ("unknown type", declare(&[0, 0, 0, 4, 1, b'k', b'?', 1]), SYNTAX),
        ("string past the end", declare(&[0, 0, 0, 8, 1, b'k', b'S', 0, 0, 0, 200, b'a']), SYNTAX),
        ("inner length lies", declare(&[0, 0, 0, 7, 1, b'k', b'F', 0, 0, 0, 99]), SYNTAX),
        ("array length lies", declare(&[0, 0, 0, 7, 1, b'k', b'A', 127, 255, 255, 255]), SYNTAX),
    ]);
    for kind in [b'F', b'A'] {
        let mut peer = Peer::with_channel();
        peer.send(&declare(&nested(kind, 50))).unwrap();
        assert_eq!(peer.events, [Seen::Method(1, "queue.declare".to_string())]);
        assert_eq!(peer.send_and_close(&declare(&nested(kind, 18_000)))[0].code.0, SYNTAX);
    }
    let keys = [&120_000u32.to_be_bytes()[..], &[1, b'k', b't', 1].repeat(30_000)].concat();
    Peer::with_channel().send(&declare(&keys)).unwrap();
}

#[test]
fn contents() {
    let publish = || publish_method(1);
    let cat = |parts: &[Vec<u8>]| parts.concat();
    let header_3 = || header(1, 60, 0, 3, &[0, 0]);
    let deep = [&[0x20, 0][..], &nested(b'F', 15_000)].concat();
    refused(&[
        ("header first", header_3(), UNEXPECTED),
        ("empty header first", frame(2, 1, b""), UNEXPECTED),
        ("body first", frame(3, 1, b"abc"), UNEXPECTED),
        ("method instead of header", cat(&[publish(), publish()]), UNEXPECTED),
        ("body instead of header", cat(&[publish(), frame(3, 1, b"abc")]), UNEXPECTED),
        ("method instead of body", cat(&[publish(), header_3(), publish()]), UNEXPECTED),
        ("header twice", cat(&[publish(), header_3(), header_3()]), UNEXPECTED),
        ("wrong class", cat(&[publish(), header(1, 10, 0, 3, &[0, 0])]), UNEXPECTED),
        ("weight", cat(&[publish(), header(1, 60, 7, 0, &[0, 0])]), FRAME),
        ("cut header", cat(&[publish(), frame(2, 1, &[0, 60, 0, 0, 0, 0])]), FRAME),
        ("header without flags", cat(&[publish(), header(1, 60, 0, 0, &[])]), SYNTAX),
        ("cut property", cat(&[publish(), header(1, 60, 0, 0, &[0x80, 0, 200, b'x'])]), SYNTAX),
        ("flags without end", cat(&[publish(), header(1, 60, 0, 0, &[255; 40])]), SYNTAX),
        ("headers that lie", cat(&[publish(), header(1, 60, 0, 0, &[0x20, 0, 0, 1, 0, 0, 1])]), SYNTAX),
        ("body larger than announced", cat(&[publish(), header_3(), frame(3, 1, b"abcdef")]), FRAME),
        (
            "second body frame too large",
            cat(&[publish(), header_3(), frame(3, 1, b"ab"), frame(3, 1, b"ab")]),
            FRAME,
        ),
        (
            "wrong end of header",
            cat(&[publish(), raw(2, 1, 14, &[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1)]),
            FRAME,
        ),
        ("wrong end of body", cat(&[publish(), header_3(), raw(3, 1, 3, b"abc", 1)]), FRAME),
        ("unknown kind in a content", cat(&[publish(), frame(7, 1, b"abc")]), FRAME),
        ("unknown kind instead of a body", cat(&[publish(), header_3(), frame(7, 1, b"abc")]), FRAME),
    ]);
    let mut peer = Peer::with_channel();
    assert_eq!(peer.send_and_close(&cat(&[publish(), header(1, 60, 0, 0, &deep)]))[0].code.0, SYNTAX);
}

#[test]
fn a_body_behind_a_message_without_one() {
    let mut peer = Peer::with_channel();
    let errors =
        peer.send_and_close(&[publish_method(1), header(1, 60, 0, 0, &[0, 0]), frame(3, 1, b"abc")].concat());
    assert_eq!(errors[0].code.0, UNEXPECTED);
    assert_eq!(peer.events.len(), 1);
}

#[test]
fn announced_sizes_beyond_the_limit_close_the_channel() {
    for size in [1 << 40, 1 << 63, u64::MAX] {
        let mut peer = Peer::with_channel();
        let bytes = [publish_method(1), header(1, 60, 0, size, &[0, 0]), frame(3, 1, &[1; 4000])].concat();
        let errors = peer.send_and_close(&bytes);
        assert_eq!(errors.iter().map(|e| e.code).collect::<Vec<_>>(), [ReplyCode::PRECONDITION_FAILED]);
        assert_eq!(peer.written(), [(1, "channel.close")]);
        peer.send(&open_channel(2)).unwrap();
        assert_eq!(peer.events, [Seen::ChannelOpened(2)]);
    }
}

#[test]
fn before_the_connection_is_open() {
    let cases: [(&str, Vec<u8>, u16); 8] = [
        ("unknown kind", frame(99, 0, b"abcd"), FRAME),
        ("wrong end", raw(1, 0, 4, &[0, 10, 0, 11], 0), FRAME),
        ("huge frame", raw(1, 0, 0x7fff_ffff, &[0; 64], 0), FRAME),
        ("body frame", frame(3, 0, b"abc"), UNEXPECTED),
        ("header again", PROTOCOL_HEADER.to_vec(), FRAME),
        ("table length lies", method_frame(0, 10, 11, &[0, 0, 255, 0]), SYNTAX),
        ("table length all ones", method_frame(0, 10, 11, &[255; 4]), SYNTAX),
        ("tables 500 deep", method_frame(0, 10, 11, &nested(b'F', 500)), SYNTAX),
    ];
    for (name, bytes, code) in cases {
        let mut peer = Peer::new(settings());
        peer.send(PROTOCOL_HEADER).unwrap();
        let errors = peer.send_and_close(&bytes);
        assert_eq!(errors.iter().map(|e| e.code.0).collect::<Vec<_>>(), [code], "{name}");
        assert_eq!(peer.written().last(), Some(&(0, "connection.close")));
    }
}

#[test]
fn the_close_frame_fits_whatever_the_text() {
    let mut peer = Peer::open();
    peer.connection.close(ReplyCode::SYNTAX_ERROR, &"long ".repeat(200), MethodId::NONE, &mut peer.out);
    let (frame, _) = warren_amqp091::frame::decode_frame(&peer.out, 4096).unwrap().unwrap();
    assert!(Method::decode(frame.payload).is_ok());
}
