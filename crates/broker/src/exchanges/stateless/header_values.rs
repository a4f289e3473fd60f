//! When the value in a binding and the value in a message count as the same: as RabbitMQ compares them.
//!
//! At the top of a table the type on the wire does not matter, only what it stands for: all integers, floats and timestamps are
//! numbers, long strings and byte arrays are octets. Inside arrays and tables the types have to be the same too, and the
//! entries of tables stand in the same order.

use std::hash::{Hash, Hasher};

use warren_model::value::{Decimal, FieldTable, FieldValue};

/// What a value stands for, without its type on the wire.
#[derive(Debug, Clone, Copy)]
enum Meaning<'a> {
    Truth(bool),
    Whole(i128),
    Real(f64),
    Octets(&'a [u8]),
    Decimal(Decimal),
    List(&'a [FieldValue]),
    Entries(&'a FieldTable),
    Nothing,
}

impl<'a> Meaning<'a> {
    fn of(value: &'a FieldValue) -> Self {
        if let Some(number) = value.as_integer() {
            return Self::Whole(number.into());
        }
        match value {
            FieldValue::Boolean(v) => Self::Truth(*v),
            FieldValue::Float(v) => Self::number(f64::from(*v)),
            FieldValue::Double(v) => Self::number(*v),
            FieldValue::Timestamp(v) => Self::Whole((*v).into()),
            FieldValue::LongString(v) | FieldValue::ByteArray(v) => Self::Octets(v),
            FieldValue::Decimal(v) => Self::Decimal(*v),
            FieldValue::Array(v) => Self::List(v),
            FieldValue::Table(v) => Self::Entries(v),
            _ => Self::Nothing,
        }
    }

    /// A float that is a whole number stands for that number; above 2^100 nothing on the wire could be equal to it.
    fn number(value: f64) -> Self {
        if value.fract() == 0.0 && value.abs() < (1u128 << 100) as f64 {
            return Self::Whole(value as i128);
        }
        Self::Real(value)
    }
}

/// Whether a binding's value and a message's value are the same.
pub(super) fn same(ours: &FieldValue, theirs: &FieldValue) -> bool {
    match (Meaning::of(ours), Meaning::of(theirs)) {
        (Meaning::Truth(a), Meaning::Truth(b)) => a == b,
        (Meaning::Whole(a), Meaning::Whole(b)) => a == b,
        (Meaning::Real(a), Meaning::Real(b)) => a == b,
        (Meaning::Octets(a), Meaning::Octets(b)) => a == b,
        (Meaning::Decimal(a), Meaning::Decimal(b)) => a == b,
        (Meaning::List(a), Meaning::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_inside(a, b))
        }
        (Meaning::Entries(a), Meaning::Entries(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|((k, a), (l, b))| k == l && same_inside(a, b))
        }
        (Meaning::List(list), Meaning::Entries(table)) | (Meaning::Entries(table), Meaning::List(list)) => {
            list.is_empty() && table.is_empty()
        }
        (Meaning::Nothing, Meaning::Nothing) => true,
        _ => false,
    }
}

fn same_inside(ours: &FieldValue, theirs: &FieldValue) -> bool {
    ours.type_octet() == theirs.type_octet() && same(ours, theirs)
}

/// Feeds a hash so that values which are the same give the same hash.
pub(super) fn hash_meaning(value: &FieldValue, state: &mut impl Hasher) {
    match Meaning::of(value) {
        Meaning::Truth(v) => (0u8, v).hash(state),
        Meaning::Whole(v) => (1u8, v).hash(state),
        Meaning::Real(v) => (2u8, v.to_bits()).hash(state),
        Meaning::Octets(v) => (3u8, v).hash(state),
        Meaning::Decimal(v) => (4u8, v).hash(state),
        Meaning::List(v) => (5u8, v.len()).hash(state),
        Meaning::Entries(v) => (5u8, v.len()).hash(state),
        Meaning::Nothing => 6u8.hash(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::DefaultHasher;

    fn ones() -> Vec<FieldValue> {
        vec![
            FieldValue::ShortShortInt(1),
            FieldValue::ShortShortUint(1),
            FieldValue::ShortInt(1),
            FieldValue::ShortUint(1),
            FieldValue::LongInt(1),
            FieldValue::LongUint(1),
            FieldValue::LongLongInt(1),
            FieldValue::Float(1.0),
            FieldValue::Double(1.0),
            FieldValue::Timestamp(1),
            FieldValue::Boolean(true),
            FieldValue::Decimal(Decimal { scale: 0, value: 1 }),
            FieldValue::LongString(b"1".to_vec()),
            FieldValue::ByteArray(b"1".to_vec()),
            FieldValue::Void,
            FieldValue::Array(vec![1.into()]),
            FieldValue::Table(FieldTable::new()),
        ]
    }

    fn hash(value: &FieldValue) -> u64 {
        let mut state = DefaultHasher::new();
        hash_meaning(value, &mut state);
        state.finish()
    }

    #[test]
    fn numbers_are_the_same_whatever_their_type_and_octets_too() {
        for ours in ones() {
            for theirs in ones() {
                let class = |value: &FieldValue| match value.type_octet() {
                    b'b' | b'B' | b's' | b'u' | b'I' | b'i' | b'l' | b'f' | b'd' | b'T' => 'n',
                    b'S' | b'x' => 's',
                    other => char::from(other),
                };
                let expected = class(&ours) == class(&theirs);
                assert_eq!(same(&ours, &theirs), expected, "{ours:?} and {theirs:?}");
                assert!(!expected || hash(&ours) == hash(&theirs), "{ours:?} and {theirs:?}");
            }
        }
    }

    #[test]
    fn large_numbers_are_compared_exactly() {
        let float = FieldValue::Double(9_007_199_254_740_992.0);
        assert!(same(&float, &FieldValue::LongLongInt(9_007_199_254_740_992)));
        assert!(!same(&float, &FieldValue::LongLongInt(9_007_199_254_740_993)));
        assert!(!same(&FieldValue::Timestamp(u64::MAX), &FieldValue::LongLongInt(-1)));
        assert!(same(&FieldValue::Double(0.0), &FieldValue::Double(-0.0)));
        assert_eq!(hash(&FieldValue::Double(0.0)), hash(&FieldValue::Double(-0.0)));
        assert!(same(&FieldValue::Double(1e300), &FieldValue::Double(1e300)));
        assert!(!same(&FieldValue::Double(f64::NAN), &FieldValue::Double(f64::NAN)));
        assert!(!same(&FieldValue::Double(0.5), &FieldValue::Float(0.25)));
    }

    #[test]
    fn inside_lists_and_tables_types_and_order_count() {
        let list = |value: FieldValue| FieldValue::Array(vec![value]);
        assert!(same(&list(1.into()), &list(1.into())));
        assert!(!same(&list(1.into()), &list(1i64.into())));
        let table = |entries: &[(&str, i32)]| {
            let mut table = FieldTable::new();
            for (key, value) in entries {
                table.insert(*key, *value);
            }
            FieldValue::Table(table)
        };
        assert!(same(&table(&[("k", 1), ("j", 2)]), &table(&[("k", 1), ("j", 2)])));
        assert!(!same(&table(&[("k", 1), ("j", 2)]), &table(&[("j", 2), ("k", 1)])));
        assert!(same(&table(&[]), &FieldValue::Array(vec![])));
        assert_eq!(hash(&table(&[])), hash(&FieldValue::Array(vec![])));
    }
}
