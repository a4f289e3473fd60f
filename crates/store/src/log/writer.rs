//! The one who writes the log: takes what is pending, writes it once, syncs it once, and completes everybody who waited for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::adaptive_wait::{AFTER_COMMIT, AdaptiveWait, Outlook};
use super::file_writer::{LogFileWriter, Source};
use super::header::{COMMIT_HEADER, CommitHeader, FileHeader, span};
use super::pool::LogFile;
use super::state::LogState;
use crate::error::StoreError;
use crate::fs::{AlignedBuffer, BLOCK};
use crate::options::Durability;

/// While the device is full, the writer tries again so often.
const RETRY_FULL: Duration = Duration::from_millis(100);
/// After so long without work the buffers are given back.
const IDLE: Duration = Duration::from_secs(1);
/// On devices whose syncs take longer than this on average, it pays to wait a little for more records.
const SLOW_SYNC: Duration = Duration::from_micros(400);
const GATHER_STEP: Duration = Duration::from_micros(20);
/// Once a run has used so much of its first, growing file, files are prepared in the background.
const PREPARE_AFTER: u64 = 256 << 10;

/// How long a fast device takes for so many bytes, at 1 GB/s. Without this a long commit to such a device looked like a slow sync, and
/// was followed by a wait for even more.
fn transfer(length: usize) -> Duration {
    Duration::from_nanos(length as u64)
}

/// A commit that was taken and is not yet durable.
#[derive(Debug, Clone, Copy)]
struct Taken {
    first: u64,
    count: u32,
    /// Bytes of records.
    length: u64,
}

impl Taken {
    fn last(&self) -> u64 {
        self.first + u64::from(self.count) - 1
    }
}

/// What one step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// There was nothing to write.
    Idle,
    /// A commit has become durable.
    Committed,
    /// The device is full; the commit is kept.
    Full,
}

/// The writer's side of a store.
pub(crate) struct Writer {
    log: Arc<LogState>,
    file: LogFileWriter,
    buffer: AlignedBuffer,
    taken: Option<Taken>,
    /// Moving average of how long a commit takes besides the transfer of its bytes.
    sync_time: Duration,
    adaptive_wait: AdaptiveWait,
}

impl Writer {
    pub fn new(log: Arc<LogState>, file: LogFileWriter) -> Self {
        let adaptive_wait = AdaptiveWait::new(log.options.busy_wait * AFTER_COMMIT);
        let buffer = AlignedBuffer::default();
        Self { log, file, buffer, taken: None, sync_time: Duration::ZERO, adaptive_wait }
    }

    /// The writer thread: works until the store closes or fails.
    pub fn run(mut self) -> Result<(), StoreError> {
        loop {
            match self.step()? {
                Step::Committed => self.gather(),
                Step::Idle => {
                    if self.wait_for_work() {
                        return self.finish();
                    }
                }
                Step::Full => {
                    let mut pending = self.log.pending.lock();
                    if pending.closing {
                        let error = pending.full.clone().unwrap_or(StoreError::Closed);
                        drop(pending);
                        self.log.waiters.fail(&error);
                        return Err(error);
                    }
                    self.log.work.wait_for(&mut pending, RETRY_FULL);
                }
            }
        }
    }

    /// Waits until there is something to write; says whether the store closes instead.
    fn wait_for_work(&mut self) -> bool {
        let log = Arc::clone(&self.log);
        // Whoever holds the lock is about to append.
        self.adaptive_wait.wait(|| {
            let pending = log.pending.try_lock();
            let ready = pending.is_none_or(|pending| pending.count > 0 || pending.closing);
            if ready { Outlook::Ready } else { Outlook::Unknown }
        });
        let mut pending = log.pending.lock();
        while pending.count == 0 {
            if pending.closing || log.poisoned().is_some() {
                return true;
            }
            if self.buffer.capacity() == 0 && pending.buffer.capacity() == 0 {
                log.work.wait(&mut pending);
            } else if log.work.wait_for(&mut pending, IDLE).timed_out() && pending.count == 0 {
                self.buffer.release();
                pending.buffer.release();
            }
        }
        false
    }

    /// On slow devices: waits while the next commit still grows, at most a quarter of a sync's time.
    fn gather(&self) {
        if self.sync_time < SLOW_SYNC {
            return;
        }
        let began = Instant::now();
        let mut before = 0;
        while began.elapsed() < self.sync_time / 4 {
            let length = self.log.pending.lock().buffer.len();
            if length == before {
                return;
            }
            before = length;
            std::thread::sleep(GATHER_STEP);
        }
    }

