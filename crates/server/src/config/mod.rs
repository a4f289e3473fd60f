//! The configuration file: `rabbitmq.conf`'s format and key names, read into typed settings.
//!
//! `lines` knows the format, `keys` the tables of keys, a file a subject, `values` how values are written, `settings` what comes out.

mod address;
mod draft;
mod error;
mod file;
mod keys;
mod lines;
mod settings;
mod values;
mod vhost_defaults;

pub use address::ListenAddress;
pub use error::ConfigError;
pub use file::{parse, read};
pub use keys::{Key, keys};
pub use settings::{AlarmSettings, AmqpSettings, DefaultUser, LogSettings, Secret, Settings, Watermark};
pub(crate) use values::{size, thousandths};
pub use vhost_defaults::VHostDefaults;
