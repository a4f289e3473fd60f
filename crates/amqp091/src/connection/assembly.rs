//! Putting together contents that come in pieces: large ones, and those of channels whose frames are interleaved.

use super::channels::Slot;
use super::error::ConnectionError;
use super::event::{AssembledPublish, Event};
use super::frames::complete;
use super::machine::{Handled, ServerConnection};
use crate::constants::{CLASS_BASIC, FRAME_END, FRAME_HEADER_LEN, FRAME_OVERHEAD, ReplyCode};
use crate::content::CONTENT_HEADER_LEN;
use crate::frame::{FrameError, FrameHead, FrameKind};
use crate::method::basic;
use std::collections::BTreeMap;
use warren_model::properties;

/// Room made for a body before any of it came, or as much as the last one had that came as a whole. From there the buffer at most
/// doubles, so that nobody gets memory for announcing.
const FIRST_ROOM: usize = 256 << 10;
/// Octets that may be read beyond a body frame's payload in one go: its end octet, and the head of the frame behind it.
pub const READ_AHEAD: usize = FRAME_OVERHEAD;
/// Room that [`ServerConnection::body_in_progress`] promises, if as much is to come.
const READ_ROOM: usize = 64 << 10;
/// All contents under way on a connection may together be this many times the largest message.
const HELD_MESSAGES: u64 = 4;

/// A content under way.
#[derive(Debug)]
struct Pending {
    message: Box<AssembledPublish>,
    /// The size of the body, once its header came.
    size: Option<usize>,
}

/// A body frame of which not everything has come.
#[derive(Debug)]
struct Receiving {
    channel: u16,
    /// How long the body will be when the payload of the frame is complete.
    until: usize,
}

/// The contents under way on all channels.
#[derive(Debug)]
pub(super) struct Assemblies {
    pending: BTreeMap<u16, Pending>,
    receiving: Option<Receiving>,
    /// Octets of all that is under way, and how many they may be.
    held: u64,
    most: u64,
    /// Octets of the last body that came as a whole.
    last: usize,
}

impl Assemblies {
    pub(super) fn new(max_message_size: u64) -> Self {
        let most = max_message_size.max(1 << 20).saturating_mul(HELD_MESSAGES);
        Assemblies { pending: BTreeMap::new(), receiving: None, held: 0, most, last: 0 }
    }

    #[inline]
    pub(super) fn is_receiving(&self) -> bool {
        self.receiving.is_some()
    }

    /// A publish came whose content is to be put together.
    pub(super) fn begin(
        &mut self,
        channel: u16,
        publish: &basic::Publish<'_>,
    ) -> Result<(), ConnectionError> {
        self.hold(publish.exchange.len() + publish.routing_key.len())?;
        let message = AssembledPublish::new(channel, publish);
        self.pending.insert(channel, Pending { message, size: None });
        Ok(())
    }

    /// Counts octets that are about to be kept.
    fn hold(&mut self, octets: usize) -> Result<(), ConnectionError> {
        let held = self.held.saturating_add(octets as u64);
        if held > self.most {
            let what = format!("unfinished messages of this connection take more than {} octets", self.most);
            return Err(ConnectionError::connection(ReplyCode::RESOURCE_ERROR, &what).at(basic::Publish::ID));
        }
        self.held = held;
        Ok(())
    }

    fn take(&mut self, channel: u16) -> Option<Pending> {
        let pending = self.pending.remove(&channel)?;
        let m = &pending.message;
        let octets = m.exchange.len() + m.routing_key.len() + m.properties.len() + m.body.len();
        self.held = if self.pending.is_empty() { 0 } else { self.held.saturating_sub(octets as u64) };
        Some(pending)
    }

    /// Forgets what is under way on a channel. If a body frame of it was being received: how many octets of it are still to come.
    pub(super) fn forget(&mut self, channel: u16) -> Option<usize> {
        let pending = self.take(channel);
        let receiving = self.receiving.take_if(|r| r.channel == channel)?;
        let have = pending.map_or(0, |p| p.message.body.len());
        Some(receiving.until.saturating_sub(have))
    }

