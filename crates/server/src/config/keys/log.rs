//! Keys of the log.

use super::{Key, set};
use crate::config::settings::values::{boolean, level};

/// See the module's description.
pub const KEYS: &[Key] = &[
    Key {
        pattern: "log.console",
        takes: "`true`, `false`",
        default: "true",
        meaning: "Logs to standard error.",
        apply: |draft, _, value| set(&mut draft.settings.log.console, boolean(value)),
    },
    Key {
        pattern: "log.console.level",
        takes: "`debug`, `info`, `warning`, `error`, `critical`, `none`",
        default: "info",
        meaning: "How much goes to standard error.",
        apply: |draft, _, value| set(&mut draft.settings.log.console_level, level(value)),
    },
    Key {
        pattern: "log.file",
        takes: "`false`, or a file name",
        default: "false",
        meaning: "Logs to that file too.",
        apply: |draft, _, value| draft.log_file(value),
    },
    Key {
        pattern: "log.file.level",
        takes: "`debug`, `info`, `warning`, `error`, `critical`, `none`",
        default: "info",
        meaning: "How much goes to the file.",
        apply: |draft, _, value| set(&mut draft.settings.log.file_level, level(value)),
    },
    Key {
        pattern: "log.dir",
        takes: "directory",
        default: "DATA_DIR/log",
        meaning: "Where a log file with a relative name lies.",
        apply: |draft, _, value| set(&mut draft.settings.log.dir, Ok(Some(value.into()))),
    },
];
