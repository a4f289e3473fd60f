//! How much of a stream is kept, and for how long (RabbitMQ, streams: data retention).

use crate::rules::queue_rules::QueueRules;

/// What a stream is kept within. Only whole segments go, so that a stream may hold one segment more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Most bytes of all its segments.
    pub(crate) max_bytes: Option<u64>,
    /// Age in milliseconds beyond which a segment's newest message is too old.
    pub(crate) max_age: Option<u64>,
    /// Size at which a segment is full, in bytes; no more than the broker's own.
    pub(crate) segment_bytes: Option<u64>,
}

impl From<&QueueRules> for Limits {
    fn from(rules: &QueueRules) -> Self {
        Self {
            max_bytes: rules.max_length_bytes,
            max_age: rules.max_age,
            segment_bytes: rules.max_segment_size,
        }
    }
}

impl Limits {
    /// Whether a stream of `bytes` bytes, the newest message of whose first segment arrived at `last_at`, is too much.
    pub(crate) fn exceeded(&self, bytes: u64, last_at: u64, now: u64) -> bool {
        self.max_bytes.is_some_and(|max| bytes > max)
            || self.max_age.is_some_and(|age| now.saturating_sub(last_at) > age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_not_set_is_never_exceeded() {
        let within = |limits: Limits| !limits.exceeded(1000, 50, 100);
        assert!(within(Limits::default()));
        assert!(within(Limits { max_bytes: Some(1000), max_age: Some(50), segment_bytes: None }));
        assert!(!within(Limits { max_bytes: Some(999), ..Limits::default() }));
        assert!(!within(Limits { max_age: Some(49), ..Limits::default() }));
    }
}
