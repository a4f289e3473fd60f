//! What was appended and is not yet written.

use super::batch::Batch;
use super::header::COMMIT_HEADER;
use crate::error::StoreError;
use crate::fs::AlignedBuffer;
use crate::position::Position;

/// Records that were appended and not yet taken by the writer, laid out as the commit that they will be.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Room for the commit's header, then the records.
    pub buffer: AlignedBuffer,
    pub count: u32,
    /// Sequence number of the next record.
    pub next: u64,
    pub closing: bool,
    /// The device was full when the writer last tried.
    pub full: Option<StoreError>,
}

impl Pending {
    pub fn new(next: u64) -> Self {
        Self { buffer: AlignedBuffer::default(), count: 0, next, closing: false, full: None }
    }

    /// Puts a batch behind what is pending and empties it; returns the position of its last record, and whether nothing was pending.
    /// The caller has made sure that there is room.
    pub fn push(&mut self, batch: &mut Batch, epoch: u64) -> (Position, bool) {
        let was_idle = self.count == 0;
        if was_idle {
            self.buffer.clear();
            self.buffer.extend_zeros(COMMIT_HEADER);
        }
        let first = self.next;
        self.buffer.extend(batch.seal(epoch, first));
        self.count += batch.count();
        self.next = first + u64::from(batch.count());
        batch.clear();
        (Position::new(self.next - 1), was_idle)
    }
}
