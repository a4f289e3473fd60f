//! Random numbers for choices that need not be secret, such as which queue gets a message.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the state of [`Randomness`] grows by: an odd number, so that it comes to every value before it repeats one.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A source of such numbers that many may draw from at once. The same seed gives the same numbers.
#[derive(Debug, Default)]
pub struct Randomness(AtomicU64);

impl Randomness {
    /// Numbers that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number.
    pub fn draw(&self) -> u64 {
        mix(self.0.fetch_add(STEP, Ordering::Relaxed))
    }
}

/// Another number that looks unrelated to `number`, though it follows from it: every bit depends on every bit.
pub(crate) fn mix(mut number: u64) -> u64 {
    number ^= number >> 32;
    number = number.wrapping_mul(0xd6e8_feb8_6659_fd93);
    number ^= number >> 32;
    number = number.wrapping_mul(0xd6e8_feb8_6659_fd93);
    number ^ (number >> 32)
}

/// A number below `count` that follows from `random`; 0 if there is none.
pub(crate) fn below(random: u64, count: usize) -> usize {
    // The product's upper half: all values come about equally often, and no division is needed.
    ((u128::from(random) * count as u128) >> 64) as usize
}

/// A number that follows from `bytes` alone, in this and every other run of any version: what is routed by it stays where it was.
pub(crate) fn stable_hash(bytes: &[u8]) -> u64 {
    let folded = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    mix(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let draw = |seed| {
            let source = Randomness::new(seed);
            (0..4).map(|_| source.draw()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(7)[0], draw(7)[1]);
    }

    #[test]
    fn all_places_come_about_equally_often() {
        let source = Randomness::new(1);
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[below(source.draw(), counts.len())] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
        assert_eq!(below(u64::MAX, 0), 0);
        assert_eq!(below(u64::MAX, 3), 2);
    }

    #[test]
    fn hashes_stay_what_they_are() {
        assert_eq!(stable_hash(b""), 0x2180_a923_50d4_9cce);
        assert_eq!(stable_hash(b"order 1"), 0x8738_57c9_9f7a_28c0);
    }
}
