//! The codec beside another implementation of it, the crate `amq-protocol`: what one writes the other reads as the same, for every
//! method, for properties and for tables.

use crate::generate::{Ingredients, ingredients, properties};
use amq_protocol::frame::{AMQPContentHeader, AMQPFrame, WriteContext, gen_frame, parse_frame};
use amq_protocol::protocol::{self as theirs, AMQPClass};
use amq_protocol::types::{self, AMQPValue};
use proptest::prelude::*;
use warren_amqp091::content::write_content;
use warren_amqp091::frame::{FrameKind, decode_frame};
use warren_amqp091::method::{self as ours, Method};
use warren_model::properties::BasicProperties;
use warren_model::value::{FieldTable, FieldValue, Table};

/// The same ingredients as fields of our structs …
mod our {
    use super::*;

    pub fn short(i: &Ingredients, n: usize) -> &str {
        &i.shorts[n]
    }
    pub fn long(i: &Ingredients, n: usize) -> &[u8] {
        &i.longs[n]
    }
    pub fn bit(i: &Ingredients, n: usize) -> bool {
        i.bits[n]
    }
    pub fn u8(i: &Ingredients, n: usize) -> u8 {
        i.numbers[n] as u8
    }
    pub fn u16(i: &Ingredients, n: usize) -> u16 {
        i.numbers[n] as u16
    }
    pub fn u32(i: &Ingredients, n: usize) -> u32 {
        i.numbers[n] as u32
    }
    pub fn u64(i: &Ingredients, n: usize) -> u64 {
        i.numbers[n]
    }
    pub fn table(i: &Ingredients, _: usize) -> Table<'_> {
        Table::decode(&i.table_bytes).unwrap()
    }
}

/// … and of theirs.
mod their {
    pub use super::our::{bit, u8, u16, u32, u64};
    use super::*;

    pub fn short(i: &Ingredients, n: usize) -> types::ShortString {
        i.shorts[n].as_str().into()
    }
    pub fn long(i: &Ingredients, n: usize) -> types::LongString {
        i.longs[n].as_slice().into()
    }
    pub fn table(i: &Ingredients, _: usize) -> types::FieldTable {
        to_their_table(&i.table)
    }
}

fn to_their_table(table: &FieldTable) -> types::FieldTable {
    let mut out = types::FieldTable::default();
    for (key, value) in table.iter() {
        out.insert(key.into(), to_their_value(value));
    }
    out
}

fn to_their_value(value: &FieldValue) -> AMQPValue {
    match value {
        FieldValue::Boolean(v) => AMQPValue::Boolean(*v),
        FieldValue::ShortShortInt(v) => AMQPValue::ShortShortInt(*v),
        FieldValue::ShortShortUint(v) => AMQPValue::ShortShortUInt(*v),
        FieldValue::ShortInt(v) => AMQPValue::ShortInt(*v),
        FieldValue::ShortUint(v) => AMQPValue::ShortUInt(*v),
        FieldValue::LongInt(v) => AMQPValue::LongInt(*v),
        FieldValue::LongUint(v) => AMQPValue::LongUInt(*v),
        FieldValue::LongLongInt(v) => AMQPValue::LongLongInt(*v),
        FieldValue::Float(v) => AMQPValue::Float(*v),
        FieldValue::Double(v) => AMQPValue::Double(*v),
        FieldValue::Decimal(v) => {
            AMQPValue::DecimalValue(types::DecimalValue { scale: v.scale, value: v.value })
        }
        FieldValue::LongString(v) => AMQPValue::LongString(v.as_slice().into()),
        FieldValue::Array(v) => {
            AMQPValue::FieldArray(v.iter().map(to_their_value).collect::<Vec<_>>().into())
        }
        FieldValue::Timestamp(v) => AMQPValue::Timestamp(*v),
        FieldValue::Table(v) => AMQPValue::FieldTable(to_their_table(v)),
        FieldValue::Void => AMQPValue::Void,
        FieldValue::ByteArray(v) => AMQPValue::ByteArray(v.as_slice().into()),
    }
}

fn to_their_properties(p: &BasicProperties) -> theirs::BasicProperties {
    let mut out = theirs::BasicProperties::default();
    macro_rules! set {
        ($($field:ident $with:ident;)*) => {$(
            if let Some(text) = &p.$field {
                out = out.$with(text.as_str().into());
            }
        )*};
    }
    set! {
        content_type with_content_type;
        content_encoding with_content_encoding;
        correlation_id with_correlation_id;
        reply_to with_reply_to;
        expiration with_expiration;
        message_id with_message_id;
        type_ with_type;
        user_id with_user_id;
        app_id with_app_id;
        cluster_id with_cluster_id;
    }
    if let Some(headers) = &p.headers {
        out = out.with_headers(to_their_table(headers));
    }
    out = p.delivery_mode.map_or(out.clone(), |v| out.with_delivery_mode(v));
    out = p.priority.map_or(out.clone(), |v| out.with_priority(v));
    p.timestamp.map_or(out.clone(), |v| out.with_timestamp(v))
}

