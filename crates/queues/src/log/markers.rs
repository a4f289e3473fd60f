//! What the log says about deliveries: markers among the records of changes, which are JSON documents and begin otherwise.

/// Counts of one message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Deliveries that failed: rejected, or the channel was gone.
    pub failed: u32,
    /// Deliveries that came back.
    pub acquired: u32,
}

/// First byte of a marker of deliveries, which no JSON document begins with.
const DELIVERED: u8 = 1;

/// The metadata record that says: messages of `queue` up to `sequence` were delivered.
pub fn delivered_marker(queue: u64, sequence: u64) -> [u8; 17] {
    let mut marker = [DELIVERED; 17];
    let fields = queue.to_le_bytes().into_iter().chain(sequence.to_le_bytes());
    marker.iter_mut().skip(1).zip(fields).for_each(|(to, from)| *to = from);
    marker
}

/// First byte of a record of how often a message came back.
const RETURNED: u8 = 2;

/// The metadata record that says how often a message of `queue` came back.
pub fn returned_marker(queue: u64, sequence: u64, count: Count) -> [u8; 25] {
    let mut marker = [RETURNED; 25];
    let numbers = queue.to_le_bytes().into_iter().chain(sequence.to_le_bytes());
    let counts = count.failed.to_le_bytes().into_iter().chain(count.acquired.to_le_bytes());
    marker.iter_mut().skip(1).zip(numbers.chain(counts)).for_each(|(to, from)| *to = from);
    marker
}

/// Queue, sequence number and counts of such a record; `None` for any other.
pub fn read_returned_marker(record: &[u8]) -> Option<(u64, u64, Count)> {
    let (&RETURNED, fields) = record.split_first()? else { return None };
    let (queue, rest) = fields.split_first_chunk()?;
    let (sequence, rest) = rest.split_first_chunk()?;
    let (failed, rest) = rest.split_first_chunk()?;
    let count =
        Count { failed: u32::from_le_bytes(*failed), acquired: u32::from_le_bytes(rest.try_into().ok()?) };
    Some((u64::from_le_bytes(*queue), u64::from_le_bytes(*sequence), count))
}

/// Queue and sequence number of a marker of deliveries; `None` for any other record.
pub fn read_delivered_marker(record: &[u8]) -> Option<(u64, u64)> {
    let (&DELIVERED, fields) = record.split_first()? else { return None };
    let (queue, sequence) = fields.split_first_chunk()?;
    Some((u64::from_le_bytes(*queue), u64::from_le_bytes(sequence.try_into().ok()?)))
}
