//! Publishes: whole, in pieces, interleaved, large.

use crate::peer::{Peer, Seen, frame, header, open_channel, publish, publish_method, published, settings};
use crate::peer::{handshake, raw};
use warren_amqp091::connection::{Event, HOLD_BACK, READ_AHEAD, RowPattern, Settings};

use warren_amqp091::content::{write_content, write_received};
use warren_amqp091::method::MethodId;
use warren_model::properties::BasicProperties;

fn properties() -> Vec<u8> {
    BasicProperties { delivery_mode: Some(2), message_id: Some("id".to_string()), ..Default::default() }
        .to_bytes()
}

#[test]
fn small_messages_are_not_copied() {
    let mut peer = Peer::with_channel();
    let bytes = [publish(1, 4096, &[0, 0], b""), publish(1, 4096, &properties(), b"body")].concat();
    peer.send(&bytes.repeat(3)).unwrap();
    let expected = [published(1, &[0, 0], b""), published(1, &properties(), b"body")];
    assert_eq!(peer.events, expected.iter().cloned().cycle().take(6).collect::<Vec<_>>());
    assert_eq!((peer.borrowed, peer.assembled), (6, 0));
}

#[test]
fn a_small_message_is_left_in_the_buffer_until_it_is_there() {
    let bytes = publish(1, 131_072, &properties(), b"some body");
    for cut in 0..bytes.len() {
        let mut peer = Peer::with_channel();
        peer.send(&bytes[..cut]).unwrap();
        assert_eq!(peer.buffer.len(), cut);
        peer.send(&bytes[cut..]).unwrap();
        assert_eq!(peer.events, [published(1, &properties(), b"some body")]);
        assert_eq!((peer.borrowed, peer.assembled), (1, 0), "cut at {cut}");
    }
}

#[test]
fn the_callers_buffer_stays_small_whatever_is_published() {
    for size in [HOLD_BACK - 100, HOLD_BACK, HOLD_BACK + 100, 100_000, 131_064, 131_065, 400_000] {
        let body: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        for properties in [properties(), vec![0, 0]] {
            let bytes = publish(1, 131_072, &properties, &body);
            let mut peer = Peer::with_channel();
            for part in bytes.chunks(1000) {
                peer.send(part).unwrap();
                assert!(peer.buffer.len() <= HOLD_BACK, "{} octets left of {size}", peer.buffer.len());
            }
            assert!(peer.events == [published(1, &properties, &body)], "wrong message of {size}");
        }
    }
}

#[test]
fn messages_in_many_frames_come_the_same_however_they_are_cut() {
    let body: Vec<u8> = (0..50).collect();
    let bytes = [
        publish_method(1),
        header(1, 60, 0, 50, &properties()),
        frame(3, 1, &body[..20]),
        frame(3, 1, &[]),
        frame(3, 1, &body[20..49]),
        frame(3, 1, &body[49..]),
        publish(1, 4096, &[0, 0], b"next"),
    ]
    .concat();
    let expected = [published(1, &properties(), &body), published(1, &[0, 0], b"next")];
    for cut in 0..bytes.len() {
        let mut peer = Peer::with_channel();
        peer.send(&bytes[..cut]).unwrap();
        peer.send(&bytes[cut..]).unwrap();
        assert_eq!(peer.events, expected, "cut at {cut}");
    }
    let mut peer = Peer::with_channel();
    bytes.iter().for_each(|byte| peer.send(&[*byte]).unwrap());
    assert_eq!(peer.events, expected);
}

#[test]
fn frames_of_other_channels_may_come_in_between() {
    let bytes = [
        publish_method(1),
        publish_method(2),
        frame(8, 0, &[]),
        header(2, 60, 0, 4, &[0, 0]),
        header(1, 60, 0, 3, &properties()),
        frame(3, 2, b"tw"),
        open_channel(3),
        frame(3, 1, b"one"),
        publish(3, 4096, &[0, 0], b"three"),
        frame(3, 2, b"o!"),
    ]
    .concat();
    let expected = [
        Seen::Heartbeat,
        Seen::ChannelOpened(3),
        published(1, &properties(), b"one"),
        published(3, &[0, 0], b"three"),
        published(2, &[0, 0], b"two!"),
    ];
    for cut in 0..bytes.len() {
        let mut peer = Peer::with_channel();
        peer.send(&open_channel(2)).unwrap();
        peer.events.clear();
        peer.send(&bytes[..cut]).unwrap();
        peer.send(&bytes[cut..]).unwrap();
        assert_eq!(peer.events, expected, "cut at {cut}");
    }
}

