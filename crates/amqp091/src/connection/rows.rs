//! Rows: publishes that follow each other and begin with the same octets, because what a busy publisher sends differs in the body, and
//! often in nothing else. Acknowledgements come in rows as well.
//!
//! Comparing octets with those of a message that was taken apart is much cheaper than taking the next one apart.

use super::channels::Slot;
use super::machine::{Phase, ServerConnection};
use crate::constants::{FRAME_END, FRAME_HEADER_LEN, FRAME_METHOD, FRAME_OVERHEAD};
use crate::content::{Body, Content};
use crate::method::basic;

/// Octets of a frame with `basic.ack`.
const ACK_LEN: usize = 21;
/// What stands in it between channel and delivery tag: the size of its payload, class and method.
const ACK_SIZE_AND_ID: [u8; 8] = {
    let [s3, s2, s1, s0] = ((ACK_LEN - FRAME_OVERHEAD) as u32).to_be_bytes();
    let [k1, k0, m1, m0] = basic::Ack::ID.to_bytes();
    [s3, s2, s1, s0, k1, k0, m1, m0]
};

/// What the publishes of a row have in common: taken from its first one, which lay in the input as a whole.
#[derive(Debug, Clone, Copy)]
pub struct RowPattern<'a> {
    /// All octets before those of the body.
    head: &'a [u8],
    /// How many of them are the method frame.
    method_len: usize,
    channel: u16,
    properties: &'a [u8],
    body_len: usize,
}

impl<'a> RowPattern<'a> {
    /// The pattern of a row that `message` begins, from its first octet to its last, which came as [`super::Event::Publish`] with that
    /// content. `None` if it was put together.
    pub fn of(message: &'a [u8], channel: u16, content: &Content<'a>) -> Option<Self> {
        let Body::Borrowed(body) = content.body else { return None };
        let behind_head = if body.is_empty() { 0 } else { body.len() + 1 };
        Some(Self {
            head: message.get(..message.len().checked_sub(behind_head)?)?,
            method_len: message.len().checked_sub(content.frames.len())?,
            channel,
            properties: content.properties,
            body_len: body.len(),
        })
    }

    /// Octets of a message of the row.
    fn len(&self) -> usize {
        self.head.len() + if self.body_len == 0 { 0 } else { self.body_len + 1 }
    }

    /// The row at the front of `input`, of `most` messages at most, as far as all of each is there.
    #[inline(never)]
    fn row(&self, input: &'a [u8], most: usize) -> Row<'a> {
        let (len, mut rest, mut count) = (self.len().max(1), input, 0);
        while count < most
            && let Some((message, behind)) = rest.split_at_checked(len)
            && message.starts_with(self.head)
            && (self.body_len == 0 || message.last() == Some(&FRAME_END))
        {
            (rest, count) = (behind, count + 1);
        }
        Row { messages: input.get(..count * len).unwrap_or_default(), pattern: *self }
    }
}

/// Messages of one row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    messages: &'a [u8],
    pattern: RowPattern<'a>,
}

impl<'a> Row<'a> {
    /// How many octets they are.
    pub fn consumed(&self) -> usize {
        self.messages.len()
    }

    /// The properties of each, as in [`Content::properties`].
    pub fn properties(&self) -> &'a [u8] {
        self.pattern.properties
    }

    /// Body and frames of each, as in [`Content`].
    #[inline]
    pub fn contents(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let RowPattern { head, method_len, body_len, .. } = self.pattern;
        let body = head.len()..head.len() + body_len;
        self.messages.chunks_exact(self.pattern.len().max(1)).map(move |message| {
            let body = message.get(body.clone()).unwrap_or_default();
            (body, message.get(method_len..).unwrap_or_default())
        })
    }
}

impl ServerConnection {
    /// Takes the publishes at the front of `input` that go on with the pattern's row, but `most` at most.
    #[inline]
    pub fn handle_row<'a>(&self, pattern: &RowPattern<'a>, input: &'a [u8], most: usize) -> Row<'a> {
        pattern.row(input, if self.is_ready(pattern.channel) { most } else { 0 })
    }

    /// Takes a publish at the front of `input` whose method frame is the pattern's, octet by octet, while its content is another: how
    /// many octets it is, and its content. It begins a row, and the pattern is that row's from then on. Everything else is left to
    /// [`ServerConnection::handle`].
    pub fn begin_row<'a>(
        &self,
        pattern: &mut RowPattern<'a>,
        input: &'a [u8],
    ) -> Option<(usize, Content<'a>)> {
        if !self.is_ready(pattern.channel) {
            return None;
        }
        let (method, rest) = input.split_at_checked(pattern.method_len)?;
        if Some(method) != pattern.head.get(..pattern.method_len) {
            return None;
        }
        let (properties, body, after) = self.look_behind(pattern.channel, rest, pattern.method_len).ok()?;
        let consumed = input.len() - after.len();
        let frames = rest.get(..rest.len() - after.len())?;
        let head = match body.len() {
            0 => consumed,
            len => consumed.checked_sub(len + 1)?,
        };
        debug_assert!(head >= pattern.method_len + FRAME_OVERHEAD + FRAME_HEADER_LEN);
        *pattern = RowPattern { head: input.get(..head)?, properties, body_len: body.len(), ..*pattern };
        Some((consumed, Content { properties, body: Body::Borrowed(body), frames }))
    }

    /// Takes a `basic.ack` at the front of `input`: how many octets it is, its channel, and what it says. Everything else is left to
    /// [`ServerConnection::handle`].
    #[inline]
    pub fn handle_ack(&self, input: &[u8]) -> Option<(usize, u16, basic::Ack)> {
        let octets = input.first_chunk::<ACK_LEN>()?;
        let [kind, c1, c0, s3, s2, s1, s0, k1, k0, m1, m0, t7, t6, t5, t4, t3, t2, t1, t0, bits, end] =
            *octets;
        let is_ack =
            (kind, end) == (FRAME_METHOD, FRAME_END) && [s3, s2, s1, s0, k1, k0, m1, m0] == ACK_SIZE_AND_ID;
        let channel = u16::from_be_bytes([c1, c0]);
        if !is_ack || !self.is_ready(channel) {
            return None;
        }
        let delivery_tag = u64::from_be_bytes([t7, t6, t5, t4, t3, t2, t1, t0]);
        Some((ACK_LEN, channel, basic::Ack { delivery_tag, multiple: bits & 1 == 1 }))
    }

    /// Whether a method may come on that channel.
    #[inline]
    fn is_ready(&self, channel: u16) -> bool {
        self.phase == Phase::Open
            && self.channels.get(channel) == Slot::Open
            && self.skipping.is_none()
            && !self.assemblies.is_receiving()
    }
}
