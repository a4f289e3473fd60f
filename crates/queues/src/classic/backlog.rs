//! The messages of a queue by priority: one [`Messages`] for each level that ever had any, nearly always one.
//!
//! A level numbers its messages for itself; the highest octet of a sequence number says which level it is of.

use std::collections::HashSet;
use warren_model::message::Stored;

use crate::classic::messages::{Messages, Taken};
use crate::pages::held::Held;
use crate::pages::page_memory::PageMemory;
use crate::pages::record::Times;
use crate::pages::snapshot::Input;
use warren_model::message::Message;

/// Where the level stands in a sequence number.
pub(crate) const LEVEL_SHIFT: u32 = 56;

/// Level of a sequence number.
pub fn level_of(sequence: u64) -> u8 {
    (sequence >> LEVEL_SHIFT) as u8
}

/// The first sequence number of a level.
pub fn first_of(level: u8) -> u64 {
    u64::from(level) << LEVEL_SHIFT
}

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// Level 0.
    base: Messages,
    /// Those above, as far as they are used.
    higher: Vec<Messages>,
}

impl Backlog {
    /// No messages yet, of queue number `queue`.
    pub(crate) fn new(queue: u64) -> Self {
        Self { base: Messages::new(queue, 0), higher: Vec::new() }
    }

    /// All levels, the lowest first.
    pub(crate) fn levels(&self) -> impl DoubleEndedIterator<Item = &Messages> {
        std::iter::once(&self.base).chain(&self.higher)
    }

    pub(crate) fn levels_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Messages> {
        std::iter::once(&mut self.base).chain(&mut self.higher)
    }

    /// A level, if it is used.
    #[inline]
    pub(crate) fn level(&mut self, level: u8) -> Option<&mut Messages> {
        match usize::from(level).checked_sub(1) {
            None => Some(&mut self.base),
            Some(index) => self.higher.get_mut(index),
        }
    }

    /// A level, which is used from now on.
    #[inline]
    pub(crate) fn open_level(&mut self, level: u8) -> &mut Messages {
        if level == 0 {
            return &mut self.base;
        }
        let queue = self.base.queue;
        while self.higher.len() < usize::from(level) {
            let next = self.higher.len() as u8 + 1;
            self.higher.push(Messages::new(queue, next));
        }
        match usize::from(level).checked_sub(1).and_then(|index| self.higher.get_mut(index)) {
            Some(messages) => messages,
            None => &mut self.base,
        }
    }

    fn sum(&self, what: impl Fn(&Messages) -> u64) -> u64 {
        what(&self.base) + self.higher.iter().map(what).sum::<u64>()
    }

    /// How many messages can be taken.
    pub(crate) fn ready(&self) -> u64 {
        self.sum(Messages::ready)
    }

    pub(crate) fn ready_bytes(&self) -> u64 {
        self.sum(Messages::ready_bytes)
    }

    pub(crate) fn unsettled(&self) -> u64 {
        self.sum(Messages::unsettled)
    }

    pub(crate) fn unsettled_bytes(&self) -> u64 {
        self.sum(Messages::unsettled_bytes)
    }

    pub(crate) fn memory(&self) -> usize {
        self.sum(|level| level.memory() as u64) as usize
    }

    /// Adds a message that is delivered in the same moment; see [`Messages::push_taken`].
    pub(crate) fn push_taken(
        &mut self,
        level: u8,
        message: &Message<'_>,
        times: Times,
        memory: &PageMemory,
    ) -> Held {
        self.open_level(level).push_taken(message, times, memory)
    }

    /// Gives messages that go through without being stored their sequence numbers, and returns the first.
    #[inline]
    pub(crate) fn pass_by(&mut self, count: u64) -> u64 {
        self.base.skip_sequences(count)
    }

    /// The highest level that has any message to take, if one has.
    #[inline]
    pub(crate) fn next_level(&mut self) -> &mut Messages {
        self.higher.iter_mut().rfind(|level| level.ready() > 0).unwrap_or(&mut self.base)
    }

    /// The message that would be taken next: the first of the highest level that has any.
    pub(crate) fn peek(&mut self, memory: &PageMemory) -> Option<(Taken, Stored<'_>)> {
        self.next_level().peek(memory)
    }

