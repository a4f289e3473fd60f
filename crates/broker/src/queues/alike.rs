//! Records in a row that differ in number and the octets of their bodies alone, as those of a busy publisher do: what is the same for
//! all of them is written, and looked at, once.

use super::messages::{Held, Place};
use super::record::{FLAGS_AT, HEADER, LIKE, SEQUENCE_AT, SIZE_AT};
use crate::repetition::LastPiece;
use warren_model::message::Message;

/// Length of the part of a header that is the same for all in a row.
const FIXED: usize = SEQUENCE_AT;

/// Makes a copy of the header of a record, which must not be settled, that of one with this number which is like it.
#[inline]
fn become_like(header: &mut [u8; HEADER], sequence: u64) {
    header[FLAGS_AT] |= LIKE;
    header[SEQUENCE_AT..].copy_from_slice(&sequence.to_le_bytes());
}

/// Appends records of messages that are like that of the last record, which begins at `before`, with numbers from `first` on. `false` if
/// no record can be that.
pub(super) fn write_row(bytes: &mut Vec<u8>, before: usize, run: &[Message<'_>], first: u64) -> bool {
    let body = run.first().map_or(0, |message| message.body.len());
    let head = bytes.len().checked_sub(before + body).filter(|head| *head >= HEADER);
    let Some(last) = head.and_then(|head| LastPiece::of(bytes, before, head, body, 0)) else { return false };
    let mut sequence = first;
    last.repeat(bytes, run.iter().map(|message| message.body.as_slice()), |copy| {
        if let Some(header) = copy.first_chunk_mut() {
            become_like(header, sequence);
        }
        sequence += 1;
    });
    true
}

/// The records behind one that was read which are like it, are not settled, and whose numbers follow.
#[derive(Debug)]
pub(crate) struct Alike<'p> {
    /// What is behind it in its page.
    bytes: &'p [u8],
    /// The part of their headers that is the same for all.
    fixed: u128,
    /// Length of a record, and of what stands before its body, in bytes.
    size: usize,
    head: usize,
    /// The last one that was taken.
    newest: Held,
    /// So many may be taken.
    left: usize,
    taken: usize,
}

/// What is needed to settle messages whose records lie one behind the other, with the same size, and whose numbers follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldRow {
    first: Held,
    count: usize,
    /// Length of a record in bytes.
    size: usize,
}

/// Messages in a row that were taken.
#[derive(Debug)]
pub(crate) struct Row<'p> {
    pub(crate) held: HeldRow,
    records: &'p [u8],
    /// Octets of a record before its body.
    head: usize,
}

impl<'p> Alike<'p> {
    /// Those behind the message `first` of a page with these bytes, `most` at most. `None` if the next one is not like it.
    #[inline]
    pub(super) fn behind(bytes: &'p [u8], first: &Held, most: u64) -> Option<Alike<'p>> {
        let bytes = bytes.get(first.place.offset as usize..)?;
        let mut header = *bytes.first_chunk::<HEADER>()?;
        become_like(&mut header, 0);
        let fixed = u128::from_le_bytes(*header.first_chunk::<FIXED>()?);
        let size = u32::from_le_bytes(*header.get(SIZE_AT..)?.first_chunk()?) as usize;
        let head = size.checked_sub(first.body_len as usize).filter(|head| *head >= HEADER)?;
        let left = usize::try_from(most).unwrap_or(usize::MAX);
        let bytes =
            bytes.get(size..).filter(|bytes| bytes.get(FLAGS_AT).is_some_and(|flags| flags & LIKE != 0))?;
        Some(Self { bytes, fixed, size, head, newest: *first, left, taken: 0 })
    }

    /// Takes `most` at most of those that come next.
    #[inline(never)]
    pub(crate) fn take(&mut self, most: usize) -> Row<'p> {
        let (bytes, size, head) = (self.bytes, self.size, self.head);
        let (most, first) = (most.min(self.left), self.newest.behind(1, size));
        let (mut count, mut rest) = (0, bytes);
        while count < most
            && let Some((record, behind)) = rest.split_at_checked(size)
            && let Some((fixed, sequence)) =
                record.first_chunk::<HEADER>().and_then(|header| header.split_first_chunk())
            && u128::from_le_bytes(*fixed) == self.fixed
            && *sequence == (first.sequence + count as u64).to_le_bytes()
        {
            (rest, count) = (behind, count + 1);
        }
        let (records, rest) = bytes.split_at_checked(count * size).unwrap_or_default();
        (self.bytes, self.newest) = (rest, self.newest.behind(count, size));
        (self.left, self.taken) = (self.left - count, self.taken + count);
        Row { held: HeldRow { first, count, size }, records, head }
    }

    /// Length of the body of each, in bytes.
    pub(crate) fn body_len(&self) -> usize {
        self.size - self.head
    }

    /// How many were taken.
    pub(super) fn taken(&self) -> u64 {
        self.taken as u64
    }

    /// Where the one that was taken last ends.
    pub(super) fn end(&self) -> u32 {
        self.newest.place.offset + self.size as u32
    }

    /// The one that was taken last, or the one before all of them.
    pub(super) fn newest(&self) -> &Held {
        &self.newest
    }
}

impl<'p> Row<'p> {
    /// Their bodies.
    #[inline]
    pub(crate) fn bodies(&self) -> impl ExactSizeIterator<Item = &'p [u8]> + use<'p> {
        let head = self.head;
        self.records.chunks_exact(self.held.size).map(move |record| record.get(head..).unwrap_or_default())
    }
}

impl HeldRow {
    /// So many whose records are so long; `first` is the first of them.
    pub(super) fn new(first: Held, count: usize, size: usize) -> Self {
        Self { first, count, size }
    }

    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The first of them.
    pub(crate) fn first(&self) -> Held {
        self.first
    }

    /// One after the other.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Held> + use<> {
        let (first, size) = (self.first, self.size);
        (0..self.count).map(move |number| first.behind(number, size))
    }
}

impl Held {
    /// The message that comes `number` records of `size` bytes behind it.
    #[inline]
    fn behind(self, number: usize, size: usize) -> Self {
        let offset = self.place.offset + (number * size) as u32;
        Self { sequence: self.sequence + number as u64, place: Place { offset, ..self.place }, ..self }
    }
}
