//! A key of policies.

use crate::{QueueKind, Takes};

/// What comes of the values of a policy and of an operator policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// Operator policies do not have the key.
    Never,
    /// The smaller number.
    Smaller,
    /// The smaller number; a negative one is no limit, and then the other counts.
    SmallerLimit,
    /// The operator's.
    Operator,
}

/// A key of policies.
#[derive(Debug, Clone, Copy)]
pub struct PolicyKey {
    /// Its name.
    pub key: &'static str,
    /// What a bad value is not a valid one of.
    pub what: &'static str,
    /// What comes of it in both kinds of policies.
    pub merge: Merge,
    /// What it takes.
    pub takes: Takes,
    /// The kinds of queues that know it: a policy with it is not for others. `None` is all of them.
    pub kinds: Option<&'static [QueueKind]>,
    /// What it does, in a sentence.
    pub about: &'static str,
}

impl PolicyKey {
    /// Whether a policy with the key is for queues of that kind.
    pub fn is_for(&self, kind: QueueKind) -> bool {
        self.kinds.is_none_or(|kinds| kinds.contains(&kind))
    }

    /// Whether operator policies have it.
    pub fn is_operators(&self) -> bool {
        self.merge != Merge::Never
    }
}
