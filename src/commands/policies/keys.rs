//! The keys of definitions, for help texts.

use warren_arguments::{PolicyKey, policy_keys};

use crate::commands::queues::arguments::entry;

/// Keys that policies have.
pub(super) fn of_policies() -> String {
    section(policy_keys().collect())
}

/// Keys that operator policies have.
pub(super) fn of_operator_policies() -> String {
    section(policy_keys().filter(|key| key.is_operators()).collect())
}

fn section(mut keys: Vec<&PolicyKey>) -> String {
    keys.sort_unstable_by_key(|key| key.key);
    let entries =
        keys.into_iter().map(|key| entry(key.key, key.about, key.takes, key.kinds.unwrap_or_default()));
    format!("Keys of the definition:\n{}", entries.collect::<String>().trim_end())
}
