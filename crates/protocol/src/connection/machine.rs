//! The state machine itself: which part of it the input is for.

use super::assembly::Assemblies;
use super::channels::{Channels, Slot};
use super::error::ConnectionError;
use super::event::Event;
use super::settings::{Settings, Tuning};
use crate::constants::{
    FRAME_END, FRAME_HEADER_LEN, FRAME_OVERHEAD, HEARTBEAT_FRAME, MAX_METHOD_PAYLOAD, ReplyCode,
};
use crate::frame::{FrameError, FrameHead, FrameKind};
use crate::method::{channel, connection};
use std::sync::Arc;

/// How far the connection is; the diagram is at the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Header,
    Start,
    Authenticating,
    Tune,
    WaitOpen,
    Opening,
    Open,
    /// The server sent `connection.close`. `lost` when a broken frame has made the borders of frames unknowable.
    Closing {
        lost: bool,
    },
    Closed,
}

/// The server's side of one connection.
#[derive(Debug)]
pub struct Connection {
    pub(super) settings: Arc<Settings>,
    pub(super) phase: Phase,
    pub(super) tuning: Tuning,
    pub(super) channels: Channels,
    pub(super) assemblies: Assemblies,
    /// The payload of a frame that is being dropped: how many octets of it are still to come.
    pub(super) skipping: Option<usize>,
}

/// What [`Connection::handle`] gives.
pub(super) type Handled<'a> = Result<(usize, Event<'a>), ConnectionError>;

impl Connection {
    /// A connection whose client has sent nothing yet.
    pub fn new(settings: Arc<Settings>) -> Self {
        let assemblies = Assemblies::new(settings.max_message_size);
        Connection {
            phase: Phase::Header,
            tuning: settings.untuned(),
            channels: Channels::default(),
            assemblies,
            skipping: None,
            settings,
        }
    }

    /// Takes what it can from the front of `input`: how many octets were consumed, and what they meant.
    ///
    /// What the state machine itself owes in return is appended to `out` (start, tune, channel.open-ok, close-ok …). On an error
    /// nothing was consumed: close what its scope says, and give the same input again.
    #[inline]
    pub fn handle<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Handled<'a> {
        if self.phase == Phase::Open && self.skipping.is_none() && !self.assemblies.is_receiving() {
            self.handle_frame(input, out)
        } else {
            self.handle_unusual(input, out)
        }
    }

    /// The limits in force: the server's proposal until the client has answered it.
    pub fn tuning(&self) -> Tuning {
        self.tuning
    }

    /// A large body frame is being received: the buffer of its message, with room made in it, and how many octets of the frame are
    /// still to come. What is read from the socket may be appended right there, up to that many; whatever comes behind goes through
    /// [`Connection::handle`], which has to be called afterwards in any case.
    pub fn body_in_progress(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        self.assemblies.body_in_progress()
    }

    /// Closes a channel: appends `channel.close`. From now on everything on it is dropped, until the client confirms and
    /// [`Event::ChannelClosed`] comes. `class_id` and `method_id` name the method at fault, or are 0.
    ///
    /// Does nothing when the channel is not open.
    pub fn close_channel(
        &mut self,
        channel: u16,
        code: ReplyCode,
        text: &str,
        class_id: u16,
        method_id: u16,
        out: &mut Vec<u8>,
    ) {
        if self.phase != Phase::Open || !matches!(self.channels.get(channel), Slot::Open | Slot::Content) {
            return;
        }
        channel::Close { reply_code: code.0, reply_text: text, class_id, method_id }
            .write_frame(channel, out);
        if let Some(left) = self.assemblies.forget(channel) {
            self.skipping = Some(left);
        }
        self.channels.set(channel, Slot::Closing);
    }

    /// Closes the connection: appends `connection.close`. From now on everything is dropped, until the client confirms and
    /// [`Event::Closed`] comes. `class_id` and `method_id` name the method at fault, or are 0.
    ///
    /// Appends nothing when the client has not even sent the protocol header, or when the connection is closing already.
    pub fn close(&mut self, code: ReplyCode, text: &str, class_id: u16, method_id: u16, out: &mut Vec<u8>) {
        match self.phase {
            Phase::Closing { .. } | Phase::Closed => return,
            Phase::Header => {
                self.phase = Phase::Closed;
                return;
            }
            _ => {}
        }
        connection::Close { reply_code: code.0, reply_text: text, class_id, method_id }.write_frame(0, out);
        if let Some(left) = self.assemblies.forget_all() {
            self.skipping = Some(left);
        }
        self.phase = Phase::Closing { lost: false };
    }

    /// All but a frame of an open connection at the front of the input.
    #[cold]
    fn handle_unusual<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Handled<'a> {
        match self.phase {
            Phase::Closed => return Ok(consume_all(input)),
            Phase::Closing { .. } => return Ok(self.handle_closing(input, out)),
            Phase::Authenticating | Phase::Opening => return Ok((0, Event::Incomplete)),
            _ => {}
        }
        if let Some(left) = self.skipping {
            return Ok(self.skip(left, input)?);
        }
        if self.assemblies.is_receiving() {
            return self.receive(input);
        }
        match self.phase {
            Phase::Header => self.handle_protocol_header(input, out),
            _ => self.handle_handshake(input, out),
        }
    }

    /// Drops what there is of a payload that is being dropped, and its end octet.
    pub(super) fn skip<'a>(
        &mut self,
        left: usize,
        input: &'a [u8],
    ) -> Result<(usize, Event<'a>), FrameError> {
        match input.get(left) {
            Some(&FRAME_END) => {
                self.skipping = None;
                Ok((left + 1, Event::Continue))
            }
            Some(&other) => Err(FrameError::BadEnd(other)),
            None if input.is_empty() => Ok((0, Event::Incomplete)),
            None => {
                self.skipping = Some(left - input.len());
                Ok((input.len(), Event::Continue))
            }
        }
    }

    /// A frame of an open connection.
    #[inline]
    fn handle_frame<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Handled<'a> {
        let Some(head) = FrameHead::decode(input, self.tuning.frame_max)? else {
            return Ok((0, Event::Incomplete));
        };
        let slot = self.channels.get(head.channel);
        match head.kind {
            FrameKind::Method => {
                let Some((payload, rest)) = complete(&head, input)? else {
                    return Ok((0, Event::Incomplete));
                };
                let consumed = input.len() - rest.len();
                match (payload, slot) {
                    ([0, 60, 0, 40, arguments @ ..], Slot::Open) => {
                        self.handle_publish(head.channel, consumed, arguments, rest)
                    }
                    _ => self.handle_method(head.channel, slot, payload, out).map(|event| (consumed, event)),
                }
            }
            FrameKind::Heartbeat => handle_heartbeat(&head, input),
            FrameKind::Header | FrameKind::Body => self.handle_content_frame(&head, slot, input),
        }
    }

    /// A content frame outside of a publish that lay in the input as a whole.
    fn handle_content_frame<'a>(&mut self, head: &FrameHead, slot: Slot, input: &'a [u8]) -> Handled<'a> {
        match slot {
            Slot::Content => self.assemble(head, input),
            Slot::Closing | Slot::Crossed => {
                self.skipping = Some(head.size);
                Ok((FRAME_HEADER_LEN, Event::Continue))
            }
            Slot::Open => {
                Err(ConnectionError::unexpected_frame("expected method frame, got non method frame instead"))
            }
            Slot::Closed if head.channel == 0 => {
                Err(ConnectionError::connection(ReplyCode::CHANNEL_ERROR, "content frame on channel 0"))
            }
            Slot::Closed => Err(expected_open()),
        }
    }
}