fn write_theirs(frame: &AMQPFrame) -> Vec<u8> {
    gen_frame(frame)(WriteContext::from(Vec::new())).unwrap().into_inner().0
}

fn read_theirs(bytes: &[u8]) -> AMQPFrame {
    let (rest, frame) = parse_frame(bytes).expect("the oracle reads it");
    assert!(rest.is_empty());
    frame
}

/// Both write the same octets, and each reads what the other wrote as what it was.
fn agree(channel: u16, ours: Method<'_>, theirs: AMQPClass) {
    let mut our_bytes = Vec::new();
    ours.write_frame(channel, &mut our_bytes);
    let frame = AMQPFrame::Method(channel, theirs);
    let their_bytes = write_theirs(&frame);
    assert_eq!(our_bytes, their_bytes, "{ours:?}");
    assert_eq!(read_theirs(&our_bytes), frame);
    let (read, len) = decode_frame(&their_bytes, 0).unwrap().unwrap();
    assert_eq!((read.kind, read.channel, len), (FrameKind::Method, channel, their_bytes.len()));
    assert_eq!(Method::decode(read.payload), Ok(ours));
}

/// Compares one method after the other: its class here and there, its name, its fields, and what each is made of.
macro_rules! compare {
    ($i:ident, $count:ident; $($ours:ident $theirs:ident {
        $( $name:ident { $( $field:ident : $kind:ident $n:literal ),* } )*
    })*) => {$($(
        let our_method: Method<'_> = ours::$ours::$name { $( $field: our::$kind($i, $n), )* }.into();
        let their_method = theirs::$ours::$name { $( $field: their::$kind($i, $n), )* };
        let their_class = AMQPClass::$theirs(theirs::$ours::AMQPMethod::$name(their_method));
        agree($i.channel, our_method, their_class);
        $count += 1;
    )*)*};
}

/// How many methods were compared.
fn compare_connection_and_channel(i: &Ingredients) -> usize {
    let mut count = 0;
    compare! { i, count;
        connection Connection {
            Start { version_major: u8 0, version_minor: u8 1, server_properties: table 0, mechanisms: long 0, locales: long 1 }
            StartOk { client_properties: table 0, mechanism: short 0, response: long 0, locale: short 1 }
            Secure { challenge: long 0 }
            SecureOk { response: long 0 }
            Tune { channel_max: u16 0, frame_max: u32 1, heartbeat: u16 2 }
            TuneOk { channel_max: u16 0, frame_max: u32 1, heartbeat: u16 2 }
            Open { virtual_host: short 0 }
            OpenOk {}
            Close { reply_code: u16 0, reply_text: short 0, class_id: u16 1, method_id: u16 2 }
            CloseOk {}
            Blocked { reason: short 0 }
            Unblocked {}
            UpdateSecret { new_secret: long 0, reason: short 0 }
            UpdateSecretOk {}
        }
        channel Channel {
            Open {}
            OpenOk {}
            Flow { active: bit 0 }
            FlowOk { active: bit 0 }
            Close { reply_code: u16 0, reply_text: short 0, class_id: u16 1, method_id: u16 2 }
            CloseOk {}
        }
    }
    count
}

fn compare_exchange_and_queue(i: &Ingredients) -> usize {
    let mut count = 0;
    compare! { i, count;
        exchange Exchange {
            DeclareOk {}
            Delete { exchange: short 0, if_unused: bit 0, nowait: bit 1 }
            DeleteOk {}
            Bind { destination: short 0, source: short 1, routing_key: short 2, nowait: bit 0, arguments: table 0 }
            BindOk {}
            Unbind { destination: short 0, source: short 1, routing_key: short 2, nowait: bit 0, arguments: table 0 }
            UnbindOk {}
        }
        queue Queue {
            Declare {
                queue: short 0, passive: bit 0, durable: bit 1, exclusive: bit 2, auto_delete: bit 3, nowait: bit 4,
                arguments: table 0
            }
            DeclareOk { queue: short 0, message_count: u32 0, consumer_count: u32 1 }
            Bind { queue: short 0, exchange: short 1, routing_key: short 2, nowait: bit 0, arguments: table 0 }
            BindOk {}
            Unbind { queue: short 0, exchange: short 1, routing_key: short 2, arguments: table 0 }
            UnbindOk {}
            Purge { queue: short 0, nowait: bit 0 }
            PurgeOk { message_count: u32 0 }
            Delete { queue: short 0, if_unused: bit 0, if_empty: bit 1, nowait: bit 2 }
            DeleteOk { message_count: u32 0 }
        }
    }
    count
}

