//! Pages of messages and the pool that they come from and go back to.

use bytes::Bytes;
use parking_lot::Mutex;

use super::messages::{Stored, StoredBody};
use crate::message::{Body, Message};

/// Size at which a page is full (bytes); a single larger message makes a page of its own.
const PAGE_SIZE: usize = 256 * 1024;
/// A page up to this size is not worth pooling (bytes).
const SMALL_PAGE: usize = 4 * 1024;
/// Full-size pages that the pool keeps: 16 MiB.
const POOLED_PAGES: usize = 64;
/// Record header: name lengths, flags, then lengths of properties, body and record.
const HEADER: usize = 16;

const FLAG_SHARED: u8 = 1;
const FLAG_PERSISTENT: u8 = 2;

/// A run of message records in one buffer.
#[derive(Debug, Default)]
pub struct Page {
    bytes: Vec<u8>,
    shared: Vec<Bytes>,
    live: u32,
    sealed: bool,
}

impl Page {
    /// Bytes that `message` takes in a page.
    pub fn record_size(message: &Message<'_>) -> usize {
        let body = match &message.body {
            Body::Inline(bytes) => bytes.len(),
            Body::Shared(_) => 4,
        };
        HEADER + message.exchange.len() + message.routing_key.len() + message.properties.len() + body
    }

    /// Whether a record of `size` bytes still goes into this page.
    pub fn has_room(&self, size: usize) -> bool {
        self.bytes.is_empty() || self.bytes.len() + size <= PAGE_SIZE
    }

    /// Bytes written so far.
    pub fn len(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Heap bytes that the page holds.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.shared.iter().map(Bytes::len).sum::<usize>()
    }

    /// Appends a record and returns its offset.
    pub fn push(&mut self, message: &Message<'_>) -> u32 {
        let offset = self.bytes.len() as u32;
        let size = Self::record_size(message);
        self.bytes.reserve(size);
        let shared = matches!(message.body, Body::Shared(_));
        let flags =
            if shared { FLAG_SHARED } else { 0 } | if message.persistent { FLAG_PERSISTENT } else { 0 };
        let mut header = [0; HEADER];
        header[0] = message.exchange.len() as u8;
        header[1] = message.routing_key.len() as u8;
        header[2] = flags;
        header[4..8].copy_from_slice(&(message.properties.len() as u32).to_le_bytes());
        header[8..12].copy_from_slice(&(message.body.len() as u32).to_le_bytes());
        header[12..16].copy_from_slice(&(size as u32).to_le_bytes());
        self.bytes.extend_from_slice(&header);
        self.bytes.extend_from_slice(message.exchange.as_bytes());
        self.bytes.extend_from_slice(message.routing_key.as_bytes());
        self.bytes.extend_from_slice(message.properties);
        match &message.body {
            Body::Inline(body) => self.bytes.extend_from_slice(body),
            Body::Shared(body) => {
                self.bytes.extend_from_slice(&(self.shared.len() as u32).to_le_bytes());
                self.shared.push(body.clone());
            }
        }
        self.live += 1;
        offset
    }

    /// The record at `offset`; `None` if there is none.
    pub fn read(&self, offset: u32) -> Option<Stored<'_>> {
        let record = self.bytes.get(offset as usize..)?;
        let (header, rest) = record.split_first_chunk::<HEADER>()?;
        let (exchange, rest) = rest.split_at_checked(usize::from(header[0]))?;
        let (routing_key, rest) = rest.split_at_checked(usize::from(header[1]))?;
        let (properties, rest) = rest.split_at_checked(word(header, 4) as usize)?;
        let body = if header[2] & FLAG_SHARED == 0 {
            StoredBody::Inline(rest.get(..word(header, 8) as usize)?)
        } else {
            let index = u32::from_le_bytes(*rest.first_chunk()?);
            StoredBody::Shared(self.shared.get(index as usize)?)
        };
        Some(Stored { exchange, routing_key, properties, body, persistent: header[2] & FLAG_PERSISTENT != 0 })
    }

    /// Length of the record at `offset` and of the body that belongs to it, in bytes.
    pub fn lengths(&self, offset: u32) -> Option<(u32, u64)> {
        let header = self.bytes.get(offset as usize..)?.first_chunk::<HEADER>()?;
        Some((word(header, 12), u64::from(word(header, 8))))
    }

    /// Nothing more will be appended.
    pub fn seal(&mut self) {
        self.sealed = true;
    }

    /// One message of the page is settled.
    pub fn settle_one(&mut self) {
        self.live = self.live.saturating_sub(1);
    }

    /// Whether all of its messages are settled.
    pub fn is_settled(&self) -> bool {
        self.live == 0
    }

    /// Whether all of its messages are settled and none can come.
    pub fn is_done(&self) -> bool {
        self.sealed && self.live == 0
    }

    /// Frees the bytes of a page in the middle whose messages are all settled.
    pub fn drop_bytes(&mut self) {
        self.bytes = Vec::new();
        self.shared = Vec::new();
    }
}

fn word(header: &[u8; HEADER], at: usize) -> u32 {
    header.get(at..).and_then(|tail| tail.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Pages that were used before, for whichever queue needs one next: touched memory is cheaper than fresh memory,
/// and an idle queue must not keep any.
#[derive(Debug, Default)]
pub struct PagePool {
    free: Mutex<Vec<Vec<u8>>>,
}

impl PagePool {
    /// A page for a record of `size` bytes. `grown` says that the queue has a full page already.
    pub fn take(&self, size: usize, grown: bool) -> Page {
        let pooled = if size <= PAGE_SIZE { self.free.lock().pop() } else { None };
        let bytes = pooled.unwrap_or_else(|| {
            let capacity = if grown { PAGE_SIZE } else { 1024 };
            Vec::with_capacity(capacity.max(size))
        });
        Page { bytes, ..Page::default() }
    }

    /// Takes a page back.
    pub fn give(&self, page: Page) {
        let mut bytes = page.bytes;
        if bytes.capacity() <= SMALL_PAGE || bytes.capacity() > PAGE_SIZE {
            return;
        }
        bytes.clear();
        let mut free = self.free.lock();
        if free.len() < POOLED_PAGES {
            free.push(bytes);
        }
    }
}
