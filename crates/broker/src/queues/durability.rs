//! A queue's part in checkpoints and in recovery.

use std::collections::HashSet;

use super::pages::Saved;
use super::queue::Queue;
use super::snapshot::Input;
use crate::message::Message;

impl Queue {
    /// Appends the queue's number and what a checkpoint must keep of its messages.
    ///
    /// # Errors
    /// If messages cannot be moved to disk, in words.
    pub(crate) fn snapshot(&self, out: &mut Vec<u8>) -> Result<(), String> {
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
        let mut state = self.state.lock();
        state.messages.restore(input, &self.vault)?;
        Some(state.messages.next_sequence)
    }

    /// Adds a message that the log brings back; earlier ones must have come before.
    pub(crate) fn restore_message(&self, message: &Message<'_>, sequence: u64) {
        self.state.lock().messages.restore_message(message, sequence, &self.vault);
    }

    /// Settles messages as the log says that they were. Returns how many were found.
    pub(crate) fn restore_settled(&self, first: u64, last: u64) -> u64 {
        self.state.lock().messages.restore_settled(first, last)
    }

    /// Messages up to `sequence` were delivered before the last restart.
    pub(crate) fn restore_delivered(&self, sequence: u64) {
        let messages = &mut self.state.lock().messages;
        messages.delivered = messages.delivered.max(Some(sequence));
        messages.delivered_before = messages.delivered;
    }

    /// Everything is restored.
    pub(crate) fn end_restore(&self) {
        self.state.lock().messages.end_restore(&self.vault);
    }

    /// Numbers of the segments that the queue's messages are in.
    pub(crate) fn segment_numbers(&self) -> HashSet<u32> {
        let messages = &self.state.lock().messages;
        let numbered = messages.pages.iter().enumerate();
        let saved = numbered.filter(|(_, page)| page.saved != Saved::No);
        saved.map(|(index, _)| messages.first_page.wrapping_add(index as u32)).collect()
    }
}
