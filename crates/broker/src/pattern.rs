//! Regular expressions over names: of permissions and of policies. They are looked for anywhere in a name, as RabbitMQ
//! does it, and what one may cost is limited.

use regex::bytes::{Regex, RegexBuilder};

use warren_model::error::Error;

/// The longest regular expression, in octets.
const MAX_PATTERN: usize = 16 * 1024;
/// What one regular expression may take in memory, in octets: compiled, and again while it searches.
const MAX_COMPILED: usize = 1 << 20;
/// Characters of a refused expression that its error shows.
const SHOWN: usize = 64;

/// A regular expression, ready to be asked.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// The two that nearly every user has are answered without a search, and take no memory.
    Everything,
    /// Matches the empty name alone, which nothing has.
    Nothing,
    Search(Regex),
}

impl Pattern {
    /// Makes the expression ready.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if it is none, or too large.
    pub(crate) fn compile(text: &str) -> Result<Self, Error> {
        match text {
            "" | "^$" => return Ok(Self::Nothing),
            ".*" | "^.*" => return Ok(Self::Everything),
            _ => {}
        }
        let refuse = |why: &str| Error::invalid_regexp(&shown(text), why);
        if text.len() > MAX_PATTERN {
            return Err(refuse(&format!("it is longer than {MAX_PATTERN} octets")));
        }
        // RabbitMQ compares octets, so `\d` and the like are ASCII's.
        RegexBuilder::new(text)
            .unicode(!text.is_ascii())
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .build()
            .map(Self::Search)
            .map_err(|error| refuse(&why(&error)))
    }

    /// The expression, or what nothing matches in place of one that was checked before and is refused all the same: an earlier
    /// version took it.
    pub(crate) fn or_nothing(compiled: Result<Self, Error>) -> Self {
        compiled.unwrap_or_else(|error| {
            tracing::error!(%error, "a regular expression is taken for one that matches nothing");
            Self::Nothing
        })
    }

    /// Whether it is found in `name`.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Nothing => name.is_empty(),
            Self::Search(regex) => regex.is_match(name.as_bytes()),
        }
    }
}

/// An expression as an error names it: not more than its beginning.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What is wrong, in one line: the compiler of regular expressions draws a picture around it.
fn why(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => format!("compiled, it takes more than {limit} octets"),
        _ => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    }
}
