//! How much of a stream is kept, and for how long (RabbitMQ, streams: data retention).

const SECOND: u64 = 1000;
const DAY: u64 = 24 * 3600 * SECOND;

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

impl Limits {
    /// Whether a stream of `bytes` bytes, the newest message of whose first segment arrived at `last_at`, is too much.
    pub(super) fn exceeded(&self, bytes: u64, last_at: u64, now: u64) -> bool {
        self.max_bytes.is_some_and(|max| bytes > max)
            || self.max_age.is_some_and(|age| now.saturating_sub(last_at) > age)
    }
}

/// The milliseconds of an age as arguments and policies give it: a number and one of `Y`, `M`, `D`, `h`, `m`, `s`.
/// `None` if it is none.
pub(crate) fn parse_age(text: &str) -> Option<u64> {
    let unit = match text.chars().next_back()? {
        'Y' => 365 * DAY,
        'M' => 30 * DAY,
        'D' => DAY,
        'h' => 3600 * SECOND,
        'm' => 60 * SECOND,
        's' => SECOND,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that is too large means for ever.
    let count = digits.parse::<u64>().unwrap_or(u64::MAX);
    (count > 0).then(|| count.saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_a_number_and_a_unit() {
        let good = [("1s", 1000), ("2m", 120_000), ("3h", 10_800_000), ("7D", 7 * DAY), ("1M", 30 * DAY)];
        for (text, milliseconds) in good.into_iter().chain([("1Y", 365 * DAY)]) {
            assert_eq!(parse_age(text), Some(milliseconds), "{text}");
        }
        for text in ["", "1", "h", "0h", "-1h", "1.5h", "1 h", "1d", "1H", "h1", "1hh", "5é"] {
            assert_eq!(parse_age(text), None, "{text}");
        }
        assert_eq!(parse_age("99999999999999999999Y"), Some(u64::MAX));
    }

    #[test]
    fn a_limit_that_is_not_set_is_never_exceeded() {
        let within = |limits: Limits| !limits.exceeded(1000, 50, 100);
        assert!(within(Limits::default()));
        assert!(within(Limits { max_bytes: Some(1000), max_age: Some(50), segment_bytes: None }));
        assert!(!within(Limits { max_bytes: Some(999), ..Limits::default() }));
        assert!(!within(Limits { max_age: Some(49), ..Limits::default() }));
    }
}
