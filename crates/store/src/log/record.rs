//! One durable fact: how it is laid out in the log, and how it is read back.
//!
//! A record is a header of 12 bytes (checksum, payload length, kind, three zero bytes) and its payload. The checksum is CRC32C over the
//! CRC32C of the payload, the rest of the header, the run's epoch and the record's sequence number: a record is only sound in its own place.

use crate::format::{Fields, crc32c};
use crate::position::Position;

/// Length of a record's header.
pub(crate) const RECORD_HEADER: usize = 12;
/// The longest payload of a record, in bytes: the largest message body that can be configured, 512 MiB, and what goes with it.
pub const MAX_RECORD: usize = 576 << 20;

pub(crate) const METADATA: u8 = 1;
pub(crate) const MESSAGE: u8 = 2;
pub(crate) const SETTLED: u8 = 3;
pub(crate) const CHECKPOINT_MARK: u8 = 4;

/// A durable fact, as recovery hands it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record<'a> {
    /// One change of metadata; the store does not look into it.
    Metadata(&'a [u8]),
    /// A message, once, with every queue that it went to.
    Message {
        /// The queues, and the message's sequence number in each.
        targets: Targets<'a>,
        /// The message; the store does not look into it.
        payload: &'a [u8],
    },
    /// Messages of a queue that are done with (acknowledged, expired, purged, dropped).
    Settled {
        /// The queue's number.
        queue: u64,
        /// Their sequence numbers in the queue.
        ranges: Ranges<'a>,
    },
    /// A checkpoint that holds everything up to `covers` has become durable.
    CheckpointMark {
        /// The last record that the checkpoint holds.
        covers: Position,
    },
}

/// `(queue, sequence)` pairs of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Targets<'a>(&'a [u8]);

/// Inclusive `(first, last)` ranges of sequence numbers of a queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ranges<'a>(&'a [u8]);

fn pairs(bytes: &[u8]) -> impl ExactSizeIterator<Item = (u64, u64)> + '_ {
    bytes.chunks_exact(16).map(|pair| {
        let mut fields = Fields::new(pair);
        (fields.u64().unwrap_or_default(), fields.u64().unwrap_or_default())
    })
}

impl<'a> Targets<'a> {
    /// The pairs, in the order in which they were pushed.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, u64)> + 'a {
        pairs(self.0)
    }
}

impl<'a> Ranges<'a> {
    /// The ranges, in the order in which they were pushed.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, u64)> + 'a {
        pairs(self.0)
    }
}

impl std::fmt::Debug for Targets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl std::fmt::Debug for Ranges<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Record<'a> {
    /// Reads a record's payload; `None` when it is not one of a known kind.
    pub fn decode(kind: u8, payload: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::new(payload);
        match kind {
            METADATA => Some(Self::Metadata(payload)),
            MESSAGE => {
                let targets = counted_pairs(&mut fields)?;
                Some(Self::Message { targets: Targets(targets), payload: fields.rest() })
            }
            SETTLED => {
                let queue = fields.u64()?;
                let ranges = counted_pairs(&mut fields)?;
                let sound =
                    fields.rest().is_empty() && Ranges(ranges).iter().all(|(first, last)| first <= last);
                sound.then_some(Self::Settled { queue, ranges: Ranges(ranges) })
            }
            CHECKPOINT_MARK => {
                let covers = Position::new(fields.u64()?);
                fields.rest().is_empty().then_some(Self::CheckpointMark { covers })
            }
            _ => None,
        }
    }
}

fn counted_pairs<'a>(fields: &mut Fields<'a>) -> Option<&'a [u8]> {
    let count = usize::try_from(fields.u32()?).ok()?;
    fields.take(count.checked_mul(16)?)
}

/// The bytes of a record's header after its checksum.
pub(crate) fn header_tail(kind: u8, length: u32) -> [u8; 8] {
    let [a, b, c, d] = length.to_le_bytes();
    [a, b, c, d, kind, 0, 0, 0]
}

/// The checksum that stands before a record.
pub(crate) fn seal(payload_crc: u32, tail: [u8; 8], epoch: u64, sequence: u64) -> u32 {
    let mut summed = [0; 28];
    summed[0..4].copy_from_slice(&payload_crc.to_le_bytes());
    summed[4..12].copy_from_slice(&tail);
    summed[12..20].copy_from_slice(&epoch.to_le_bytes());
    summed[20..28].copy_from_slice(&sequence.to_le_bytes());
    crc32c(&summed)
}

/// A record as it lies in a commit: not yet known to be sound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawRecord<'a> {
    crc: u32,
    tail: [u8; 8],
    pub kind: u8,
    pub payload: &'a [u8],
}