    /// Forgets everything under way, as [`Assemblies::forget`].
    pub(super) fn forget_all(&mut self) -> Option<usize> {
        let left = self.receiving.as_ref().map(|r| r.channel).and_then(|channel| self.forget(channel));
        self.pending.clear();
        self.held = 0;
        left
    }

    /// What is said of a frame that is not the content frame that must come.
    pub(super) fn interrupted(&self, channel: u16) -> ConnectionError {
        let what = match self.pending.get(&channel) {
            Some(Pending { size: Some(_), .. }) => {
                "expected content body, got non content body frame instead"
            }
            _ => "expected content header for class 60, got non content header frame instead",
        };
        ConnectionError::unexpected_frame(what).at(basic::Publish::ID)
    }

    pub(super) fn body_in_progress(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        let receiving = self.receiving.as_ref()?;
        let pending = self.pending.get_mut(&receiving.channel)?;
        let body = &mut pending.message.body;
        let left = receiving.until.checked_sub(body.len()).filter(|left| *left > 0)?;
        make_room(body, pending.size.unwrap_or_default(), left.min(READ_ROOM) + READ_AHEAD, self.last);
        Some((body, left))
    }
}

/// Makes room for at least `octets` more in a body that will have `size` octets, where the `last` one had so many.
fn make_room(body: &mut Vec<u8>, size: usize, octets: usize, last: usize) {
    if body.capacity() - body.len() < octets {
        let room = FIRST_ROOM.max(last).max(2 * body.len()).max(body.len() + octets);
        body.reserve_exact(
            (room + READ_AHEAD).min(size.saturating_add(READ_AHEAD)).saturating_sub(body.len()),
        );
    }
}

