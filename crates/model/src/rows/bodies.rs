//! The bodies of a row, wherever they lie.

use crate::message::Message;

/// See the module's description. Its two kinds are told apart once for a row, and not for each body.
#[derive(Debug, Clone, Copy)]
pub enum RowBodies<'a> {
    /// Of messages on their way in.
    Messages(&'a [Message<'a>]),
    /// Of messages that rest: records one behind the other.
    Records {
        /// The records, a whole number of them.
        records: &'a [u8],
        /// Length of a record in bytes, at least 1.
        size: usize,
        /// Octets of a record before its body.
        head: usize,
    },
}

impl<'a> RowBodies<'a> {
    /// How many they are.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Messages(messages) => messages.len(),
            Self::Records { records, size, .. } => records.len() / (*size).max(1),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        match *self {
            Self::Messages(messages) => messages.get(index).map(|message| message.body.as_slice()),
            Self::Records { records, size, head } => {
                records.chunks_exact(size.max(1)).nth(index)?.get(head..)
            }
        }
    }

    /// One after the other: for whoever looks at each.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let bodies = *self;
        (0..bodies.len()).filter_map(move |index| bodies.get(index))
    }
}
