//! Opening and closing channels, and methods on them.

use crate::peer::{
    Peer, Seen, close_channel, method, open_channel, publish, publish_method, published, settings, tune_ok,
};
use crate::peer::{open, raw, start_ok};
use warren_amqp091::connection::Event;
use warren_amqp091::constants::{PROTOCOL_HEADER, ReplyCode};
use warren_amqp091::method::{MethodId, basic, channel, confirm, connection, queue};

fn qos(number: u16) -> Vec<u8> {
    method(number, basic::Qos { prefetch_size: 0, prefetch_count: 5, global: false })
}

fn qos_seen(number: u16) -> Seen {
    Seen::Method(number, "basic.qos".to_string())
}

#[test]
fn channels_open_work_and_close() {
    let mut peer = Peer::open();
    let bytes = [open_channel(5), qos(5), close_channel(5), open_channel(5), qos(5)].concat();
    peer.send(&bytes).unwrap();
    let expected = [
        Seen::ChannelOpened(5),
        qos_seen(5),
        Seen::ChannelClosed(5, true),
        Seen::ChannelOpened(5),
        qos_seen(5),
    ];
    assert_eq!(peer.events, expected);
    assert_eq!(peer.written(), [(5, "channel.open-ok"), (5, "channel.close-ok"), (5, "channel.open-ok")]);
}

#[test]
fn after_the_servers_close_all_but_close_ok_is_dropped() {
    let mut peer = Peer::with_channel();
    peer.connection.close_channel(
        1,
        ReplyCode::NOT_FOUND,
        "NOT_FOUND - no queue 'x'",
        queue::Declare::ID,
        &mut peer.out,
    );
    // A second close changes nothing.
    peer.connection.close_channel(1, ReplyCode::NOT_FOUND, "again", queue::Declare::ID, &mut peer.out);
    assert_eq!(peer.written(), [(1, "channel.close")]);
    let dropped =
        [qos(1), publish(1, 4096, &[0, 0], &[7; 10_000]), publish_method(1), open_channel(1)].concat();
    for byte in dropped {
        peer.send(&[byte]).unwrap();
    }
    assert_eq!(peer.events, []);
    peer.send(&[method(1, channel::CloseOk {}), open_channel(1), qos(1)].concat()).unwrap();
    assert_eq!(peer.events, [Seen::ChannelClosed(1, false), Seen::ChannelOpened(1), qos_seen(1)]);
}

#[test]
fn frames_that_are_dropped_must_still_be_frames() {
    let mut peer = Peer::with_channel();
    peer.connection.close_channel(1, ReplyCode::NOT_FOUND, "x", MethodId::NONE, &mut peer.out);
    let errors = peer.send_and_close(&raw(3, 1, 3, b"abc", 0));
    assert_eq!(errors.iter().map(|e| e.code).collect::<Vec<_>>(), [ReplyCode::FRAME_ERROR]);
}

#[test]
fn closes_that_cross_are_both_answered() {
    for sends_close_ok in [true, false] {
        let mut peer = Peer::with_channel();
        peer.connection.close_channel(1, ReplyCode::NOT_FOUND, "x", MethodId::NONE, &mut peer.out);
        peer.send(&close_channel(1)).unwrap();
        assert_eq!(peer.written(), [(1, "channel.close"), (1, "channel.close-ok")]);
        if sends_close_ok {
            peer.send(&method(1, channel::CloseOk {})).unwrap();
        }
        peer.send(&[open_channel(1), qos(1)].concat()).unwrap();
        assert_eq!(peer.events, [Seen::ChannelClosed(1, true), Seen::ChannelOpened(1), qos_seen(1)]);
    }
}

