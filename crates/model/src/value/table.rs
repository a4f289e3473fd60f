//! Tables and arrays that borrow from the bytes they were read from.

use super::field_table::FieldTable;
use super::value_ref::{ValueRef, check_table};
use crate::encoding::{DecodeError, Reader};
use std::fmt;

/// A well-formed field table, checked to its innermost value when it was read, and decoded only as far as it is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Table<'a> {
    /// Without the length in front. Only ever made from bytes that were checked.
    entries: &'a [u8],
}

impl<'a> Table<'a> {
    /// A table without entries.
    pub const EMPTY: Table<'static> = Table { entries: &[] };

    /// Reads a table that fills `bytes` exactly: four octets of length, then the entries.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let table = Table::read(&mut r)?;
        r.finish()?;
        Ok(table)
    }

    /// Reads a table and checks all of it.
    ///
    /// # Errors
    /// What is wrong with its octets.
    pub fn read(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let entries = r.long_bytes()?;
        check_table(entries, 1)?;
        Ok(Table { entries })
    }

    /// A table inside of one that is being checked, or was.
    pub(super) fn unchecked(entries: &'a [u8]) -> Self {
        Table { entries }
    }

    /// The entries as on the wire, without the length in front.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.entries
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in order, decoded one by one.
    pub fn iter(&self) -> TableIter<'a> {
        TableIter { rest: Reader::new(self.entries) }
    }

    /// The first value of that name. Looks through all entries before it.
    pub fn get(&self, key: &str) -> Option<ValueRef<'a>> {
        self.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// The same table, owned.
    #[allow(
        clippy::wrong_self_convention,
        reason = "named as in the standard library, where it takes a reference"
    )]
    pub fn to_owned(&self) -> FieldTable {
        let mut table = FieldTable::new();
        for (key, value) in self.iter() {
            table.push(key.to_string(), value.to_owned());
        }
        table
    }
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The entries of a [`Table`].
#[derive(Clone)]
pub struct TableIter<'a> {
    rest: Reader<'a>,
}

impl<'a> Iterator for TableIter<'a> {
    type Item = (&'a str, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        // The table was checked: what does not decode is its end.
        let key = self.rest.short_str().ok()?;
        let value = ValueRef::read_shallow(&mut self.rest).ok()?;
        Some((key, value))
    }
}

/// A well-formed array inside of a checked [`Table`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Array<'a> {
    values: &'a [u8],
}

impl<'a> Array<'a> {
    pub(super) fn unchecked(values: &'a [u8]) -> Self {
        Array { values }
    }

    /// The values as on the wire, without the length in front.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.values
    }

    /// The values in order, decoded one by one.
    pub fn iter(&self) -> ArrayIter<'a> {
        ArrayIter { rest: Reader::new(self.values) }
    }
}

impl fmt::Debug for Array<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The values of an [`Array`].
#[derive(Clone)]
pub struct ArrayIter<'a> {
    rest: Reader<'a>,
}

