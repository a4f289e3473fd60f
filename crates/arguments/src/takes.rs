//! What values there can be.

use std::fmt;

/// What values an argument or a policy key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// An integer of at least this much.
    AtLeast(i64),
    /// A time in milliseconds, of at least this much.
    Milliseconds(i64),
    /// Any integer.
    Integer,
    /// An integer between these two.
    Between(i64, i64),
    /// The one version that there is.
    Version(i64),
    /// `true` or `false`.
    Boolean,
    /// Any text.
    Text,
    /// One of these words; the other word names the refusal.
    Word(&'static [&'static str], &'static str),
    /// A number and a unit: `Y`, `M`, `D`, `h`, `m`, `s`.
    Age,
}

/// As a help text says it: `milliseconds, at least 1`.
impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "a number, at least {least}"),
            Self::Milliseconds(least) => write!(f, "milliseconds, at least {least}"),
            Self::Integer => f.write_str("a number"),
            Self::Between(least, most) => write!(f, "{least} to {most}"),
            Self::Version(version) => write!(f, "{version}"),
            Self::Boolean => f.write_str("true or false"),
            Self::Text => f.write_str("text"),
            Self::Word(words, _) => f.write_str(&words.join(", ")),
            Self::Age => f.write_str("a number and one of Y, M, D, h, m, s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_described() {
        assert_eq!(Takes::Milliseconds(1).to_string(), "milliseconds, at least 1");
        assert_eq!(Takes::Word(&["a", "b"], "invalid").to_string(), "a, b");
    }
}
