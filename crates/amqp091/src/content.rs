//! Writing content: header and body frames, and deliveries. The hot path of whatever sends messages to consumers.

use warren_model::encoding::MAX_SHORT_STR;

use crate::constants::{CLASS_BASIC, FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_METHOD, FRAME_OVERHEAD};
use crate::method::basic;

/// Octets of a content header before its properties: class, weight, body size.
pub(crate) const CONTENT_HEADER_LEN: usize = 12;

/// A content as it was received: what stands between `basic.publish` and the next method.
#[derive(Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// Property flags and property list as on the wire, well-formed: the payload of the header frame behind its first 12 octets.
    pub properties: &'a [u8],
    /// The body.
    pub body: Body<'a>,
    /// The header frame and the one body frame behind it as they were received, if the content came in these (an empty body has no
    /// frame); empty otherwise. [`write_received`] passes them on.
    pub frames: &'a [u8],
}

/// The body of a received content.
#[derive(Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// It lies in one piece in the input.
    Borrowed(&'a [u8]),
    /// It came in pieces that were put together.
    Assembled(Vec<u8>),
}

impl Body<'_> {
    /// The octets, wherever they lie.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Body::Borrowed(bytes) => bytes,
            Body::Assembled(bytes) => bytes,
        }
    }

    /// The octets as the caller's own, copied only if they are not so already.
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Body::Borrowed(bytes) => bytes.to_vec(),
            Body::Assembled(bytes) => bytes,
        }
    }
}

/// Appends the content frames of a message: its header frame, and its body in as many frames as `frame_max` asks for (0 is no limit;
/// an empty body has none).
///
/// `header` is the property flags and property list, as [`warren_model::properties::BasicProperties::encode`] makes them or as a publish
/// brought them.
#[inline]
pub fn write_content(out: &mut Vec<u8>, channel: u16, frame_max: u32, header: &[u8], body: &[u8]) {
    out.reserve(header.len() + body.len() + 12 + 2 * FRAME_OVERHEAD);
    write_content_header(out, channel, header, body.len() as u64);
    let most = match frame_max as usize {
        0 => u32::MAX as usize,
        max => max.saturating_sub(FRAME_OVERHEAD).max(1),
    };
    if body.len() <= most {
        if !body.is_empty() {
            write_body_frame(out, channel, body);
        }
    } else {
        out.reserve(body.len() + body.len().div_ceil(most) * FRAME_OVERHEAD);
        body.chunks(most).for_each(|piece| write_body_frame(out, channel, piece));
    }
}

/// Appends content frames as they were received, for another channel: [`Content::frames`] of a content with that length of properties.
#[inline]
pub fn write_received(out: &mut Vec<u8>, channel: u16, frames: &[u8], properties_len: usize) {
    let start = out.len();
    out.extend_from_slice(frames);
    let mut patch = |frame: usize| {
        if let Some([_, c1, c0, ..]) = out.get_mut(frame..) {
            [*c1, *c0] = channel.to_be_bytes();
        }
    };
    patch(start);
    patch(start + properties_len + CONTENT_HEADER_LEN + FRAME_OVERHEAD);
}

/// Appends the header frame of a content alone: for bodies that are sent from where they lie.
#[inline(always)]
pub fn write_content_header(out: &mut Vec<u8>, channel: u16, header: &[u8], body_len: u64) {
    let [c1, c0] = channel.to_be_bytes();
    let [s3, s2, s1, s0] = frame_size(header.len() + 12);
    let [b7, b6, b5, b4, b3, b2, b1, b0] = body_len.to_be_bytes();
    let [k1, k0] = CLASS_BASIC.to_be_bytes();
    out.extend_from_slice(&[
        FRAME_HEADER,
        c1,
        c0,
        s3,
        s2,
        s1,
        s0,
        k1,
        k0,
        0,
        0,
        b7,
        b6,
        b5,
        b4,
        b3,
        b2,
        b1,
        b0,
    ]);
    out.extend_from_slice(header);
    out.push(FRAME_END);
}

/// Appends what stands before the octets of a body frame of `len` octets; they and the end octet must follow.
#[inline(always)]
pub fn write_body_start(out: &mut Vec<u8>, channel: u16, len: usize) {
    let [c1, c0] = channel.to_be_bytes();
    let [s3, s2, s1, s0] = frame_size(len);
    out.extend_from_slice(&[FRAME_BODY, c1, c0, s3, s2, s1, s0]);
}

#[inline(always)]
fn write_body_frame(out: &mut Vec<u8>, channel: u16, piece: &[u8]) {
    write_body_start(out, channel, piece.len());
    out.extend_from_slice(piece);
    out.push(FRAME_END);
}

/// The size field of a frame. Payloads are cut to frame_max, a `u32`, before they come here.
#[inline(always)]
fn frame_size(payload: usize) -> [u8; 4] {
    (payload as u32).to_be_bytes()
}

