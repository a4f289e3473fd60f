//! CRC32C (Castagnoli), the one checksum of the store.
//!
//! On x86-64 three lanes of the processor's own CRC instruction run side by side, because each step of one lane has to wait three
//! cycles for the one before it; a carry-less multiplication joins the lanes. `crc-fast` does the same for long inputs, but at the size
//! of a message it takes twice as long: 96 ns for a KiB against 47 ns. Elsewhere `crc-fast` does it all.

/// CRC32C of the bytes.
#[inline]
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("sse4.2") && is_x86_feature_detected!("pclmulqdq") {
        // SAFETY: the processor has just said that it knows these instructions.
        #[allow(
            unsafe_code,
            reason = "measured: half the time; calling what needs a feature has no safe form"
        )]
        return unsafe { lanes::crc32c(bytes) };
    }
    crc_fast::crc32_iscsi(bytes)
}

#[cfg(target_arch = "x86_64")]
mod lanes {
    use std::arch::x86_64::{
        _mm_clmulepi64_si128, _mm_crc32_u8, _mm_crc32_u32, _mm_crc32_u64, _mm_cvtsi128_si64, _mm_set_epi64x,
    };

    /// The polynomial, its bits in reverse order.
    const CASTAGNOLI: u32 = 0x82F6_3B78;
    /// The most words of 8 bytes that one lane takes before the lanes are joined.
    const LONGEST: usize = 128;
    /// Shorter lanes are not worth the joining.
    const SHORTEST: usize = 4;
    /// What a sum is multiplied with to move it past so many words.
    static PAST: [u32; 2 * LONGEST + 1] = past();

    /// `x^(64 n - 33)` for every `n`: the instruction that reduces the product multiplies it by `x^32`, and the product of two
    /// reversed numbers lacks one `x`.
    #[allow(clippy::indexing_slicing, reason = "it is computed while compiling, where there is no other way")]
    const fn past() -> [u32; 2 * LONGEST + 1] {
        let mut table = [0; 2 * LONGEST + 1];
        // x^31 is the lowest bit.
        let mut power = 1_u32;
        let mut words = 1;
        while words < table.len() {
            table[words] = power;
            let mut bit = 0;
            while bit < 64 {
                power = (power >> 1) ^ if power & 1 == 1 { CASTAGNOLI } else { 0 };
                bit += 1;
            }
            words += 1;
        }
        table
    }

    #[target_feature(enable = "sse4.2,pclmulqdq")]
    pub(super) fn crc32c(bytes: &[u8]) -> u32 {
        let (mut words, tail) = bytes.as_chunks::<8>();
        let mut sum = u64::from(u32::MAX);
        loop {
            let lane = (words.len() / 3).min(LONGEST);
            if lane < SHORTEST {
                break;
            }
            let (first, rest) = words.split_at(lane);
            let (second, rest) = rest.split_at(lane);
            let (third, rest) = rest.split_at(lane);
            sum = joined(sum, first, second, third);
            words = rest;
        }
        for word in words {
            sum = _mm_crc32_u64(sum, u64::from_le_bytes(*word));
        }
        finish(sum, tail)
    }

    /// Goes on from `sum` over three lanes of the same length.
    #[target_feature(enable = "sse4.2,pclmulqdq")]
    #[inline]
    fn joined(sum: u64, first: &[[u8; 8]], second: &[[u8; 8]], third: &[[u8; 8]]) -> u64 {
        let (mut a, mut b, mut c) = (sum, 0, 0);
        let mut lanes = first.iter().zip(second).zip(third);
        let last = lanes.next_back();
        for ((x, y), z) in lanes {
            a = _mm_crc32_u64(a, u64::from_le_bytes(*x));
            b = _mm_crc32_u64(b, u64::from_le_bytes(*y));
            c = _mm_crc32_u64(c, u64::from_le_bytes(*z));
        }
        let Some(((x, y), z)) = last else { return sum };
        a = _mm_crc32_u64(a, u64::from_le_bytes(*x));
        b = _mm_crc32_u64(b, u64::from_le_bytes(*y));
        let lane = first.len();
        // What the first two lanes left is put before the last word of the third, which reduces it as well.
        let past = |words| PAST.get(words).copied().unwrap_or_default();
        let moved = product(a, past(2 * lane)) ^ product(b, past(lane));
        _mm_crc32_u64(c, u64::from_le_bytes(*z) ^ moved)
    }

    #[target_feature(enable = "sse4.2,pclmulqdq")]
    #[inline]
    fn product(sum: u64, factor: u32) -> u64 {
        let pair = _mm_set_epi64x(i64::from(factor), sum.cast_signed());
        _mm_cvtsi128_si64(_mm_clmulepi64_si128::<0x01>(pair, pair)).cast_unsigned()
    }

    /// Takes what is left after the last whole word.
    #[target_feature(enable = "sse4.2,pclmulqdq")]
    #[inline]
    fn finish(sum: u64, tail: &[u8]) -> u32 {
        // The instruction leaves the upper half zero.
        let mut sum = u32::try_from(sum).unwrap_or_default();
        let (quads, tail) = tail.as_chunks::<4>();
        for quad in quads {
            sum = _mm_crc32_u32(sum, u32::from_le_bytes(*quad));
        }
        for byte in tail {
            sum = _mm_crc32_u8(sum, *byte);
        }
        !sum
    }
}

#[cfg(test)]
mod tests {
    use super::crc32c;

    #[test]
    fn it_is_castagnoli() {
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
        assert_eq!(crc32c(b""), 0);
    }

    #[test]
    fn every_length_and_alignment_gives_what_another_implementation_gives() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let lengths =
            (0..1_300).chain((1_300..19_900).step_by(97)).chain([3_071, 3_072, 3_073, 6_144, 9_216]);
        for length in lengths {
            let start = length % 17;
            let part = &bytes[start..start + length];
            assert_eq!(crc32c(part), crc_fast::crc32_iscsi(part), "{length} bytes from {start}");
        }
    }
}
