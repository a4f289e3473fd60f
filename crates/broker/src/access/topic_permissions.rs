//! Topic permissions: which routing keys a user may publish and bind with at a topic exchange (RabbitMQ, access control:
//! topic authorisation).
//!
//! A user without an entry for an exchange may use every key. In the expressions `{username}` and `{vhost}` stand for the
//! names; `{client_id}`, which only MQTT knows, stands for itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use warren_model::access::TopicPermissionEntry;

use parking_lot::RwLock;

use crate::pattern::Pattern;
use warren_model::access::Permission;
use warren_model::error::Error;

/// An entry with its expressions compiled.
#[derive(Debug)]
struct Rights {
    entry: TopicPermissionEntry,
    write: Pattern,
    read: Pattern,
}

/// Those of one user, by virtual host and exchange.
type Places = BTreeMap<(String, String), Rights>;

/// All topic permissions of a node.
#[derive(Debug, Default)]
pub struct TopicPermissions {
    by_user: RwLock<BTreeMap<String, Places>>,
    epoch: AtomicU64,
}

impl TopicPermissions {
    /// Whether an entry could be put.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for a regular expression that is none, or is too large.
    pub fn check(entry: &TopicPermissionEntry) -> Result<(), Error> {
        compile(entry, &entry.write).and_then(|_| compile(entry, &entry.read)).map(drop)
    }

    /// Gives a user permissions at an exchange, instead of those that it had there. A regular expression that is none permits
    /// nothing.
    pub(crate) fn put(&self, entry: TopicPermissionEntry) {
        let of = |text: &str| Pattern::or_nothing(compile(&entry, text));
        let (write, read) = (of(&entry.write), of(&entry.read));
        let place = (entry.vhost.clone(), entry.exchange.clone());
        let mut users = self.by_user.write();
        users.entry(entry.user.clone()).or_default().insert(place, Rights { entry, write, read });
        self.moved();
    }

    /// Takes a user's permissions in a virtual host away: those at one exchange, or at all.
    pub(crate) fn remove(&self, user: &str, vhost: &str, exchange: Option<&str>) {
        self.retain(|entry| {
            entry.user != user
                || entry.vhost != vhost
                || exchange.is_some_and(|exchange| entry.exchange != exchange)
        });
    }

    /// Takes all permissions of a user away.
    pub(crate) fn remove_user(&self, user: &str) {
        self.retain(|entry| entry.user != user);
    }

    /// Takes everyone's permissions in a virtual host away.
    pub(crate) fn remove_vhost(&self, vhost: &str) {
        self.retain(|entry| entry.vhost != vhost);
    }

    /// Takes all permissions away.
    pub(crate) fn clear(&self) {
        self.retain(|_| false);
    }

    /// Those entries that `which` picks, by user, virtual host and exchange.
    pub fn list(&self, which: impl Fn(&TopicPermissionEntry) -> bool) -> Vec<TopicPermissionEntry> {
        let users = self.by_user.read();
        let entries = users.values().flat_map(BTreeMap::values).map(|rights| &rights.entry);
        entries.filter(|entry| which(entry)).cloned().collect()
    }

    /// Whether the user may use the key at the topic exchange: to publish with `Write`, to bind with `Read`.
    pub fn permits(
        &self,
        user: &str,
        vhost: &str,
        exchange: &str,
        permission: Permission,
        key: &str,
    ) -> bool {
        let users = self.by_user.read();
        let Some(places) = users.get(user) else { return true };
        let Some(rights) = places.get(&(vhost.to_owned(), exchange.to_owned())) else { return true };
        match permission {
            Permission::Write => rights.write.matches(key),
            Permission::Read => rights.read.matches(key),
            Permission::Configure => true,
        }
    }

