//! The stamp at the front of a body: who sent the message, its number, and when.

use std::time::{SystemTime, UNIX_EPOCH};

/// Octets of a whole stamp. Smaller bodies carry only the number, or nothing.
pub const STAMP: usize = 16;

/// Octets of the part that names producer and number.
pub const NUMBER: usize = 8;

/// Bits of the number of a message; the others of its 64 bits name the producer.
const NUMBER_BITS: u32 = 48;

/// The most producers that a stamp can tell apart.
pub const MOST_PRODUCERS: usize = 1 << (64 - NUMBER_BITS);

/// Who sent a message, and which of his it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The producer.
    pub producer: u16,
    /// Its message, counted from nought.
    pub number: u64,
}

impl Origin {
    /// As the first octets of a body.
    pub fn to_bytes(self) -> [u8; NUMBER] {
        (u64::from(self.producer) << NUMBER_BITS | self.number).to_be_bytes()
    }

    /// From the first octets of a body; `None` when it is too short.
    #[inline]
    pub fn of(body: &[u8]) -> Option<Self> {
        let word = u64::from_be_bytes(*body.first_chunk()?);
        Some(Self { producer: (word >> NUMBER_BITS) as u16, number: word & ((1 << NUMBER_BITS) - 1) })
    }
}

/// When the message was sent, in nanoseconds since 1970; `None` when the body is too short to say.
#[inline]
pub fn sent_at(body: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*body.get(NUMBER..)?.first_chunk()?))
}

/// Nanoseconds since 1970: a clock that producers and consumers in different processes share.
#[inline]
pub fn wall_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_it_was_written() {
        let origin = Origin { producer: 513, number: (1 << 48) - 2 };
        assert_eq!(Origin::of(&origin.to_bytes()), Some(origin));
        assert_eq!(Origin::of(&[1; 7]), None);
        let body = [&[0; 8][..], &7u64.to_be_bytes()].concat();
        assert_eq!((sent_at(&body), sent_at(&body[..15])), (Some(7), None));
    }
}
