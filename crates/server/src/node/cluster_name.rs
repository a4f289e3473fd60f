//! The cluster's name: what an operator gave, kept in the data directory, else the node's name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::RwLock;

use super::datadir::write_whole;

/// Name of the file that holds it.
const FILE: &str = "cluster_name";
/// Bytes of a name that is read back; a longer one was not written by this program.
const MAX: usize = 255;

/// See the module's description.
#[derive(Debug)]
pub struct ClusterName {
    file: PathBuf,
    given: RwLock<Option<String>>,
}

impl ClusterName {
    /// Reads the name that was given before, if there is one.
    pub fn load(data_dir: &Path) -> Self {
        let file = data_dir.join(FILE);
        let given = fs::read_to_string(&file).ok().map(|name| name.trim().to_owned());
        let given = given.filter(|name| (1..=MAX).contains(&name.len()));
        Self { file, given: RwLock::new(given) }
    }

    /// The name that was given.
    pub fn get(&self) -> Option<String> {
        self.given.read().clone()
    }

    /// Gives a name.
    pub fn set(&self, name: &str) -> io::Result<()> {
        let mut given = self.given.write();
        write_whole(&self.file, name.as_bytes(), 0o600)?;
        *given = Some(name.to_owned());
        Ok(())
    }

    /// Forgets it.
    pub fn forget(&self) -> io::Result<()> {
        let mut given = self.given.write();
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => *given = None,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_and_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let name = ClusterName::load(dir.path());
        assert_eq!(name.get(), None);
        name.set("east").unwrap();
        assert_eq!(ClusterName::load(dir.path()).get().as_deref(), Some("east"));
        name.forget().unwrap();
        name.forget().unwrap();
        assert_eq!((name.get(), ClusterName::load(dir.path()).get()), (None, None));
    }
}