impl ServerConnection {
    /// A content frame on a channel where a content is under way.
    pub(super) fn assemble<'a>(&mut self, head: &FrameHead, input: &'a [u8]) -> Handled<'a> {
        let expected = match self.assemblies.pending.get(&head.channel) {
            Some(Pending { size: Some(_), .. }) => FrameKind::Body,
            _ => FrameKind::Header,
        };
        match (head.kind, expected) {
            (FrameKind::Header, FrameKind::Header) => self.assemble_header(head, input),
            (FrameKind::Body, FrameKind::Body) => self.assemble_body(head, input),
            _ => Err(self.assemblies.interrupted(head.channel)),
        }
    }

    fn assemble_header<'a>(&mut self, head: &FrameHead, input: &'a [u8]) -> Handled<'a> {
        let Some((payload, rest)) = complete(head, input)? else { return Ok((0, Event::Incomplete)) };
        let consumed = input.len() - rest.len();
        let (size, properties) = self.check_header(head.channel, payload)?;
        self.assemblies.hold(properties.len())?;
        if let Some(pending) = self.assemblies.pending.get_mut(&head.channel) {
            pending.message.properties = properties.to_vec();
            pending.size = Some(size);
        }
        Ok((consumed, self.finish(head.channel)))
    }

    /// The announced size of the body, and the properties.
    fn check_header<'a>(
        &self,
        channel: u16,
        payload: &'a [u8],
    ) -> Result<(usize, &'a [u8]), ConnectionError> {
        let Some((&[k1, k0, w1, w0, b7, b6, b5, b4, b3, b2, b1, b0], properties)) =
            payload.split_first_chunk::<CONTENT_HEADER_LEN>()
        else {
            let what = format!("content header of {} octets", payload.len());
            return Err(ConnectionError::connection(ReplyCode::FRAME_ERROR, &what).at(basic::Publish::ID));
        };
        let class = u16::from_be_bytes([k1, k0]);
        if class != CLASS_BASIC {
            let what = format!("expected content header for class 60, got one for class {class} instead");
            return Err(ConnectionError::unexpected_frame(&what).at(basic::Publish::ID));
        }
        if [w1, w0] != [0, 0] {
            let what = "content header with a weight other than 0";
            return Err(ConnectionError::connection(ReplyCode::FRAME_ERROR, what).at(basic::Publish::ID));
        }
        if let Err(error) = properties::check(properties) {
            let what = format!("malformed properties: {error}");
            return Err(ConnectionError::connection(ReplyCode::SYNTAX_ERROR, &what).at(basic::Publish::ID));
        }
        let size = u64::from_be_bytes([b7, b6, b5, b4, b3, b2, b1, b0]);
        let max = self.settings.max_message_size;
        match usize::try_from(size) {
            Ok(octets) if size <= max => Ok((octets, properties)),
            _ => {
                let what = format!("message size {size} is larger than configured max size {max}");
                Err(ConnectionError::channel(channel, ReplyCode::PRECONDITION_FAILED, &what)
                    .at(basic::Publish::ID))
            }
        }
    }

    fn assemble_body<'a>(&mut self, head: &FrameHead, input: &'a [u8]) -> Handled<'a> {
        let Some(pending) = self.assemblies.pending.get(&head.channel) else {
            return Err(self.assemblies.interrupted(head.channel));
        };
        let have = pending.message.body.len();
        let left = pending.size.unwrap_or_default().saturating_sub(have);
        if head.size > left {
            let what = format!("content body frame of {} octets where only {left} were left", head.size);
            return Err(ConnectionError::connection(ReplyCode::FRAME_ERROR, &what).at(basic::Publish::ID));
        }
        self.assemblies.hold(head.size)?;
        self.assemblies.receiving = Some(Receiving { channel: head.channel, until: have + head.size });
        let behind = input.get(FRAME_HEADER_LEN..).unwrap_or_default();
        let (consumed, event) = match self.receive(behind) {
            Ok((0, Event::Incomplete)) => (0, Event::Continue),
            Ok(handled) => handled,
            Err(error) => {
                // Nothing of the frame is consumed, its head included.
                self.assemblies.receiving = None;
                return Err(error);
            }
        };
        Ok((FRAME_HEADER_LEN + consumed, event))
    }

    /// More of the payload of a body frame, and its end octet.
    pub(super) fn receive<'a>(&mut self, input: &'a [u8]) -> Handled<'a> {
        let Some(Receiving { channel, until }) = self.assemblies.receiving else {
            return Ok((0, Event::Continue));
        };
        let Some(pending) = self.assemblies.pending.get_mut(&channel) else {
            return Ok((0, Event::Continue));
        };
        let body = &mut pending.message.body;
        let Some(left) = until.checked_sub(body.len()) else {
            let what = "more was appended to a body than its frame holds";
            return Err(ConnectionError::connection(ReplyCode::INTERNAL_ERROR, what));
        };
        let (payload, rest) = input.split_at_checked(left).unwrap_or((input, &[]));
        match rest.first() {
            None if input.is_empty() => return Ok((0, Event::Incomplete)),
            None | Some(&FRAME_END) => {}
            Some(&other) => return Err(FrameError::BadEnd(other).into()),
        }
        make_room(body, pending.size.unwrap_or_default(), payload.len(), self.assemblies.last);
        body.extend_from_slice(payload);
        if rest.is_empty() {
            return Ok((payload.len(), Event::Continue));
        }
        self.assemblies.receiving = None;
        Ok((payload.len() + 1, self.finish(channel)))
    }

    /// Gives the message on the channel, if it is complete.
    fn finish<'a>(&mut self, channel: u16) -> Event<'a> {
        match self.assemblies.pending.get(&channel) {
            Some(Pending { message, size: Some(size) }) if message.body.len() == *size => {}
            _ => return Event::Continue,
        }
        self.channels.set(channel, Slot::Open);
        match self.assemblies.take(channel) {
            Some(pending) => {
                self.assemblies.last = pending.message.body.len();
                Event::PublishAssembled(pending.message)
            }
            None => Event::Continue,
        }
    }
}
