//! Properties as on the wire: checked, looked at one by one, and changed in place.

use super::flags::{
    APP_ID, CLUSTER_ID, CONTENT_ENCODING, CONTENT_TYPE, CORRELATION_ID, DELIVERY_MODE, EXPIRATION, HEADERS,
    MESSAGE_ID, PRIORITY, REPLY_TO, TIMESTAMP, TYPE, USER_ID,
};
use crate::encoding::{DecodeError, Reader, put_short_str};
use crate::value::{FieldTable, Table};

/// A set lowest bit would announce more flags, which class basic does not have; the one above is not assigned.
const UNKNOWN: u16 = 0b11;

const SHORT_STRINGS: u16 = CONTENT_TYPE
    | CONTENT_ENCODING
    | CORRELATION_ID
    | REPLY_TO
    | EXPIRATION
    | MESSAGE_ID
    | TYPE
    | USER_ID
    | APP_ID
    | CLUSTER_ID;

/// Steps over one property.
#[inline]
fn skip(r: &mut Reader<'_>, flag: u16) -> Result<(), DecodeError> {
    if flag & SHORT_STRINGS != 0 {
        r.short_bytes().map(drop)
    } else if flag & (DELIVERY_MODE | PRIORITY) != 0 {
        r.u8().map(drop)
    } else if flag == TIMESTAMP {
        r.u64().map(drop)
    } else {
        r.long_bytes().map(drop)
    }
}

/// Whether flags and property list are well-formed, headers included, and nothing follows them.
#[inline]
pub fn check(bytes: &[u8]) -> Result<(), DecodeError> {
    match bytes {
        // No properties; delivery mode alone: what most publishers send.
        [0, 0] | [0x10, 0, _] => Ok(()),
        _ => check_list(bytes),
    }
}

fn check_list(bytes: &[u8]) -> Result<(), DecodeError> {
    let mut r = Reader::new(bytes);
    let flags = r.u16()?;
    if flags & UNKNOWN != 0 {
        return Err(DecodeError::UnknownFlags(flags & UNKNOWN));
    }
    let mut left = flags;
    while left != 0 {
        let flag = highest(left);
        left ^= flag;
        if flag == HEADERS {
            Table::read(&mut r)?;
        } else {
            skip(&mut r, flag)?;
        }
    }
    r.finish()
}

/// The highest bit of a number that has one.
#[inline]
fn highest(flags: u16) -> u16 {
    1 << (15 - flags.leading_zeros())
}

/// The flags alone: which properties there are (constants in [`super::flags`]). None of too few octets.
#[inline]
pub fn peek_flags(bytes: &[u8]) -> u16 {
    bytes.first_chunk().map_or(0, |flags| u16::from_be_bytes(*flags))
}

/// The delivery mode (1 transient, 2 persistent) without looking at anything behind it. `None` when it is not set or not there.
#[inline]
pub fn peek_delivery_mode(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [0, 0] => None,
        [0x10, 0, mode] => Some(*mode),
        _ => RawProperties::new(bytes).delivery_mode(),
    }
}

/// Properties as on the wire. Each accessor steps over what stands before its property; nothing is decoded ahead.
///
/// Short strings are given as octets: clients do send identifiers that are not text, and a broker passes them on.
/// On bytes that are not well-formed ([`check`]) the accessors give `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawProperties<'a> {
    bytes: &'a [u8],
}

impl<'a> RawProperties<'a> {
    /// Looks at flags and property list: the payload of a header frame behind its first 12 octets.
    pub fn new(bytes: &'a [u8]) -> Self {
        RawProperties { bytes }
    }

