//! Where a record stands in the log: its global sequence number.

use std::fmt;

/// The global sequence number of a record. It grows by one with every record over the whole life of a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(u64);

impl Position {
    /// Before the first record; always durable.
    pub const START: Self = Self(0);

    /// The position with this sequence number.
    pub const fn new(sequence: u64) -> Self {
        Self(sequence)
    }

    /// The sequence number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
