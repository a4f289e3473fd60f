//! The keys of policies: those of the arguments, and those that are no argument of queues.

use crate::{ARGUMENTS, QueueKind, Takes};

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

/// Those that are no arguments of queues.
const OTHERS: &[PolicyKey] = &[
    PolicyKey {
        key: "alternate-exchange",
        what: "alternate exchange name",
        merge: Merge::Never,
        takes: Takes::Text,
        kinds: None,
        about: "of exchanges: where what they route nowhere goes",
    },
    PolicyKey {
        key: "target-group-size",
        what: "qq target count value",
        merge: Merge::Smaller,
        takes: Takes::AtLeast(1),
        kinds: Some(&[QueueKind::Quorum]),
        about: "accepted: there is one node",
    },
];

/// Every key, in the order of the arguments.
pub fn policy_keys() -> impl Iterator<Item = &'static PolicyKey> {
    ARGUMENTS.iter().filter_map(|argument| argument.policy.as_ref()).chain(OTHERS)
}

/// The key of that name.
pub fn find_policy(name: &str) -> Option<&'static PolicyKey> {
    policy_keys().find(|key| key.key == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_and_no_argument_is_there_twice() {
        let mut keys: Vec<_> = policy_keys().map(|key| key.key).collect();
        let mut names: Vec<_> = ARGUMENTS.iter().map(|argument| argument.name).collect();
        for list in [&mut keys, &mut names] {
            let count = list.len();
            list.sort_unstable();
            list.dedup();
            assert_eq!(list.len(), count);
        }
    }
}
