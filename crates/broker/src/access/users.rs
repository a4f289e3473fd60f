//! Users: who may log in, and with which tags.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use warren_model::access::User;

use parking_lot::RwLock;

use warren_model::access::password::{self};
use warren_model::error::Error;

/// All users of a node.
#[derive(Debug, Default)]
pub struct Users {
    by_name: RwLock<BTreeMap<String, User>>,
    epoch: AtomicU64,
}

impl Users {
    /// Adds a user, or replaces the one of that name. Whether it can be one is for [`User::check`] to say before.
    pub(crate) fn put(&self, user: User) {
        let mut users = self.by_name.write();
        users.insert(user.name.clone(), user);
        self.moved();
    }

    /// Removes a user; `false` if there is none of that name.
    pub(crate) fn remove(&self, name: &str) -> bool {
        let mut users = self.by_name.write();
        let removed = users.remove(name).is_some();
        if removed {
            self.moved();
        }
        removed
    }

    /// Removes all.
    pub(crate) fn clear(&self) {
        let mut users = self.by_name.write();
        users.clear();
        self.moved();
    }

    /// The user of that name.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is none.
    pub fn get(&self, name: &str) -> Result<User, Error> {
        self.by_name.read().get(name).cloned().ok_or_else(|| Error::no_user(name))
    }

