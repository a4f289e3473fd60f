//! Octets on their way out: a buffer, and large bodies that are sent from where they lie.

use bytes::Bytes;

/// See the module's description.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// Octets, without the parts in `shared`.
    pub bytes: Vec<u8>,
    /// Large parts, each with the position in `bytes` before which it belongs.
    pub shared: Vec<(usize, Bytes)>,
    /// Length of all parts in `shared`.
    shared_len: usize,
}

impl Outgoing {
    /// Bytes to send.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.len() + self.shared_len
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, keeping the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.shared.clear();
        self.shared_len = 0;
    }

    /// Adds a part that is sent from where it lies.
    pub fn push_shared(&mut self, part: Bytes) {
        self.shared_len += part.len();
        self.shared.push((self.bytes.len(), part));
    }
}