    /// Takes the message that [`peek`](Self::peek) showed.
    pub(crate) fn take(&mut self, taken: &Taken, memory: &PageMemory) {
        if let Some(level) = self.level(level_of(taken.held.sequence)) {
            level.take(taken, memory);
        }
    }

    /// Frees a message that was taken.
    pub(crate) fn settle(&mut self, held: &Held, memory: &PageMemory) {
        if let Some(level) = self.level(level_of(held.sequence)) {
            level.settle(held, memory);
        }
    }

    /// Puts a message that was taken back to its old place.
    pub(crate) fn put_back(&mut self, held: &Held) {
        if let Some(level) = self.level(level_of(held.sequence)) {
            level.put_back(held);
        }
    }

    /// A message that was taken.
    pub(crate) fn read(&mut self, held: &Held, memory: &PageMemory) -> Option<Stored<'_>> {
        self.level(level_of(held.sequence))?.read(held, memory)
    }

    /// Drops all messages that are ready, telling each, and returns how many there were.
    pub(crate) fn purge(&mut self, memory: &PageMemory, mut dropped: impl FnMut(&Held)) -> u64 {
        self.levels_mut().map(|level| level.purge(memory, &mut dropped)).sum()
    }

    /// Gives all pages back: the queue is deleted.
    pub(crate) fn clear(&mut self, memory: &PageMemory) {
        self.levels_mut().for_each(|level| level.clear(memory));
    }

    /// Moves pages to disk that are not read soon, as long as memory is short.
    pub(crate) fn relieve(&mut self, memory: &PageMemory) {
        self.levels_mut().for_each(|level| level.relieve(memory));
    }

    /// The levels whose deliveries went on since the last call, as the sequence numbers that they have come to.
    pub(crate) fn take_delivered(&mut self) -> impl Iterator<Item = u64> {
        self.levels_mut().filter_map(Messages::take_delivered)
    }

    /// Numbers of the segments that messages are in.
    pub(crate) fn segment_numbers(&self) -> HashSet<u64> {
        self.levels().flat_map(Messages::segment_numbers).collect()
    }

    /// Forgets a page whose segment is lost. Returns how many messages went with it.
    pub(crate) fn drop_segment(&mut self, segment: u64) -> u64 {
        self.levels_mut().map(|level| level.drop_segment(segment)).sum()
    }

    /// Appends what a checkpoint must keep: number of levels, then each.
    ///
    /// # Errors
    /// If a segment cannot be written, in words.
    pub(crate) fn snapshot(&mut self, out: &mut Vec<u8>, memory: &PageMemory) -> Result<(), String> {
        out.extend_from_slice(&(self.higher.len() as u32 + 1).to_le_bytes());
        self.levels_mut().try_for_each(|level| level.snapshot(out, memory))
    }

    /// Takes back what [`snapshot`](Self::snapshot) wrote, or its first version, which had one level.
    pub(crate) fn restore(&mut self, input: &mut Input<'_>, version: u16, memory: &PageMemory) -> Option<()> {
        let levels = if version > 1 { input.u32()? } else { 1 };
        for level in 0..levels {
            self.open_level(u8::try_from(level).ok()?).restore(input, memory)?;
        }
        Some(())
    }

    /// Adds a message that the log brings back.
    pub(crate) fn restore_message(
        &mut self,
        message: &Message<'_>,
        sequence: u64,
        times: Times,
        memory: &PageMemory,
    ) {
        self.open_level(level_of(sequence)).restore_message(message, sequence, times, memory);
    }

    /// Settles messages of one level that are ready, as the log says that they were.
    pub(crate) fn restore_settled(&mut self, first: u64, last: u64) {
        if let Some(level) = self.level(level_of(first)) {
            level.restore_settled(first, last);
        }
    }

    /// Messages of a level up to `sequence` were delivered before the last restart.
    pub(crate) fn restore_delivered(&mut self, sequence: u64) {
        let level = self.open_level(level_of(sequence));
        level.delivered = level.delivered.max(Some(sequence));
        level.delivered_before = level.delivered;
    }

    /// Everything of a level is restored; sequence numbers below `used_until` are not used again.
    pub(crate) fn end_restore(&mut self, level: u8, used_until: u64, memory: &PageMemory) {
        let level = self.open_level(level);
        level.end_restore(memory);
        level.take_delivered();
        level.next_sequence = level.next_sequence.max(used_until);
    }
}
