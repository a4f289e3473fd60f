//! The whole output of every command in every format, by noun. `cargo insta review` shows what has changed.

mod bindings;
mod channels;
mod connections;
mod consumers;
mod deprecated_features;
mod exchanges;
mod formats;
mod help;
mod limits;
mod nodes;
mod parameters;
mod permissions;
mod policies;
mod queues;
mod topic_permissions;
mod users;
mod vhosts;

/// Compares a transcript with the one that is committed.
macro_rules! assert_transcript {
    ($name:literal, $transcript:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!($name, $transcript.text());
        })
    };
}

use assert_transcript;
