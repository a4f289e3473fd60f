//! The operating system's files, with a count of what the log's writer does with them, or with a quiet disk put in their place.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use warren_store::{Access, Entry, File, FileSystem, LockOutcome, RealFs};

/// What went through the files since the last [`Counts::take`].
#[derive(Debug, Default)]
pub struct Counts {
    commits: AtomicU64,
    bytes: AtomicU64,
    nanoseconds: AtomicU64,
}

/// See [`Counts`].
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub commits: u64,
    pub bytes: u64,
    pub time: Duration,
}

impl Counts {
    pub fn take(&self) -> Taken {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        Taken {
            commits: take(&self.commits),
            bytes: take(&self.bytes),
            time: Duration::from_nanos(take(&self.nanoseconds)),
        }
    }
}

/// What takes the log's commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// The files.
    Real,
    /// Nothing: a sync sleeps as long as the disk would take that the reference figures were measured on (9,700 syncs of one record and
    /// 2.74 million records in commits of 500 a second), so that the log's own share of the time can be told on a busy machine.
    Modelled,
}

const MODELLED_SYNC: Duration = Duration::from_micros(95);
const MODELLED_KIB: Duration = Duration::from_nanos(175);

impl Disk {
    fn write(self, file: &dyn File, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self == Self::Real { file.write_all_at(bytes, offset) } else { Ok(()) }
    }

    /// Syncs a file to which so many bytes were written since its last sync.
    fn sync(self, file: &dyn File, bytes: u64) -> io::Result<()> {
        if self == Self::Real {
            return file.sync_data();
        }
        thread_local! {
            static EXACT: io::Result<()> = sleep_exactly();
        }
        EXACT.with(|exact| assert!(exact.is_ok(), "{exact:?}"));
        std::thread::sleep(MODELLED_SYNC + MODELLED_KIB * u32::try_from(bytes >> 10).unwrap_or(u32::MAX));
        Ok(())
    }
}

/// Without this a sleep of this thread may take 50 microseconds more.
fn sleep_exactly() -> io::Result<()> {
    let thread = std::fs::read_link("/proc/thread-self")?;
    let number = thread.file_name().unwrap_or_default();
    std::fs::write(Path::new("/proc").join(number).join("timerslack_ns"), "1")
}

/// [`RealFs`] with counts.
#[derive(Debug, Clone)]
pub struct CountingFs {
    pub counts: Arc<Counts>,
    pub disk: Disk,
}

#[derive(Debug)]
struct CountingFile {
    file: Box<dyn File>,
    counts: Arc<Counts>,
    disk: Disk,
    unsynced: AtomicU64,
}

/// The thread that writes as the log's writer does, but nothing else.
pub const FLOOR_THREAD: &str = "floor";

/// Only what the log's writer does counts, and what [`FLOOR_THREAD`] does.
fn counted() -> bool {
    matches!(std::thread::current().name(), Some("warren-log-writer" | FLOOR_THREAD))
}

impl CountingFile {
    fn timed(&self, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let began = Instant::now();
        act()?;
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.counts.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        Ok(())
    }
}

impl File for CountingFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if !counted() {
            return self.file.write_all_at(bytes, offset);
        }
        let length = bytes.len() as u64;
        self.unsynced.fetch_add(length, Ordering::Relaxed);
        self.timed(|| self.disk.write(&*self.file, bytes, offset))?;
        self.counts.bytes.fetch_add(length, Ordering::Relaxed);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        if !counted() {
            return self.file.sync_data();
        }
        let unsynced = self.unsynced.swap(0, Ordering::Relaxed);
        self.timed(|| self.disk.sync(&*self.file, unsynced))?;
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
}

impl FileSystem for CountingFs {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let file = RealFs.open(path, access)?;
        let (counts, disk) = (Arc::clone(&self.counts), self.disk);
        Ok(Box::new(CountingFile { file, counts, disk, unsynced: AtomicU64::new(0) }))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        RealFs.create_dir_all(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        RealFs.list(directory)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealFs.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealFs.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        RealFs.remove_dir(path)
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        RealFs.sync_dir(directory)
    }

    fn sync_all(&self, directory: &Path) -> io::Result<()> {
        RealFs.sync_all(directory)
    }

    fn free_space(&self, directory: &Path) -> io::Result<u64> {
        RealFs.free_space(directory)
    }

    fn lock(&self, path: &Path) -> io::Result<LockOutcome> {
        RealFs.lock(path)
    }
}
