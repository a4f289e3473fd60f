//! What the configuration gives to every new virtual host: limits, operator policies, and users with permissions (RabbitMQ,
//! virtual hosts: default limits, default operator policies, pre-seeded users).

use serde_json::{Map, Value};

use crate::pattern::Pattern;
use crate::state::node::broker::Broker;
use warren_model::access::PermissionEntry;
use warren_model::access::User;
use warren_model::change::Change;
use warren_model::error::Error;
use warren_model::limits::Limits;
use warren_model::policy::{ApplyTo, Policy};

/// Everything that new virtual hosts are given.
#[derive(Debug, Clone, Default)]
pub struct VHostDefaults {
    /// Limits: the first whose pattern is found in the name of a virtual host.
    pub limits: Vec<DefaultLimits>,
    /// Operator policies: all whose patterns are found.
    pub operator_policies: Vec<DefaultOperatorPolicy>,
    /// Users: likewise.
    pub users: Vec<DefaultUser>,
}

/// Limits of new virtual hosts.
#[derive(Debug, Clone)]
pub struct DefaultLimits {
    /// Regular expression over names of virtual hosts.
    pub vhost_pattern: String,
    /// The limits, by name.
    pub limits: Map<String, Value>,
}

/// An operator policy of new virtual hosts.
#[derive(Debug, Clone)]
pub struct DefaultOperatorPolicy {
    /// Its name.
    pub name: String,
    /// Regular expression over names of virtual hosts.
    pub vhost_pattern: String,
    /// Regular expression over names of queues.
    pub queue_pattern: String,
    /// What it is for.
    pub apply_to: ApplyTo,
    /// What it sets.
    pub definition: Map<String, Value>,
}

/// A user who has permissions in new virtual hosts.
#[derive(Clone)]
pub struct DefaultUser {
    /// The user's name. A user of that name who is there already stays as he is.
    pub name: String,
    /// Regular expression over names of virtual hosts.
    pub vhost_pattern: String,
    /// The password; without one, none logs in.
    pub password: Option<String>,
    /// The user's tags.
    pub tags: Vec<String>,
    /// What the user may configure, write and read: regular expressions.
    pub permissions: [String; 3],
}

impl std::fmt::Debug for DefaultUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DefaultUser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Checks a regular expression.
///
/// # Errors
/// Why it is none.
pub fn check_pattern(text: &str) -> Result<(), String> {
    Pattern::compile(text).map(drop).map_err(|error| error.reason().to_owned())
}

/// Whether a pattern is found in a name. An empty one is found in every name.
fn found(pattern: &str, vhost: &str) -> Result<bool, Error> {
    Ok(pattern.is_empty() || Pattern::compile(pattern)?.matches(vhost))
}

impl Broker {
    /// The changes that give a new virtual host what the configuration says, made right after it. Users that
    /// `has_user` knows stay as they are.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub(crate) fn vhost_defaults(
        &self,
        vhost: &str,
        has_user: impl Fn(&str) -> bool,
    ) -> Result<Vec<Change>, Error> {
        let VHostDefaults { limits, operator_policies, users } = &self.settings.vhost_defaults;
        let mut changes = Vec::new();
        for default in limits {
            if found(&default.vhost_pattern, vhost)? {
                let limits = Limits::of_vhost(&default.limits)?;
                changes.push(Change::PutVhostLimits { vhost: vhost.to_owned(), limits });
                break;
            }
        }
        for default in operator_policies {
            if found(&default.vhost_pattern, vhost)? {
                changes.push(Change::PutOperatorPolicy(Policy {
                    vhost: vhost.to_owned(),
                    name: default.name.clone(),
                    pattern: default.queue_pattern.clone(),
                    apply_to: default.apply_to,
                    definition: default.definition.clone(),
                    priority: 0,
                }));
            }
        }
        for default in users {
            if found(&default.vhost_pattern, vhost)? {
                if !has_user(&default.name) {
                    changes.push(Change::PutUser(self.seeded(default)));
                }
                let [configure, write, read] = default.permissions.clone();
                let (user, vhost) = (default.name.clone(), vhost.to_owned());
                changes.push(Change::PutPermission(PermissionEntry { user, vhost, configure, write, read }));
            }
        }
        Ok(changes)
    }

    fn seeded(&self, default: &DefaultUser) -> User {
        let tags = default.tags.clone();
        match &default.password {
            Some(password) => User::with_password(&default.name, password.as_bytes(), self.salt(), tags),
            None => User::with_hash(&default.name, String::new(), Default::default(), tags),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_looked_for_anywhere_in_a_name() {
        assert_eq!(
            (found("ev", "dev"), found("", "dev"), found("^e", "dev")),
            (Ok(true), Ok(true), Ok(false))
        );
        assert!(check_pattern("(").is_err());
    }

    #[test]
    fn passwords_are_not_shown() {
        let user = DefaultUser {
            name: "alice".into(),
            vhost_pattern: String::new(),
            password: Some("secret".into()),
            tags: Vec::new(),
            permissions: Default::default(),
        };
        let shown = format!("{user:?}");
        assert!(shown.contains("alice") && !shown.contains("secret"), "{shown}");
    }
}
