//! The configuration file: `rabbitmq.conf`'s format and key names, read into typed settings.
//!
//! `lines` knows the format, `keys` the table of keys, `values` how values are written, `settings` what comes out.

mod address;
mod draft;
mod error;
mod file;
mod keys;
mod lines;
mod settings;
mod values;

pub use address::ListenAddress;
pub use error::ConfigError;
pub use file::{parse, read};
pub use keys::{KEYS, Key};
pub use settings::{AlarmSettings, AmqpSettings, DefaultUser, LogSettings, Secret, Settings, Watermark};
