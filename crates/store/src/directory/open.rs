//! Opening a directory: lock, format, recovery, and the start of a new run.

use std::any::Any;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use super::store::Store;
use crate::error::StoreError;
use crate::format;
use crate::format::Layout;
use crate::fs::{AlignedBuffer, BLOCK, FileSystem, LockOutcome};
use crate::log::{
    CommitHeader, FileHeader, LogFile, LogFileWriter, LogState, Pool, Settings, Source, Writer, span,
};
use crate::options::{Drive, Options};
use crate::position::Position;
use crate::recovery::{Carried, Recovered, Recovery, RecoveryReport, recover};
use crate::segments::{SegmentFiles, Segments};

/// Opens a directory, or creates it: takes its lock, checks its format, loads the newest checkpoint and replays the log after it into
/// `recovery`, cuts off a torn tail, and begins a new run.
pub fn open(
    directory: &Path,
    fs: Arc<dyn FileSystem>,
    options: Options,
    recovery: &mut dyn Recovery,
) -> Result<(Store, RecoveryReport), StoreError> {
    options.check()?;
    // A relative path would name another place once the process changes its directory.
    let directory = &std::path::absolute(directory).map_err(|e| StoreError::io("find", directory, &e))?;
    let layout = Layout::new(directory);
    fs.create_dir_all(directory).map_err(|e| StoreError::io("create", directory, &e))?;
    let lock = lock(&*fs, &layout)?;
    format::check(&*fs, &layout)?;
    for directory in [layout.log(), layout.checkpoints(), layout.segments()] {
        fs.create_dir_all(directory).map_err(|e| StoreError::io("create", directory, &e))?;
    }
    // The names of the format file and of these directories, before anything is written into them.
    fs.sync_dir(directory).map_err(|e| StoreError::sync(directory, &e))?;
    let files = Arc::new(SegmentFiles::new(Arc::clone(&fs), layout.clone()));
    let segments: Arc<Segments> = Arc::<SegmentFiles>::clone(&files);
    recovery.begin(&segments);
    let recovered = recover(&*fs, &layout, options.salvage, recovery)?;
    // What was read may stand in the page cache alone, if the last process died between a rename and its sync; from here on it counts.
    if recovered.report.created {
        // Before there is a log: a start that was broken off may have left everything else.
        format::sync_ancestors(&*fs, &layout)?;
    } else {
        for directory in [layout.log(), layout.checkpoints()] {
            fs.sync_dir(directory).map_err(|e| StoreError::sync(directory, &e))?;
        }
    }
    let report = recovered.report.clone();
    let store = begin_run(fs, layout, options, recovered, (lock, files))?;
    Ok((store, report))
}

fn lock(fs: &dyn FileSystem, layout: &Layout) -> Result<Box<dyn Any + Send + Sync>, StoreError> {
    let path = layout.lock_file();
    match fs.lock(&path) {
        Ok(LockOutcome::Held(lock)) => Ok(lock),
        Ok(LockOutcome::HeldBy(pid)) => Err(StoreError::Locked { path, pid }),
        Err(error) => Err(StoreError::io("lock", &path, &error)),
    }
}

/// Starts a new log file with a higher epoch, whose durable header marks the end of what was recovered, before anything is appended.
fn begin_run(
    fs: Arc<dyn FileSystem>,
    layout: Layout,
    options: Options,
    mut recovered: Recovered,
    (lock, segments): (Box<dyn Any + Send + Sync>, Arc<SegmentFiles>),
) -> Result<Store, StoreError> {
    let settings = pool_settings(&options);
    let pool = Arc::new(Pool::new(Arc::clone(&fs), layout.clone(), settings, recovered.free));
    let carried = recovered.carried.take();
    let header = FileHeader {
        synced_before: true,
        number: recovered.newest + 1,
        epoch: recovered.epoch + 1,
        salt: options.salt.map_or_else(|| random(&layout), Ok)?,
        first_sequence: carried.as_ref().map_or(recovered.last + 1, |carried| carried.first_sequence),
        previous_number: recovered.previous.0,
        previous_end: recovered.previous.1,
        capacity: options.log_file_size,
    };
    let file = first_file(&*fs, &layout, &options, &pool, header, carried)?;
    pool.retire(&recovered.obsolete)?;
    let mut files: VecDeque<LogFile> = recovered.needed.into();
    files.push_back(LogFile {
        number: header.number,
        first_sequence: header.first_sequence,
        length: file.length(),
    });
    let log = Arc::new(LogState::new(fs, layout, options, pool, header.epoch, recovered.last, files));
    log.growth.add(recovered.last, recovered.report.log_bytes);
    let writer = Writer::new(Arc::clone(&log), file);
    Store::new(log, writer, recovered.report.checkpoint.unwrap_or(Position::START), lock, segments)
}

fn pool_settings(options: &Options) -> Settings {
    let size = options.log_file_size;
    Settings {
        file_size: size,
        worthwhile: size.saturating_sub(options.pending_limit as u64).max(size / 2),
        limit: options.pool_files,
        prepare: options.prepared_files.min(options.pool_files),
        direct: options.writes_direct(),
        threaded: options.drive == Drive::Threads,
    }
}

/// The run's first file: one of the pool if there is one, else a small one that grows.
fn first_file(
    fs: &dyn FileSystem,
    layout: &Layout,
    options: &Options,
    pool: &Pool,
    mut header: FileHeader,
    carried: Option<Carried>,
) -> Result<LogFileWriter, StoreError> {
    let length = carried.as_ref().map_or(0, |carried| span(carried.records.bytes() as u64));
    let needed = length + BLOCK as u64;
    let reused = if needed <= options.log_file_size { pool.take() } else { None };
    if reused.is_none() {
        header.capacity = options.first_file_size.max(needed);
    }
    let first = carried.map(|carried| commit(&header, carried));
    let source = reused.map_or(Source::New, Source::Pool);
    LogFileWriter::create(
        fs,
        layout,
        header,
        first.as_ref().map(AlignedBuffer::as_slice),
        source,
        options.writes_direct(),
    )
}

/// The commit that a run takes over from the one before it, as the first of its own file.
fn commit(file: &FileHeader, mut carried: Carried) -> AlignedBuffer {
    let (count, length) = (carried.records.count(), carried.records.bytes() as u64);
    let header = CommitHeader::within(file, true, BLOCK as u64, carried.first_sequence, count, length);
    let mut commit = AlignedBuffer::default();
    commit.extend(&header.encode());
    commit.extend(carried.records.seal(file.epoch, carried.first_sequence));
    let padding = commit.len().next_multiple_of(BLOCK) - commit.len();
    commit.extend_zeros(padding);
    commit
}

fn random(layout: &Layout) -> Result<u64, StoreError> {
    getrandom::u64()
        .map_err(|e| StoreError::io("take a random number for", layout.root(), &std::io::Error::other(e)))
}
