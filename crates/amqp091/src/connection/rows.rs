//! Acknowledgements, which come in rows, and publishes that begin as the one before: what a busy publisher sends differs in the body, and often in nothing else.
//!
//! Comparing octets with those of a message that was taken apart is much cheaper than taking the next one apart.

use super::channels::Slot;
use super::machine::{Connection, Phase};
use crate::constants::{FRAME_END, FRAME_HEADER_LEN, FRAME_METHOD, FRAME_OVERHEAD};
use crate::content::{Body, Content};
use crate::method::basic;

/// Octets of a frame with `basic.ack`.
const ACK_LEN: usize = 21;

/// A publish that lay in the input as a whole, as a model for those behind it on the same channel.
#[derive(Debug, Clone, Copy)]
pub struct Model<'a> {
    /// All octets before those of the body.
    head: &'a [u8],
    /// How many of them are the method frame.
    method_len: usize,
    channel: u16,
    properties: &'a [u8],
    body_len: usize,
}

impl<'a> Model<'a> {
    /// The model that the `message` is, from its first octet to its last, which came as [`super::Event::Publish`] with that content.
    /// `None` if it was put together.
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

    /// Octets of a message that begins with the same ones.
    fn len(&self) -> usize {
        self.head.len() + if self.body_len == 0 { 0 } else { self.body_len + 1 }
    }

    /// The messages at the front of `input` that begin with the same octets, `most` at most, as far as all of each is there.
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
        Row { messages: input.get(..count * len).unwrap_or_default(), model: *self }
    }
}

/// Messages in a row that begin as their model does.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    messages: &'a [u8],
    model: Model<'a>,
}

impl<'a> Row<'a> {
    /// How many octets they are.
    pub fn consumed(&self) -> usize {
        self.messages.len()
    }

    /// The properties of each, as in [`Content::properties`].
    pub fn properties(&self) -> &'a [u8] {
        self.model.properties
    }

    /// Body and frames of each, as in [`Content`].
    #[inline]
    pub fn contents(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let Model { head, method_len, body_len, .. } = self.model;
        let body = head.len()..head.len() + body_len;
        self.messages.chunks_exact(self.model.len().max(1)).map(move |message| {
            let body = message.get(body.clone()).unwrap_or_default();
            (body, message.get(method_len..).unwrap_or_default())
        })
    }
}

impl Connection {
    /// Takes the publishes at the front of `input` that begin with the model's octets, but `most` at most.
    #[inline]
    pub fn handle_row<'a>(&self, model: &Model<'a>, input: &'a [u8], most: usize) -> Row<'a> {
        model.row(input, if self.is_ready(model.channel) { most } else { 0 })
    }

    /// Takes a publish at the front of `input` whose method frame is the model's, octet by octet: how many octets it is, and its
    /// content. It is the model from then on. Everything else is left to [`Connection::handle`].
    pub fn handle_similar<'a>(&self, model: &mut Model<'a>, input: &'a [u8]) -> Option<(usize, Content<'a>)> {
        if !self.is_ready(model.channel) {
            return None;
        }
        let (method, rest) = input.split_at_checked(model.method_len)?;
        if Some(method) != model.head.get(..model.method_len) {
            return None;
        }
        let (properties, body, after) = self.look_behind(model.channel, rest, model.method_len).ok()?;
        let consumed = input.len() - after.len();
        let frames = rest.get(..rest.len() - after.len())?;
        let head = match body.len() {
            0 => consumed,
            len => consumed.checked_sub(len + 1)?,
        };
        debug_assert!(head >= model.method_len + FRAME_OVERHEAD + FRAME_HEADER_LEN);
        *model = Model { head: input.get(..head)?, properties, body_len: body.len(), ..*model };
        Some((consumed, Content { properties, body: Body::Borrowed(body), frames }))
    }

    /// Takes a `basic.ack` at the front of `input`: how many octets it is, its channel, and what it says. Everything else is left to
    /// [`Connection::handle`].
    #[inline]
    pub fn handle_ack(&self, input: &[u8]) -> Option<(usize, u16, basic::Ack)> {
        let octets = input.first_chunk::<ACK_LEN>()?;
        let [kind, c1, c0, s3, s2, s1, s0, k1, k0, m1, m0, t7, t6, t5, t4, t3, t2, t1, t0, bits, end] =
            *octets;
        let is_ack = (kind, end) == (FRAME_METHOD, FRAME_END)
            && [s3, s2, s1, s0, k1, k0, m1, m0] == [0, 0, 0, 13, 0, 60, 0, 80];
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
