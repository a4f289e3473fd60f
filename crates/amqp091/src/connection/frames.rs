//! Frames of an open connection: what each is for, and when it is complete.

use super::channels::Slot;
use super::error::ConnectionError;
use super::event::Event;
use super::machine::{Handled, ServerConnection};
use crate::constants::{
    FRAME_END, FRAME_HEADER_LEN, FRAME_OVERHEAD, HEARTBEAT_FRAME, MAX_METHOD_PAYLOAD, ReplyCode,
};
use crate::frame::{FrameError, FrameHead, FrameKind};
use crate::method::basic;

/// What the payload of a publish begins with.
const PUBLISH: [u8; 4] = basic::Publish::ID.to_bytes();

impl ServerConnection {
    /// Any frame of an open connection.
    #[inline(never)]
    pub(super) fn handle_frame<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Handled<'a> {
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
                match (payload.strip_prefix(&PUBLISH), slot) {
                    (Some(arguments), Slot::Open) => {
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

/// The arguments of a method frame of that size, whose class and method were taken off, and what is behind the frame.
#[inline]
pub(super) fn frame_behind(size: usize, behind: &[u8]) -> Option<Split<'_>> {
    match behind.split_at_checked(size.checked_sub(4)?)? {
        (arguments, [FRAME_END, rest @ ..]) => Some((arguments, rest)),
        _ => None,
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
