//! Open files: each connection is one.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Allows this process as many open files as it may allow itself: the soft limit of 1024 that many systems set is for programs that
/// use select(2).
pub fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
