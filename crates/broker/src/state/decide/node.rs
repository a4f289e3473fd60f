//! Commands about users, permissions, virtual hosts, policies, limits and parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::names;
use crate::access::permissions::Permissions;
use crate::access::topic_permissions::TopicPermissions;
use crate::policies::Policies;
use crate::queues::QueueKind;
use crate::state::decide::command::Command;
use crate::state::node::broker::Broker;
use crate::state::node::parameters::{CLUSTER_NAME, GlobalParameters};
use warren_model::access::PermissionEntry;
use warren_model::access::TopicPermissionEntry;
use warren_model::change::{Change, VHostDefinition};
use warren_model::error::Error;
use warren_model::limits::Limits;

/// The node as it would be with what was decided so far. The broker's lock `changing` must be held until the changes are made.
pub(crate) struct NodeDraft<'s> {
    broker: &'s Broker,
    /// Nothing of what is there counts any more.
    reset: bool,
    /// Whether a user was decided to be there, or to be gone.
    users: BTreeMap<String, bool>,
    vhosts: BTreeMap<String, VHostDefinition>,
    deleted_vhosts: BTreeSet<String>,
    changes: Vec<Change>,
}

impl<'s> NodeDraft<'s> {
    /// The node as it is.
    pub(crate) fn of(broker: &'s Broker) -> Self {
        Self {
            broker,
            reset: false,
            users: BTreeMap::new(),
            vhosts: BTreeMap::new(),
            deleted_vhosts: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    /// Holds a command against it.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn decide(&mut self, command: &Command) -> Result<(), Error> {
        match command {
            Command::Make(change) => self.make(change),
            Command::AddVHost(definition) => self.add_vhost(definition),
            Command::InVHost(..) => Err(Error::internal("a command in a virtual host was asked of the node")),
        }
    }

    /// What was decided.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// A virtual host that was decided to be there and is not yet.
    pub(crate) fn new_vhost(&self, name: &str) -> Option<&VHostDefinition> {
        self.vhosts.get(name).filter(|_| self.broker.vhost(name).is_none())
    }

    /// The limits that were decided for a virtual host.
    pub(crate) fn limits_of(&self, vhost: &str) -> Option<Limits> {
        self.changes.iter().rev().find_map(|change| match change {
            Change::PutVhostLimits { vhost: of, limits } if of == vhost => Some(limits.clone()),
            Change::DeleteVhostLimits { vhost: of } if of == vhost => Some(Limits::default()),
            _ => None,
        })
    }

    /// Whether there is such a virtual host.
    pub(crate) fn has_vhost(&self, name: &str) -> bool {
        let is_there = || !self.reset && self.broker.vhost(name).is_some();
        self.vhosts.contains_key(name) || (is_there() && !self.deleted_vhosts.contains(name))
    }

    fn has_user(&self, name: &str) -> bool {
        let is_there = || !self.reset && self.broker.users.contains(name);
        self.users.get(name).copied().unwrap_or_else(is_there)
    }

    fn make(&mut self, change: &Change) -> Result<(), Error> {
        match change {
            Change::PutUser(user) => {
                user.check()?;
                self.users.insert(user.name.clone(), true);
            }
            Change::DeleteUser { name } => match self.has_user(name) {
                true => drop(self.users.insert(name.clone(), false)),
                // It was to be deleted twice.
                false if self.users.contains_key(name) => return Ok(()),
                false => return Err(Error::no_user(name)),
            },
            Change::PutPermission(entry) => self.check_permission(entry)?,
            Change::PutTopicPermission(entry) => self.check_topic_permission(entry)?,
            Change::DeletePermission { .. } | Change::DeleteTopicPermission { .. } => {}
            Change::PutVhost(definition) => self.put_vhost(definition)?,
            Change::DeleteVhost { name } => self.delete_vhost(name)?,
            Change::PutPolicy(policy) | Change::PutOperatorPolicy(policy) => {
                self.check_vhost(&policy.vhost)?;
                Policies::check(policy)?;
            }
            Change::DeletePolicy { vhost, .. }
            | Change::DeleteOperatorPolicy { vhost, .. }
            | Change::PutVhostLimits { vhost, .. }
            | Change::DeleteVhostLimits { vhost } => self.check_vhost(vhost)?,
            Change::PutUserLimits { user, .. } if !self.has_user(user) => return Err(Error::no_user(user)),
            Change::PutUserLimits { .. } => {}
            Change::PutGlobalParameter { name, value } => check_global_parameter(name, value)?,
            Change::DeleteGlobalParameter { .. } => {}
            Change::Reset => {
                self.reset = true;
                self.users.clear();
                self.vhosts.clear();
            }
            inside => {
                return Err(Error::internal(&format!("{inside:?} is decided in its virtual host")));
            }
        }
        self.changes.push(change.clone());
        Ok(())
    }

    fn check_vhost(&self, name: &str) -> Result<(), Error> {
        if self.has_vhost(name) { Ok(()) } else { Err(Error::no_vhost(name)) }
    }

    fn check_permission(&self, entry: &PermissionEntry) -> Result<(), Error> {
        self.check_ends("permission", &entry.user, &entry.vhost)?;
        Permissions::check(entry)
    }

    fn check_topic_permission(&self, entry: &TopicPermissionEntry) -> Result<(), Error> {
        self.check_ends("topic permission", &entry.user, &entry.vhost)?;
        TopicPermissions::check(entry)
    }

    fn check_ends(&self, what: &str, user: &str, vhost: &str) -> Result<(), Error> {
        if self.has_user(user) && self.has_vhost(vhost) {
            return Ok(());
        }
        Err(Error::PreconditionFailed(format!(
            "a {what} is for user '{user}' and vhost '{vhost}', of which one does not exist"
        )))
    }

    fn put_vhost(&mut self, definition: &VHostDefinition) -> Result<(), Error> {
        let name = &definition.name;
        names::check("a virtual host", name)?;
        if let Some(kind) =
            definition.default_queue_type.as_deref().filter(|kind| QueueKind::from_name(kind).is_none())
        {
            return Err(Error::PreconditionFailed(format!("there is no queue type '{kind}'")));
        }
        if !self.has_vhost(name)
            && let Some(limit) = self.broker.settings.limits.vhosts
        {
            let there = if self.reset { 0 } else { self.broker.vhosts().len() };
            let new =
                self.vhosts.keys().filter(|name| self.reset || self.broker.vhost(name).is_none()).count();
            if (there + new - self.deleted_vhosts.len().min(there)) as u64 >= limit {
                return Err(Error::vhost_limit(name, limit));
            }
        }
        self.vhosts.insert(name.clone(), definition.clone());
        Ok(())
    }

    fn delete_vhost(&mut self, name: &str) -> Result<(), Error> {
        self.check_vhost(name)?;
        let own = self.vhosts.remove(name);
        let protected = own.map(|definition| definition.protected);
        let of_live = || self.broker.vhost(name).is_some_and(|vhost| vhost.definition().protected);
        if protected.unwrap_or_else(of_live) {
            return Err(Error::protected_vhost(name));
        }
        self.deleted_vhosts.insert(name.to_owned());
        Ok(())
    }

    /// A new virtual host gets what the configuration gives, its users only if they are not there.
    fn add_vhost(&mut self, definition: &VHostDefinition) -> Result<(), Error> {
        let new = !self.has_vhost(&definition.name);
        self.make(&Change::PutVhost(definition.clone()))?;
        if new {
            let defaults = self.broker.vhost_defaults(&definition.name, |user| self.has_user(user))?;
            defaults.iter().try_for_each(|change| self.make(change))?;
        }
        Ok(())
    }
}

fn check_global_parameter(name: &str, value: &Value) -> Result<(), Error> {
    GlobalParameters::check_name(name)?;
    if name != CLUSTER_NAME {
        return Ok(());
    }
    let is_name = |name: &str| (1..=255).contains(&name.len()) && !name.chars().any(char::is_control);
    if value.as_str().is_some_and(is_name) {
        return Ok(());
    }
    Err(Error::PreconditionFailed("a cluster's name has 1 to 255 bytes and no control characters".into()))
}
