//! Making records and handing them to the log, on a simulated disk.

use std::path::Path;
use std::sync::Arc;

use warren_store::sim::SimFs;
use warren_store::{Batch, Drive, Options, Position, Record, Recovery, RefusedBecause, Store};

use crate::{Cases, Work};

/// Records of a batch: what one read of 64 KiB brings of 1 KiB.
const RECORDS: u64 = 60;

pub(crate) const CASES: Cases = &[("log/append", RECORDS, || Box::new(Append::new()))];

struct Append {
    store: Store,
    batch: Batch,
    sequence: u64,
}

impl Append {
    fn new() -> Self {
        let mut options = Options::default();
        (options.drive, options.salt) = (Drive::Caller, Some(7));
        let disk = Arc::new(SimFs::new(7));
        let (store, _) = warren_store::open(Path::new("/data"), disk, options, &mut Nothing).unwrap();
        Self { store, batch: Batch::new(), sequence: 0 }
    }
}

impl Work for Append {
    fn round(&mut self) {
        for _ in 0..RECORDS {
            self.sequence += 1;
            self.batch.push_message(&[(1, self.sequence)], &[&[0x5a; 1024]]).unwrap();
        }
        let _ = self.store.append(&mut self.batch).unwrap();
    }

    fn rest(&mut self) {
        let _ = self.store.drive().unwrap();
    }
}

/// Nothing to recover.
struct Nothing;

impl Recovery for Nothing {
    fn checkpoint(&mut self, _: &[u8]) -> Result<(), RefusedBecause> {
        Ok(())
    }

    fn apply(&mut self, _: Position, _: Record<'_>) -> Result<(), RefusedBecause> {
        Ok(())
    }
}