fn compare_basic(i: &Ingredients) -> usize {
    let mut count = 0;
    compare! { i, count;
        basic Basic {
            QosOk {}
            Consume {
                queue: short 0, consumer_tag: short 1, no_local: bit 0, no_ack: bit 1, exclusive: bit 2, nowait: bit 3,
                arguments: table 0
            }
            ConsumeOk { consumer_tag: short 0 }
            Cancel { consumer_tag: short 0, nowait: bit 0 }
            CancelOk { consumer_tag: short 0 }
            Publish { exchange: short 0, routing_key: short 1, mandatory: bit 0, immediate: bit 1 }
            Return { reply_code: u16 0, reply_text: short 0, exchange: short 1, routing_key: short 2 }
            Deliver {
                consumer_tag: short 0, delivery_tag: u64 0, redelivered: bit 0, exchange: short 1, routing_key: short 2
            }
            Get { queue: short 0, no_ack: bit 0 }
            GetOk {
                delivery_tag: u64 0, redelivered: bit 0, exchange: short 1, routing_key: short 2, message_count: u32 1
            }
            GetEmpty {}
            Ack { delivery_tag: u64 0, multiple: bit 0 }
            Reject { delivery_tag: u64 0, requeue: bit 0 }
            RecoverAsync { requeue: bit 0 }
            Recover { requeue: bit 0 }
            RecoverOk {}
            Nack { delivery_tag: u64 0, multiple: bit 0, requeue: bit 1 }
        }
        tx Tx { Select {} SelectOk {} Commit {} CommitOk {} Rollback {} RollbackOk {} }
        confirm Confirm { Select { nowait: bit 0 } SelectOk {} }
    }
    count
}

/// The two whose fields go by other names, or do not exist, over there.
fn compare_the_others(i: &Ingredients) -> usize {
    let qos = ours::basic::Qos { prefetch_size: 0, prefetch_count: our::u16(i, 0), global: our::bit(i, 0) };
    let theirs_qos = theirs::basic::Qos { prefetch_count: our::u16(i, 0), global: our::bit(i, 0) };
    agree(i.channel, qos.into(), AMQPClass::Basic(theirs::basic::AMQPMethod::Qos(theirs_qos)));
    let declare = ours::exchange::Declare {
        exchange: our::short(i, 0),
        type_: our::short(i, 1),
        passive: i.bits[0],
        durable: i.bits[1],
        auto_delete: i.bits[2],
        internal: i.bits[3],
        nowait: i.bits[4],
        arguments: our::table(i, 0),
    };
    let theirs_declare = theirs::exchange::Declare {
        exchange: their::short(i, 0),
        kind: their::short(i, 1),
        passive: i.bits[0],
        durable: i.bits[1],
        auto_delete: i.bits[2],
        internal: i.bits[3],
        nowait: i.bits[4],
        arguments: their::table(i, 0),
    };
    agree(
        i.channel,
        declare.into(),
        AMQPClass::Exchange(theirs::exchange::AMQPMethod::Declare(theirs_declare)),
    );
    2
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn methods(i in ingredients()) {
        let compared = compare_connection_and_channel(&i) + compare_exchange_and_queue(&i) + compare_basic(&i)
            + compare_the_others(&i);
        prop_assert_eq!(compared, 64, "every method there is");
    }

    #[test]
    fn properties_and_content(p in properties(), channel in 1..u16::MAX, body in proptest::collection::vec(any::<u8>(), 0..50)) {
        let header = AMQPContentHeader {
            class_id: 60,
            body_size: body.len() as u64,
            properties: to_their_properties(&p),
        };
        let mut frames = vec![AMQPFrame::Header(channel, header)];
        if !body.is_empty() {
            frames.push(AMQPFrame::Body(channel, body.clone()));
        }
        let their_bytes: Vec<u8> = frames.iter().flat_map(write_theirs).collect();
        let mut our_bytes = Vec::new();
        write_content(&mut our_bytes, channel, 4096, &p.to_bytes(), &body);
        prop_assert_eq!(&our_bytes, &their_bytes);
        let (rest, first) = parse_frame(&our_bytes[..]).unwrap();
        prop_assert_eq!(&first, &frames[0]);
        if !body.is_empty() {
            prop_assert_eq!(&read_theirs(rest), &frames[1]);
        }
        let (frame, _) = decode_frame(&their_bytes, 0).unwrap().unwrap();
        prop_assert_eq!(BasicProperties::decode(&frame.payload[12..]), Ok(p));
    }

    /// Whatever the oracle takes for a table or a method, made from broken octets, we do too, unless it is one of the things that we
    /// know to be stricter about.
    #[test]
    fn damaged_methods(i in ingredients(), at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let mut bytes = Vec::new();
        ours::basic::Consume {
            queue: our::short(&i, 0), consumer_tag: our::short(&i, 1), no_local: i.bits[0], no_ack: i.bits[1],
            exclusive: i.bits[2], nowait: i.bits[3], arguments: our::table(&i, 0),
        }.write_frame(1, &mut bytes);
        let range = 7..bytes.len() - 1;
        let at = 7 + at.index(range.len());
        bytes[at] = octet;
        let (frame, _) = decode_frame(&bytes, 0).unwrap().unwrap();
        let we = Method::decode(frame.payload);
        let they = parse_frame(&bytes[..]);
        match (&we, &they) {
            (Ok(_), Err(_)) => prop_assert!(false, "only we read {:?}: {they:?}", bytes),
            (Err(e), Ok(_)) => {
                // The oracle takes more: 'U' for 's', and access.request.
                prop_assert!(bytes[at] == b'U' || e.to_string().contains("class 30"), "only they read {bytes:?}: {e}");
            }
            _ => {}
        }
    }
}
