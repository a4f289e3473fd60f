//! `basic.deliver` frames to one consumer, which differ in delivery tag and `redelivered` alone as long as exchange and routing key stay
//! the same: the frame is made once and copied.

use warren_model::encoding::MAX_SHORT_STR;
use warren_model::outgoing::{DeliveryTarget, TargetHead};

use crate::content::write_deliver;

/// Octets in front of the consumer tag: frame header, class, method, length of the tag.
const BEFORE_CONSUMER_TAG: usize = 12;
/// Octets of delivery tag and `redelivered`.
const VARYING: usize = 9;

/// Makes `head` a frame for messages from `exchange` with `routing_key`. The target must be the same in each call.
#[inline]
pub(crate) fn aim(head: &mut TargetHead, target: &DeliveryTarget<'_>, exchange: &[u8], routing_key: &[u8]) {
    if !is_aimed(head, exchange, routing_key) {
        let consumer_tag = target.consumer_tag.as_bytes();
        head.tag_at = BEFORE_CONSUMER_TAG + consumer_tag.len().min(MAX_SHORT_STR);
        head.bytes.clear();
        write_deliver(&mut head.bytes, target.channel, consumer_tag, 0, false, exchange, routing_key);
    }
}

#[inline]
fn is_aimed(head: &TargetHead, exchange: &[u8], routing_key: &[u8]) -> bool {
    let Some([length, names @ ..]) = head.bytes.get(head.tag_at + VARYING..) else { return false };
    usize::from(*length) == exchange.len()
        && names.len() == exchange.len() + routing_key.len() + 2
        && names.starts_with(exchange)
        && names.get(exchange.len() + 1..names.len() - 1) == Some(routing_key)
}

/// Appends the frame with that delivery tag; the message's content must follow.
#[inline]
pub(crate) fn append(head: &TargetHead, out: &mut Vec<u8>, delivery_tag: u64, redelivered: bool) {
    let start = out.len();
    out.extend_from_slice(&head.bytes);
    let copy = out.get_mut(start..).unwrap_or_default();
    number(head, copy, delivery_tag);
    if let Some(flag) = copy.get_mut(head.tag_at + size_of::<u64>()) {
        *flag = u8::from(redelivered);
    }
}

/// Writes that delivery tag into a copy of the frame, which `copy` begins with.
#[inline]
pub(crate) fn number(head: &TargetHead, copy: &mut [u8], delivery_tag: u64) {
    if let Some(tag) = copy.get_mut(head.tag_at..).and_then(|rest| rest.first_chunk_mut()) {
        *tag = delivery_tag.to_be_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_frame_that_is_written_anew() {
        let mut frame = TargetHead::default();
        let target = DeliveryTarget { channel: 513, consumer_tag: "ctag" };
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
            aim(&mut frame, &target, exchange, key);
            let (tag, redelivered) = (u64::MAX - tag as u64, tag % 3 == 1);
            append(&frame, &mut kept, tag, redelivered);
            write_deliver(&mut anew, 513, b"ctag", tag, redelivered, exchange, key);
            assert_eq!(kept, anew);
        }
    }
}
