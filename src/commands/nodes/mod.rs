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

pub use await_startup::AwaitStartup;
pub use ping::Ping;
pub use reset::Reset;
pub use server::Server;
pub use set_disk_free_limit::SetDiskFreeLimit;
pub use set_vm_memory_high_watermark::SetVmMemoryHighWatermark;
pub use start::Start;
pub use start_app::StartApp;
pub use status::Status;
pub use stop::Stop;
pub use stop_app::StopApp;
