//! Buffers that begin on a block.

use memmap2::MmapMut;

use super::file_system::BLOCK;

/// A buffer of this capacity and more lies in huge pages of the operating system, where it has them.
const MAPPED: usize = 128 << 10;
const HUGE_PAGE: usize = 2 << 20;

/// A growing buffer whose bytes begin on a multiple of [`BLOCK`] in memory, as O_DIRECT demands.
///
/// It takes more memory than it needs and begins at the first aligned byte, which needs no `unsafe`.
///
/// What is written past the page cache is handed to the device page by page. A long buffer in pages of 4 KiB takes half as long again
/// to write as one in huge pages, and twice the processor's time.
#[derive(Debug, Default)]
pub(crate) struct AlignedBuffer {
    memory: Memory,
    start: usize,
    length: usize,
    capacity: usize,
}

#[derive(Debug)]
enum Memory {
    Heap(Vec<u8>),
    /// Pages that nobody else uses; only those that are touched take memory.
    Mapped(MmapMut),
}

impl Default for Memory {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Memory {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::Mapped(bytes) => bytes,
        }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::Mapped(bytes) => bytes,
        }
    }
}

impl AlignedBuffer {
    /// An empty buffer with room for at least so many bytes.
    fn with_capacity(capacity: usize) -> Self {
        if capacity >= MAPPED
            && let Some(buffer) = Self::mapped(capacity.next_multiple_of(HUGE_PAGE))
        {
            return buffer;
        }
        let memory = vec![0; capacity + BLOCK];
        let start = memory.as_ptr().align_offset(BLOCK).min(BLOCK);
        Self { memory: Memory::Heap(memory), start, length: 0, capacity }
    }

    fn mapped(capacity: usize) -> Option<Self> {
        let memory = MmapMut::map_anon(capacity.checked_add(HUGE_PAGE)?).ok()?;
        let start = memory.as_ptr().align_offset(HUGE_PAGE).min(HUGE_PAGE);
        // Without huge pages it is slower, not wrong.
        #[cfg(target_os = "linux")]
        let _advised = memory.advise_range(memmap2::Advice::HugePage, start, capacity);
        Some(Self { memory: Memory::Mapped(memory), start, length: 0, capacity })
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn capacity(&self) -> usize {
        self.capacity
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
        if needed <= self.capacity {
            return;
        }
        let capacity = needed.max(self.capacity.saturating_mul(2)).max(16 * BLOCK).next_multiple_of(BLOCK);
        let mut grown = Self::with_capacity(capacity);
        grown.extend(self.as_slice());
        *self = grown;
    }

    pub fn as_slice(&self) -> &[u8] {
        self.memory.bytes().get(self.start..self.start + self.length).unwrap_or_default()
    }

    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.memory.bytes_mut().get_mut(self.start..self.start + self.length).unwrap_or_default()
    }

    pub fn extend(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        let at = self.start + self.length;
        if let Some(to) = self.memory.bytes_mut().get_mut(at..at + bytes.len()) {
            to.copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }

    /// Appends zeros.
    pub fn extend_zeros(&mut self, count: usize) {
        self.reserve(count);
        let at = self.start + self.length;
        if let Some(to) = self.memory.bytes_mut().get_mut(at..at + count) {
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
        for step in 0..1200_u32 {
            let piece: Vec<u8> = (0..step * 7).map(|byte| (byte % 251) as u8).collect();
            buffer.extend(&piece);
            expected.extend_from_slice(&piece);
            buffer.extend_zeros(3);
            expected.extend_from_slice(&[0; 3]);
            assert_eq!(buffer.as_slice().as_ptr().align_offset(BLOCK), 0);
        }
        assert!(buffer.as_slice() == expected, "{} bytes", expected.len());
        assert!(matches!(buffer.memory, Memory::Mapped(_)) && expected.len() > 2 * HUGE_PAGE);
        buffer.clear();
        buffer.extend(b"again");
        buffer.extend_zeros(2);
        assert_eq!(buffer.as_slice(), b"again\0\0");
        buffer.release();
        assert_eq!(buffer.capacity(), 0);
    }
}