#[test]
fn a_large_body_is_read_straight_into_its_place() {
    let body: Vec<u8> = (0..1_000_000).map(|i| (i % 253) as u8).collect();
    let bytes = publish(1, 131_072, &[0, 0], &body);
    let mut peer = Peer::with_channel();
    let mut at = 0;
    let mut direct = 0;
    while at < bytes.len() {
        if let Some((buffer, left)) = peer.connection.body_in_progress() {
            let room = buffer.capacity() - buffer.len();
            assert!(room >= left.min(64 << 10) + READ_AHEAD);
            let n = left.min(room).min(10_000);
            buffer.extend_from_slice(&bytes[at..at + n]);
            at += n;
            direct += n;
            peer.send(&[]).unwrap();
        } else {
            let n = (bytes.len() - at).min(100);
            peer.send(&bytes[at..at + n]).unwrap();
            at += n;
        }
    }
    assert!(direct > 990_000, "only {direct} octets went straight");
    assert!(peer.events == [published(1, &[0, 0], &body)]);
}

#[test]
fn announcing_a_large_body_takes_no_memory() {
    let settings = Settings { max_message_size: 1 << 40, ..settings() };
    let mut peer = Peer::new(settings);
    peer.send(&[handshake(), open_channel(1), publish_method(1)].concat()).unwrap();
    peer.send(&header(1, 60, 0, 1 << 40, &[0, 0])).unwrap();
    peer.send(&raw(3, 1, 100_000, &[1; 50], 1)[..57]).unwrap();
    let (buffer, left) = peer.connection.body_in_progress().unwrap();
    assert_eq!((buffer.len(), left), (50, 99_950));
    assert!(buffer.capacity() <= 512 << 10, "{}", buffer.capacity());
}

#[test]
fn a_message_that_is_too_large_closes_the_channel_only() {
    let settings = Settings { max_message_size: 1000, ..settings() };
    let mut peer = Peer::new(settings);
    peer.send(&[handshake(), open_channel(1), open_channel(2)].concat()).unwrap();
    peer.events.clear();
    let bytes = [
        publish(1, 131_072, &[0, 0], &[0; 1000]),
        publish(1, 131_072, &[0, 0], &[0; 1001]),
        publish(1, 131_072, &[0, 0], b"dropped"),
        publish(2, 131_072, &[0, 0], b"kept"),
    ];
    let errors = peer.send_and_close(&bytes.concat());
    let text = "PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000";
    assert_eq!(errors.iter().map(|e| e.text.as_str()).collect::<Vec<_>>(), [text]);
    assert_eq!(errors[0].method, MethodId { class: 60, method: 40 });
    assert_eq!(peer.events, [published(1, &[0, 0], &[0; 1000]), published(2, &[0, 0], b"kept")]);
    assert_eq!(peer.written().last(), Some(&(1, "channel.close")));
}

#[test]
fn unfinished_messages_together_are_limited() {
    let settings = Settings { max_message_size: 1 << 20, ..settings() };
    let mut peer = Peer::new(settings);
    peer.send(&handshake()).unwrap();
    let mut codes = Vec::new();
    for number in 1..100 {
        let begin =
            [open_channel(number), publish_method(number), header(number, 60, 0, 1 << 20, &[0, 0])].concat();
        codes.extend(peer.send_and_close(&begin));
        codes.extend(peer.send_and_close(&frame(3, number, &[0; 131_000])));
    }
    assert_eq!(codes.iter().map(|e| e.code.0).collect::<Vec<_>>(), [506]);
    let opened = peer.events.iter().filter(|e| matches!(e, Seen::ChannelOpened(_))).count();
    assert!((30..40).contains(&opened), "{opened}");
}

