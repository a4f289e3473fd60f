//! `basic.publish`: the hot path. A message that lies in the input as a whole is taken in one pass and not copied.

use super::channels::Slot;
use super::error::ConnectionError;
use super::event::Event;
use super::machine::{Handled, ServerConnection};
use crate::constants::{
    CLASS_BASIC, FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_HEADER_LEN, FRAME_OVERHEAD, ReplyCode,
};
use crate::content::{Body, CONTENT_HEADER_LEN, Content};
use crate::method::{basic, class};
use warren_model::properties;

/// A message that takes no more than this as a whole, frames included, is left in the caller's buffer until all of it is there. A
/// larger one is put together in a buffer of its own.
pub const HOLD_BACK: usize = 32 << 10;

/// Why a publish is not taken as a whole.
pub(super) enum Apart {
    /// Only the beginning of a small content is there.
    Beginning,
    /// Anything else: the content is put together frame by frame, and that is where faults are found.
    Other,
}

/// Property flags and list, body, and what is behind them.
pub(super) type Whole<'a> = (&'a [u8], &'a [u8], &'a [u8]);

impl ServerConnection {
    /// A publish on an open channel. `consumed` octets of input hold it, with those `arguments`; `rest` is behind them.
    ///
    /// Never inlined: as a part of its callers it takes 21 instead of 13 ns, for they copy the event that this writes into place.
    #[inline(never)]
    pub(super) fn handle_publish<'a>(
        &mut self,
        channel: u16,
        consumed: usize,
        arguments: &'a [u8],
        rest: &'a [u8],
    ) -> Handled<'a> {
        let publish = match class::take::<basic::Publish<'_>>(arguments) {
            Ok(publish) => publish,
            Err(error) => {
                let what = format!("malformed arguments of basic.publish: {error}");
                return Err(
                    ConnectionError::connection(ReplyCode::SYNTAX_ERROR, &what).at(basic::Publish::ID)
                );
            }
        };
        match self.look_behind(channel, rest, consumed) {
            Ok((properties, body, after)) => {
                let frames = rest.get(..rest.len() - after.len()).unwrap_or_default();
                let content = Content { properties, body: Body::Borrowed(body), frames };
                Ok((consumed + frames.len(), Event::Publish { channel, publish, content }))
            }
            Err(Apart::Beginning) => Ok((0, Event::Incomplete)),
            Err(Apart::Other) => {
                self.assemblies.begin(channel, &publish)?;
                self.channels.set(channel, Slot::Content);
                Ok((consumed, Event::Continue))
            }
        }
    }

    /// Looks for the content of a publish. `before` octets of the message are in front of it.
    #[inline]
    pub(super) fn look_behind<'a>(
        &self,
        channel: u16,
        input: &'a [u8],
        before: usize,
    ) -> Result<Whole<'a>, Apart> {
        let Some((size, input)) = frame(FRAME_HEADER, channel, input) else {
            return Err(unless_short(input));
        };
        if size < CONTENT_HEADER_LEN + 2 || size > self.payload_max as usize {
            return Err(Apart::Other);
        }
        let Some((header, body_frame)) = payload(size, input) else {
            return if before + size + FRAME_OVERHEAD <= HOLD_BACK && input.len() <= size {
                Err(Apart::Beginning)
            } else {
                Err(Apart::Other)
            };
        };
        let Some((&[k1, k0, w1, w0, b7, b6, b5, b4, b3, b2, b1, b0], properties)) =
            header.split_first_chunk()
        else {
            return Err(Apart::Other);
        };
        let body_size = u64::from_be_bytes([b7, b6, b5, b4, b3, b2, b1, b0]);
        if [k1, k0] != CLASS_BASIC.to_be_bytes()
            || [w1, w0] != [0, 0]
            || body_size > self.settings.max_message_size
            || body_size > self.payload_max as usize as u64
            || properties::check(properties).is_err()
        {
            return Err(Apart::Other);
        }
        if body_size == 0 {
            return Ok((properties, &[], body_frame));
        }
        // It fits into a frame.
        let body_size = body_size as usize;
        let small = before + size + body_size + 2 * FRAME_OVERHEAD <= HOLD_BACK;
        let Some((size, input)) = frame(FRAME_BODY, channel, body_frame) else {
            return Err(if small { unless_short(body_frame) } else { Apart::Other });
        };
        match payload(size, input) {
            Some((body, rest)) if size == body_size => Ok((properties, body, rest)),
            None if size == body_size && small && input.len() <= size => Err(Apart::Beginning),
            _ => Err(Apart::Other),
        }
    }
}

/// The size of the frame at the front and what is behind its first seven octets, if it is of that kind and channel.
#[inline]
fn frame(kind: u8, channel: u16, input: &[u8]) -> Option<(usize, &[u8])> {
    let (&[k, c1, c0, s3, s2, s1, s0], behind) = input.split_first_chunk::<FRAME_HEADER_LEN>()?;
    let same = k == kind && u16::from_be_bytes([c1, c0]) == channel;
    same.then_some((u32::from_be_bytes([s3, s2, s1, s0]) as usize, behind))
}

/// The payload of that size at the front, if it is there and its end octet is right, and what is behind it.
#[inline]
fn payload(size: usize, input: &[u8]) -> Option<(&[u8], &[u8])> {
    match input.split_at_checked(size)? {
        (payload, [FRAME_END, rest @ ..]) => Some((payload, rest)),
        _ => None,
    }
}

/// Too few octets to know what comes are a beginning; enough of them are something else.
#[inline]
fn unless_short(input: &[u8]) -> Apart {
    if input.len() < FRAME_HEADER_LEN { Apart::Beginning } else { Apart::Other }
}
