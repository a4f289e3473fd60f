//! Damage: refused, or with salvage copied aside, noted and left out.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::{Access, FileSystem};
use crate::position::Position;

/// Something that a salvage had to leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The damaged file.
    pub path: PathBuf,
    /// Where the damage begins, in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub reason: String,
    /// The first and last record that is lost, as far as that is known.
    pub records: Option<(Position, Position)>,
    /// The queue and the number of the segment, when it is one.
    pub segment: Option<(u64, u64)>,
    /// The copy of the damaged file, when there was something to copy.
    pub copy: Option<PathBuf>,
}

/// Decides about damage.
#[derive(Debug)]
pub(crate) struct Salvage<'a> {
    fs: &'a dyn FileSystem,
    layout: &'a Layout,
    allowed: bool,
    directory: Option<PathBuf>,
    copied: Vec<(PathBuf, PathBuf)>,
    pub left_out: Vec<LeftOut>,
}

impl<'a> Salvage<'a> {
    pub fn new(fs: &'a dyn FileSystem, layout: &'a Layout, allowed: bool) -> Self {
        Self { fs, layout, allowed, directory: None, copied: Vec::new(), left_out: Vec::new() }
    }

    pub fn is_allowed(&self) -> bool {
        self.allowed
    }

    /// Returns the error when salvage is not allowed; else copies the file aside (once) and notes what is lost.
    pub fn damaged(&mut self, error: StoreError, records: Option<(u64, u64)>) -> Result<(), StoreError> {
        let records = records.map(|(first, last)| (Position::new(first), Position::new(last)));
        self.leave_out(error, records, None)
    }

    /// As [`Salvage::damaged`], for a segment.
    pub fn damaged_segment(&mut self, error: StoreError, queue: u64, segment: u64) -> Result<(), StoreError> {
        self.leave_out(error, None, Some((queue, segment)))
    }

    fn leave_out(
        &mut self,
        error: StoreError,
        records: Option<(Position, Position)>,
        segment: Option<(u64, u64)>,
    ) -> Result<(), StoreError> {
        let StoreError::Corrupt { path, offset, reason } = &error else { return Err(error) };
        if !self.allowed {
            return Err(error);
        }
        let copy = self.copy_aside(path)?;
        tracing::warn!(path = %path.display(), offset, reason, ?records, ?copy, "left damaged data out");
        let (path, offset, reason) = (path.clone(), *offset, reason.clone());
        self.left_out.push(LeftOut { path, offset, reason, records, segment, copy });
        Ok(())
    }

    fn copy_aside(&mut self, path: &Path) -> Result<Option<PathBuf>, StoreError> {
        if let Some((_, copy)) = self.copied.iter().find(|(from, _)| from == path) {
            return Ok(Some(copy.clone()));
        }
        let source = match self.fs.open(path, Access::Read) {
            Ok(source) => source,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("open", path, &error)),
        };
        let directory = self.directory()?;
        let within = path.strip_prefix(self.layout.root()).unwrap_or(path);
        let copy = directory.join(within.to_string_lossy().replace('/', "-"));
        let target = self
            .fs
            .open(&copy, Access::Create { direct: false })
            .map_err(|e| StoreError::io("create", &copy, &e))?;
        let mut buffer = vec![0; 1 << 20];
        let mut offset = 0;
        loop {
            let count = crate::fs::read_full(&*source, &mut buffer, offset)
                .map_err(|e| StoreError::io("read", path, &e))?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            target.write_all_at(bytes, offset).map_err(|e| StoreError::io("write", &copy, &e))?;
            offset += count as u64;
        }
        target.sync_data().map_err(|e| StoreError::sync(&copy, &e))?;
        self.fs.sync_dir(&directory).map_err(|e| StoreError::sync(&directory, &e))?;
        self.copied.push((path.to_path_buf(), copy.clone()));
        Ok(Some(copy))
    }

    /// A directory of this salvage's own, beside those of earlier ones.
    fn directory(&mut self) -> Result<PathBuf, StoreError> {
        if let Some(directory) = &self.directory {
            return Ok(directory.clone());
        }
        let root = self.layout.root();
        let entries = self.fs.list(root).map_err(|e| StoreError::io("list", root, &e))?;
        let free = (1..=u32::MAX).map(|number| self.layout.salvage_dir(number)).find(|directory| {
            !entries.iter().any(|entry| directory.file_name().is_some_and(|name| *name == *entry.name))
        });
        let directory = free.ok_or(StoreError::Misuse("there are too many salvage directories"))?;
        self.fs.create_dir_all(&directory).map_err(|e| StoreError::io("create", &directory, &e))?;
        self.fs.sync_dir(root).map_err(|e| StoreError::sync(root, &e))?;
        self.directory = Some(directory.clone());
        Ok(directory)
    }
}