#[test]
fn channel_max_bounds_number_and_count() {
    let mut peer = Peer::new(settings());
    let begin = [&PROTOCOL_HEADER[..], &start_ok("PLAIN", b""), &tune_ok(2, 4096), &open()].concat();
    peer.send(&begin).unwrap();
    let error = peer.send_and_close(&open_channel(3)).remove(0);
    assert_eq!(error.text, "CHANNEL_ERROR - channel number 3 is above the negotiated channel_max (2)");

    let mut peer = Peer::new(settings());
    peer.send(&[begin, open_channel(1), open_channel(2)].concat()).unwrap();
    let error = peer.send_and_close(&open_channel(3)).remove(0);
    let text = "NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)";
    assert_eq!((error.code.0, error.text.as_str()), (530, text));
}

#[test]
fn all_65535_channels_can_be_open_at_once() {
    let mut peer = Peer::new(warren_amqp091::connection::Settings { channel_max: 0, ..settings() });
    let begin = [&PROTOCOL_HEADER[..], &start_ok("PLAIN", b""), &tune_ok(65_535, 4096), &open()].concat();
    peer.send(&begin).unwrap();
    for number in 1..=65_535 {
        peer.send(&open_channel(number)).unwrap();
    }
    peer.events.clear();
    peer.send(&publish(65_535, 4096, &[0, 0], b"x")).unwrap();
    assert_eq!(peer.events, [published(65_535, &[0, 0], b"x")]);
}

#[test]
fn what_a_client_may_send_comes_through() {
    let mut peer = Peer::with_channel();
    let update = connection::UpdateSecret { new_secret: b"s", reason: "r" };
    let bytes = [
        method(0, update),
        method(1, confirm::Select { nowait: false }),
        method(1, channel::Flow { active: true }),
        method(1, channel::FlowOk { active: true }),
        method(1, basic::Nack { delivery_tag: 1, multiple: true, requeue: true }),
        method(1, basic::RecoverAsync { requeue: true }),
        method(1, basic::CancelOk { consumer_tag: "t" }),
    ];
    peer.send(&bytes.concat()).unwrap();
    let names = [
        "confirm.select",
        "channel.flow",
        "channel.flow-ok",
        "basic.nack",
        "basic.recover-async",
        "basic.cancel-ok",
    ];
    let mut expected = vec![Seen::Method(0, "connection.update-secret".to_string())];
    expected.extend(names.map(|name| Seen::Method(1, name.to_string())));
    assert_eq!(peer.events, expected);
}

#[test]
fn what_only_servers_send_is_refused() {
    let server_only = [
        method(
            1,
            basic::Deliver {
                consumer_tag: "",
                delivery_tag: 1,
                redelivered: false,
                exchange: "",
                routing_key: "",
            },
        ),
        method(1, basic::QosOk {}),
        method(1, basic::GetEmpty {}),
        method(1, confirm::SelectOk {}),
        method(1, channel::OpenOk {}),
        method(1, channel::CloseOk {}),
        method(1, connection::Blocked { reason: "" }),
        method(0, connection::OpenOk {}),
        method(0, connection::CloseOk {}),
        method(0, basic::QosOk {}),
    ];
    for bytes in server_only {
        let errors = Peer::with_channel().send_and_close(&bytes);
        assert_eq!(errors[0].code.0, 503, "{}", errors[0].text);
    }
}

#[test]
fn acks_say_what_they_said() {
    let mut peer = Peer::with_channel();
    let mut out = Vec::new();
    for delivery_tag in [0, 1, 0x0102_0304_0506_0708, u64::MAX] {
        for multiple in [false, true] {
            let ack = basic::Ack { delivery_tag, multiple };
            let bytes = method(1, ack);
            let (taken, event) = peer.connection.handle(&bytes, &mut out).unwrap();
            assert_eq!((taken, event), (bytes.len(), Event::Method { channel: 1, method: ack.into() }));
        }
    }
    let errors = peer.send_and_close(
        &[publish_method(1), method(1, basic::Ack { delivery_tag: 1, multiple: false })].concat(),
    );
    assert_eq!(errors[0].code, ReplyCode::UNEXPECTED_FRAME);
}
