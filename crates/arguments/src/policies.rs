//! The keys of policies: those of the arguments, and those that are no argument of queues.

use crate::{ARGUMENTS, Merge, PolicyKey, QueueKind, Takes};

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