    /// Whether there is a user of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.read().contains_key(name)
    }

    /// All users, by name.
    pub fn list(&self) -> Vec<User> {
        self.by_name.read().values().cloned().collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.read().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.read().is_empty()
    }

    /// A number that moves with every change, for those who remember what they saw: read it first, then look.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Checks credentials. Users in `loopback_users` may log in from the node's own machine only, and are told so only when the
    /// password is right (RabbitMQ, access control: "guest" user can only connect from localhost).
    ///
    /// # Errors
    /// [`Error::LoginRefused`] with the reason, which is for the log and not for the client.
    pub fn authenticate(
        &self,
        name: &str,
        password: &[u8],
        peer_is_loopback: bool,
        loopback_users: &[String],
    ) -> Result<User, Error> {
        if password.is_empty() {
            return Err(Error::blank_password(name));
        }
        let user = self.get(name).map_err(|_| Error::invalid_credentials(name))?;
        if !password::verify(&user.password_hash, user.hashing_algorithm, password) {
            return Err(Error::invalid_credentials(name));
        }
        if !peer_is_loopback && loopback_users.iter().any(|only| only == name) {
            return Err(Error::loopback_only(name));
        }
        Ok(user)
    }

    /// Called while the lock is held, so that whoever sees the new epoch sees the change too.
    fn moved(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use warren_model::access::HashingAlgorithm;

    use super::*;

    const SALT: [u8; 4] = [1, 2, 3, 4];

    fn user(name: &str, password: &str) -> User {
        User::with_password(name, password.as_bytes(), SALT, Vec::new())
    }

    fn refusal(users: &Users, name: &str, password: &str, loopback: bool) -> String {
        let guests = ["guest".to_owned()];
        let error = users.authenticate(name, password.as_bytes(), loopback, &guests).unwrap_err();
        assert!(matches!(error, Error::LoginRefused(_)));
        error.reason().to_owned()
    }

    #[test]
    fn the_right_password_logs_in_and_nothing_else() {
        let users = Users::default();
        users.put(user("ann", "secret"));
        assert_eq!(users.authenticate("ann", b"secret", false, &[]).unwrap().name, "ann");
        assert_eq!(refusal(&users, "ann", "Secret", true), "user 'ann' - invalid credentials");
        assert_eq!(refusal(&users, "bob", "secret", true), "user 'bob' - invalid credentials");
        assert!(refusal(&users, "ann", "", true).starts_with("user 'ann' attempted to log in with a blank"));
    }

    #[test]
    fn no_password_fits_a_user_whose_password_was_cleared_or_is_empty() {
        let users = Users::default();
        let mut cleared = user("ann", "secret");
        cleared.clear_password();
        users.put(cleared);
        users.put(user("bob", ""));
        for name in ["ann", "bob"] {
            refusal(&users, name, "", true);
            refusal(&users, name, "secret", true);
        }
    }

    #[test]
    fn loopback_users_log_in_from_this_machine_only() {
        let users = Users::default();
        users.put(user("guest", "guest"));
        let guests = ["guest".to_owned()];
        assert!(users.authenticate("guest", b"guest", true, &guests).is_ok());
        assert!(users.authenticate("guest", b"guest", false, &[]).is_ok());
        assert_eq!(refusal(&users, "guest", "guest", false), "user 'guest' can only connect via localhost");
        assert_eq!(refusal(&users, "guest", "wrong", false), "user 'guest' - invalid credentials");
    }

    #[test]
    fn users_are_added_replaced_and_removed() {
        let users = Users::default();
        users.put(user("ann", "one"));
        assert!(users.authenticate("ann", b"one", true, &[]).is_ok());
        let mut ann = users.get("ann").unwrap();
        ann.set_password(b"two", SALT);
        ann.tags = vec!["administrator".into()];
        users.put(ann);
        assert!(users.authenticate("ann", b"two", true, &[]).unwrap().has_tag("administrator"));
        assert_eq!(users.len(), 1);
        assert!(users.remove("ann") && !users.remove("ann") && users.is_empty());
        assert_eq!(users.get("ann").unwrap_err().reason(), "User \"ann\" does not exist");
    }

    #[test]
    fn names_tags_and_hashes_have_limits() {
        user(&"é".repeat(127), "x").check().unwrap();
        for name in [String::new(), "a".repeat(256), "é".repeat(128)] {
            assert_eq!(user(&name, "x").check().unwrap_err().name(), "PRECONDITION_FAILED", "{name}");
        }
        for tags in [vec![String::new()], vec!["t".repeat(256)], vec!["t".to_owned(); 65]] {
            assert!(User { tags, ..user("ann", "x") }.check().is_err());
        }
        let damaged = User::with_hash("ann", "!!".into(), HashingAlgorithm::Sha256, Vec::new());
        assert!(damaged.check().is_err());
    }

    #[test]
    fn every_change_moves_the_epoch_and_nothing_else_does() {
        let users = Users::default();
        let mut last = users.epoch();
        let mut moved = |users: &Users| std::mem::replace(&mut last, users.epoch()) != users.epoch();
        users.put(user("ann", "x"));
        assert!(moved(&users));
        users.put(user("ann", "y"));
        assert!(moved(&users));
        let _ = users.authenticate("ann", b"y", true, &[]);
        assert!(!moved(&users));
        users.remove("ann");
        assert!(moved(&users));
        users.remove("ann");
        assert!(!moved(&users));
        users.clear();
        assert!(moved(&users));
    }

    #[test]
    fn definitions_of_every_age_are_read_and_todays_are_written() {
        let exported = r#"{"name":"u","password_hash":"AAAA","hashing_algorithm":"rabbit_password_hashing_sha512",
            "tags":["administrator"],"limits":{}}"#;
        let read: User = serde_json::from_str(exported).unwrap();
        assert_eq!(read.hashing_algorithm, HashingAlgorithm::Sha512);
        assert!(read.has_tag("administrator"));
        let old: User = serde_json::from_str(r#"{"name":"u","password_hash":"","tags":"a, b"}"#).unwrap();
        assert_eq!((old.tags.len(), old.hashing_algorithm), (2, HashingAlgorithm::Sha256));
        let written = serde_json::to_string(&user("u", "x")).unwrap();
        assert_eq!(serde_json::from_str::<User>(&written).unwrap(), user("u", "x"));
        assert!(written.contains(r#""hashing_algorithm":"rabbit_password_hashing_sha256","tags":[]"#));
    }
}
