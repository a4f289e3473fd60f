//! The settings of a node, how their values are written, and what they are while a file is read.

mod address;
pub mod draft;
mod node;
pub mod values;
pub mod vhost_defaults;

pub use address::ListenAddress;
pub use node::{AlarmSettings, AmqpSettings, DefaultUser, LogSettings, Secret, Settings, Watermark};
pub use vhost_defaults::VHostDefaults;
