//! The store: what callers use.

use std::any::Any;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;

use crate::error::StoreError;
use crate::log::{Batch, Driven, DurableWaiter, LogState, Writer};
use crate::options::Drive;
use crate::position::Position;
use crate::segments::{SegmentFiles, Segments};

/// An open data directory: the log, the checkpoint and the segments. Dropping it closes it.
pub struct Store {
    pub(super) log: Arc<LogState>,
    segments: Arc<Segments>,
    /// The writer, when the caller drives it.
    pub(super) writer: Mutex<Option<Writer>>,
    pub(super) thread: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
    /// What the newest checkpoint covers; held while one is written.
    pub(super) checkpoint: Mutex<Position>,
    pub(super) lock: Mutex<Option<Box<dyn Any + Send + Sync>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("directory", &self.log.layout.root())
            .field("durable", &self.durable())
            .finish_non_exhaustive()
    }
}

impl Store {
    pub(crate) fn new(
        log: Arc<LogState>,
        writer: Writer,
        covers: Position,
        lock: Box<dyn Any + Send + Sync>,
        segments: Arc<SegmentFiles>,
    ) -> Result<Self, StoreError> {
        segments.attach(&log);
        let store = Self {
            segments,
            writer: Mutex::new(None),
            thread: Mutex::new(None),
            checkpoint: Mutex::new(covers),
            lock: Mutex::new(Some(lock)),
            log,
        };
        match store.log.options.drive {
            Drive::Caller => *store.writer.lock() = Some(writer),
            Drive::Threads => *store.thread.lock() = Some(spawn(writer, store.log.layout.root())?),
        }
        Ok(store)
    }
}

fn spawn(writer: Writer, directory: &Path) -> Result<JoinHandle<Result<(), StoreError>>, StoreError> {
    std::thread::Builder::new()
        .name("warren-log-writer".to_owned())
        .stack_size(256 << 10)
        .spawn(move || writer.run())
        .map_err(|e| StoreError::io("start the writer of", directory, &e))
}

impl Store {
    /// Appends all records of a batch in order, empties it, and returns the position of its last record (for an empty batch, of the
    /// last record before). Never waits for the disk, unless more than [`Options::pending_limit`](crate::Options::pending_limit) bytes wait for the writer.
    ///
    /// The records are not durable yet: see [`Store::when_durable`]. After an error nothing was appended, and the batch is as it was.
    /// While the device is full, batches are still taken up to the limit; past it the error is [`StoreError::Full`].
    pub fn append(&self, batch: &mut Batch) -> Result<Position, StoreError> {
        let log = &*self.log;
        let mut pending = log.pending.lock();
        loop {
            if let Some(error) = log.poisoned() {
                return Err(error.clone());
            }
            if pending.closing {
                return Err(StoreError::Closed);
            }
            let length = pending.buffer.len().saturating_add(batch.bytes());
            if pending.count == 0 || length <= log.options.pending_limit {
                break;
            }
            if log.options.drive == Drive::Caller {
                drop(pending);
                if self.drive()? == Driven::Stalled {
                    return Err(self.stalled().unwrap_or(StoreError::Closed));
                }
                pending = log.pending.lock();
            } else if let Some(error) = &pending.full {
                return Err(error.clone());
            } else {
                log.room.wait(&mut pending);
            }
        }
        if batch.is_empty() {
            return Ok(Position::new(pending.next - 1));
        }
        let (position, was_idle) = pending.push(batch, log.epoch);
        drop(pending);
        if was_idle {
            log.work.notify_one();
        }
        Ok(position)
    }

    /// Position of the last record that is durable.
    pub fn durable(&self) -> Position {
        self.log.durable()
    }

    /// Position of the last record that was appended.
    pub fn appended(&self) -> Position {
        Position::new(self.log.pending.lock().next - 1)
    }

    /// Whether something that was appended is about to be durable.
    pub fn is_committing(&self) -> bool {
        self.durable() < self.appended() && self.log.poisoned().is_none()
    }

    /// Calls `waiter` once: when everything up to `position` is durable, on the writer's thread, or at once when it is already; or when
    /// the store fails before.
    pub fn when_durable(&self, position: Position, waiter: Arc<dyn DurableWaiter>) {
        let log = &*self.log;
        log.waiters.add(position, waiter, || {
            if log.durable() >= position {
                return Some(Ok(()));
            }
            log.poisoned().map(|error| Err(error.clone()))
        });
    }

    /// Waits until everything up to `position` is durable. While the device is full, it returns [`StoreError::Full`]: the records are
    /// kept, and become durable when there is space again.
    pub fn wait_durable(&self, position: Position) -> Result<(), StoreError> {
        if self.log.options.drive == Drive::Caller {
            while self.durable() < position {
                match self.drive()? {
                    Driven::Worked => {}
                    Driven::Idle => return Err(StoreError::Misuse("the position was never appended")),
                    Driven::Stalled => return Err(self.stalled().unwrap_or(StoreError::Closed)),
                }
            }
            return Ok(());
        }
        if self.durable() >= position {
            return Ok(());
        }
        let pending = self.log.pending.lock();
        if position.get() >= pending.next {
            return Err(StoreError::Misuse("the position was never appended"));
        }
        if let Some(error) = &pending.full {
            return Err(error.clone());
        }
        drop(pending);
        self.log.waiters.block(|| self.durable() >= position, || self.stalled())
    }

    /// Why the log cannot be written at this time, when that may pass by itself: the device is full, or no file can be opened.
    pub fn stalled(&self) -> Option<StoreError> {
        self.log.pending.lock().full.clone()
    }

    /// The failure that stopped the store for good, if there was one.
    pub fn poisoned(&self) -> Option<StoreError> {
        self.log.poisoned().cloned()
    }

    /// The segments of the queues.
    pub fn segments(&self) -> &Arc<Segments> {
        &self.segments
    }

    /// Bytes that can still be written, if the file system says so.
    pub fn free_space(&self) -> Option<u64> {
        self.log.fs.free_space(self.log.layout.root()).ok()
    }
}
