//! A field value that borrows from the bytes it was read from.

use super::field_value::{Decimal, FieldValue};
use super::table::{Array, Table};
use crate::encoding::MAX_DEPTH;
use crate::encoding::{DecodeError, Reader};

/// One value of a borrowed [`Table`]; the variants are those of [`FieldValue`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "each is documented at the variant of FieldValue of the same name")]
pub enum ValueRef<'a> {
    Boolean(bool),
    ShortShortInt(i8),
    ShortShortUint(u8),
    ShortInt(i16),
    ShortUint(u16),
    LongInt(i32),
    LongUint(u32),
    LongLongInt(i64),
    Float(f32),
    Double(f64),
    Decimal(Decimal),
    LongString(&'a [u8]),
    Array(Array<'a>),
    Timestamp(u64),
    Table(Table<'a>),
    Void,
    ByteArray(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    /// Reads a value without looking into tables and arrays.
    pub(super) fn read_shallow(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(match r.u8()? {
            b't' => ValueRef::Boolean(r.u8()? != 0),
            b'b' => ValueRef::ShortShortInt(i8::from_be_bytes(r.array()?)),
            b'B' => ValueRef::ShortShortUint(r.u8()?),
            b's' => ValueRef::ShortInt(i16::from_be_bytes(r.array()?)),
            b'u' => ValueRef::ShortUint(r.u16()?),
            b'I' => ValueRef::LongInt(i32::from_be_bytes(r.array()?)),
            b'i' => ValueRef::LongUint(r.u32()?),
            b'l' | b'L' => ValueRef::LongLongInt(i64::from_be_bytes(r.array()?)),
            b'f' => ValueRef::Float(f32::from_be_bytes(r.array()?)),
            b'd' => ValueRef::Double(f64::from_be_bytes(r.array()?)),
            b'D' => ValueRef::Decimal(Decimal { scale: r.u8()?, value: r.u32()? }),
            b'S' => ValueRef::LongString(r.long_bytes()?),
            b'A' => ValueRef::Array(Array::unchecked(r.long_bytes()?)),
            b'T' => ValueRef::Timestamp(r.u64()?),
            b'F' => ValueRef::Table(Table::unchecked(r.long_bytes()?)),
            b'V' => ValueRef::Void,
            b'x' => ValueRef::ByteArray(r.long_bytes()?),
            other => return Err(DecodeError::UnknownType(other)),
        })
    }

    /// Reads a value whose parts must be well-formed too.
    fn check(r: &mut Reader<'a>, depth: usize) -> Result<(), DecodeError> {
        match ValueRef::read_shallow(r)? {
            ValueRef::Array(a) => check_array(a.as_bytes(), depth + 1),
            ValueRef::Table(t) => check_table(t.as_bytes(), depth + 1),
            _ => Ok(()),
        }
    }

    /// The same value, owned.
    #[allow(
        clippy::wrong_self_convention,
        reason = "named as in the standard library, where it takes a reference"
    )]
    pub fn to_owned(&self) -> FieldValue {
        match *self {
            ValueRef::Boolean(v) => FieldValue::Boolean(v),
            ValueRef::ShortShortInt(v) => FieldValue::ShortShortInt(v),
            ValueRef::ShortShortUint(v) => FieldValue::ShortShortUint(v),
            ValueRef::ShortInt(v) => FieldValue::ShortInt(v),
            ValueRef::ShortUint(v) => FieldValue::ShortUint(v),
            ValueRef::LongInt(v) => FieldValue::LongInt(v),
            ValueRef::LongUint(v) => FieldValue::LongUint(v),
            ValueRef::LongLongInt(v) => FieldValue::LongLongInt(v),
            ValueRef::Float(v) => FieldValue::Float(v),
            ValueRef::Double(v) => FieldValue::Double(v),
            ValueRef::Decimal(v) => FieldValue::Decimal(v),
            ValueRef::LongString(v) => FieldValue::LongString(v.to_vec()),
            ValueRef::Array(v) => FieldValue::Array(v.iter().map(|v| v.to_owned()).collect()),
            ValueRef::Timestamp(v) => FieldValue::Timestamp(v),
            ValueRef::Table(v) => FieldValue::Table(v.to_owned()),
            ValueRef::Void => FieldValue::Void,
            ValueRef::ByteArray(v) => FieldValue::ByteArray(v.to_vec()),
        }
    }
}

/// Whether the entries of a table, without its length, are well-formed down to the innermost.
pub(super) fn check_table(entries: &[u8], depth: usize) -> Result<(), DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::TooDeep);
    }
    let mut r = Reader::new(entries);
    while !r.is_empty() {
        r.short_str()?;
        ValueRef::check(&mut r, depth)?;
    }
    Ok(())
}

fn check_array(values: &[u8], depth: usize) -> Result<(), DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::TooDeep);
    }
    let mut r = Reader::new(values);
    while !r.is_empty() {
        ValueRef::check(&mut r, depth)?;
    }
    Ok(())
}