#[test]
fn finished_messages_no_longer_count_as_unfinished() {
    let settings = Settings { max_message_size: 1 << 20, ..settings() };
    let mut peer = Peer::new(settings);
    peer.send(&[handshake(), open_channel(1), open_channel(2), publish_method(1)].concat()).unwrap();
    let message = publish(2, 131_072, &[0, 0], &vec![1; 1 << 20]);
    for _ in 0..10 {
        peer.send(&message).unwrap();
    }
    peer.send(&[header(1, 60, 0, 2, &[0, 0]), frame(3, 1, b"ok")].concat()).unwrap();
    assert_eq!(peer.assembled, 11);
    assert!(peer.connection.body_in_progress().is_none());
}

#[test]
fn what_begins_as_the_message_before_is_taken_by_its_model() {
    let (p, q) = (properties(), [0, 0]);
    let bodies: [(&[u8], &[u8]); 7] =
        [(&p, b"one"), (&p, b"two"), (&p, b"longer"), (&q, b"longer"), (&q, b""), (&q, b""), (&q, b"x")];
    let bytes = bodies.map(|(properties, body)| publish(1, 4096, properties, body)).concat();
    let mut peer = Peer::with_channel();
    peer.send(&bytes).unwrap();
    assert_eq!(peer.events, bodies.map(|(properties, body)| published(1, properties, body)));
    assert_eq!(peer.in_rows, bodies.len() - 1);
}

/// The pattern of the row that the message at the front begins.
fn pattern_of_first<'a>(peer: &mut Peer, input: &'a [u8]) -> RowPattern<'a> {
    let Ok((consumed, Event::Publish { channel, content, .. })) =
        peer.connection.handle(input, &mut peer.out)
    else {
        panic!("the first message is whole");
    };
    RowPattern::of(&input[..consumed], channel, &content).expect("it lies in one piece")
}

#[test]
fn a_row_ends_where_a_message_begins_otherwise_or_is_not_whole() {
    for body_len in [0, 1, 300] {
        let body = |number: u8| vec![number; body_len];
        let messages: Vec<_> = (1..=5).map(|number| publish(1, 4096, &[0, 0], &body(number))).collect();
        let (len, mut bytes) = (messages[0].len(), messages.concat());
        bytes.extend(publish(1, 4096, &[0, 0], &vec![6; body_len + 1]));
        let mut peer = Peer::with_channel();
        let pattern = pattern_of_first(&mut peer, &bytes);
        for (end, most, expected) in [
            (bytes.len(), usize::MAX, 4),
            (bytes.len(), 3, 3),
            (bytes.len(), 0, 0),
            (4 * len, usize::MAX, 3),
            (4 * len - 1, usize::MAX, 2),
            (len, usize::MAX, 0),
        ] {
            let row = peer.connection.handle_row(&pattern, &bytes[len..end], most);
            assert_eq!((row.consumed(), row.contents().count()), (expected * len, expected));
            assert_eq!(row.properties(), [0, 0]);
            for (number, (found, frames)) in (2..).zip(row.contents()) {
                assert_eq!(found, body(number));
                assert_eq!(frames, &messages[usize::from(number) - 1][publish_method(1).len()..]);
            }
        }
    }
}

#[test]
fn a_message_that_does_not_end_as_a_frame_does_is_not_of_a_row() {
    let message = publish(1, 4096, &[0, 0], b"body");
    let mut bytes = message.repeat(3);
    *bytes.last_mut().unwrap() = 0;
    let mut peer = Peer::with_channel();
    let pattern = pattern_of_first(&mut peer, &bytes);
    let row = peer.connection.handle_row(&pattern, &bytes[message.len()..], usize::MAX);
    assert_eq!(row.consumed(), message.len());
}

#[test]
fn the_frames_of_a_message_can_be_passed_on() {
    let channel = open_channel(513);
    for body in [&b""[..], b"body", &[7; 5000]] {
        let bytes = publish(1, 131_072, &properties(), body);
        let mut connection = Peer::with_channel().connection;
        let mut out = Vec::new();
        let _ = connection.handle(&channel, &mut out).unwrap();
        let (_, event) = connection.handle(&bytes, &mut out).unwrap();
        let Event::Publish { content, .. } = event else { panic!("{event:?}") };
        let (mut passed_on, mut anew) = (b"before".to_vec(), b"before".to_vec());
        write_received(&mut passed_on, 513, content.frames, content.properties.len());
        write_content(&mut anew, 513, 131_072, content.properties, body);
        assert!(passed_on == anew, "a body of {}", body.len());
    }
}