impl<'a> RawRecord<'a> {
    /// Splits the first record off `bytes`; `None` when its length does not fit there.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut fields = Fields::new(bytes);
        let crc = fields.u32()?;
        let tail = fields.array::<8>()?;
        let [a, b, c, d, kind, zeros @ ..] = tail;
        let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
        if length > MAX_RECORD || zeros != [0; 3] {
            return None;
        }
        let payload = fields.take(length)?;
        Some((Self { crc, tail, kind, payload }, fields.rest()))
    }

    /// Whether it is the record of this place in the log.
    pub fn is_sound(&self, epoch: u64, sequence: u64) -> bool {
        self.crc == seal(crc32c(self.payload), self.tail, epoch, sequence)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::batch::Batch;
    use crate::log::header::{BadHeader, CommitHeader, FileHeader};

    #[derive(Debug, Clone)]
    enum Fact {
        Metadata(Vec<u8>),
        Message(Vec<(u64, u64)>, Vec<u8>),
        Settled(u64, Vec<(u64, u64)>),
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..300)
    }

    fn fact() -> impl Strategy<Value = Fact> {
        let pairs = || prop::collection::vec(any::<(u64, u64)>(), 0..5);
        let ranges = pairs().prop_map(|pairs| pairs.into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect());
        prop_oneof![
            bytes().prop_map(Fact::Metadata),
            (pairs(), bytes()).prop_map(|(targets, payload)| Fact::Message(targets, payload)),
            (any::<u64>(), ranges).prop_map(|(queue, ranges)| Fact::Settled(queue, ranges)),
        ]
    }

    fn batch(facts: &[Fact]) -> Batch {
        let mut batch = Batch::new();
        for fact in facts {
            match fact {
                Fact::Metadata(document) => batch.push_metadata(document).unwrap(),
                Fact::Message(targets, payload) => {
                    let (head, tail) = payload.split_at(payload.len() / 2);
                    batch.push_message(targets, &[head, tail]).unwrap();
                }
                Fact::Settled(queue, ranges) => batch.push_settled(*queue, ranges).unwrap(),
            }
        }
        batch
    }

    proptest! {
        #[test]
        fn records_come_back_as_they_were(
            facts in prop::collection::vec(fact(), 0..6),
            epoch: u64,
            first in 1..u64::MAX / 2,
        ) {
            let mut batch = batch(&facts);
            let mut rest = batch.seal(epoch, first);
            for (sequence, fact) in (first..).zip(&facts) {
                let (record, after) = RawRecord::split(rest).unwrap();
                prop_assert!(record.is_sound(epoch, sequence));
                prop_assert!(!record.is_sound(epoch.wrapping_add(1), sequence));
                prop_assert!(!record.is_sound(epoch, sequence + 1));
                match (Record::decode(record.kind, record.payload).unwrap(), fact) {
                    (Record::Metadata(found), Fact::Metadata(document)) => prop_assert_eq!(found, document),
                    (Record::Message { targets: found, payload: body }, Fact::Message(targets, payload)) => {
                        prop_assert_eq!(found.iter().collect::<Vec<_>>(), targets.clone());
                        prop_assert_eq!(body, payload);
                    }
                    (Record::Settled { queue: found, ranges: given }, Fact::Settled(queue, ranges)) => {
                        prop_assert_eq!(found, *queue);
                        prop_assert_eq!(given.iter().collect::<Vec<_>>(), ranges.clone());
                    }
                    (found, _) => prop_assert!(false, "{:?} came back as {:?}", fact, found),
                }
                rest = after;
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn a_changed_bit_is_noticed(fact in fact(), at: prop::sample::Index, bit in 0..8_u32) {
            let mut bytes = batch(&[fact]).seal(3, 9).to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            // A shorter length leaves bytes over, which the commit's own length does not allow.
            let sound = RawRecord::split(&bytes).is_some_and(|(record, rest)| record.is_sound(3, 9) && rest.is_empty());
            prop_assert!(!sound);
        }

        #[test]
        fn any_bytes_can_be_looked_at(kind: u8, bytes in bytes()) {
            if let Some(record) = Record::decode(kind, &bytes) {
                // Formatting walks all of it.
                let text = format!("{record:?}");
                prop_assert!(!text.is_empty());
            }
            if let Some((record, rest)) = RawRecord::split(&bytes) {
                prop_assert_eq!(record.payload.len() + rest.len() + RECORD_HEADER, bytes.len());
            }
            prop_assert!(CommitHeader::decode(&bytes).is_none());
            prop_assert_eq!(FileHeader::decode(&bytes), Err(BadHeader::NotOne));
        }

        #[test]
        fn headers_come_back_as_they_were_and_a_changed_bit_is_noticed(
            numbers: [u64; 6],
            count: u32,
            synced_before: bool,
            at: prop::sample::Index,
            bit in 0..8_u32,
        ) {
            let [number, epoch, salt, first_sequence, previous_number, previous_end] = numbers;
            let file = FileHeader {
                synced_before, number, epoch, salt, first_sequence, previous_number, previous_end, capacity: 8192,
            };
            let mut bytes = file.encode();
            prop_assert_eq!(FileHeader::decode(&bytes), Ok(file));
            bytes[at.index(bytes.len())] ^= 1_u8 << bit;
            prop_assert!(FileHeader::decode(&bytes).is_err());

            let commit = CommitHeader::within(&file, synced_before, previous_end, first_sequence, count, number);
            let mut bytes = commit.encode();
            prop_assert_eq!(CommitHeader::decode(&bytes), Some(commit));
            bytes[at.index(bytes.len())] ^= 1_u8 << bit;
            prop_assert_eq!(CommitHeader::decode(&bytes), None);
        }
    }
}
