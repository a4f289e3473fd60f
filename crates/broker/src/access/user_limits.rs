//! The limits that users have.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use warren_model::limits::Limits;

/// The limits of users.
#[derive(Debug, Default)]
pub struct UserLimits {
    by_user: RwLock<BTreeMap<String, Limits>>,
    /// Some user may have a limit: as long as none has, nobody needs to look.
    any: AtomicBool,
}

impl UserLimits {
    /// The limits of a user; empty if it has none.
    pub fn get(&self, user: &str) -> Limits {
        if !self.any.load(Ordering::Acquire) {
            return Limits::default();
        }
        self.by_user.read().get(user).cloned().unwrap_or_default()
    }

    /// All users that have limits, by name.
    pub fn list(&self) -> Vec<(String, Limits)> {
        self.by_user.read().iter().map(|(user, limits)| (user.clone(), limits.clone())).collect()
    }

    /// Gives a user these limits instead of those that it had.
    pub(crate) fn put(&self, user: &str, limits: Limits) {
        let mut users = self.by_user.write();
        if limits.is_empty() {
            users.remove(user);
        } else {
            users.insert(user.to_owned(), limits);
        }
        self.any.store(!users.is_empty(), Ordering::Release);
    }

    /// Takes the limits of all users away.
    pub(crate) fn clear(&self) {
        self.by_user.write().clear();
        self.any.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use warren_model::limits::MAX_CHANNELS;

    fn map(value: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn users_without_limits_are_not_kept() {
        let users = UserLimits::default();
        users.put("u", Limits::of_user(&map(json!({"max-channels": 1}))).unwrap());
        assert_eq!((users.get("u").get(MAX_CHANNELS), users.get("other").get(MAX_CHANNELS)), (Some(1), None));
        assert_eq!(users.list().len(), 1);
        users.put("u", Limits::default());
        assert!(users.list().is_empty() && users.get("u").is_empty());
    }
}
