//! A message record: how a message lies in a page.
//!
//! | bytes | content |
//! | --- | --- |
//! | 1, 1 | lengths of exchange name and routing key |
//! | 1, 1 | flags: 1 shared body, 2 persistent, 4 settled; zero |
//! | 4, 4, 4 | lengths of properties, body, record (little-endian, as all numbers) |
//! | 8 | sequence number |
//! | … | exchange name, routing key, properties, body (or the number of the shared body, 4 bytes) |

use bytes::Bytes;

use super::messages::{Stored, StoredBody};
use crate::message::{Body, Message};

/// Length of what stands before the names.
pub(super) const HEADER: usize = 24;

const SHARED: u8 = 1;
const PERSISTENT: u8 = 2;
const SETTLED: u8 = 4;
const FLAGS_AT: usize = 2;

/// A record that was read.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    pub(super) sequence: u64,
    pub(super) settled: bool,
    /// Length of the record in bytes.
    pub(super) size: u32,
    pub(super) stored: Stored<'a>,
}

/// The fixed part of a record.
pub(super) struct Header([u8; HEADER]);

impl Header {
    fn word(&self, at: usize) -> u32 {
        let bytes = self.0.get(at..).and_then(|tail| tail.first_chunk());
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn flags(&self) -> u8 {
        let [_, _, flags, ..] = self.0;
        flags
    }

    pub(super) fn is_shared(&self) -> bool {
        self.flags() & SHARED != 0
    }

    pub(super) fn is_persistent(&self) -> bool {
        self.flags() & PERSISTENT != 0
    }

    pub(super) fn is_settled(&self) -> bool {
        self.flags() & SETTLED != 0
    }

    pub(super) fn body_len(&self) -> usize {
        self.word(8) as usize
    }

    pub(super) fn size(&self) -> usize {
        self.word(12) as usize
    }

    pub(super) fn sequence(&self) -> u64 {
        let bytes = self.0.last_chunk();
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// Appends a message's record; a shared body goes to `shared`.
pub(super) fn write(bytes: &mut Vec<u8>, shared: &mut Vec<Bytes>, message: &Message<'_>, sequence: u64) {
    let (exchange, key) = (message.exchange.as_bytes(), message.routing_key.as_bytes());
    let is_shared = matches!(message.body, Body::Shared(_));
    let body_in_page = if is_shared { 4 } else { message.body.len() };
    let size = HEADER + exchange.len() + key.len() + message.properties.len() + body_in_page;
    bytes.reserve(size);
    let flags = if is_shared { SHARED } else { 0 } | if message.persistent { PERSISTENT } else { 0 };
    let [p0, p1, p2, p3] = (message.properties.len() as u32).to_le_bytes();
    let [b0, b1, b2, b3] = (message.body.len() as u32).to_le_bytes();
    let [r0, r1, r2, r3] = (size as u32).to_le_bytes();
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sequence.to_le_bytes();
    // Names come from short strings, so that their lengths take one byte.
    bytes.extend_from_slice(&[
        exchange.len() as u8,
        key.len() as u8,
        flags,
        0,
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
    pub(super) fn header(bytes: &[u8], offset: usize) -> Option<Header> {
        Some(Header(*bytes.get(offset..)?.first_chunk()?))
    }

    /// The record at `offset`.
    pub(super) fn read(bytes: &'a [u8], shared: &'a [Bytes], offset: usize) -> Option<Self> {
        let header = Self::header(bytes, offset)?;
        let rest = bytes.get(offset + HEADER..)?;
        let [exchange_len, key_len, ..] = header.0;
        let (exchange, rest) = rest.split_at_checked(usize::from(exchange_len))?;
        let (routing_key, rest) = rest.split_at_checked(usize::from(key_len))?;
        let (properties, rest) = rest.split_at_checked(header.word(4) as usize)?;
        let body = if header.is_shared() {
            let number = u32::from_le_bytes(*rest.first_chunk()?);
            StoredBody::Shared(shared.get(number as usize)?)
        } else {
            StoredBody::Inline(rest.get(..header.body_len())?)
        };
        let persistent = header.is_persistent();
        Some(Self {
            sequence: header.sequence(),
            settled: header.flags() & SETTLED != 0,
            size: header.word(12),
            stored: Stored { exchange, routing_key, properties, body, persistent },
        })
    }

    /// Marks the record at `offset` as settled.
    pub(super) fn mark_settled(bytes: &mut [u8], offset: usize) {
        if let Some(flags) = bytes.get_mut(offset + FLAGS_AT) {
            *flags |= SETTLED;
        }
    }
}
