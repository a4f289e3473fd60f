//! Strategies: values, tables, properties, and the ingredients of methods.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use warren_model::properties::BasicProperties;
use warren_model::value::{Decimal, FieldTable, FieldValue};

/// A text that fits into a short string, of any characters.
pub fn short() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-zA-Z0-9._-]{0,20}",
        1 => "\\PC{0,60}",
        1 => "[a-z]{255}",
    ]
}

fn float() -> impl Strategy<Value = f32> {
    any::<f32>().prop_filter("a number, so that it equals itself", |f| !f.is_nan())
}

fn double() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("a number, so that it equals itself", |f| !f.is_nan())
}

pub fn value() -> impl Strategy<Value = FieldValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(FieldValue::Boolean),
        any::<i8>().prop_map(FieldValue::ShortShortInt),
        any::<u8>().prop_map(FieldValue::ShortShortUint),
        any::<i16>().prop_map(FieldValue::ShortInt),
        any::<u16>().prop_map(FieldValue::ShortUint),
        any::<i32>().prop_map(FieldValue::LongInt),
        any::<u32>().prop_map(FieldValue::LongUint),
        any::<i64>().prop_map(FieldValue::LongLongInt),
        float().prop_map(FieldValue::Float),
        double().prop_map(FieldValue::Double),
        any::<(u8, u32)>().prop_map(|(scale, value)| FieldValue::Decimal(Decimal { scale, value })),
        vec(any::<u8>(), 0..40).prop_map(FieldValue::LongString),
        any::<u64>().prop_map(FieldValue::Timestamp),
        Just(FieldValue::Void),
        vec(any::<u8>(), 0..40).prop_map(FieldValue::ByteArray),
    ];
    leaf.prop_recursive(5, 30, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(FieldValue::Array),
            btree_map(short(), inner, 0..5).prop_map(|m| FieldValue::Table(FieldTable::from_iter(m))),
        ]
    })
}

/// A table whose keys are different and in order.
pub fn table() -> impl Strategy<Value = FieldTable> {
    btree_map(short(), value(), 0..6).prop_map(FieldTable::from_iter)
}

/// A table whose keys are in any order, some of them perhaps twice.
pub fn untidy_table() -> impl Strategy<Value = FieldTable> {
    vec((short(), value()), 0..8).prop_map(FieldTable::from_iter)
}

prop_compose! {
    pub fn properties()(
        content in (option::of(short()), option::of(short()), option::of(table())),
        numbers in (option::of(any::<u8>()), option::of(any::<u8>()), option::of(any::<u64>())),
        ids in (option::of(short()), option::of(short()), option::of(short()), option::of(short())),
        names in (option::of(short()), option::of(short()), option::of(short()), option::of(short())),
    ) -> BasicProperties {
        let (content_type, content_encoding, headers) = content;
        let (delivery_mode, priority, timestamp) = numbers;
        let (correlation_id, reply_to, expiration, message_id) = ids;
        let (type_, user_id, app_id, cluster_id) = names;
        BasicProperties {
            content_type, content_encoding, headers, delivery_mode, priority, correlation_id, reply_to, expiration,
            message_id, timestamp, type_, user_id, app_id, cluster_id,
        }
    }
}

/// What the fields of any method can be made of.
#[derive(Debug, Clone)]
pub struct Ingredients {
    pub channel: u16,
    pub shorts: Vec<String>,
    pub longs: Vec<Vec<u8>>,
    pub numbers: Vec<u64>,
    pub bits: Vec<bool>,
    pub table: FieldTable,
    /// The table as on the wire.
    pub table_bytes: Vec<u8>,
}

prop_compose! {
    pub fn ingredients()(
        channel in any::<u16>(),
        shorts in vec(short(), 3),
        longs in vec(vec(any::<u8>(), 0..60), 2),
        numbers in vec(any::<u64>(), 3),
        bits in vec(any::<bool>(), 5),
        table in table(),
    ) -> Ingredients {
        let table_bytes = table.to_bytes();
        Ingredients { channel, shorts, longs, numbers, bits, table, table_bytes }
    }
}
