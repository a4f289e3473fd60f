//! A message record: how a message lies in a page.
//!
//! | bytes | content |
//! | --- | --- |
//! | 1, 1 | lengths of exchange name and routing key |
//! | 1, 1 | flags: 1 shared body, 2 persistent, 4 settled, 8 annotated, 16 it continues the row of the record before; times that follow: 1 expiry, 2 arrival |
//! | 4, 4, 4 | lengths of properties, body, record (little-endian, as all numbers) |
//! | 8 | sequence number |
//! | 0, 8 or 16 | when it expires, and when it arrived, in milliseconds since 1970 |
//! | … | exchange name, routing key, properties, body (or the number of the shared body, 4 bytes) |

use bytes::Bytes;
use warren_model::message::{Stored, StoredBody};

use warren_model::message::{Body, Message};

/// Length of what stands before the names.
pub(crate) const HEADER: usize = 24;

const SHARED: u8 = 1;
const PERSISTENT: u8 = 2;
const SETTLED: u8 = 4;
const NOTED: u8 = 8;
pub(crate) const IN_ROW: u8 = 16;
pub(crate) const FLAGS_AT: usize = 2;
pub(crate) const SIZE_AT: usize = 12;
pub(crate) const SEQUENCE_AT: usize = 16;
const EXPIRES: u8 = 1;
const ARRIVED: u8 = 2;

/// Times of a message, in milliseconds since 1970; 0 where there is none. Most messages have neither, and pay nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// From then on the message is not delivered any more.
    pub expires_at: u64,
    /// When the queue got it; kept where the age of messages matters.
    pub arrived_at: u64,
}

impl Times {
    /// Length of the times in a record, in bytes.
    pub(crate) fn len(self) -> usize {
        (usize::from(self.expires_at != 0) + usize::from(self.arrived_at != 0)) * 8
    }
}

/// Whether a message that expires at that time, 0 for never, must not be delivered any more at `now`.
#[inline]
pub(crate) fn has_expired(expires_at: u64, now: u64) -> bool {
    expires_at != 0 && expires_at <= now
}

/// A record that was read.
#[derive(Debug, Clone)]
pub(crate) struct Record<'a> {
    pub(crate) sequence: u64,
    pub(crate) settled: bool,
    /// Length of the record in bytes.
    pub(crate) size: u32,
    pub(crate) times: Times,
    pub(crate) stored: Stored<'a>,
}

/// The fixed part of a record.
pub(crate) struct Header([u8; HEADER]);

