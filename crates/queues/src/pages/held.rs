//! Messages that are taken out of a page: where they lie, and what is needed to settle them.

/// Where a message lies: page number (counted from the queue's beginning) and byte offset in that page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Number of the page, ever increasing within a queue.
    pub page: u32,
    /// Byte offset of the record in its page.
    pub offset: u32,
}

/// A message that is out for delivery: what is needed to settle it or to put it back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Held {
    /// Position of the message in the order of the queue.
    pub sequence: u64,
    /// Where its bytes lie.
    pub place: Place,
    /// Length of its body in bytes.
    pub body_len: u32,
    /// Whether the log knows it.
    pub persistent: bool,
}
