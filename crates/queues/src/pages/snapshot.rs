//! One page in a checkpoint. See `classic/snapshot.rs` for the octets.

use crate::pages::page::{Page, Saved};
use crate::pages::page_memory::PageMemory;

/// A page up to this length goes into the checkpoint itself, so that many small queues do not make many files (bytes).
pub(crate) const INLINE: usize = 16 * 1024;
const IN_SEGMENT: u32 = u32::MAX;

/// Reads one page.
pub(crate) fn restore_page(input: &mut Input<'_>) -> Option<Page> {
    let (len, live, bytes) = (input.u32()?, input.u32()?, input.u64()?);
    let sequences = (input.u64()?, input.u64()?);
    let settled: Option<_> = (0..input.u32()?).map(|_| input.u64()).collect();
    let content_len = input.u32()?;
    let mut page = Page::restored(len, live, bytes, sequences, settled?);
    if content_len != IN_SEGMENT {
        page.saved = Saved::No;
        page.load_inline(input.take(content_len as usize)?.to_vec());
    }
    Some(page)
}

/// Appends one page; one that is too large for the checkpoint is moved to its segment.
pub(crate) fn put_page(
    out: &mut Vec<u8>,
    queue: u64,
    segment: u64,
    page: &mut Page,
    memory: &PageMemory,
) -> Result<(), String> {
    let inline = page.is_resident() && page.saved == Saved::No && page.weight() <= INLINE;
    if !inline && !memory.save(queue, segment, page) {
        return Err(format!("segment {segment} of queue {queue} cannot be moved to disk"));
    }
    // The level, which is in the other half, is known from where the page stands.
    let number = segment as u32;
    for word in [number, page.len(), page.live_persistent] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&page.persistent_bytes.to_le_bytes());
    out.extend_from_slice(&page.sequences.0.to_le_bytes());
    out.extend_from_slice(&page.sequences.1.to_le_bytes());
    let settled = page.settled();
    out.extend_from_slice(&(settled.len() as u32).to_le_bytes());
    settled.iter().for_each(|sequence| out.extend_from_slice(&sequence.to_le_bytes()));
    if inline {
        let content = page.content();
        out.extend_from_slice(&(content.len() as u32).to_le_bytes());
        out.extend_from_slice(&content);
    } else {
        // From now on the segment must stay until the checkpoint after this one.
        page.saved = Saved::Referenced;
        out.extend_from_slice(&IN_SEGMENT.to_le_bytes());
    }
    Ok(())
}

/// Bytes that are read from their front.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    /// The next number.
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// The next number.
    pub fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}