impl<'a> Iterator for ArrayIter<'a> {
    type Item = ValueRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        ValueRef::read_shallow(&mut self.rest).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decimal, FieldValue};
    use super::*;
    use crate::encoding::MAX_DEPTH;

    fn every_type() -> FieldTable {
        let mut inner = FieldTable::new();
        inner.insert("x", "y");
        FieldTable::from_iter([
            ("t", FieldValue::Boolean(true)),
            ("b", FieldValue::ShortShortInt(-1)),
            ("B", FieldValue::ShortShortUint(255)),
            ("s", FieldValue::ShortInt(-2)),
            ("u", FieldValue::ShortUint(65_535)),
            ("I", FieldValue::LongInt(-3)),
            ("i", FieldValue::LongUint(u32::MAX)),
            ("l", FieldValue::LongLongInt(i64::MIN)),
            ("f", FieldValue::Float(1.5)),
            ("d", FieldValue::Double(-2.25)),
            ("D", FieldValue::Decimal(Decimal { scale: 2, value: 314 })),
            ("S", FieldValue::LongString(vec![0, 255])),
            ("A", FieldValue::Array(vec![FieldValue::Void, FieldValue::Table(inner.clone())])),
            ("T", FieldValue::Timestamp(1_700_000_000)),
            ("F", FieldValue::Table(inner)),
            ("V", FieldValue::Void),
            ("x", FieldValue::ByteArray(vec![1, 2, 3])),
        ])
    }

    #[test]
    fn every_type_survives_the_wire() {
        let table = every_type();
        let bytes = table.to_bytes();
        assert_eq!(FieldTable::decode(&bytes), Ok(table.clone()));
        let borrowed = Table::decode(&bytes).unwrap();
        assert_eq!(borrowed.get("S"), Some(ValueRef::LongString(&[0, 255])));
        assert_eq!(borrowed.iter().count(), table.len());
        assert_eq!(borrowed.get("none"), None);
    }

    #[test]
    fn every_cut_is_refused() {
        let bytes = every_type().to_bytes();
        for cut in 0..bytes.len() {
            assert!(Table::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn tables_that_lie_are_refused() {
        let cases: &[(&[u8], DecodeError)] = &[
            (&[0, 0, 1, 0, 1, b'k', b't', 1], DecodeError::Truncated),
            (&[255, 255, 255, 255, 1, b'k', b't', 1], DecodeError::Truncated),
            (&[0, 0, 0, 2, 1, b'k', b't', 1], DecodeError::Truncated),
            (&[], DecodeError::Truncated),
            (&[0, 0, 0, 3, 200, b'k', b't'], DecodeError::Truncated),
            (&[0, 0, 0, 2, 1, b'k'], DecodeError::Truncated),
            (&[0, 0, 0, 4, 1, b'k', b'?', 1], DecodeError::UnknownType(b'?')),
            (&[0, 0, 0, 8, 1, b'k', b'S', 0, 0, 0, 200, b'a'], DecodeError::Truncated),
            (&[0, 0, 0, 7, 1, b'k', b'F', 0, 0, 0, 99], DecodeError::Truncated),
            (&[0, 0, 0, 7, 1, b'k', b'A', 127, 255, 255, 255], DecodeError::Truncated),
            (&[0, 0, 0, 0, 9], DecodeError::Trailing(1)),
            (&[0, 0, 0, 3, 1, 0xff, b'V'], DecodeError::Utf8),
        ];
        for (bytes, error) in cases {
            assert_eq!(Table::decode(bytes), Err(*error), "{bytes:?}");
        }
    }

    /// Tables or arrays in each other, `depth` of them inside of the outermost table.
    fn nested(kind: u8, depth: usize) -> Vec<u8> {
        let mut value = Vec::new();
        for _ in 0..depth {
            let mut outer = if kind == b'F' && !value.is_empty() { vec![1, b'k'] } else { Vec::new() };
            outer.extend_from_slice(&value);
            value = vec![kind];
            value.extend_from_slice(&(outer.len() as u32).to_be_bytes());
            value.extend_from_slice(&outer);
        }
        let mut table = ((value.len() + 2) as u32).to_be_bytes().to_vec();
        table.extend_from_slice(&[1, b'k']);
        table.extend_from_slice(&value);
        table
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        for kind in [b'F', b'A'] {
            assert!(Table::decode(&nested(kind, MAX_DEPTH - 1)).is_ok());
            assert_eq!(Table::decode(&nested(kind, MAX_DEPTH)), Err(DecodeError::TooDeep));
            assert_eq!(Table::decode(&nested(kind, 5_000)), Err(DecodeError::TooDeep));
        }
    }

    #[test]
    fn the_first_of_two_equal_keys_counts_and_both_are_kept() {
        let bytes = [0, 0, 0, 8, 1, b'k', b't', 1, 1, b'k', b't', 0];
        let table = FieldTable::decode(&bytes).unwrap();
        assert_eq!(table.len(), 2);
        assert_eq!(table.get("k"), Some(&FieldValue::Boolean(true)));
        assert_eq!(table.to_bytes(), bytes);
    }
}
