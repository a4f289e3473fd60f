//! What the disk itself takes for writes of the log's sizes: the floor to hold the log against, measured in the same minutes.

use std::path::Path;
use std::time::{Duration, Instant};

use memmap2::{Advice, MmapMut};
use warren_store::{Access, File, FileSystem};

pub use crate::counting::FLOOR_THREAD;

const FILE: u64 = 64 << 20;
/// The longest write: more than all windows together.
pub const LONGEST: usize = 4 << 20;
pub const BLOCK: usize = 4096;
const HUGE_PAGE: usize = 2 << 20;

/// Memory like the log's own buffers: writes from small pages are slower.
pub struct Buffer {
    memory: MmapMut,
    start: usize,
}

impl Buffer {
    pub fn new() -> Self {
        let memory = MmapMut::map_anon(LONGEST + HUGE_PAGE).expect("memory");
        let start = memory.as_ptr().align_offset(HUGE_PAGE);
        memory.advise_range(Advice::HugePage, start, LONGEST).expect("huge pages");
        let mut buffer = Self { memory, start };
        buffer.bytes().fill(0x5A);
        buffer
    }

    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.start + LONGEST]
    }
}

/// A file as the log uses it, every block written.
pub struct Ring {
    file: Box<dyn File>,
    offset: u64,
}

impl Ring {
    pub fn new(fs: &dyn FileSystem, path: &Path) -> Self {
        let file = fs.open(path, Access::Create { direct: true }).expect("a file");
        let mut buffer = Buffer::new();
        for offset in (0..FILE).step_by(LONGEST) {
            file.write_all_at(buffer.bytes(), offset).expect("a write");
        }
        file.sync_data().expect("a sync");
        Self { file, offset: 0 }
    }

    /// One write and sync of whole blocks behind those before, or at the file's beginning again.
    pub fn commit(&mut self, bytes: &[u8]) {
        if self.offset + bytes.len() as u64 > FILE {
            self.offset = 0;
        }
        self.file.write_all_at(bytes, self.offset).expect("a write");
        self.file.sync_data().expect("a sync");
        self.offset += bytes.len() as u64;
    }
}

/// A writer that does nothing but write and sync.
pub struct Floor {
    ring: Ring,
    buffer: Buffer,
}

impl Floor {
    pub fn new(fs: &dyn FileSystem, directory: &Path) -> Self {
        Self { ring: Ring::new(fs, &directory.join("floor")), buffer: Buffer::new() }
    }

    /// One write and sync of so many bytes, rounded up to whole blocks.
    pub fn commit(&mut self, length: usize) {
        let length = length.next_multiple_of(BLOCK).min(LONGEST);
        self.ring.commit(&self.buffer.bytes()[..length]);
    }

    /// How long one write and sync of so many bytes takes on average, over about `time`, in a thread of its own as the log's.
    pub fn time(&mut self, length: usize, time: Duration) -> Duration {
        std::thread::scope(|scope| {
            let writer = std::thread::Builder::new().name(FLOOR_THREAD.to_owned());
            let commits = move || {
                let began = Instant::now();
                let mut commits = 0;
                while commits == 0 || began.elapsed() < time {
                    self.commit(length);
                    commits += 1;
                }
                began.elapsed() / commits
            };
            writer.spawn_scoped(scope, commits).expect("a thread").join().expect("writes")
        })
    }
}
