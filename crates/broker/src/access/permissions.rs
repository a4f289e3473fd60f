//! Permissions: what a user may configure, write and read in a virtual host (RabbitMQ, access control).
//!
//! Each of the three is a regular expression that is looked for anywhere in the name of a queue or exchange. The default exchange is
//! asked for as `amq.default`. A user without an entry for a virtual host has no access to it at all.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use warren_model::access::{Permission, PermissionEntry};

use parking_lot::RwLock;

use crate::pattern::Pattern;
use warren_model::error::Error;

/// An entry with its expressions compiled.
#[derive(Debug)]
struct Rights {
    entry: PermissionEntry,
    configure: Pattern,
    write: Pattern,
    read: Pattern,
}

impl Rights {
    fn compile(entry: PermissionEntry) -> Self {
        let of = |pattern: &str| Pattern::or_nothing(Pattern::compile(pattern));
        let [configure, write, read] = [&entry.configure, &entry.write, &entry.read].map(|text| of(text));
        Self { configure, write, read, entry }
    }

    fn pattern(&self, permission: Permission) -> &Pattern {
        match permission {
            Permission::Configure => &self.configure,
            Permission::Write => &self.write,
            Permission::Read => &self.read,
        }
    }
}

/// All permissions of a node.
#[derive(Debug, Default)]
pub struct Permissions {
    /// By user, then by virtual host.
    by_user: RwLock<BTreeMap<String, BTreeMap<String, Rights>>>,
    epoch: AtomicU64,
}

impl Permissions {
    /// Whether an entry could be put.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for a regular expression that is none, or is too large.
    pub(crate) fn check(entry: &PermissionEntry) -> Result<(), Error> {
        let patterns = [&entry.configure, &entry.write, &entry.read];
        patterns.into_iter().try_for_each(|pattern| Pattern::compile(pattern).map(drop))
    }

    /// Gives a user permissions in a virtual host, instead of those that it had there. Whether there are such a user and virtual host
    /// is for the caller to know. A regular expression that is none permits nothing.
    pub(crate) fn put(&self, entry: PermissionEntry) {
        let rights = Rights::compile(entry);
        let mut users = self.by_user.write();
        let vhosts = users.entry(rights.entry.user.clone()).or_default();
        vhosts.insert(rights.entry.vhost.clone(), rights);
        self.moved();
    }

    /// Takes a user's permissions in a virtual host away; `false` if it had none.
    pub fn remove(&self, user: &str, vhost: &str) -> bool {
        let mut users = self.by_user.write();
        let Some(vhosts) = users.get_mut(user) else { return false };
        let removed = vhosts.remove(vhost).is_some();
        if vhosts.is_empty() {
            users.remove(user);
        }
        if removed {
            self.moved();
        }
        removed
    }

    /// Takes all permissions of a user away.
    pub fn remove_user(&self, user: &str) {
        let mut users = self.by_user.write();
        users.remove(user);
        self.moved();
    }

    /// Takes everyone's permissions in a virtual host away.
    pub fn remove_vhost(&self, vhost: &str) {
        let mut users = self.by_user.write();
        users.retain(|_, vhosts| {
            vhosts.remove(vhost);
            !vhosts.is_empty()
        });
        self.moved();
    }

    /// Takes all permissions away.
    pub fn clear(&self) {
        let mut users = self.by_user.write();
        users.clear();
        self.moved();
    }

    /// A user's permissions in a virtual host.
    pub fn get(&self, user: &str, vhost: &str) -> Option<PermissionEntry> {
        Some(self.by_user.read().get(user)?.get(vhost)?.entry.clone())
    }

    /// All permissions, by user and then by virtual host.
    pub fn list(&self) -> Vec<PermissionEntry> {
        self.by_user.read().values().flat_map(BTreeMap::values).map(|rights| rights.entry.clone()).collect()
    }

    /// A user's permissions, by virtual host.
    pub fn list_user(&self, user: &str) -> Vec<PermissionEntry> {
        let users = self.by_user.read();
        users.get(user).into_iter().flat_map(BTreeMap::values).map(|rights| rights.entry.clone()).collect()
    }

    /// Everyone's permissions in a virtual host, by user.
    pub fn list_vhost(&self, vhost: &str) -> Vec<PermissionEntry> {
        let users = self.by_user.read();
        users.values().filter_map(|vhosts| vhosts.get(vhost)).map(|rights| rights.entry.clone()).collect()
    }

    /// Whether the user may do this with the queue or exchange of that name.
    pub fn permits(&self, user: &str, vhost: &str, permission: Permission, name: &str) -> bool {
        let users = self.by_user.read();
        let rights = users.get(user).and_then(|vhosts| vhosts.get(vhost));
        rights.is_some_and(|rights| rights.pattern(permission).matches(name))
    }

    /// Whether the user may open the virtual host: whether it has any entry there, even one that permits nothing.
    pub fn has_access(&self, user: &str, vhost: &str) -> bool {
        self.by_user.read().get(user).is_some_and(|vhosts| vhosts.contains_key(vhost))
    }

