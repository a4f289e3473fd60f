//! Settings while a file is being read: what needs more memory than one field, because several lines share it.

use std::collections::{BTreeMap, BTreeSet};

use warren_broker::deprecated_features::DeprecatedFeature;

use super::values::boolean;
use super::{ListenAddress, Settings};

/// More listeners than this are a mistake, not a wish.
const MAX_LISTENERS: usize = 64;

/// Settings that a file has partly filled in.
#[derive(Debug, Default)]
pub struct Draft {
    /// What single keys have set.
    pub settings: Settings,
    amqp_listeners: BTreeMap<String, ListenAddress>,
    amqp_off: bool,
    tags: Option<BTreeSet<String>>,
}

impl Draft {
    /// The settings, complete.
    pub fn finish(self) -> Settings {
        let mut settings = self.settings;
        if self.amqp_off {
            settings.amqp_listeners.clear();
        } else if !self.amqp_listeners.is_empty() {
            settings.amqp_listeners = self.amqp_listeners.into_values().collect();
        }
        if let Some(tags) = self.tags {
            settings.default_user.tags = tags;
        }
        settings
    }

    /// `listeners.tcp = none`.
    pub fn no_amqp_listeners(&mut self, value: &str) -> Result<(), String> {
        only_none(value, "listeners.tcp.default = PORT")?;
        self.amqp_off = true;
        Ok(())
    }

    /// `listeners.tcp.NAME = ADDRESS`.
    pub fn amqp_listener(&mut self, name: &str, value: &str) -> Result<(), String> {
        self.amqp_listeners.insert(name.to_owned(), value.parse()?);
        if self.amqp_listeners.len() > MAX_LISTENERS {
            return Err(format!("there are more than {MAX_LISTENERS} listeners"));
        }
        Ok(())
    }

    /// `management.tcp.ip = HOST`.
    pub fn http_host(&mut self, value: &str) -> Result<(), String> {
        let address: ListenAddress = format!("{value}:0").parse()?;
        self.settings.http_host = address.host.unwrap_or_default();
        Ok(())
    }

    /// `default_user_tags.TAG = BOOLEAN`.
    pub fn default_user_tag(&mut self, tag: &str, value: &str) -> Result<(), String> {
        let wanted = boolean(value)?;
        put(self.tags.get_or_insert_default(), tag, wanted);
        Ok(())
    }

    /// `loopback_users = none`.
    pub fn no_loopback_users(&mut self, value: &str) -> Result<(), String> {
        only_none(value, "loopback_users.NAME = true")?;
        self.settings.loopback_users.clear();
        Ok(())
    }

    /// `loopback_users.NAME = BOOLEAN`.
    pub fn loopback_user(&mut self, user: &str, value: &str) -> Result<(), String> {
        let wanted = boolean(value)?;
        put(&mut self.settings.loopback_users, user, wanted);
        Ok(())
    }

    /// `deprecated_features.permit.NAME = BOOLEAN`.
    pub fn permit_feature(&mut self, name: &str, value: &str) -> Result<(), String> {
        let permitted = boolean(value)?;
        let names = || DeprecatedFeature::ALL.map(DeprecatedFeature::name).join(", ");
        let feature = DeprecatedFeature::from_name(name)
            .ok_or_else(|| format!("there is no deprecated feature '{name}', only {}", names()))?;
        if permitted {
            self.settings.denied_features.remove(&feature);
        } else {
            self.settings.denied_features.insert(feature);
        }
        Ok(())
    }

    /// `log.file = false` or `log.file = NAME`.
    pub fn log_file(&mut self, value: &str) -> Result<(), String> {
        self.settings.log.file = match value {
            "false" => None,
            "true" => return Err("give the name of the file, or false".into()),
            name => Some(name.into()),
        };
        Ok(())
    }
}

fn put(set: &mut BTreeSet<String>, name: &str, wanted: bool) {
    if wanted {
        set.insert(name.to_owned());
    } else {
        set.remove(name);
    }
}

fn only_none(value: &str, instead: &str) -> Result<(), String> {
    if value == "none" { Ok(()) } else { Err(format!("'{value}' is not none; write '{instead}'")) }
}
