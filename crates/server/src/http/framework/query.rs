//! Query strings: `key=value` pairs, percent-decoded, each key once.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::error::ApiError;

/// More pairs than this are a mistake.
const MAX_PAIRS: usize = 100;

/// The pairs of a query.
#[derive(Debug, Default)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// The value of a key; the first one counts.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Takes a query apart.
pub fn pairs(query: Option<&str>) -> Result<Pairs, ApiError> {
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    let mut pairs = Vec::new();
    for part in parts {
        if pairs.len() == MAX_PAIRS {
            return Err(ApiError::bad_request(format!("the query has more than {MAX_PAIRS} parameters")));
        }
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        pairs.push((decode(key)?, decode(value)?));
    }
    Ok(Pairs(pairs))
}

fn decode(text: &str) -> Result<String, ApiError> {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| ApiError::bad_request("the query is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_takes_the_first() {
        let pairs = pairs(Some("a=1%2F2&b=x+y&a=3&flag&=empty&if-unused=true")).unwrap();
        assert_eq!((pairs.get("a"), pairs.get("b"), pairs.get("flag")), (Some("1/2"), Some("x y"), Some("")));
        assert_eq!((pairs.get("if-unused"), pairs.get("none")), (Some("true"), None));
    }

    #[test]
    fn refuses_what_is_too_much_or_not_text() {
        assert!(pairs(Some("a=%ff")).is_err());
        assert!(pairs(Some(&"a&".repeat(101))).is_err());
        assert!(pairs(None).unwrap().get("a").is_none());
    }
}
