//! The operating system's files behind [`FileSystem`].

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FlockOperation, OFlags};

use super::file_system::{Access, Entry, File, FileSystem, LockOutcome};

/// The operating system's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFs;

#[cfg(target_os = "linux")]
const DIRECT: OFlags = OFlags::DIRECT;
#[cfg(not(target_os = "linux"))]
const DIRECT: OFlags = OFlags::empty();

#[derive(Debug)]
struct RealFile {
    file: fs::File,
    direct: AtomicBool,
}

/// A locked file. It is unlocked by name when it is dropped: closing it is not enough while a child that is just being started has a copy
/// of its descriptor.
#[derive(Debug)]
struct HeldLock(fs::File);

impl Drop for HeldLock {
    fn drop(&mut self) {
        // It can only fail for a file that is not open.
        let _ = rustix::fs::flock(&self.0, FlockOperation::Unlock);
    }
}

impl RealFile {
    /// Some file systems accept O_DIRECT at open and refuse it at the first write: such a file goes on through the page cache.
    fn leave_direct(&self) -> io::Result<()> {
        let flags = rustix::fs::fcntl_getfl(&self.file)?;
        rustix::fs::fcntl_setfl(&self.file, flags - DIRECT)?;
        self.direct.store(false, Ordering::Relaxed);
        Ok(())
    }
}

impl File for RealFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self.file.write_all_at(bytes, offset) {
            Err(error)
                if error.kind() == io::ErrorKind::InvalidInput && self.direct.load(Ordering::Relaxed) =>
            {
                self.leave_direct()?;
                self.file.write_all_at(bytes, offset)
            }
            done => done,
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn length(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len())
    }
}

fn options(access: Access) -> (OpenOptions, bool) {
    let mut options = OpenOptions::new();
    options.read(true).mode(0o600);
    let direct = match access {
        Access::Read => false,
        Access::Write { direct } => {
            options.write(true);
            direct
        }
        Access::Create { direct } => {
            options.write(true).create(true).truncate(true);
            direct
        }
    };
    (options, direct)
}

impl FileSystem for RealFs {
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            // A file may vanish between the listing and the look at it.
            let Ok(metadata) = entry.metadata() else { continue };
            // A name that is not UTF-8 is none of the store's files.
            let Ok(name) = entry.file_name().into_string() else { continue };
            entries.push(Entry { name, length: metadata.len(), directory: metadata.is_dir() });
        }
        Ok(entries)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let (mut options, direct) = options(access);
        if direct && !DIRECT.is_empty() {
            let flags = i32::try_from(DIRECT.bits()).unwrap_or_default();
            match options.custom_flags(flags).open(path) {
                Ok(file) => return Ok(Box::new(RealFile { file, direct: AtomicBool::new(true) })),
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => options.custom_flags(0),
                Err(error) => return Err(error),
            };
        }
        Ok(Box::new(RealFile { file: options.open(path)?, direct: AtomicBool::new(false) }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        fs::File::open(directory)?.sync_all()
    }

    #[cfg(target_os = "linux")]
    fn sync_all(&self, directory: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(fs::File::open(directory)?)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_all(&self, directory: &Path) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() { self.sync_all(&path)? } else { fs::File::open(path)?.sync_all()? }
        }
        self.sync_dir(directory)
    }

    fn free_space(&self, directory: &Path) -> io::Result<u64> {
        let space = rustix::fs::statvfs(directory)?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    fn lock(&self, path: &Path) -> io::Result<LockOutcome> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                // Whoever holds the lock may be about to write its number; then the number is just not known.
                let _unreadable = file.take(32).read_to_string(&mut text);
                return Ok(LockOutcome::HeldBy(text.trim().parse().ok()));
            }
            Err(error) => return Err(error.into()),
        }
        let mut held = HeldLock(file);
        held.0.set_len(0)?;
        held.0.rewind()?;
        writeln!(held.0, "{}", std::process::id())?;
        Ok(LockOutcome::Held(Box::new(held)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_with_its_value_though_a_child_has_a_copy_of_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let LockOutcome::Held(held) = RealFs.lock(&path).unwrap() else { panic!("nobody else has it") };
        assert!(
            matches!(RealFs.lock(&path).unwrap(), LockOutcome::HeldBy(Some(pid)) if pid == std::process::id())
        );
        let copy = held.downcast_ref::<HeldLock>().unwrap().0.try_clone().unwrap();
        drop(held);
        assert!(matches!(RealFs.lock(&path).unwrap(), LockOutcome::Held(_)));
        drop(copy);
    }
}
