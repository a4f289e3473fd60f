//! How a message lies in the log: lengths of exchange name, routing key (one byte each) and properties (four,
//! little-endian); when it came, in milliseconds since 1970 (eight), if the highest bit of the last length is set; then
//! these three and the body. The next bit says that the properties end with the broker's annotations.

use bytes::Bytes;

use super::{Body, Message, SHARED_BODY_MIN};

/// Set in the length of the properties where the time follows.
const STAMPED: u32 = 1 << 31;
/// Set there where the broker's annotations end the properties.
const NOTED: u32 = 1 << 30;

/// Gives the parts of a message's record to `log`. `arrived_at` is kept where it matters.
pub fn write(message: &Message<'_>, arrived_at: Option<u64>, log: impl FnOnce(&[&[u8]])) {
    let stamped = if arrived_at.is_some() { STAMPED } else { 0 };
    let annotated = if message.annotated { NOTED } else { 0 };
    let [p0, p1, p2, p3] = (message.properties.len() as u32 | stamped | annotated).to_le_bytes();
    let lengths = [message.exchange.len() as u8, message.routing_key.len() as u8, p0, p1, p2, p3];
    let (exchange, key) = (message.exchange.as_bytes(), message.routing_key.as_bytes());
    let stamp = arrived_at.map(u64::to_le_bytes);
    let stamp = stamp.as_ref().map_or(&[] as &[u8], |stamp| stamp);
    log(&[&lengths, stamp, exchange, key, message.properties, message.body.as_slice()]);
}

/// The message of a record, and when it came (0 where that was not kept); `None` if it is none.
pub fn read(record: &[u8]) -> Option<(Message<'_>, u64)> {
    let (&[exchange, key, p0, p1, p2, p3], rest) = record.split_first_chunk()?;
    let properties = u32::from_le_bytes([p0, p1, p2, p3]);
    let (arrived_at, rest) = match properties & STAMPED {
        0 => (0, rest),
        _ => rest.split_first_chunk().map(|(stamp, rest)| (u64::from_le_bytes(*stamp), rest))?,
    };
    let (exchange, rest) = rest.split_at_checked(usize::from(exchange))?;
    let (routing_key, rest) = rest.split_at_checked(usize::from(key))?;
    let annotated = properties & NOTED != 0;
    let (properties, body) = rest.split_at_checked((properties & !(STAMPED | NOTED)) as usize)?;
    let body = match body.len() {
        SHARED_BODY_MIN.. => Body::Shared(Bytes::copy_from_slice(body)),
        _ => Body::Inline(body),
    };
    let message = Message {
        exchange: std::str::from_utf8(exchange).ok()?,
        routing_key: std::str::from_utf8(routing_key).ok()?,
        properties,
        body,
        frames: &[],
        persistent: true,
        mandatory: false,
        annotated,
    };
    Some((message, arrived_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for (arrived_at, annotated) in [(None, false), (Some(7), false), (None, true), (Some(7), true)] {
            let message = Message {
                exchange: "e",
                routing_key: "a.key",
                properties: &[0, 0],
                body: Body::Inline(b"body"),
                frames: &[],
                persistent: true,
                mandatory: false,
                annotated,
            };
            let mut record = Vec::new();
            write(&message, arrived_at, |parts| record = parts.concat());
            let (read, stamp) = read(&record).unwrap();
            assert_eq!(stamp, arrived_at.unwrap_or_default());
            assert_eq!((read.exchange, read.routing_key, read.properties), ("e", "a.key", &[0, 0][..]));
            assert_eq!((read.body.as_slice(), read.annotated), (&b"body"[..], annotated));
            assert!((0..record.len() - 4).all(|length| super::read(&record[..length]).is_none()));
        }
    }
}