/// What is said of anything on a channel that is not open.
pub(super) fn expected_open() -> ConnectionError {
    ConnectionError::connection(ReplyCode::CHANNEL_ERROR, "expected 'channel.open'")
}

/// All of it is dropped.
pub(super) fn consume_all(input: &[u8]) -> (usize, Event<'_>) {
    (input.len(), if input.is_empty() { Event::Incomplete } else { Event::Continue })
}

/// A payload, and what is behind its frame.
type Split<'a> = (&'a [u8], &'a [u8]);

/// The payload of the frame with that head, and what is behind the frame; `None` when it is not complete yet.
#[inline]
pub(super) fn complete<'a>(head: &FrameHead, input: &'a [u8]) -> Result<Option<Split<'a>>, FrameError> {
    match input.get(FRAME_HEADER_LEN..).and_then(|b| b.split_at_checked(head.size)) {
        Some((payload, [FRAME_END, rest @ ..])) => Ok(Some((payload, rest))),
        Some((_, [other, ..])) => Err(FrameError::BadEnd(*other)),
        _ if head.size > MAX_METHOD_PAYLOAD => {
            let size = (head.size + FRAME_OVERHEAD) as u64;
            Err(FrameError::TooLarge { size, max: (MAX_METHOD_PAYLOAD + FRAME_OVERHEAD) as u32 })
        }
        _ => Ok(None),
    }
}

/// A heartbeat has channel 0 and no payload; anything else is malformed (specification 4.2.7).
pub(super) fn handle_heartbeat<'a>(head: &FrameHead, input: &'a [u8]) -> Handled<'a> {
    if head.channel != 0 || head.size != 0 {
        let what = "a heartbeat has channel 0 and no payload";
        return Err(ConnectionError::connection(ReplyCode::FRAME_ERROR, what));
    }
    match complete(head, input)? {
        Some(_) => Ok((HEARTBEAT_FRAME.len(), Event::Heartbeat)),
        None => Ok((0, Event::Incomplete)),
    }
}