    /// A number that moves with every change, for those who remember answers: read it first, then ask.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    fn retain(&self, keep: impl Fn(&TopicPermissionEntry) -> bool) {
        let mut users = self.by_user.write();
        users.retain(|_, places| {
            places.retain(|_, rights| keep(&rights.entry));
            !places.is_empty()
        });
        self.moved();
    }

    /// Called while the lock is held, so that whoever sees the new epoch sees the change too.
    fn moved(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }
}

/// The names are put in as they are spelled: what looks like an expression in them is none.
fn compile(entry: &TopicPermissionEntry, pattern: &str) -> Result<Pattern, Error> {
    let expanded = pattern
        .replace("{username}", &regex::escape(&entry.user))
        .replace("{vhost}", &regex::escape(&entry.vhost))
        .replace("{client_id}", &regex::escape("{client_id}"));
    Pattern::compile(&expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(user: &str, exchange: &str, write: &str, read: &str) -> TopicPermissionEntry {
        let [user, exchange, write, read] = [user, exchange, write, read].map(str::to_owned);
        TopicPermissionEntry { user, vhost: "/".into(), exchange, write, read }
    }

    #[test]
    fn only_who_has_an_entry_is_asked_for_the_key() {
        let topics = TopicPermissions::default();
        topics.put(entry("u", "amq.topic", "^w", "^r"));
        let may = |user: &str, exchange: &str, permission, key: &str| {
            topics.permits(user, "/", exchange, permission, key)
        };
        assert!(
            may("u", "amq.topic", Permission::Write, "w.1") && may("u", "amq.topic", Permission::Read, "r.1")
        );
        assert!(
            !may("u", "amq.topic", Permission::Write, "r.1")
                && !may("u", "amq.topic", Permission::Read, "w.1")
        );
        assert!(may("u", "other", Permission::Write, "x") && may("v", "amq.topic", Permission::Write, "x"));
        assert!(topics.permits("u", "v", "amq.topic", Permission::Write, "x"));
    }

    #[test]
    fn an_empty_expression_permits_nothing() {
        let topics = TopicPermissions::default();
        topics.put(entry("u", "x", "", ""));
        assert!(!topics.permits("u", "/", "x", Permission::Write, "k"));
    }

    #[test]
    fn names_stand_for_themselves_in_expressions() {
        let topics = TopicPermissions::default();
        topics.put(entry("a.b", "x", "^{vhost}-{username}$", "^{client_id}$"));
        let may = |permission, key: &str| topics.permits("a.b", "/", "x", permission, key);
        assert!(may(Permission::Write, "/-a.b") && !may(Permission::Write, "/-axb"));
        assert!(may(Permission::Read, "{client_id}") && !may(Permission::Read, "a.b"));
    }

    #[test]
    fn bad_expressions_are_refused_and_change_nothing() {
        let topics = TopicPermissions::default();
        let before = topics.epoch();
        for (write, read) in [("(", ""), ("", "(")] {
            let bad = entry("u", "x", write, read);
            assert_eq!(
                TopicPermissions::check(&bad).unwrap_err().reason(),
                "regular expression '(' is invalid: unclosed group"
            );
        }
        assert_eq!((topics.epoch(), topics.list(|_| true).len()), (before, 0));
    }

    #[test]
    fn entries_go_with_their_user_and_their_vhost_and_move_the_epoch() {
        let topics = TopicPermissions::default();
        let put = || {
            for (user, exchange) in [("u", "x"), ("u", "y"), ("v", "x")] {
                topics.put(entry(user, exchange, ".*", ".*"));
            }
        };
        let left =
            || topics.list(|_| true).iter().map(|e| format!("{}{}", e.user, e.exchange)).collect::<Vec<_>>();
        put();
        let before = topics.epoch();
        topics.remove("u", "/", Some("x"));
        assert_eq!(left(), ["uy", "vx"]);
        assert!(topics.epoch() > before);
        topics.remove("u", "/", None);
        assert_eq!(left(), ["vx"]);
        topics.remove_user("v");
        put();
        topics.remove_vhost("/");
        assert!(left().is_empty());
    }
}
