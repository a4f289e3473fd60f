//! Names of simulated files: what they stand for, and changes of them that a loss of power may undo.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Directory,
    File(usize),
}

/// A change of names that is not durable yet.
#[derive(Debug, Clone)]
pub(super) enum NameChange {
    Add(PathBuf, Node),
    /// It is this node that changes its name, whatever else had that name at another time.
    Rename(PathBuf, PathBuf, Node),
    Remove(PathBuf),
}

impl NameChange {
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::Add(path, _) | Self::Rename(_, path, _) | Self::Remove(path) => path.parent(),
        }
    }

    pub fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Add(path, node) => {
                names.insert(path.clone(), *node);
            }
            Self::Rename(from, to, node) => {
                if names.get(from) == Some(node) {
                    names.remove(from);
                }
                names.insert(to.clone(), *node);
            }
            Self::Remove(path) => {
                names.remove(path);
            }
        }
    }
}
