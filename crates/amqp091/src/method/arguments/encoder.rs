//! Writing the arguments of methods, with the packing of consecutive bits.

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
