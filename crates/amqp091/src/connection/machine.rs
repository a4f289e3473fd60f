//! The state machine itself: which part of it the input is for.

use super::assembly::Assemblies;
use super::channels::{Channels, Slot};
use super::error::ConnectionError;
use super::event::Event;
use super::frames::{consume_all, frame_behind};
use super::settings::{Settings, Tuning};
use crate::constants::{FRAME_END, FRAME_METHOD, FRAME_OVERHEAD, ReplyCode};
use crate::frame::FrameError;
use crate::method::{MethodId, basic, channel, connection};
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
pub struct ServerConnection {
    pub(super) settings: Arc<Settings>,
    pub(super) phase: Phase,
    pub(super) tuning: Tuning,
    pub(super) channels: Channels,
    pub(super) assemblies: Assemblies,
    /// The payload of a frame that is being dropped: how many octets of it are still to come.
    pub(super) skipping: Option<usize>,
    /// How large the payload of a frame may be.
    pub(super) payload_max: u32,
}

/// What [`ServerConnection::handle`] gives.
pub(super) type Handled<'a> = Result<(usize, Event<'a>), ConnectionError>;

impl ServerConnection {
    /// A connection whose client has sent nothing yet.
    pub fn new(settings: Arc<Settings>) -> Self {
        let assemblies = Assemblies::new(settings.max_message_size);
        ServerConnection {
            phase: Phase::Header,
            tuning: settings.untuned(),
            channels: Channels::default(),
            assemblies,
            skipping: None,
            payload_max: settings.untuned().payload_max(),
            settings,
        }
    }

    /// Takes what it can from the front of `input`: how many octets were consumed, and what they meant.
    ///
    /// What the state machine itself owes in return is appended to `out` (start, tune, channel.open-ok, close-ok …). On an error
    /// nothing was consumed: close what its scope says, and give the same input again.
    pub fn handle<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Handled<'a> {
        if self.phase != Phase::Open || self.skipping.is_some() || self.assemblies.is_receiving() {
            return self.handle_unusual(input, out);
        }
        // What busy publishers send. Whatever is not exactly that is looked at more closely.
        if let [FRAME_METHOD, c1, c0, s3, s2, s1, s0, k1, k0, m1, m0, behind @ ..] = input
            && [*k1, *k0, *m1, *m0] == basic::Publish::ID.to_bytes()
        {
            let channel = u16::from_be_bytes([*c1, *c0]);
            let size = u32::from_be_bytes([*s3, *s2, *s1, *s0]);
            if self.channels.get(channel) == Slot::Open
                && size <= self.payload_max
                && let Some((arguments, rest)) = frame_behind(size as usize, behind)
            {
                return self.handle_publish(channel, size as usize + FRAME_OVERHEAD, arguments, rest);
            }
        }
        self.handle_frame(input, out)
    }

    /// The limits in force: the server's proposal until the client has answered it.
    pub fn tuning(&self) -> Tuning {
        self.tuning
    }

    /// A large body frame is being received: the buffer of its message, with room made in it, and how many octets of the frame are
    /// still to come. What is read from the socket may be appended right there, up to that many; whatever comes behind goes through
    /// [`ServerConnection::handle`], which has to be called afterwards in any case. There is room for [`super::READ_AHEAD`] octets more,
    /// so that one read can bring them along; they must be taken off again.
    pub fn body_in_progress(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        self.assemblies.body_in_progress()
    }

    /// Closes a channel: appends `channel.close`. From now on everything on it is dropped, until the client confirms and
    /// [`Event::ChannelClosed`] comes. `at_fault` is the method, if one is.
    ///
    /// Does nothing when the channel is not open.
    pub fn close_channel(
        &mut self,
        channel: u16,
        code: ReplyCode,
        text: &str,
        at_fault: MethodId,
        out: &mut Vec<u8>,
    ) {
        if self.phase != Phase::Open || !matches!(self.channels.get(channel), Slot::Open | Slot::Content) {
            return;
        }
        let MethodId { class: class_id, method: method_id } = at_fault;
        channel::Close { reply_code: code.0, reply_text: text, class_id, method_id }
            .write_frame(channel, out);
        if let Some(left) = self.assemblies.forget(channel) {
            self.skipping = Some(left);
        }
        self.channels.set(channel, Slot::Closing);
    }

    /// Closes the connection: appends `connection.close`. From now on everything is dropped, until the client confirms and
    /// [`Event::Closed`] comes. `at_fault` is the method, if one is.
    ///
    /// Appends nothing when the client has not even sent the protocol header, or when the connection is closing already.
    pub fn close(&mut self, code: ReplyCode, text: &str, at_fault: MethodId, out: &mut Vec<u8>) {
        match self.phase {
            Phase::Closing { .. } | Phase::Closed => return,
            Phase::Header => {
                self.phase = Phase::Closed;
                return;
            }
            _ => {}
        }
        let MethodId { class: class_id, method: method_id } = at_fault;
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
}
