//! The end of a connection, from either side.

use crate::peer::{
    Peer, Seen, frame, header, method, method_frame, open_channel, publish, publish_method, raw,
};
use warren_amqp091::constants::ReplyCode;
use warren_amqp091::method::{MethodId, connection};

fn close() -> Vec<u8> {
    method(0, connection::Close { reply_code: 320, reply_text: "bye", class_id: 0, method_id: 0 })
}

fn close_ok() -> Vec<u8> {
    method(0, connection::CloseOk {})
}

#[test]
fn the_clients_close_is_confirmed_and_nothing_more_is_taken() {
    let mut peer = Peer::with_channel();
    // Even in the middle of a content.
    peer.send(&[publish_method(1), frame(8, 0, &[]), close(), open_channel(2), vec![99; 50]].concat())
        .unwrap();
    assert_eq!(peer.events, [Seen::Heartbeat, Seen::CloseRequested(320, "bye".to_string())]);
    assert_eq!(peer.written(), [(0, "connection.close-ok")]);
    peer.connection.close(ReplyCode::INTERNAL_ERROR, "x", MethodId::NONE, &mut peer.out);
    assert_eq!(peer.written().len(), 1);
}

#[test]
fn after_the_servers_close_all_but_close_ok_is_dropped() {
    let dropped = [
        publish(1, 4096, &[0, 0], &[1; 9000]),
        open_channel(2),
        method_frame(0, 99, 99, &[1, 2, 3]),
        frame(1, 0, &[]),
        frame(8, 0, &[]),
    ]
    .concat();
    for chunk in [1, 7, 10_000] {
        let mut peer = Peer::with_channel();
        peer.connection.close(
            ReplyCode::CONNECTION_FORCED,
            "CONNECTION_FORCED - stop",
            MethodId::NONE,
            &mut peer.out,
        );
        for part in dropped.chunks(chunk) {
            peer.send(part).unwrap();
        }
        assert_eq!((peer.events.len(), peer.buffer.len()), (0, 0));
        peer.send(&[close_ok(), open_channel(3)].concat()).unwrap();
        assert_eq!(peer.events, [Seen::Closed]);
        assert_eq!(peer.written(), [(0, "connection.close")]);
    }
}

#[test]
fn closes_that_cross_are_both_answered() {
    let mut peer = Peer::open();
    peer.connection.close(ReplyCode::CONNECTION_FORCED, "x", MethodId::NONE, &mut peer.out);
    peer.send(&[close(), close_ok()].concat()).unwrap();
    assert_eq!(peer.events, [Seen::Closed]);
    assert_eq!(peer.written(), [(0, "connection.close"), (0, "connection.close-ok")]);
}

#[test]
fn close_ok_is_found_behind_broken_frames() {
    let broken = [
        frame(99, 1, b"abcd"),
        raw(1, 1, 11, &[0, 60, 0, 10, 0, 0, 0, 0, 0, 9, 0], 0xCD),
        raw(3, 1, 0xffff_ffff, &[5; 100], 0),
        b"AMQP\0\0\x09\x01".to_vec(),
    ];
    for bytes in broken {
        for chunk in [1, 5, 1000] {
            let mut peer = Peer::with_channel();
            let mut errors = Vec::new();
            for part in [&bytes[..], &close_ok()].concat().chunks(chunk) {
                errors.extend(peer.send_and_close(part));
            }
            assert_eq!(errors.iter().map(|e| e.code.0).collect::<Vec<_>>(), [501], "{bytes:?}");
            assert_eq!(peer.events, [Seen::Closed], "{bytes:?} by {chunk}");
        }
    }
}

#[test]
fn a_close_in_the_middle_of_a_body_frame_drops_the_rest_of_it() {
    let message = publish(1, 131_072, &[0, 0], &vec![3; 100_000]);
    for cut in [60_000, message.len() - 1] {
        let mut peer = Peer::with_channel();
        peer.send(&message[..cut]).unwrap();
        assert_eq!(
            peer.connection.body_in_progress().map(|(_, left)| left),
            (cut == 60_000).then_some(message.len() - 60_001)
        );
        peer.connection.close(ReplyCode::CONNECTION_FORCED, "x", MethodId::NONE, &mut peer.out);
        assert!(peer.connection.body_in_progress().is_none());
        peer.send(&[&message[cut..], &close_ok()].concat()).unwrap();
        assert_eq!(peer.events, [Seen::Closed]);

        let mut peer = Peer::with_channel();
        peer.send(&message[..cut]).unwrap();
        peer.connection.close_channel(1, ReplyCode::NOT_FOUND, "x", MethodId::NONE, &mut peer.out);
        peer.send(&[&message[cut..], &open_channel(2)].concat()).unwrap();
        assert_eq!(peer.events, [Seen::ChannelOpened(2)]);
    }
}

#[test]
fn close_ok_inside_of_a_broken_payload_is_none() {
    let bytes = [publish_method(1), header(1, 60, 0, 100, &[0, 0]), raw(3, 1, 12, &close_ok(), 0)].concat();
    for chunk in [1, 5, 1000] {
        let mut peer = Peer::with_channel();
        for part in bytes.chunks(chunk) {
            peer.send_and_close(part);
        }
        assert_eq!((peer.events.as_slice(), peer.written().len()), (&[][..], 1), "by {chunk}");
        peer.send(&close_ok()).unwrap();
        assert_eq!(peer.events, [Seen::Closed], "by {chunk}");
    }
}
