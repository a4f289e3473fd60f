//! A stream's part in checkpoints and in recovery.

use std::collections::HashSet;

use crate::front::stream::Stream;
use crate::pages::snapshot::Input;
use warren_model::message::Message;

impl Stream {
    /// Appends the queue's number and what a checkpoint must keep of its messages.
    ///
    /// # Errors
    /// If messages cannot be moved to disk, in words.
    pub(crate) fn snapshot(&self, out: &mut Vec<u8>) -> Result<(), String> {
        let mut state = self.lock();
        if state.deleted {
            return Ok(());
        }
        out.extend_from_slice(&self.id.to_le_bytes());
        state.log.snapshot(out, &self.context.memory)
    }

    /// Takes back what [`snapshot`](Self::snapshot) wrote after the number, in this or the first version. The value is
    /// the first offset that is unknown to the checkpoint.
    pub(crate) fn restore(&self, input: &mut Input<'_>, version: u16) -> Option<Vec<u64>> {
        let mut state = self.lock();
        state.log.restore(input, version, &self.context.memory)?;
        Some(vec![state.log.next_offset])
    }

    /// Adds a message that the log brings back; earlier ones should have come before.
    pub(crate) fn restore_message(&self, message: &Message<'_>, offset: u64, arrived_at: u64) {
        self.lock().log.restore_message(message, offset, arrived_at, &self.context.memory);
    }

    /// Takes messages out that are there, as the log says that they went.
    pub(crate) fn restore_settled(&self, first: u64, last: u64) {
        self.lock().log.restore_settled(first, last);
    }

    /// Everything is restored. Offsets below `used_until` are not used again.
    pub(crate) fn end_restore(&self, used_until: u64) {
        self.lock().log.end_restore(used_until, &self.context.memory);
    }

    /// Moves segments out of memory that are not read soon, as long as memory is short.
    pub(crate) fn relieve(&self) {
        self.lock().log.relieve(&self.context.memory);
    }

    /// Forgets the messages in a segment that is lost. Returns how many there were.
    pub(crate) fn drop_segment(&self, segment: u64) -> u64 {
        self.lock().log.drop_segment(segment)
    }

    /// Numbers of the segments that are kept on disk.
    pub(crate) fn segment_numbers(&self) -> HashSet<u64> {
        self.lock().log.saved().collect()
    }
}
