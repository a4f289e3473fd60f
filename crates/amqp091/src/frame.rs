//! Frames: kind, channel, size, payload, end octet (specification 4.2.3).

use crate::constants::{
    FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_HEADER_LEN, FRAME_HEARTBEAT, FRAME_METHOD, FRAME_OVERHEAD,
};
use thiserror::Error;

/// What the payload of a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A method.
    Method,
    /// The header of a content: its size and properties.
    Header,
    /// A piece of the body of a content.
    Body,
    /// Nothing: a sign of life.
    Heartbeat,
}

/// A complete frame, borrowed from the bytes it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the payload is.
    pub kind: FrameKind,
    /// The channel that it belongs to; 0 is the connection itself.
    pub channel: u16,
    /// What it carries.
    pub payload: &'a [u8],
}

/// Why bytes are not a frame. The fault is the sender's, and the stream cannot be trusted behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// The first octet names no kind of frame.
    #[error("unknown frame type {0}")]
    UnknownKind(u8),
    /// The frame is larger than the negotiated frame_max. Known as soon as its first seven octets are.
    #[error("frame of {size} octets is larger than frame_max ({max})")]
    TooLarge {
        /// What the frame would take, with what surrounds its payload.
        size: u64,
        /// The limit.
        max: u32,
    },
    /// Another octet stands where the end octet belongs.
    #[error("frame ends in {0:#04x} instead of 0xce")]
    BadEnd(u8),
}

/// The first seven octets of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) kind: FrameKind,
    pub(crate) channel: u16,
    /// Octets of payload.
    pub(crate) size: usize,
}

impl FrameHead {
    /// Reads and checks them; `None` when there are not enough yet. A `frame_max` of 0 is no limit.
    #[inline]
    pub(crate) fn decode(bytes: &[u8], frame_max: u32) -> Result<Option<FrameHead>, FrameError> {
        let Some(&[kind, c1, c0, s3, s2, s1, s0]) = bytes.first_chunk::<FRAME_HEADER_LEN>() else {
            // The kind alone tells what cannot become a frame.
            return bytes.first().map_or(Ok(None), |kind| FrameHead::kind(*kind).map(|_| None));
        };
        let kind = FrameHead::kind(kind)?;
        let size = u32::from_be_bytes([s3, s2, s1, s0]);
        if frame_max != 0 && size > frame_max.saturating_sub(FRAME_OVERHEAD as u32) {
            return Err(FrameError::TooLarge {
                size: u64::from(size) + FRAME_OVERHEAD as u64,
                max: frame_max,
            });
        }
        Ok(Some(FrameHead { kind, channel: u16::from_be_bytes([c1, c0]), size: size as usize }))
    }

    #[inline]
    fn kind(octet: u8) -> Result<FrameKind, FrameError> {
        match octet {
            FRAME_METHOD => Ok(FrameKind::Method),
            FRAME_HEADER => Ok(FrameKind::Header),
            FRAME_BODY => Ok(FrameKind::Body),
            FRAME_HEARTBEAT => Ok(FrameKind::Heartbeat),
            other => Err(FrameError::UnknownKind(other)),
        }
    }
}

/// Reads the frame at the front of `bytes`: the frame and how many octets it took, or `None` when it is not complete yet.
///
/// `frame_max` bounds the whole frame in octets, 0 is no limit. Faults are reported as soon as they can be seen: an unknown kind from
/// the first octet, a frame that is too large from the first seven.
#[inline]
pub fn decode_frame(bytes: &[u8], frame_max: u32) -> Result<Option<(Frame<'_>, usize)>, FrameError> {
    let Some(head) = FrameHead::decode(bytes, frame_max)? else { return Ok(None) };
    let Some((payload, rest)) = bytes.get(FRAME_HEADER_LEN..).and_then(|b| b.split_at_checked(head.size))
    else {
        return Ok(None);
    };
    match rest.first() {
        None => Ok(None),
        Some(&FRAME_END) => {
            let frame = Frame { kind: head.kind, channel: head.channel, payload };
            Ok(Some((frame, head.size + FRAME_OVERHEAD)))
        }
        Some(&other) => Err(FrameError::BadEnd(other)),
    }
}

/// Appends a method frame around the payload that `payload` appends.
#[inline]
pub(crate) fn write_method_frame(out: &mut Vec<u8>, channel: u16, payload: impl FnOnce(&mut Vec<u8>)) {
    let [c1, c0] = channel.to_be_bytes();
    out.extend_from_slice(&[FRAME_METHOD, c1, c0, 0, 0, 0, 0]);
    let start = out.len();
    payload(out);
    let size = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(start - 4..start) {
        place.copy_from_slice(&size.to_be_bytes());
    }
    out.push(FRAME_END);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: &[u8] = &[3, 0, 5, 0, 0, 0, 2, b'h', b'i', 0xCE];

    #[test]
    fn a_frame_is_read_once_it_is_complete() {
        for cut in 0..FRAME.len() {
            assert_eq!(decode_frame(&FRAME[..cut], 4096), Ok(None));
        }
        let frame = Frame { kind: FrameKind::Body, channel: 5, payload: b"hi" };
        assert_eq!(decode_frame(FRAME, 4096), Ok(Some((frame, 10))));
        let more = [FRAME, &[1, 2]].concat();
        assert_eq!(decode_frame(&more, 4096), Ok(Some((frame, 10))));
    }

    #[test]
    fn faults_show_as_early_as_they_can() {
        assert_eq!(decode_frame(&[4], 4096), Err(FrameError::UnknownKind(4)));
        let head = [1, 0, 0, 0, 0, 0x0f, 0xf9];
        assert_eq!(decode_frame(&head, 4096), Err(FrameError::TooLarge { size: 4097, max: 4096 }));
        let head = [1, 0, 0, 0, 0, 0x0f, 0xf8];
        assert_eq!(decode_frame(&head, 4096), Ok(None));
        assert_eq!(decode_frame(&[1, 0, 0, 255, 255, 255, 255], 0), Ok(None));
        assert_eq!(decode_frame(&[8, 0, 0, 0, 0, 0, 0, 0], 4096), Err(FrameError::BadEnd(0)));
    }

    #[test]
    fn a_written_frame_is_read_again() {
        let mut out = vec![9];
        write_method_frame(&mut out, 7, |o| o.extend_from_slice(&[1, 2, 3, 4]));
        let frame = Frame { kind: FrameKind::Method, channel: 7, payload: &[1, 2, 3, 4] };
        assert_eq!(decode_frame(&out[1..], 4096), Ok(Some((frame, 12))));
    }
}
