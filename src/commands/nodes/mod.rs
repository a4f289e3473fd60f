//! Commands about nodes.

mod await_startup;
mod ping;
mod report;
mod reset;
mod server;
mod server_options;
mod set_disk_free_limit;
mod set_vm_memory_high_watermark;
mod start;
mod start_app;
mod status;
mod stop;
mod stop_app;
mod watermark;
mod welcome;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<await_startup::AwaitStartup>("await_startup", Heading::Nodes),
    Entry::of::<ping::Ping>("ping", Heading::Monitoring),
    Entry::of::<reset::Reset>("reset", Heading::Nodes),
    Entry::of::<server::Server>("server", Heading::Nodes),
    Entry::of::<set_disk_free_limit::SetDiskFreeLimit>("set_disk_free_limit", Heading::Nodes),
    Entry::of::<set_vm_memory_high_watermark::SetVmMemoryHighWatermark>(
        "set_vm_memory_high_watermark",
        Heading::Nodes,
    ),
    Entry::of::<start::Start>("start", Heading::Nodes),
    Entry::of::<start_app::StartApp>("start_app", Heading::Nodes),
    Entry::of::<status::Status>("status", Heading::Monitoring),
    Entry::of::<stop::Stop>("stop", Heading::Nodes),
    Entry::of::<stop_app::StopApp>("stop_app", Heading::Nodes),
];
