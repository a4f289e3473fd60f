//! A queue's part in checkpoints and in recovery.

use std::collections::HashSet;

use super::queue::Queue;
use super::record::Times;
use super::snapshot::Input;
use crate::message::Message;

impl Queue {
    /// Appends the queue's number and what a checkpoint must keep of its messages.
    ///
    /// # Errors
    /// If messages cannot be moved to disk, in words.
    pub(crate) fn snapshot(&self, out: &mut Vec<u8>) -> Result<(), String> {
        if let Some(stream) = &self.stream {
            return stream.snapshot(out);
        }
        let mut state = self.state.lock();
        if state.deleted {
            return Ok(());
        }
        out.extend_from_slice(&self.id.to_le_bytes());
        state.messages.snapshot(out, &self.vault)
    }

    /// Takes back what [`snapshot`](Self::snapshot) wrote after the number. The value is the first sequence number
    /// that is unknown to the checkpoint.
    pub(crate) fn restore(&self, input: &mut Input<'_>) -> Option<u64> {
        if let Some(stream) = &self.stream {
            return stream.restore(input);
        }
        let mut state = self.state.lock();
        state.messages.restore(input, &self.vault)?;
        Some(state.messages.next_sequence)
    }

    /// Adds a message that the log brings back; earlier ones should have come before.
    pub(crate) fn restore_message(&self, message: &Message<'_>, sequence: u64) {
        if let Some(stream) = &self.stream {
            return stream.restore_message(message, sequence, 0);
        }
        self.state.lock().messages.restore_message(message, sequence, Times::default(), &self.vault);
    }

    /// Settles messages that are there, as the log says that they were.
    pub(crate) fn restore_settled(&self, first: u64, last: u64) {
        if let Some(stream) = &self.stream {
            return stream.restore_settled(first, last);
        }
        self.state.lock().messages.restore_settled(first, last);
    }

    /// Messages up to `sequence` were delivered before the last restart.
    pub(crate) fn restore_delivered(&self, sequence: u64) {
        if self.stream.is_some() {
            return;
        }
        let messages = &mut self.state.lock().messages;
        messages.delivered = messages.delivered.max(Some(sequence));
        messages.delivered_before = messages.delivered;
    }

    /// Everything is restored. Sequence numbers below `used_until` are not used again.
    pub(crate) fn end_restore(&self, used_until: u64) {
        if let Some(stream) = &self.stream {
            return stream.end_restore(used_until);
        }
        let messages = &mut self.state.lock().messages;
        messages.end_restore(&self.vault);
        messages.next_sequence = messages.next_sequence.max(used_until);
    }

    /// Moves messages to disk that are not read soon, as long as memory is short.
    pub(crate) fn relieve(&self) {
        if let Some(stream) = &self.stream {
            return stream.relieve();
        }
        self.state.lock().messages.relieve(&self.vault);
    }

    /// Forgets the messages in a segment that is lost. Returns how many there were.
    pub(crate) fn drop_segment(&self, number: u32) -> u64 {
        if let Some(stream) = &self.stream {
            return stream.drop_segment(number);
        }
        self.state.lock().messages.drop_page(number)
    }

    /// Numbers of the segments that the queue's messages are in.
    pub(crate) fn segment_numbers(&self) -> HashSet<u32> {
        if let Some(stream) = &self.stream {
            return stream.segment_numbers();
        }
        self.state.lock().messages.segment_numbers()
    }
}
