//! Nothing but a group commit, to hold the log against in the same seconds: checksums are computed outside of the lock; records go
//! straight from their producer into one of two aligned buffers, which are swapped under a plain mutex; one thread writes and syncs,
//! past the page cache, a file whose every block was written before. No recovery, no next file, no errors.
//!
//! Of the ways that were tried this is the fastest. Slower: a lock for each record instead of each batch; a batch that is gathered
//! first and copied under the lock, as the log does; producers that are woken one by one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

use crate::crc32c::crc32c;
use crate::floor::{BLOCK, Buffer, FLOOR_THREAD, Ring};
use crate::producers::{BODY, LARGEST_BATCH, Load, Log, Producer, Until};

/// Checksum, length and sequence number.
const HEADER: usize = 16;

/// See the module's description.
pub struct Bare {
    pending: parking_lot::Mutex<Pending>,
    work: parking_lot::Condvar,
    durable: AtomicU64,
    blocked: Mutex<()>,
    changed: Condvar,
}

struct Pending {
    buffer: Buffer,
    length: usize,
    /// Sequence number of the last record.
    last: u64,
    stop: bool,
}

impl Bare {
    pub fn new() -> Self {
        let pending = Pending { buffer: Buffer::new(), length: 0, last: 0, stop: false };
        Self {
            pending: parking_lot::Mutex::new(pending),
            work: parking_lot::Condvar::new(),
            durable: AtomicU64::new(0),
            blocked: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Puts the load on it, with a thread that writes into `ring`. Returns what [`Load::run`] does.
    pub fn run(&self, ring: &mut Ring, load: Load, until: Until) -> (u64, std::time::Duration) {
        std::thread::scope(|scope| {
            let writer = std::thread::Builder::new().name(FLOOR_THREAD.to_owned());
            let writer = writer.spawn_scoped(scope, || self.write(ring)).expect("a thread");
            let done = load.run(self, until);
            self.pending.lock().stop = true;
            self.work.notify_one();
            writer.join().expect("a writer");
            done
        })
    }

    fn write(&self, ring: &mut Ring) {
        let mut buffer = Buffer::new();
        loop {
            let mut pending = self.pending.lock();
            while pending.length == 0 {
                if std::mem::take(&mut pending.stop) {
                    return;
                }
                self.work.wait(&mut pending);
            }
            std::mem::swap(&mut pending.buffer, &mut buffer);
            let (length, last) = (std::mem::take(&mut pending.length), pending.last);
            drop(pending);
            let whole = length.next_multiple_of(BLOCK);
            buffer.bytes()[length..whole].fill(0);
            ring.commit(&buffer.bytes()[..whole]);
            self.durable.store(last, Ordering::Release);
            drop(self.blocked.lock());
            self.changed.notify_all();
        }
    }
}

impl Log for Bare {
    fn producer(&self) -> Box<dyn Producer + '_> {
        Box::new(BareProducer(self))
    }
}

struct BareProducer<'a>(&'a Bare);

impl Producer for BareProducer<'_> {
    fn append(&mut self, _: u64, count: u64, body: &[u8; BODY]) -> u64 {
        let mut sums = [0; LARGEST_BATCH as usize];
        let sums = &mut sums[..count as usize];
        for sum in sums.iter_mut() {
            // Otherwise it is computed once for all of them.
            *sum = crc32c(std::hint::black_box(body));
        }
        let mut pending = self.0.pending.lock();
        let (start, length) = (pending.length, sums.len() * (HEADER + BODY));
        let mut last = pending.last;
        for (to, sum) in pending.buffer.bytes()[start..][..length].chunks_exact_mut(HEADER + BODY).zip(sums) {
            last += 1;
            to[..4].copy_from_slice(&sum.to_le_bytes());
            to[4..8].copy_from_slice(&(BODY as u32).to_le_bytes());
            to[8..HEADER].copy_from_slice(&last.to_le_bytes());
            to[HEADER..].copy_from_slice(body);
        }
        (pending.last, pending.length) = (last, start + length);
        drop(pending);
        if start == 0 {
            self.0.work.notify_one();
        }
        last
    }

    fn wait(&mut self, position: u64) {
        let is_durable = || self.0.durable.load(Ordering::Acquire) >= position;
        if is_durable() {
            return;
        }
        let mut blocked = self.0.blocked.lock().expect("no panics");
        while !is_durable() {
            blocked = self.0.changed.wait(blocked).expect("no panics");
        }
    }
}
