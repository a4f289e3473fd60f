//! Keys of memory, disk and processor: when publishers are held back, what counts as durable, how long threads wait awake.

use std::time::Duration;

use super::{Key, set};
use crate::config::settings::Watermark;
use crate::config::settings::values::{durability, integer, size, thousandths};

/// See the module's description.
pub const KEYS: &[Key] = &[
    Key {
        pattern: "vm_memory_high_watermark.relative",
        takes: "0.001 to 1.0",
        default: "0.6",
        meaning: "Part of the machine's memory; when the node takes more, publishers are held back.",
        apply: |draft, _, value| {
            let part = thousandths(value, 1..=1000).map(|thousandths| Watermark::Relative { thousandths });
            set(&mut draft.settings.alarms.memory, part)
        },
    },
    Key {
        pattern: "vm_memory_high_watermark.absolute",
        takes: "bytes, units allowed",
        default: "",
        meaning: "The same as an amount.",
        apply: |draft, _, value| {
            set(&mut draft.settings.alarms.memory, size(value, 1..=u64::MAX).map(Watermark::Absolute))
        },
    },
    Key {
        pattern: "disk_free_limit.absolute",
        takes: "bytes, units allowed",
        default: "50MB",
        meaning: "Free disk space below which publishers are held back.",
        apply: |draft, _, value| {
            set(&mut draft.settings.alarms.disk, size(value, 0..=u64::MAX).map(Watermark::Absolute))
        },
    },
    Key {
        pattern: "disk_free_limit.relative",
        takes: "0.001 to 100.0",
        default: "",
        meaning: "The same as a multiple of the machine's memory.",
        apply: |draft, _, value| {
            let part = thousandths(value, 1..=100_000).map(|thousandths| Watermark::Relative { thousandths });
            set(&mut draft.settings.alarms.disk, part)
        },
    },
    Key {
        pattern: "durability",
        takes: "`sync`, `os`",
        default: "sync",
        meaning: "When a persistent message is confirmed and a declaration of something durable answered: `sync` once it is synced to the disk, so that it survives a loss of power; `os` once the operating system has it, so that it survives the end of the process only.",
        apply: |draft, _, value| set(&mut draft.settings.durability, durability(value)),
    },
    Key {
        pattern: "busy_wait",
        takes: "0 to 1000 microseconds",
        default: "",
        meaning: "How long a thread that has nothing more to do stays awake for what comes next, three times as long for what follows a commit, as long as that mostly comes in this time: what travels alone arrives up to twice as fast, and 10,000 messages a second cost twice the processor's time. 0 lets it sleep at once. Without the key it is 100, and 0 where a control group limits the node's processor time (`cpu.max`).",
        apply: |draft, _, value| {
            let longest = integer(value, 0..=1000).map(|micros| Some(Duration::from_micros(micros)));
            set(&mut draft.settings.busy_wait, longest)
        },
    },
];