    /// A number that moves with every change, for those who remember answers: read it first, then ask.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Called while the lock is held, so that whoever sees the new epoch sees the change too.
    fn moved(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(user: &str, vhost: &str, [configure, write, read]: [&str; 3]) -> PermissionEntry {
        PermissionEntry {
            user: user.into(),
            vhost: vhost.into(),
            configure: configure.into(),
            write: write.into(),
            read: read.into(),
        }
    }

    fn allows(pattern: &str, name: &str) -> bool {
        let permissions = Permissions::default();
        permissions.put(entry("u", "/", [pattern, "", ""]));
        permissions.permits("u", "/", Permission::Configure, name)
    }

    #[test]
    fn expressions_are_looked_for_anywhere_in_the_name() {
        for (pattern, name) in [
            (".*", "anything"),
            ("b", "abc"),
            ("^a", "abc"),
            ("c$", "abc"),
            ("^(a|b)$", "b"),
            ("^amq\\.default$", "amq.default"),
            ("^u-\\d+$", "u-17"),
            ("(?i)^QUEUE", "queue"),
            ("é", "café"),
            ("[éè]$", "café"),
        ] {
            assert!(allows(pattern, name), "{pattern} should allow {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("^$", "a"),
            ("^b", "abc"),
            ("^a$", "abc"),
            ("\\d", "\u{0663}"),
            ("B", "abc"),
            ("^caf.$", "café"),
        ] {
            assert!(!allows(pattern, name), "{pattern} should not allow {name}");
        }
    }

    #[test]
    fn each_permission_has_its_own_expression() {
        let permissions = Permissions::default();
        permissions.put(entry("u", "/", ["^c", "^w", "^r"]));
        for (permission, name) in
            [(Permission::Configure, "c"), (Permission::Write, "w"), (Permission::Read, "r")]
        {
            for asked in [Permission::Configure, Permission::Write, Permission::Read] {
                assert_eq!(permissions.permits("u", "/", asked, name), asked == permission, "{asked} {name}");
            }
        }
    }

    #[test]
    fn without_an_entry_there_is_no_access_and_an_empty_one_is_enough_to_come_in() {
        let permissions = Permissions::default();
        permissions.put(entry("u", "/", ["", "", ""]));
        assert!(permissions.has_access("u", "/"));
        assert!(!permissions.permits("u", "/", Permission::Read, "q"));
        for (user, vhost) in [("u", "other"), ("other", "/")] {
            assert!(!permissions.has_access(user, vhost));
            assert!(!permissions.permits(user, vhost, Permission::Read, "q"));
        }
    }

    #[test]
    fn bad_expressions_are_refused_and_change_nothing() {
        let permissions = Permissions::default();
        permissions.put(entry("u", "/", [".*", ".*", ".*"]));
        let epoch = permissions.epoch();
        for bad in [
            "(",
            "*",
            "(?=a)",
            "(a)\\1",
            "[z-a]",
            "((a{100}){100}){100}",
            &"a".repeat(20_000),
            &"(".repeat(9_000),
        ] {
            for patterns in [[bad, "", ""], ["", bad, ""], ["", "", bad]] {
                let error = Permissions::check(&entry("u", "/", patterns)).unwrap_err();
                assert_eq!(error.name(), "PRECONDITION_FAILED");
                assert!(!error.reason().contains('\n') && error.reason().len() < 200, "{error}");
            }
        }
        let error = Permissions::check(&entry("u", "/", ["(", "", ""])).unwrap_err();
        assert_eq!(error.reason(), "regular expression '(' is invalid: unclosed group");
        assert_eq!(permissions.epoch(), epoch);
        assert!(permissions.permits("u", "/", Permission::Write, "q"));
        // One that an earlier version took and this one does not permits nothing.
        permissions.put(entry("u", "/", ["(", ".*", "("]));
        assert!(!permissions.permits("u", "/", Permission::Read, "q"));
        assert!(permissions.permits("u", "/", Permission::Write, "q"));
    }

    #[test]
    fn hostile_expressions_do_not_make_a_search_explode() {
        assert!(!allows("^(a+)+$", &format!("{}b", "a".repeat(254))));
        assert!(!allows("^(a|aa)*$", &format!("{}b", "a".repeat(254))));
    }

    #[test]
    fn entries_are_listed_and_removed_by_user_and_by_vhost() {
        let permissions = Permissions::default();
        let all = [("a", "/"), ("a", "v"), ("b", "/"), ("b", "v")].map(|(u, v)| entry(u, v, ["x", "y", "z"]));
        all.iter().rev().for_each(|entry| permissions.put(entry.clone()));
        assert_eq!(permissions.list(), all);
        assert_eq!(permissions.list_user("a"), all[..2]);
        assert_eq!(permissions.list_vhost("/"), [all[0].clone(), all[2].clone()]);
        assert_eq!(permissions.get("b", "v"), Some(all[3].clone()));
        assert!(permissions.remove("a", "/") && !permissions.remove("a", "/"));
        permissions.remove_vhost("v");
        assert_eq!(permissions.list(), all[2..3]);
        permissions.remove_user("b");
        assert!(permissions.list().is_empty() && permissions.by_user.read().is_empty());
    }

    #[test]
    fn every_change_moves_the_epoch_and_asking_does_not() {
        let permissions = Permissions::default();
        let mut seen = vec![permissions.epoch()];
        permissions.put(entry("u", "/", ["", "", ""]));
        seen.push(permissions.epoch());
        permissions.permits("u", "/", Permission::Read, "q");
        assert_eq!(seen.last(), Some(&permissions.epoch()));
        permissions.remove("u", "/");
        seen.push(permissions.epoch());
        permissions.remove_vhost("/");
        seen.push(permissions.epoch());
        permissions.remove_user("u");
        seen.push(permissions.epoch());
        permissions.clear();
        seen.push(permissions.epoch());
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    }

    #[test]
    fn entries_have_the_shape_of_definitions() {
        let json = r#"{"user":"u","vhost":"/","configure":".*","write":"","read":"^q"}"#;
        let read: PermissionEntry = serde_json::from_str(json).unwrap();
        assert_eq!(read, entry("u", "/", [".*", "", "^q"]));
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }
}