    /// Flags and property list.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn flags(&self) -> u16 {
        Reader::new(self.bytes).u16().unwrap_or(0)
    }

    /// A reader that stands at the property of that flag; `None` when it is not set.
    #[inline]
    fn at(&self, flag: u16) -> Option<Reader<'a>> {
        let mut r = Reader::new(self.bytes);
        let flags = r.u16().ok()?;
        if flags & flag == 0 {
            return None;
        }
        // Higher flags stand before it.
        let mut before = flags & !(flag | (flag - 1));
        while before != 0 {
            let one = highest(before);
            skip(&mut r, one).ok()?;
            before ^= one;
        }
        Some(r)
    }

    fn short(&self, flag: u16) -> Option<&'a [u8]> {
        self.at(flag)?.short_bytes().ok()
    }

    /// MIME type of the body.
    pub fn content_type(&self) -> Option<&'a [u8]> {
        self.short(CONTENT_TYPE)
    }

    /// MIME encoding of the body.
    pub fn content_encoding(&self) -> Option<&'a [u8]> {
        self.short(CONTENT_ENCODING)
    }

    /// The application's headers. They are checked again on the way, for the bytes may come from anywhere.
    pub fn headers(&self) -> Option<Table<'a>> {
        Table::read(&mut self.at(HEADERS)?).ok()
    }

    /// 1 is transient, 2 persistent.
    pub fn delivery_mode(&self) -> Option<u8> {
        self.at(DELIVERY_MODE)?.u8().ok()
    }

    /// Priority, 0 the lowest.
    pub fn priority(&self) -> Option<u8> {
        self.at(PRIORITY)?.u8().ok()
    }

    /// The application's correlation identifier.
    pub fn correlation_id(&self) -> Option<&'a [u8]> {
        self.short(CORRELATION_ID)
    }

    /// Where to reply to.
    pub fn reply_to(&self) -> Option<&'a [u8]> {
        self.short(REPLY_TO)
    }

    /// Time to live in milliseconds, as decimal digits.
    pub fn expiration(&self) -> Option<&'a [u8]> {
        self.short(EXPIRATION)
    }

    /// The application's message identifier.
    pub fn message_id(&self) -> Option<&'a [u8]> {
        self.short(MESSAGE_ID)
    }

    /// Seconds since 1970.
    pub fn timestamp(&self) -> Option<u64> {
        self.at(TIMESTAMP)?.u64().ok()
    }

    /// The application's message type.
    pub fn type_(&self) -> Option<&'a [u8]> {
        self.short(TYPE)
    }

    /// The user who published; RabbitMQ demands that it is the connection's.
    pub fn user_id(&self) -> Option<&'a [u8]> {
        self.short(USER_ID)
    }

    /// The application that published.
    pub fn app_id(&self) -> Option<&'a [u8]> {
        self.short(APP_ID)
    }

    /// Reserved by the specification, passed on as it is.
    pub fn cluster_id(&self) -> Option<&'a [u8]> {
        self.short(CLUSTER_ID)
    }
}

/// What [`rewrite`] does to a property.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Change<T> {
    /// Leaves it as it is.
    #[default]
    Keep,
    /// Takes it out.
    Remove,
    /// Puts this in its place.
    Set(T),
}

/// Appends flags and property list with other headers or another expiration; every other property is copied octet by octet.
///
/// Fails, and appends nothing, when `bytes` are not well-formed.
pub fn rewrite(
    bytes: &[u8],
    headers: Change<&FieldTable>,
    expiration: Change<&str>,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    check(bytes)?;
    let mut r = Reader::new(bytes);
    let flags = r.u16()?;
    let flags_after = changed(changed(flags, HEADERS, &headers), EXPIRATION, &expiration);
    out.extend_from_slice(&flags_after.to_be_bytes());
    let mut left = flags | flags_after;
    while left != 0 {
        let flag = highest(left);
        left ^= flag;
        let old = r.rest();
        if flags & flag != 0 {
            skip(&mut r, flag)?;
        }
        let old = old.get(..old.len() - r.rest().len()).unwrap_or_default();
        match (flag, headers, expiration) {
            (HEADERS, Change::Set(table), _) => table.encode(out),
            (EXPIRATION, _, Change::Set(text)) => put_short_str(out, text),
            _ if flags_after & flag != 0 => out.extend_from_slice(old),
            _ => {}
        }
    }
    Ok(())
}

fn changed<T>(flags: u16, flag: u16, change: &Change<T>) -> u16 {
    match change {
        Change::Keep => flags,
        Change::Remove => flags & !flag,
        Change::Set(_) => flags | flag,
    }
}

impl<'a> From<&'a [u8]> for RawProperties<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        RawProperties::new(bytes)
    }
}

impl RawProperties<'_> {
    /// Whether no property is set at all.
    pub fn is_empty(&self) -> bool {
        self.flags() == 0
    }
}
