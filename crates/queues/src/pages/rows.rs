//! Rows of records ([`warren_model::rows`]): what is the same for all records of a row is written, and looked at, once.

use crate::pages::held::{Held, Place};
use crate::pages::record::{FLAGS_AT, HEADER, IN_ROW, SEQUENCE_AT, SIZE_AT};
use warren_model::message::Message;
use warren_model::rows::{RowBodies, RowTemplate};

/// Length of the part of a header that is the same for all in a row.
const FIXED: usize = SEQUENCE_AT;

/// Makes a copy of the header of a record, which must not be settled, that of the one with this number which continues its row.
#[inline]
fn continue_row(header: &mut [u8; HEADER], sequence: u64) {
    header[FLAGS_AT] |= IN_ROW;
    header[SEQUENCE_AT..].copy_from_slice(&sequence.to_le_bytes());
}

/// Appends records of messages that continue the row of the last record, which begins at `before`, with numbers from `first` on. `false`
/// if that record gives no row.
pub(crate) fn write_row(bytes: &mut Vec<u8>, before: usize, row: &[Message<'_>], first: u64) -> bool {
    let body = row.first().map_or(0, |message| message.body.len());
    let head = bytes.len().checked_sub(before + body).filter(|head| *head >= HEADER);
    let template = head.and_then(|head| RowTemplate::of(bytes, before, head, body, 0));
    let Some(template) = template else { return false };
    let mut sequence = first;
    template.append(bytes, RowBodies::Messages(row), |copy| {
        if let Some(header) = copy.first_chunk_mut() {
            continue_row(header, sequence);
        }
        sequence += 1;
    });
    true
}

/// The rest of a row behind a record that was read, as far as it is not settled and the numbers follow.
#[derive(Debug)]
pub(crate) struct RecordRow<'p> {
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
pub struct HeldRow {
    first: Held,
    count: usize,
    /// Length of a record in bytes.
    size: usize,
}

/// A row of messages that were taken.
#[derive(Debug)]
pub(crate) struct TakenRow<'p> {
    pub(crate) held: HeldRow,
    records: &'p [u8],
    /// Octets of a record before its body.
    head: usize,
}

impl<'p> RecordRow<'p> {
    /// Those behind the message `first` of a page with these bytes, `most` at most. `None` if the next one does not continue its row.
    #[inline]
    pub(crate) fn behind(bytes: &'p [u8], first: &Held, most: u64) -> Option<RecordRow<'p>> {
        let bytes = bytes.get(first.place.offset as usize..)?;
        let mut header = *bytes.first_chunk::<HEADER>()?;
        continue_row(&mut header, 0);
        let fixed = u128::from_le_bytes(*header.first_chunk::<FIXED>()?);
        let size = u32::from_le_bytes(*header.get(SIZE_AT..)?.first_chunk()?) as usize;
        let head = size.checked_sub(first.body_len as usize).filter(|head| *head >= HEADER)?;
        let left = usize::try_from(most).unwrap_or(usize::MAX);
        let bytes =
            bytes.get(size..).filter(|bytes| bytes.get(FLAGS_AT).is_some_and(|flags| flags & IN_ROW != 0))?;
        Some(Self { bytes, fixed, size, head, newest: *first, left, taken: 0 })
    }

    /// Takes `most` at most of those that come next.
    #[inline(never)]
    pub(crate) fn take(&mut self, most: usize) -> TakenRow<'p> {
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
        TakenRow { held: HeldRow { first, count, size }, records, head }
    }

    /// Length of the body of each, in bytes.
    pub(crate) fn body_len(&self) -> usize {
        self.size - self.head
    }

    /// How many were taken.
    pub(crate) fn taken(&self) -> u64 {
        self.taken as u64
    }

    /// Where the one that was taken last ends.
    pub(crate) fn end(&self) -> u32 {
        self.newest.place.offset + self.size as u32
    }

    /// The one that was taken last, or the one before all of them.
    pub(crate) fn newest(&self) -> &Held {
        &self.newest
    }
}

impl<'p> TakenRow<'p> {
    /// Their bodies.
    #[inline]
    pub(crate) fn bodies(&self) -> RowBodies<'p> {
        RowBodies::Records { records: self.records, size: self.held.size, head: self.head }
    }
}

impl HeldRow {
    /// So many whose records are so long; `first` is the first of them.
    pub(crate) fn new(first: Held, count: usize, size: usize) -> Self {
        Self { first, count, size }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The first of them.
    pub fn first(&self) -> Held {
        self.first
    }

    /// Whether it is none, which it never is.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One after the other.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Held> + use<> {
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
