//! Whole conversations, cut anywhere, damaged anywhere: the same events for the same octets, and never a panic.

use crate::peer::{Peer, Seen, close_channel, frame, header, method, open_channel, publish, publish_method};
use proptest::collection::vec;
use proptest::prelude::*;
use warren_amqp091::connection::ConnectionError;
use warren_amqp091::method::{basic, connection};

/// One thing that a client does; most are legal.
fn step() -> impl Strategy<Value = Vec<u8>> {
    let body = || vec(any::<u8>(), 0..200);
    prop_oneof![
        8 => (1..4u16, body()).prop_map(|(c, b)| publish(c, 4096, &[0, 0], &b)),
        2 => (1..4u16, body()).prop_map(|(c, b)| publish(c, 40, &[0x10, 0, 2], &b)),
        1 => (1..4u16, 30_000..70_000usize).prop_map(|(c, n)| publish(c, 131_072, &[0, 0], &vec![7; n])),
        4 => (1..4u16).prop_map(|c| method(c, basic::Qos { prefetch_size: 0, prefetch_count: 1, global: false })),
        4 => (1..4u16, any::<u64>(), any::<bool>())
            .prop_map(|(c, delivery_tag, multiple)| method(c, basic::Ack { delivery_tag, multiple })),
        4 => (1..6u16).prop_map(open_channel),
        2 => (1..4u16).prop_map(close_channel),
        2 => Just(frame(8, 0, &[])),
        1 => (1..4u16).prop_map(publish_method),
        1 => (1..4u16, 0..9u64).prop_map(|(c, n)| header(c, 60, 0, n, &[0, 0])),
        1 => (1..4u16, body()).prop_map(|(c, b)| frame(3, c, &b)),
        1 => Just(method(0, connection::Close { reply_code: 200, reply_text: "", class_id: 0, method_id: 0 })),
    ]
}

fn conversation() -> impl Strategy<Value = Vec<u8>> {
    vec(step(), 0..25).prop_map(|steps| {
        let begin = [open_channel(1), open_channel(2), open_channel(3)].concat();
        [begin, steps.concat()].concat()
    })
}

/// Everything that comes of these octets, given in pieces that end at `cuts`. Every error is answered with its close.
fn all_that_comes(bytes: &[u8], cuts: &[usize]) -> (Vec<Seen>, Vec<ConnectionError>, Vec<u8>) {
    let mut peer = Peer::open();
    let mut errors = Vec::new();
    let mut at = 0;
    for cut in cuts.iter().chain([&bytes.len()]) {
        errors.extend(peer.send_and_close(&bytes[at..(*cut).max(at)]));
        at = at.max(*cut);
    }
    (peer.events, errors, peer.out)
}

fn cuts(bytes: &[u8], indexes: Vec<prop::sample::Index>) -> Vec<usize> {
    let mut cuts: Vec<usize> = indexes.iter().map(|i| i.index(bytes.len() + 1)).collect();
    cuts.sort();
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn conversations_mean_the_same_however_they_are_cut(
        bytes in conversation(), indexes in vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let whole = all_that_comes(&bytes, &[]);
        let cut = all_that_comes(&bytes, &cuts(&bytes, indexes));
        prop_assert!(whole == cut, "{} events against {}", whole.0.len(), cut.0.len());
    }

    #[test]
    fn damaged_conversations_too(
        bytes in conversation(), indexes in vec(any::<prop::sample::Index>(), 1..12),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = bytes;
        for (at, octet) in damage {
            let at = at.index(bytes.len());
            bytes[at] = octet;
        }
        let whole = all_that_comes(&bytes, &[]);
        let cut = all_that_comes(&bytes, &cuts(&bytes, indexes));
        prop_assert!(whole == cut, "{:?} against {:?}", whole.1, cut.1);
    }

    #[test]
    fn noise_never_panics(bytes in vec(any::<u8>(), 0..600), kind in 1..4u8) {
        let _ = all_that_comes(&bytes, &[]);
        let _ = all_that_comes(&frame(kind, 1, &bytes), &[]);
        let mut peer = Peer::new(crate::peer::settings());
        let _ = peer.send_and_close(&bytes);
    }
}
