//! `basic.deliver` frames to one consumer, which differ in delivery tag and `redelivered` alone as long as exchange and routing key stay
//! the same: the frame is made once and copied.

use crate::content::write_deliver;
use warren_model::encoding::MAX_SHORT_STR;

/// Octets in front of the consumer tag: frame header, class, method, length of the tag.
const BEFORE_CONSUMER_TAG: usize = 12;
/// Octets of delivery tag and `redelivered`.
const VARYING: usize = 9;

/// See the module's description.
#[derive(Debug, Default)]
pub struct DeliverFrame {
    /// The frame, with some delivery tag; empty before the first [`aim`](Self::aim).
    bytes: Vec<u8>,
    /// Where the delivery tag stands in it.
    tag_at: usize,
}

impl DeliverFrame {
    /// Makes it a frame for messages from `exchange` with `routing_key`. Channel and consumer tag must be the same in each call.
    #[inline]
    pub fn aim(&mut self, channel: u16, consumer_tag: &[u8], exchange: &[u8], routing_key: &[u8]) {
        if !self.is_aimed(exchange, routing_key) {
            self.tag_at = BEFORE_CONSUMER_TAG + consumer_tag.len().min(MAX_SHORT_STR);
            self.bytes.clear();
            write_deliver(&mut self.bytes, channel, consumer_tag, 0, false, exchange, routing_key);
        }
    }

    #[inline]
    fn is_aimed(&self, exchange: &[u8], routing_key: &[u8]) -> bool {
        let Some([length, names @ ..]) = self.bytes.get(self.tag_at + VARYING..) else { return false };
        usize::from(*length) == exchange.len()
            && names.len() == exchange.len() + routing_key.len() + 2
            && names.starts_with(exchange)
            && names.get(exchange.len() + 1..names.len() - 1) == Some(routing_key)
    }

    /// Octets of the frame.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it was never aimed.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends the frame with that delivery tag; the message's content must follow.
    #[inline]
    pub fn append(&self, out: &mut Vec<u8>, delivery_tag: u64, redelivered: bool) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        let copy = out.get_mut(start..).unwrap_or_default();
        self.number(copy, delivery_tag);
        if let Some(flag) = copy.get_mut(self.tag_at + size_of::<u64>()) {
            *flag = u8::from(redelivered);
        }
    }

    /// Writes that delivery tag into a copy of the frame, which `copy` begins with.
    #[inline]
    pub fn number(&self, copy: &mut [u8], delivery_tag: u64) {
        if let Some(tag) = copy.get_mut(self.tag_at..).and_then(|rest| rest.first_chunk_mut()) {
            *tag = delivery_tag.to_be_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_frame_that_is_written_anew() {
        let mut frame = DeliverFrame::default();
        let (long, longer) = (vec![b'k'; 255], vec![b'k'; 256]);
        let names: [(&[u8], &[u8]); 9] = [
            (b"", b"queue"),
            (b"", b"queue"),
            (b"", b"queua"),
            (b"q", b"ueue"),
            (b"queue", b""),
            (b"", b""),
            (b"amq.topic", &long),
            (b"amq.topic", &longer),
            (&long, b"x"),
        ];
        for (tag, (exchange, key)) in names.into_iter().enumerate() {
            let (mut kept, mut anew) = (b"before".to_vec(), b"before".to_vec());
            frame.aim(513, b"ctag", exchange, key);
            let (tag, redelivered) = (u64::MAX - tag as u64, tag % 3 == 1);
            frame.append(&mut kept, tag, redelivered);
            write_deliver(&mut anew, 513, b"ctag", tag, redelivered, exchange, key);
            assert_eq!(kept, anew);
        }
    }
}