impl Header {
    fn word(&self, at: usize) -> u32 {
        let bytes = self.0.get(at..).and_then(|tail| tail.first_chunk());
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn flags(&self) -> u8 {
        let [_, _, flags, ..] = self.0;
        flags
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.flags() & SHARED != 0
    }

    pub(crate) fn is_persistent(&self) -> bool {
        self.flags() & PERSISTENT != 0
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.flags() & SETTLED != 0
    }

    pub(crate) fn body_len(&self) -> usize {
        self.word(8) as usize
    }

    pub(crate) fn size(&self) -> usize {
        self.word(SIZE_AT) as usize
    }

    pub(crate) fn sequence(&self) -> u64 {
        let bytes = self.0.last_chunk();
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// Appends a message's record; a shared body goes to `shared`.
pub(crate) fn write(
    bytes: &mut Vec<u8>,
    shared: &mut Vec<Bytes>,
    message: &Message<'_>,
    sequence: u64,
    times: Times,
) {
    let (exchange, key) = (message.exchange.as_bytes(), message.routing_key.as_bytes());
    let is_shared = matches!(message.body, Body::Shared(_));
    let body_in_page = if is_shared { 4 } else { message.body.len() };
    let size = HEADER + times.len() + exchange.len() + key.len() + message.properties.len() + body_in_page;
    bytes.reserve(size);
    let flags = if is_shared { SHARED } else { 0 }
        | if message.persistent { PERSISTENT } else { 0 }
        | if message.annotated { NOTED } else { 0 };
    let [p0, p1, p2, p3] = (message.properties.len() as u32).to_le_bytes();
    let [b0, b1, b2, b3] = (message.body.len() as u32).to_le_bytes();
    let [r0, r1, r2, r3] = (size as u32).to_le_bytes();
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sequence.to_le_bytes();
    // Names come from short strings, so that their lengths take one byte.
    bytes.extend_from_slice(&[
        exchange.len() as u8,
        key.len() as u8,
        flags,
        if times.expires_at != 0 { EXPIRES } else { 0 } | if times.arrived_at != 0 { ARRIVED } else { 0 },
        p0,
        p1,
        p2,
        p3,
        b0,
        b1,
        b2,
        b3,
        r0,
        r1,
        r2,
        r3,
        s0,
        s1,
        s2,
        s3,
        s4,
        s5,
        s6,
        s7,
    ]);
    if times != Times::default() {
        let times = [times.expires_at, times.arrived_at];
        times.iter().filter(|time| **time != 0).for_each(|time| bytes.extend_from_slice(&time.to_le_bytes()));
    }
    bytes.extend_from_slice(exchange);
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(message.properties);
    match &message.body {
        Body::Inline(body) => bytes.extend_from_slice(body),
        Body::Shared(body) => {
            bytes.extend_from_slice(&(shared.len() as u32).to_le_bytes());
            shared.push(body.clone());
        }
    }
}

impl<'a> Record<'a> {
    /// The fixed part of the record at `offset`.
    pub(crate) fn header(bytes: &[u8], offset: usize) -> Option<Header> {
        Some(Header(*bytes.get(offset..)?.first_chunk()?))
    }

    /// The record at `offset`.
    pub(crate) fn read(bytes: &'a [u8], shared: &'a [Bytes], offset: usize) -> Option<Self> {
        let header = Self::header(bytes, offset)?;
        let rest = bytes.get(offset + HEADER..)?;
        let [exchange_len, key_len, _, which, ..] = header.0;
        let (times, rest) = read_times(which, rest)?;
        let (exchange, rest) = rest.split_at_checked(usize::from(exchange_len))?;
        let (routing_key, rest) = rest.split_at_checked(usize::from(key_len))?;
        let (properties, rest) = rest.split_at_checked(header.word(4) as usize)?;
        let body = if header.is_shared() {
            let number = u32::from_le_bytes(*rest.first_chunk()?);
            StoredBody::Shared(shared.get(number as usize)?)
        } else {
            StoredBody::Inline(rest.get(..header.body_len())?)
        };
        let (persistent, annotated) = (header.is_persistent(), header.flags() & NOTED != 0);
        Some(Self {
            sequence: header.sequence(),
            settled: header.flags() & SETTLED != 0,
            size: header.word(SIZE_AT),
            times,
            stored: Stored { exchange, routing_key, properties, body, persistent, annotated },
        })
    }

    /// Marks the record at `offset` as settled.
    pub(crate) fn mark_settled(bytes: &mut [u8], offset: usize) {
        if let Some(flags) = bytes.get_mut(offset + FLAGS_AT) {
            *flags |= SETTLED;
        }
    }
}

/// The times that `which` announces at the front of `rest`.
#[inline]
fn read_times(which: u8, rest: &[u8]) -> Option<(Times, &[u8])> {
    if which == 0 {
        return Some((Times::default(), rest));
    }
    let mut rest = rest;
    let mut next = |flag: u8| {
        if which & flag == 0 {
            return Some(0);
        }
        let (time, behind) = rest.split_first_chunk()?;
        rest = behind;
        Some(u64::from_le_bytes(*time))
    };
    let times = Times { expires_at: next(EXPIRES)?, arrived_at: next(ARRIVED)? };
    Some((times, rest))
}
