//! Reading integers out of bytes that may be anything, and buffers that begin on a block.

use crate::header::BLOCK;

/// Takes little-endian fields off the front of a slice; `None` when it is too short.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(head)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// A growing buffer whose bytes begin on a multiple of [`BLOCK`] in memory, as O_DIRECT demands.
///
/// It takes one block more than it needs and begins at the first aligned byte, which needs no `unsafe`.
#[derive(Debug, Default)]
pub(crate) struct AlignedBuffer {
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl AlignedBuffer {
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn capacity(&self) -> usize {
        self.memory.len().saturating_sub(BLOCK)
    }

    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Gives the memory back.
    pub fn release(&mut self) {
        *self = Self::default();
    }

    /// Makes room for `more` bytes; capacity doubles, and is always whole blocks.
    pub fn reserve(&mut self, more: usize) {
        let needed = self.length.saturating_add(more);
        if needed <= self.capacity() {
            return;
        }
        let capacity = needed.max(self.capacity().saturating_mul(2)).max(16 * BLOCK).next_multiple_of(BLOCK);
        let mut grown = Self { memory: vec![0; capacity + BLOCK], start: 0, length: self.length };
        grown.start = grown.memory.as_ptr().align_offset(BLOCK).min(BLOCK);
        if let (Some(to), Some(from)) =
            (grown.memory.get_mut(grown.start..grown.start + self.length), self.filled())
        {
            to.copy_from_slice(from);
        }
        *self = grown;
    }

    fn filled(&self) -> Option<&[u8]> {
        self.memory.get(self.start..self.start + self.length)
    }

    pub fn as_slice(&self) -> &[u8] {
        self.filled().unwrap_or_default()
    }

    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.start..self.start + self.length).unwrap_or_default()
    }

    pub fn extend(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        let at = self.start + self.length;
        if let Some(to) = self.memory.get_mut(at..at + bytes.len()) {
            to.copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }

    /// Appends zeros.
    pub fn extend_zeros(&mut self, count: usize) {
        self.reserve(count);
        let at = self.start + self.length;
        if let Some(to) = self.memory.get_mut(at..at + count) {
            to.fill(0);
            self.length += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_buffer_keeps_its_bytes_and_its_alignment_while_it_grows() {
        let mut buffer = AlignedBuffer::default();
        let mut expected = Vec::new();
        for step in 0..200_u32 {
            let piece: Vec<u8> = (0..step * 7).map(|byte| (byte % 251) as u8).collect();
            buffer.extend(&piece);
            expected.extend_from_slice(&piece);
            buffer.extend_zeros(3);
            expected.extend_from_slice(&[0; 3]);
            assert_eq!(buffer.as_slice().as_ptr().align_offset(BLOCK), 0);
        }
        assert_eq!(buffer.as_slice(), expected);
        buffer.clear();
        buffer.extend(b"again");
        buffer.extend_zeros(2);
        assert_eq!(buffer.as_slice(), b"again\0\0");
        buffer.release();
        assert_eq!(buffer.capacity(), 0);
    }
}