/// Appends a `basic.deliver` frame; its content must follow, see [`write_content`].
///
/// Names beyond 255 octets, which no peer could have sent, are cut there.
#[inline]
pub fn write_deliver(
    out: &mut Vec<u8>,
    channel: u16,
    consumer_tag: &[u8],
    delivery_tag: u64,
    redelivered: bool,
    exchange: &[u8],
    routing_key: &[u8],
) {
    let tag = cut(consumer_tag);
    let exchange = cut(exchange);
    let key = cut(routing_key);
    let payload = 4 + 1 + tag.len() + 8 + 1 + 1 + exchange.len() + 1 + key.len();
    out.reserve(payload + FRAME_OVERHEAD);
    let [c1, c0] = channel.to_be_bytes();
    let [s3, s2, s1, s0] = frame_size(payload);
    let [k1, k0, m1, m0] = basic::Deliver::ID.to_bytes();
    out.extend_from_slice(&[FRAME_METHOD, c1, c0, s3, s2, s1, s0, k1, k0, m1, m0, tag.len() as u8]);
    out.extend_from_slice(tag);
    let [d7, d6, d5, d4, d3, d2, d1, d0] = delivery_tag.to_be_bytes();
    out.extend_from_slice(&[d7, d6, d5, d4, d3, d2, d1, d0, u8::from(redelivered), exchange.len() as u8]);
    out.extend_from_slice(exchange);
    out.push(key.len() as u8);
    out.extend_from_slice(key);
    out.push(FRAME_END);
}

/// Appends a `basic.get-ok` frame; its content must follow, see [`write_content`].
///
/// Names beyond 255 octets, which no peer could have sent, are cut there.
pub fn write_get_ok(
    out: &mut Vec<u8>,
    channel: u16,
    delivery_tag: u64,
    redelivered: bool,
    exchange: &[u8],
    routing_key: &[u8],
    message_count: u32,
) {
    let exchange = cut(exchange);
    let key = cut(routing_key);
    let payload = 4 + 8 + 1 + 1 + exchange.len() + 1 + key.len() + 4;
    out.reserve(payload + FRAME_OVERHEAD);
    let [c1, c0] = channel.to_be_bytes();
    let [s3, s2, s1, s0] = frame_size(payload);
    let [k1, k0, m1, m0] = basic::GetOk::ID.to_bytes();
    out.extend_from_slice(&[FRAME_METHOD, c1, c0, s3, s2, s1, s0, k1, k0, m1, m0]);
    out.extend_from_slice(&delivery_tag.to_be_bytes());
    out.extend_from_slice(&[u8::from(redelivered), exchange.len() as u8]);
    out.extend_from_slice(exchange);
    out.push(key.len() as u8);
    out.extend_from_slice(key);
    out.extend_from_slice(&message_count.to_be_bytes());
    out.push(FRAME_END);
}

#[inline]
fn cut(name: &[u8]) -> &[u8] {
    name.get(..MAX_SHORT_STR).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, FrameKind, decode_frame};

    fn frames(mut bytes: &[u8]) -> Vec<Frame<'_>> {
        let mut all = Vec::new();
        while !bytes.is_empty() {
            let (frame, len) = decode_frame(bytes, 0).unwrap().unwrap();
            all.push(frame);
            bytes = &bytes[len..];
        }
        all
    }

    #[test]
    fn the_fast_deliver_is_the_method() {
        for redelivered in [false, true] {
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            write_deliver(&mut fast, 513, b"ctag", u64::MAX - 1, redelivered, b"amq.topic", b"a.b");
            basic::Deliver {
                consumer_tag: "ctag",
                delivery_tag: u64::MAX - 1,
                redelivered,
                exchange: "amq.topic",
                routing_key: "a.b",
            }
            .write_frame(513, &mut slow);
            assert_eq!(fast, slow);
        }
    }

    #[test]
    fn the_fast_get_ok_is_the_method() {
        for redelivered in [false, true] {
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            write_get_ok(&mut fast, 513, u64::MAX - 1, redelivered, b"amq.topic", b"a.b", 70_000);
            basic::GetOk {
                delivery_tag: u64::MAX - 1,
                redelivered,
                exchange: "amq.topic",
                routing_key: "a.b",
                message_count: 70_000,
            }
            .write_frame(513, &mut slow);
            assert_eq!(fast, slow);
        }
    }

    #[test]
    fn an_empty_body_has_no_frame() {
        let mut out = Vec::new();
        write_content(&mut out, 1, 4096, &[0, 0], b"");
        let all = frames(&out);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].kind, FrameKind::Header);
        assert_eq!(all[0].payload, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn bodies_are_cut_to_frame_max() {
        for (len, expected) in [(4088, vec![4088]), (4089, vec![4088, 1]), (10_000, vec![4088, 4088, 1824])] {
            let body: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut out = Vec::new();
            write_content(&mut out, 3, 4096, &[0x10, 0, 2], &body);
            let all = frames(&out);
            assert_eq!(&all[0].payload[4..12], (len as u64).to_be_bytes());
            assert_eq!(&all[0].payload[12..], [0x10, 0, 2]);
            assert_eq!(all[1..].iter().map(|f| f.payload.len()).collect::<Vec<_>>(), expected);
            assert_eq!(all[1..].iter().map(|f| f.payload).collect::<Vec<_>>().concat(), body);
        }
        let mut out = Vec::new();
        write_content(&mut out, 3, 0, &[0, 0], &[7; 300_000]);
        assert_eq!(frames(&out)[1].payload.len(), 300_000);
    }

    #[test]
    fn names_that_nobody_could_send_are_cut() {
        let mut out = Vec::new();
        write_deliver(&mut out, 1, &[b'c'; 300], 1, false, &[b'x'; 300], &[b'k'; 300]);
        let all = frames(&out);
        assert_eq!(all[0].payload.len(), 4 + 3 * 256 + 9);
    }
}
