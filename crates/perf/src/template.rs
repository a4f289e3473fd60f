//! Publishes encoded ahead: a buffer with one message behind the other, in which only stamps and routing keys are changed.

use warren_amqp091::content::write_content;
use warren_amqp091::method::basic;

use crate::stamp::{NUMBER, Origin, STAMP};

/// How much is handed to the socket at once, unless a single message is larger.
const CHUNK: usize = 256 << 10;

/// What all messages of a producer have in common.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The exchange.
    pub exchange: &'a str,
    /// Routing keys, all of the same length; messages take them in turn.
    pub keys: &'a [String],
    /// Property flags and property list.
    pub properties: &'a [u8],
    /// Octets of the body.
    pub size: usize,
}

/// Encoded publishes.
pub struct Template {
    bytes: Vec<u8>,
    /// From the start of a message to the start of the next.
    stride: usize,
    /// From the start of a message to its routing key.
    key_at: usize,
    /// From the start of a message to its body.
    body_at: usize,
    /// What is written of the stamp: all of it, its number, or nothing.
    stamped: usize,
    keys: Vec<Box<[u8]>>,
    producer: u16,
}

impl Template {
    /// Encodes as many publishes as fill a chunk, and at least one.
    pub fn new(message: &Message<'_>, producer: u16, channel: u16, frame_max: u32) -> Self {
        let first_key = message.keys.first().map(String::as_str).unwrap_or_default();
        let mut one = Vec::new();
        let publish = basic::Publish {
            exchange: message.exchange,
            routing_key: first_key,
            mandatory: false,
            immediate: false,
        };
        publish.write_frame(channel, &mut one);
        // Behind the key there are one octet of flags and the end octet.
        let key_at = one.len() - 2 - first_key.len();
        let body: Vec<u8> = (0..message.size).map(|at| b'a' + (at % 26) as u8).collect();
        let header_at = one.len();
        write_content(&mut one, channel, frame_max, message.properties, &body);
        // Header frame: 7 octets, 12 of class, weight and size, properties, end octet. Body frame: 7 octets.
        let body_at = header_at + 7 + 12 + message.properties.len() + 1 + 7;
        let stamped = match message.size {
            STAMP.. => STAMP,
            NUMBER.. => NUMBER,
            _ => 0,
        };
        let stride = one.len();
        Self {
            bytes: one.repeat((CHUNK / stride).max(1)),
            stride,
            key_at,
            body_at,
            stamped,
            keys: message.keys.iter().map(|key| key.as_bytes().into()).collect(),
            producer,
        }
    }

    /// How many messages there is room for.
    pub fn capacity(&self) -> usize {
        self.bytes.len() / self.stride
    }

    /// Stamps `count` messages (no more than there is room for) and gives their octets. The first has the number
    /// `first`; all have the same time.
    #[inline]
    pub fn stamp(&mut self, first: u64, count: usize, time: u64) -> &[u8] {
        let end = self.stride * count.min(self.capacity());
        let used = self.bytes.get_mut(..end).unwrap_or_default();
        let several = self.keys.len() > 1;
        let mut key = first as usize % self.keys.len().max(1);
        for (message, number) in used.chunks_exact_mut(self.stride).zip(first..) {
            if several {
                if let Some(wanted) = self.keys.get(key)
                    && let Some(place) = message.get_mut(self.key_at..self.key_at + wanted.len())
                {
                    place.copy_from_slice(wanted);
                }
                key = if key + 1 == self.keys.len() { 0 } else { key + 1 };
            }
            let Some(body) = message.get_mut(self.body_at..self.body_at + self.stamped) else { continue };
            if let Some(place) = body.first_chunk_mut::<NUMBER>() {
                *place = Origin { producer: self.producer, number }.to_bytes();
            }
            if let Some(place) = body.get_mut(NUMBER..).and_then(|rest| rest.first_chunk_mut::<8>()) {
                *place = time.to_be_bytes();
            }
        }
        self.bytes.get(..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use warren_amqp091::frame::{FrameKind, decode_frame};
    use warren_amqp091::method::Method;

    use super::*;
    use crate::stamp::sent_at;

    /// Routing key and body of each message of a chunk.
    fn messages(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut found: Vec<(String, Vec<u8>)> = Vec::new();
        while !bytes.is_empty() {
            let (frame, length) = decode_frame(bytes, 4096).unwrap().unwrap();
            match frame.kind {
                FrameKind::Method => match Method::decode(frame.payload).unwrap() {
                    Method::Basic(basic::Method::Publish(publish)) => {
                        assert_eq!(publish.exchange, "x");
                        found.push((publish.routing_key.into(), Vec::new()));
                    }
                    other => panic!("{other:?}"),
                },
                FrameKind::Body => found.last_mut().unwrap().1.extend(frame.payload),
                _ => {}
            }
            bytes = &bytes[length..];
        }
        found
    }

    fn template(keys: &[&str], size: usize) -> Template {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let message = Message { exchange: "x", keys: &keys, properties: &[0x10, 0, 2], size };
        Template::new(&message, 3, 1, 4096)
    }

    #[test]
    fn messages_take_keys_in_turn_and_carry_their_number_and_time() {
        let mut template = template(&["q0", "q1", "q2"], 20);
        for first in [0, 7] {
            let found = messages(template.stamp(first, 5, 99));
            assert_eq!(found.len(), 5);
            for ((key, body), number) in found.iter().zip(first..) {
                assert_eq!(*key, format!("q{}", number % 3));
                assert_eq!(Origin::of(body), Some(Origin { producer: 3, number }));
                assert_eq!((sent_at(body), body.len(), &body[16..]), (Some(99), 20, &b"qrst"[..]));
            }
        }
    }

    #[test]
    fn a_body_carries_as_much_of_the_stamp_as_it_has_room_for() {
        let found = messages(template(&["q"], 8).stamp(5, 1, 99));
        assert_eq!(Origin::of(&found[0].1).unwrap().number, 5);
        assert_eq!(messages(template(&["q"], 3).stamp(5, 1, 99))[0].1, b"abc");
        assert_eq!(messages(template(&["q"], 0).stamp(5, 2, 99)).len(), 2);
    }

    #[test]
    fn a_body_larger_than_a_chunk_is_one_message_in_many_frames() {
        let mut template = template(&["q"], 300_000);
        assert_eq!(template.capacity(), 1);
        let found = messages(template.stamp(1, 9, 2));
        assert_eq!((found.len(), found[0].1.len()), (1, 300_000));
    }
}
