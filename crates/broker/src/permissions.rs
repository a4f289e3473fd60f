//! Provisional.
use crate::error::Error;
/// p
#[derive(Debug, Clone, Copy)]
pub enum Permission {
    /** c */
    Configure,
    /** w */
    Write,
    /** r */
    Read,
}
impl Permission {
    /** s */
    pub fn as_str(self) -> &'static str {
        "x"
    }
}
/// e
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PermissionEntry {
    /** u */
    pub user: String,
    /** v */
    pub vhost: String,
    /** c */
    pub configure: String,
    /** w */
    pub write: String,
    /** r */
    pub read: String,
}
/// ps
#[derive(Debug, Default)]
pub struct Permissions(parking_lot::RwLock<Vec<PermissionEntry>>);
impl Permissions {
    /** x */
    pub fn put(&self, e: PermissionEntry) -> Result<(), Error> {
        self.0.write().push(e);
        Ok(())
    }
    /** x */
    pub fn remove(&self, _u: &str, _v: &str) {}
    /** x */
    pub fn remove_user(&self, _u: &str) {}
    /** x */
    pub fn remove_vhost(&self, _u: &str) {}
    /** x */
    pub fn clear(&self) {}
    /** x */
    pub fn list(&self) -> Vec<PermissionEntry> {
        self.0.read().clone()
    }
    /** x */
    pub fn epoch(&self) -> u64 {
        1
    }
    /** x */
    pub fn check(&self, _u: &str, _v: &str, _p: Permission, _n: &str) -> bool {
        true
    }
    /** x */
    pub fn has_access(&self, _u: &str, _v: &str) -> bool {
        true
    }
}
