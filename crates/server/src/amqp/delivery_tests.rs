//! What a client gets of messages that share their heads with those before, against the same frames written one by one.

use std::sync::Arc;

use proptest::prelude::*;
use warren_amqp091::client_writer::FrameWriter;
use warren_amqp091::content::{write_content, write_deliver};

use warren_broker::channel::Channel;
use warren_broker::connections::{ChannelCounters, ChannelInfo};
use warren_broker::delivery::Outbox;
use warren_broker::effects::Effects;
use warren_broker::log::LogHandle;
use warren_broker::principal::Principal;
use warren_broker::queues::{ConsumerSettings, QueueSettings};
use warren_broker::state::node::broker::{Broker, BrokerSettings};
use warren_model::binding::{Binding, Destination};
use warren_model::message::{Body, Message};
use warren_model::outgoing::Outgoing;

const FRAME_MAX: u32 = 4096;
const QUEUE: &str = "q";
const EXCHANGE: &str = "amq.fanout";
const CONSUMER_TAG: &str = "ctag1.0";

/// Everything of a message but the octets of its body.
#[derive(Debug, Clone)]
struct Head {
    key: String,
    properties: Vec<u8>,
    body_len: usize,
}

fn head() -> impl Strategy<Value = Head> {
    let properties = prop_oneof![
        Just(vec![0, 0]),
        // Content types of different lengths.
        (1..5u8).prop_map(|len| [&[0x80, 0, len], &*vec![b't'; len.into()]].concat()),
    ];
    let body_len = prop_oneof![Just(0usize), 1..40usize, 4000..4100usize, 9000..9010usize];
    ("[a-c]{0,2}", properties, body_len).prop_map(|(key, properties, body_len)| Head {
        key,
        properties,
        body_len,
    })
}

fn body(number: usize, len: usize) -> Vec<u8> {
    (0..len).map(|at| (number * 31 + at) as u8).collect()
}

/// A client with one channel and one queue.
struct Client {
    channel: Channel,
    effects: Effects,
    outbox: Arc<Outbox>,
}

impl Client {
    fn new(prefetch: u16) -> Self {
        let broker = Arc::new(Broker::new(
            BrokerSettings::default(),
            LogHandle::default(),
            Box::new(|bytes: &mut [u8]| bytes.fill(7)),
        ));
        let _ = broker.create_defaults().unwrap();
        let vhost = broker.vhost("/").unwrap();
        let principal = Arc::new(Principal::client(Arc::clone(&broker), vhost, "guest".into(), 1));
        let outbox = Arc::new(Outbox::kept(Box::new(FrameWriter::new(FRAME_MAX))));
        let info = ChannelInfo { number: 1, name: "".into(), counters: ChannelCounters::default() };
        let mut channel = Channel::new(Arc::clone(&principal), Arc::new(info), Arc::clone(&outbox), true);
        let _ = principal.declare_queue(QUEUE, QueueSettings::default()).unwrap();
        let binding = Binding {
            source: EXCHANGE.into(),
            destination: Destination::Queue(QUEUE.into()),
            routing_key: "".into(),
            arguments: Default::default(),
        };
        let _ = principal.bind(binding).unwrap();
        let mut effects = Effects::new(broker.log_handle().clone());
        channel.set_prefetch(prefetch, false, &mut effects);
        Self { channel, effects, outbox }
    }

    fn consume(&mut self, no_ack: bool) {
        let settings = ConsumerSettings { tag: CONSUMER_TAG.into(), no_ack, ..ConsumerSettings::default() };
        self.channel.consume(QUEUE, settings, true, &mut self.effects).unwrap();
    }

