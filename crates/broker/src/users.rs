//! Provisional.
use crate::error::Error;
/// u
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct User {
    /** n */
    pub name: String,
    /** p */
    pub password_hash: String,
    /** t */
    pub tags: Vec<String>,
}
impl User {
    /** x */
    pub fn with_password(name: &str, p: &[u8], _s: [u8; 4], tags: Vec<String>) -> Self {
        Self { name: name.into(), password_hash: String::from_utf8_lossy(p).into(), tags }
    }
}
/// us
#[derive(Debug, Default)]
pub struct Users(parking_lot::RwLock<std::collections::BTreeMap<String, User>>);
impl Users {
    /** x */
    pub fn put(&self, u: User) {
        self.0.write().insert(u.name.clone(), u);
    }
    /** x */
    pub fn remove(&self, n: &str) {
        self.0.write().remove(n);
    }
    /** x */
    pub fn list(&self) -> Vec<User> {
        self.0.read().values().cloned().collect()
    }
    /** x */
    pub fn is_empty(&self) -> bool {
        self.0.read().is_empty()
    }
    /** x */
    pub fn clear(&self) {
        self.0.write().clear()
    }
    /** x */
    pub fn authenticate(&self, n: &str, p: &[u8], _l: bool, _u: &[String]) -> Result<User, Error> {
        self.0
            .read()
            .get(n)
            .filter(|u| u.password_hash.as_bytes() == p)
            .cloned()
            .ok_or_else(|| Error::invalid_credentials(n))
    }
}
