//! Which channel numbers are in use, and how far each is.

/// How far a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Slot {
    /// The number is free.
    #[default]
    Closed,
    /// Methods may come.
    Open,
    /// A publish came, and its content is being put together: content frames must come.
    Content,
    /// The server sent `channel.close`: all but close-ok is dropped.
    Closing,
    /// Both sent `channel.close` at once, and the client's was answered: the number may be opened again, and a close-ok to the
    /// server's may still come.
    Crossed,
}

/// The channels of a connection: an octet each, as far as the highest number used.
#[derive(Debug, Default)]
pub(super) struct Channels {
    slots: Vec<Slot>,
    used: usize,
}

impl Channels {
    #[inline]
    pub(super) fn get(&self, channel: u16) -> Slot {
        self.slots.get(usize::from(channel)).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, channel: u16, to: Slot) {
        let at = usize::from(channel);
        if at >= self.slots.len() {
            self.slots.resize(at + 1, Slot::Closed);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            let counts = |slot: Slot| usize::from(!matches!(slot, Slot::Closed | Slot::Crossed));
            self.used = self.used + counts(to) - counts(*slot);
            *slot = to;
        }
    }

    /// How many numbers are not free.
    pub(super) fn used(&self) -> usize {
        self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_in_use() {
        let mut channels = Channels::default();
        assert_eq!(channels.get(65_535), Slot::Closed);
        channels.set(3, Slot::Open);
        channels.set(1, Slot::Open);
        channels.set(3, Slot::Content);
        assert_eq!((channels.used(), channels.get(3), channels.get(2)), (2, Slot::Content, Slot::Closed));
        channels.set(3, Slot::Closing);
        channels.set(3, Slot::Crossed);
        assert_eq!(channels.used(), 1);
        channels.set(3, Slot::Closed);
        channels.set(1, Slot::Closed);
        assert_eq!(channels.used(), 0);
    }
}
