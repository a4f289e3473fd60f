//! What the disk itself takes for writes of the log's sizes: the floor to hold the log against, measured in the same minutes.

use std::path::Path;
use std::time::{Duration, Instant};

use memmap2::{Advice, MmapMut};
use warren_store::{Access, File, FileSystem};

use crate::counting::FLOOR_THREAD;

const FILE: u64 = 64 << 20;
/// The longest write: more than all windows together.
const LONGEST: usize = 4 << 20;
const HUGE_PAGE: usize = 2 << 20;

/// A file as the log uses it, every block written, and a writer that does nothing but write and sync.
pub struct Floor {
    file: Box<dyn File>,
    memory: MmapMut,
    start: usize,
    offset: u64,
}

impl Floor {
    pub fn new(fs: &dyn FileSystem, directory: &Path) -> Self {
        let file = fs.open(&directory.join("floor"), Access::Create { direct: true }).expect("a file");
        let mut memory = MmapMut::map_anon(LONGEST + HUGE_PAGE).expect("memory");
        let start = memory.as_ptr().align_offset(HUGE_PAGE);
        // As the log's own buffers: writes from small pages are slower.
        memory.advise_range(Advice::HugePage, start, LONGEST).expect("huge pages");
        memory[start..start + LONGEST].fill(0x5A);
        for offset in (0..FILE).step_by(LONGEST) {
            file.write_all_at(&memory[start..start + LONGEST], offset).expect("a write");
        }
        file.sync_data().expect("a sync");
        Self { file, memory, start, offset: 0 }
    }

    /// One write and sync of so many bytes, rounded up to whole blocks.
    pub fn commit(&mut self, length: usize) {
        let length = length.next_multiple_of(4096).min(LONGEST);
        if self.offset + length as u64 > FILE {
            self.offset = 0;
        }
        let bytes = &self.memory[self.start..self.start + length];
        self.file.write_all_at(bytes, self.offset).expect("a write");
        self.file.sync_data().expect("a sync");
        self.offset += length as u64;
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