    /// Writes one commit, if there is something to write.
    pub fn step(&mut self) -> Result<Step, StoreError> {
        if let Some(error) = self.log.poisoned() {
            return Err(error.clone());
        }
        let Some(taken) = self.taken.or_else(|| self.take()) else { return Ok(Step::Idle) };
        self.taken = Some(taken);
        match self.commit(taken) {
            Ok(()) => {
                self.taken = None;
                self.completed(taken);
                Ok(Step::Committed)
            }
            Err(error) if !error.leaves_doubt() => {
                let mut pending = self.log.pending.lock();
                if pending.full.is_none() {
                    tracing::error!(%error, "the log cannot be written now; what was appended waits, unconfirmed");
                }
                pending.full = Some(error);
                self.log.room.notify_all();
                Ok(Step::Full)
            }
            Err(error) => {
                self.taken = None;
                self.buffer.release();
                Err(self.log.poison(error))
            }
        }
    }

    /// Swaps the pending buffer with the writer's own.
    fn take(&mut self) -> Option<Taken> {
        self.buffer.clear();
        let mut pending = self.log.pending.lock();
        if pending.count == 0 {
            return None;
        }
        std::mem::swap(&mut pending.buffer, &mut self.buffer);
        let length = self.buffer.len().saturating_sub(COMMIT_HEADER) as u64;
        let taken = Taken { first: pending.next - u64::from(pending.count), count: pending.count, length };
        pending.count = 0;
        drop(pending);
        self.log.room.notify_all();
        let padding = self.buffer.len().next_multiple_of(BLOCK) - self.buffer.len();
        self.buffer.extend_zeros(padding);
        Some(taken)
    }

    fn commit(&mut self, taken: Taken) -> Result<(), StoreError> {
        let length = self.buffer.len() as u64;
        let sync = self.log.options.durability == Durability::Sync;
        if !self.file.fits(length) || self.may_leave_growing_file() {
            self.next_file(taken.first, length, sync)?;
        }
        let Taken { first, count, length } = taken;
        let header = CommitHeader::within(&self.file.header, sync, self.file.offset, first, count, length);
        if let Some(place) = self.buffer.as_mut_slice().get_mut(..COMMIT_HEADER) {
            place.copy_from_slice(&header.encode());
        }
        let began = Instant::now();
        self.file.write(self.buffer.as_slice(), sync)?;
        let waited = began.elapsed().saturating_sub(transfer(self.buffer.len()));
        self.sync_time = (self.sync_time * 7 + waited) / 8;
        Ok(())
    }

    /// A growing file is slower than a prepared one: the first that is ready takes its place.
    fn may_leave_growing_file(&self) -> bool {
        !self.file.prepared && self.file.offset > BLOCK as u64 && !self.log.pool.is_empty()
    }

    /// Goes on in the next log file, which is to hold a commit of `length` bytes.
    fn next_file(&mut self, first_sequence: u64, length: u64, synced_before: bool) -> Result<(), StoreError> {
        let log = &self.log;
        let usual = log.options.log_file_size;
        let capacity = usual.max(length.saturating_add(BLOCK as u64));
        let source = if capacity == usual { log.pool.take() } else { None };
        let header = FileHeader {
            synced_before,
            number: self.file.header.number + 1,
            first_sequence,
            previous_number: self.file.header.number,
            previous_end: self.file.offset,
            capacity,
            ..self.file.header
        };
        let direct = log.options.writes_direct();
        let source = source.map_or(Source::New, Source::Pool);
        let created = LogFileWriter::create(&*log.fs, &log.layout, header, None, source, direct);
        if let (Err(_), Source::Pool(id)) = (&created, source) {
            log.pool.give_back(id);
        }
        let before = std::mem::replace(&mut self.file, created?);
        let mut files = log.files.lock();
        if let Some(file) = files.back_mut() {
            file.length = before.length();
        }
        files.push_back(LogFile { number: header.number, first_sequence, length: self.file.length() });
        drop(files);
        if usual == capacity {
            log.pool.prepare();
        }
        Ok(())
    }

    fn completed(&mut self, taken: Taken) {
        let log = &self.log;
        log.growth.add(taken.last(), span(taken.length));
        let mut pending = log.pending.lock();
        if pending.full.take().is_some() {
            tracing::info!("the log can be written again");
        }
        drop(pending);
        log.complete(taken.last());
        if log.growth.became_due(log.options.checkpoint_after)
            && let Some(due) = &log.options.on_checkpoint_due
        {
            due();
        }
        if !self.file.prepared && self.file.offset >= PREPARE_AFTER {
            log.pool.prepare();
        }
    }

    /// The last act of an orderly close: an empty next file says where the log ends, so that the next open has nothing to search for.
    pub fn finish(&mut self) -> Result<(), StoreError> {
        if let Some(error) = self.log.poisoned() {
            return Err(error.clone());
        }
        if self.file.offset == BLOCK as u64 {
            return Ok(());
        }
        if self.log.options.durability == Durability::Os {
            let root = self.log.layout.root();
            self.log.fs.sync_all(root).map_err(|e| self.log.poison(StoreError::sync(root, &e)))?;
        }
        let next = self.log.pending.lock().next;
        if let Err(error) = self.next_file(next, 0, true) {
            tracing::warn!(%error, "cannot mark the end of the log; the next start searches for it");
        }
        Ok(())
    }
}
