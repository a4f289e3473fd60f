//! The configuration file: `rabbitmq.conf`'s format and key names, read into typed settings.
//!
//! `lines` knows the format, `keys` the tables of keys, a file a subject, `settings` how values are written and what comes out.

mod error;
mod file;
mod keys;
mod lines;
mod settings;

pub use error::ConfigError;
pub use file::{parse, read};
pub use keys::{Key, keys};
pub(crate) use settings::values::{size, thousandths};
pub use settings::{
    AlarmSettings, AmqpSettings, DefaultUser, ListenAddress, LogSettings, Secret, Settings, VHostDefaults,
    Watermark,
};
