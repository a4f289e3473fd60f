//! Contents of simulated files: what a reader sees, what is durable, and what lies between.

use super::random::Random;

/// What a device writes as a whole; a larger write may be torn between sectors.
const SECTOR: usize = 512;
/// What a device may destroy as a whole when power fails while it is written.
const BLOCK: usize = 4096;

/// A change that is not durable yet.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate,
}

/// A file's content.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    /// What readers see.
    pub live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

/// What happens to unsynced writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// All of them are lost.
    Lost,
    /// All of them had reached the device.
    Kept,
    /// Some sectors reached it, in any order.
    Torn,
    /// As torn, and blocks that were being written may hold anything.
    Destroyed,
}

impl Fate {
    pub fn random(random: &mut Random) -> Self {
        match random.below(6) {
            0 => Self::Lost,
            1 => Self::Kept,
            2 | 3 => Self::Torn,
            _ => Self::Destroyed,
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, piece: &[u8]) {
    let end = offset + piece.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(offset..end) {
        place.copy_from_slice(piece);
    }
}

/// Splits a write where the device's units begin.
fn pieces(offset: usize, bytes: &[u8], unit: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = bytes;
    let mut at = offset;
    std::iter::from_fn(move || {
        let length = (unit - at % unit).min(rest.len());
        let (piece, after) = rest.split_at_checked(length).filter(|(piece, _)| !piece.is_empty())?;
        let found = (at, piece);
        (rest, at) = (after, at + length);
        Some(found)
    })
}

impl Content {
    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        put(&mut self.live, offset, bytes);
        self.unsynced.push(Change::Write(offset, bytes.to_vec()));
    }

    pub fn truncate(&mut self) {
        self.live.clear();
        self.unsynced.push(Change::Truncate);
    }

    pub fn sync(&mut self) {
        if !self.unsynced.is_empty() {
            self.durable.clone_from(&self.live);
            self.unsynced.clear();
        }
    }

    /// Makes what readers see the durable content, without a word about unsynced changes.
    pub fn overwrite_durable(&mut self) {
        self.durable.clone_from(&self.live);
        self.unsynced.clear();
    }

    /// A sync that fails: some of the data is on the device, and the system forgets that the rest is not.
    pub fn fail_sync(&mut self, random: &mut Random) {
        let fate = Fate::random(random);
        self.settle(fate, random);
    }

    /// Power fails.
    pub fn lose_power(&mut self, fate: Fate, random: &mut Random) {
        self.settle(fate, random);
        self.live.clone_from(&self.durable);
    }

    fn settle(&mut self, fate: Fate, random: &mut Random) {
        for change in std::mem::take(&mut self.unsynced) {
            match (change, fate) {
                (_, Fate::Lost) => {}
                (Change::Truncate, Fate::Kept) => self.durable.clear(),
                (Change::Truncate, _) => {
                    if random.one_in(2) {
                        self.durable.clear();
                    }
                }
                (Change::Write(offset, bytes), Fate::Kept) => put(&mut self.durable, offset, &bytes),
                (Change::Write(offset, bytes), _) => {
                    for (at, piece) in pieces(offset, &bytes, SECTOR) {
                        if random.one_in(2) {
                            put(&mut self.durable, at, piece);
                        }
                    }
                    if fate == Fate::Destroyed {
                        self.destroy(offset, &bytes, random);
                    }
                }
            }
        }
    }

    fn destroy(&mut self, offset: usize, bytes: &[u8], random: &mut Random) {
        for (at, piece) in pieces(offset, bytes, BLOCK) {
            if random.one_in(4) {
                let anything = random.bytes(piece.len());
                put(&mut self.durable, at, &anything);
            }
        }
    }
}