    /// Publishes as a server does that reads all of it at once: messages with the same head share its octets.
    fn publish(&mut self, first: usize, heads: &[(Head, usize)]) {
        let mut number = first;
        for (head, count) in heads {
            let bodies: Vec<_> = (0..*count).map(|at| body(number + at, head.body_len)).collect();
            let message = |body| Message {
                exchange: EXCHANGE,
                routing_key: &head.key,
                properties: &head.properties,
                body: Body::Inline(body),
                frames: &[],
                persistent: false,
                mandatory: false,
                annotated: false,
            };
            let run: Vec<_> = bodies.iter().map(|body| message(body)).collect();
            self.channel.publish(&run, &mut self.effects).unwrap();
            number += count;
        }
        self.effects.finish();
    }

    fn hear(&mut self) -> Vec<u8> {
        self.effects.finish();
        let outgoing = self.outbox.take(Outgoing::default());
        self.outbox.sent(outgoing.len());
        assert!(outgoing.shared.is_empty());
        outgoing.bytes
    }
}

/// The deliveries of messages with those numbers, the first with the tag after `tag`.
fn deliveries(
    heads: &[(Head, usize)],
    numbers: impl Iterator<Item = usize>,
    tag: u64,
    redelivered: bool,
) -> Vec<u8> {
    let heads: Vec<&Head> = heads.iter().flat_map(|(head, count)| vec![head; *count]).collect();
    let mut out = Vec::new();
    for (tag, number) in (tag + 1..).zip(numbers) {
        let head = heads[number % heads.len()];
        let names = (EXCHANGE.as_bytes(), head.key.as_bytes());
        write_deliver(&mut out, 1, CONSUMER_TAG.as_bytes(), tag, redelivered, names.0, names.1);
        write_content(&mut out, 1, FRAME_MAX, &head.properties, &body(number, head.body_len));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Some messages rest and some are delivered as they come; some are acknowledged, and the others come once more.
    #[test]
    fn shared_heads_do_not_show(
        heads in prop::collection::vec((head(), 1..6usize), 1..6),
        prefetch in 0..20u16,
        acked in 0..20usize,
        no_ack in any::<bool>(),
        rest in any::<bool>(),
    ) {
        let count: usize = heads.iter().map(|(_, count)| count).sum();
        let mut client = Client::new(prefetch);
        if !rest {
            client.consume(no_ack);
        }
        client.publish(0, &heads);
        client.publish(count, &heads);
        if rest {
            client.consume(no_ack);
        }
        let all = 2 * count;
        let first = if no_ack || prefetch == 0 { all } else { all.min(prefetch.into()) };
        prop_assert_eq!(client.hear(), deliveries(&heads, 0..first, 0, false));
        if no_ack {
            return Ok(());
        }
        let acked = acked.clamp(1, first);
        client.channel.ack_each(1..=acked as u64, &mut client.effects).unwrap();
        client.channel.apply_acks(&mut client.effects);
        let second = all.min(first + acked);
        prop_assert_eq!(client.hear(), deliveries(&heads, first..second, first as u64, false));
        client.channel.recover(&mut client.effects);
        let third = if prefetch == 0 { all } else { all.min(acked + usize::from(prefetch)) };
        let mut expected = deliveries(&heads, acked..second.min(third), second as u64, true);
        expected.extend(deliveries(&heads, second..third, (second + second.min(third) - acked) as u64, false));
        prop_assert_eq!(client.hear(), expected);
    }
}

/// Beyond this many bytes nothing more is put into an outbox.
const FULL: usize = 512 * 1024;

#[test]
fn a_row_of_deliveries_ends_where_the_outbox_is_full() {
    for rest in [false, true] {
        let head = Head { key: "k".into(), properties: vec![0, 0], body_len: 1000 };
        let mut client = Client::new(0);
        if !rest {
            client.consume(true);
        }
        client.publish(0, &[(head.clone(), 1000)]);
        if rest {
            client.consume(true);
        }
        let first = client.hear();
        let one = deliveries(&[(head, 1)], 0..1, 0, false).len();
        assert_eq!(
            first.len(),
            FULL.div_ceil(one) * one,
            "until it is full, and the last one goes beyond that"
        );
    }
}
