//! Writing primitive types, with the packing of consecutive bits that methods need.

use crate::constants::MAX_SHORT_STR;

/// The longest beginning of `text` that fits into a short string and does not cut a character in two.
pub(crate) fn short(text: &str) -> &str {
    let mut end = text.len().min(MAX_SHORT_STR);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Appends a short string; what is beyond 255 octets is left out, so that the frame stays well-formed.
#[inline]
pub(crate) fn put_short_str(out: &mut Vec<u8>, text: &str) {
    let text = short(text);
    // At most 255 octets long.
    out.push(text.len() as u8);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a long string. No buffer of this crate's callers comes near 4 GiB; what does is cut there.
#[inline]
pub(crate) fn put_long_str(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes.get(..len as usize).unwrap_or(bytes));
}

/// Appends the arguments of a method.
pub(crate) struct Encoder<'o> {
    out: &'o mut Vec<u8>,
    bits: u8,
    count: u8,
}

impl<'o> Encoder<'o> {
    #[inline]
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Encoder { out, bits: 0, count: 0 }
    }

    /// Where to append a field that is not a bit.
    #[inline]
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        self.flush();
        self.out
    }

    /// Appends a bit: up to eight that follow each other share an octet, lowest first (specification 4.2.5.2).
    #[inline]
    pub(crate) fn bit(&mut self, bit: bool) {
        if self.count == 8 {
            self.flush();
        }
        self.bits |= u8::from(bit) << self.count;
        self.count += 1;
    }

    /// Appends the octet of bits gathered so far, if there are any.
    #[inline]
    pub(crate) fn flush(&mut self) {
        if self.count > 0 {
            self.out.push(self.bits);
            self.bits = 0;
            self.count = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_between_characters() {
        let long = "é".repeat(200);
        let cut = short(&long);
        assert_eq!(cut.len(), 254);
        assert!(long.starts_with(cut));
        assert_eq!(short("short"), "short");
    }

    #[test]
    fn bits_share_octets_until_something_else_comes() {
        let mut out = Vec::new();
        let mut e = Encoder::new(&mut out);
        for i in 0..9 {
            e.bit(i % 2 == 0);
        }
        e.out().push(7);
        e.bit(true);
        e.flush();
        assert_eq!(out, [0b0101_0101, 1, 7, 1]);
    }
}
