//! A field value that owns what it holds.

use super::FieldTable;
use crate::encoding::put_long_str;

/// A decimal number: `value` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// How many decimal digits stand behind the point.
    pub scale: u8,
    /// The digits, as on the wire: RabbitMQ reads them without sign.
    pub value: u32,
}

/// One value of a field table, with the type it has on the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// `t`
    Boolean(bool),
    /// `b`
    ShortShortInt(i8),
    /// `B`
    ShortShortUint(u8),
    /// `s`
    ShortInt(i16),
    /// `u`
    ShortUint(u16),
    /// `I`
    LongInt(i32),
    /// `i`
    LongUint(u32),
    /// `l`
    LongLongInt(i64),
    /// `f`
    Float(f32),
    /// `d`
    Double(f64),
    /// `D`
    Decimal(Decimal),
    /// `S`: octets, mostly UTF-8 but nobody promises it
    LongString(Vec<u8>),
    /// `A`
    Array(Vec<FieldValue>),
    /// `T`: seconds since 1970
    Timestamp(u64),
    /// `F`
    Table(FieldTable),
    /// `V`
    Void,
    /// `x`
    ByteArray(Vec<u8>),
}

impl FieldValue {
    /// The octet that names the type on the wire.
    pub fn type_octet(&self) -> u8 {
        match self {
            FieldValue::Boolean(_) => b't',
            FieldValue::ShortShortInt(_) => b'b',
            FieldValue::ShortShortUint(_) => b'B',
            FieldValue::ShortInt(_) => b's',
            FieldValue::ShortUint(_) => b'u',
            FieldValue::LongInt(_) => b'I',
            FieldValue::LongUint(_) => b'i',
            FieldValue::LongLongInt(_) => b'l',
            FieldValue::Float(_) => b'f',
            FieldValue::Double(_) => b'd',
            FieldValue::Decimal(_) => b'D',
            FieldValue::LongString(_) => b'S',
            FieldValue::Array(_) => b'A',
            FieldValue::Timestamp(_) => b'T',
            FieldValue::Table(_) => b'F',
            FieldValue::Void => b'V',
            FieldValue::ByteArray(_) => b'x',
        }
    }

    /// Appends the type octet and the value.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.type_octet());
        match self {
            FieldValue::Boolean(v) => out.push(u8::from(*v)),
            FieldValue::ShortShortInt(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::ShortShortUint(v) => out.push(*v),
            FieldValue::ShortInt(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::ShortUint(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::LongInt(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::LongUint(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::LongLongInt(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::Float(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::Double(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::Decimal(v) => {
                out.push(v.scale);
                out.extend_from_slice(&v.value.to_be_bytes());
            }
            FieldValue::LongString(v) | FieldValue::ByteArray(v) => put_long_str(out, v),
            FieldValue::Array(values) => with_length(out, |out| values.iter().for_each(|v| v.encode(out))),
            FieldValue::Timestamp(v) => out.extend_from_slice(&v.to_be_bytes()),
            FieldValue::Table(v) => v.encode(out),
            FieldValue::Void => {}
        }
    }

    /// The number in any of the integer types; `None` for the others.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            FieldValue::ShortShortInt(v) => Some(i64::from(*v)),
            FieldValue::ShortShortUint(v) => Some(i64::from(*v)),
            FieldValue::ShortInt(v) => Some(i64::from(*v)),
            FieldValue::ShortUint(v) => Some(i64::from(*v)),
            FieldValue::LongInt(v) => Some(i64::from(*v)),
            FieldValue::LongUint(v) => Some(i64::from(*v)),
            FieldValue::LongLongInt(v) => Some(*v),
            _ => None,
        }
    }

    /// The text of a long string that is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            FieldValue::LongString(v) => std::str::from_utf8(v).ok(),
            _ => None,
        }
    }

    /// The truth of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            FieldValue::Boolean(v) => Some(*v),
            _ => None,
        }
    }

    /// The table of a table.
    pub fn as_table(&self) -> Option<&FieldTable> {
        match self {
            FieldValue::Table(v) => Some(v),
            _ => None,
        }
    }
}

/// Appends four octets of length, what `write` appends, and the length once it is known.
pub(super) fn with_length(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let len = u32::try_from(out.len() - at - 4).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&len.to_be_bytes());
    }
}

impl From<&str> for FieldValue {
    fn from(v: &str) -> Self {
        FieldValue::LongString(v.as_bytes().to_vec())
    }
}

impl From<String> for FieldValue {
    fn from(v: String) -> Self {
        FieldValue::LongString(v.into_bytes())
    }
}

impl From<bool> for FieldValue {
    fn from(v: bool) -> Self {
        FieldValue::Boolean(v)
    }
}

impl From<i32> for FieldValue {
    fn from(v: i32) -> Self {
        FieldValue::LongInt(v)
    }
}

impl From<i64> for FieldValue {
    fn from(v: i64) -> Self {
        FieldValue::LongLongInt(v)
    }
}

impl From<FieldTable> for FieldValue {
    fn from(v: FieldTable) -> Self {
        FieldValue::Table(v)
    }
}

impl From<Vec<FieldValue>> for FieldValue {
    fn from(v: Vec<FieldValue>) -> Self {
        FieldValue::Array(v)
    }
}
