//! The headers `CC` and `BCC`: more routing keys for a message (RabbitMQ, sender-selected distribution).
//!
//! A message goes where any of its keys leads, each queue once. `BCC` is taken out before anybody sees the message; its keys are
//! annotated on it, because they are those of its dead letter too.

use crate::properties::{Change, RawProperties, flags, peek_flags, rewrite};
use crate::value::FieldValue;

use super::Message;
use super::annotations::Annotations;
use crate::error::Error;

const CC: &str = "CC";
const BCC: &str = "BCC";

/// Whether a message may have such headers: a quick look without decoding, which passes some that have none.
#[inline]
pub fn may_have(message: &Message<'_>) -> bool {
    peek_flags(message.properties) & flags::HEADERS != 0 && mentions(message.properties)
}

fn mentions(properties: &[u8]) -> bool {
    memchr::memchr_iter(b'C', properties).any(|at| properties.get(at + 1) == Some(&b'C'))
}

/// Routing keys that a message has besides its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CcBcc {
    /// Those of the header `CC`, which its receivers see.
    pub shown: Vec<String>,
    /// Those of the header `BCC`.
    pub blind: Vec<String>,
}

impl CcBcc {
    /// All of them.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.shown.iter().chain(&self.blind).map(String::as_str)
    }

    /// Puts notes behind properties, with the blind keys among them. Returns whether there are any.
    pub fn note(&self, notes: Annotations, properties: &mut Vec<u8>) -> bool {
        Annotations { blind: self.blind.clone(), ..notes }.write(properties)
    }
}

/// The additional routing keys that a message's headers name.
///
/// # Errors
/// `PRECONDITION_FAILED` for a header that is no array. Elements that are no text are passed over.
pub fn of(message: &Message<'_>) -> Result<CcBcc, Error> {
    let Some(headers) = RawProperties::new(message.properties).headers() else {
        return Ok(CcBcc::default());
    };
    let keys = |name: &str| match headers.get(name).map(|value| value.to_owned()) {
        None => Ok(Vec::new()),
        Some(FieldValue::Array(elements)) => Ok(elements.iter().filter_map(text).collect()),
        Some(other) => Err(Error::unacceptable_header(name, &other)),
    };
    Ok(CcBcc { shown: keys(CC)?, blind: keys(BCC)? })
}

/// The additional routing keys of a message that the broker sends on, by its headers and its notes. A header that says
/// nothing sensible says nothing.
pub fn annotated(message: &Message<'_>, notes: &Annotations) -> CcBcc {
    let mut copies = of(message).unwrap_or_default();
    if notes.rekeyed {
        copies.shown.clear();
    }
    copies.blind.extend_from_slice(&notes.blind);
    copies
}

fn text(value: &FieldValue) -> Option<String> {
    let FieldValue::LongString(text) = value else { return None };
    String::from_utf8(text.clone()).ok()
}

/// The properties without `BCC`, if they have it. Every other octet stays as it is, or means the same.
pub fn without_blind(properties: &[u8]) -> Option<Vec<u8>> {
    let mut headers = RawProperties::new(properties).headers()?.to_owned();
    headers.remove(BCC)?;
    let mut out = Vec::with_capacity(properties.len());
    rewrite(properties, Change::Set(&headers), Change::Keep, &mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use crate::properties::BasicProperties;
    use crate::value::FieldTable;

    use super::*;
    use crate::message::Body;

    fn properties(headers: &[(&str, FieldValue)]) -> BasicProperties {
        let mut table = FieldTable::new();
        for (name, value) in headers {
            table.insert(*name, value.clone());
        }
        BasicProperties {
            headers: Some(table),
            content_type: Some("text/plain".into()),
            message_id: Some("m".into()),
            ..BasicProperties::default()
        }
    }

    fn array(elements: &[FieldValue]) -> FieldValue {
        FieldValue::Array(elements.to_vec())
    }

    fn with<T>(headers: &[(&str, FieldValue)], look: impl FnOnce(&Message<'_>) -> T) -> T {
        let properties = properties(headers).to_bytes();
        look(&Message {
            exchange: "e",
            routing_key: "k",
            properties: &properties,
            body: Body::Inline(b""),
            frames: &[],
            persistent: false,
            mandatory: false,
            annotated: false,
        })
    }

    #[test]
    fn keys_are_those_of_both_headers() {
        let headers = [
            ("BCC", array(&["c".into()])),
            ("n", 1.into()),
            ("CC", array(&["a".into(), 5.into(), "b".into()])),
        ];
        let copies = with(&headers, of).unwrap();
        assert_eq!(copies.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(copies.blind, ["c"]);
        assert!(with(&headers, may_have));
        assert_eq!(with(&[("cc", "k".into())], of), Ok(CcBcc::default()));
        assert!(!with(&[("cc", "k".into()), ("other", "C C".into())], may_have));
    }

    #[test]
    fn what_is_noted_counts_for_more_than_what_is_shown() {
        let notes = |rekeyed| Annotations { rekeyed, blind: vec!["b".into()], ..Annotations::default() };
        let headers = [("CC", array(&["a".into()]))];
        let keys = |rekeyed| {
            let copies = with(&headers, |message| annotated(message, &notes(rekeyed)));
            copies.keys().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!((keys(false), keys(true)), (vec!["a".into(), "b".into()], vec!["b".to_owned()]));
    }

    #[test]
    fn a_header_that_is_no_array_is_refused() {
        for (name, value, kind) in [("CC", FieldValue::from("k"), "longstr"), ("BCC", 5.into(), "signedint")]
        {
            let error = with(&[(name, value)], of).unwrap_err();
            let text = format!("invalid message: {{unacceptable_type_in_header,\"{name}\",{kind}}}");
            assert_eq!((error.name(), error.reason()), ("PRECONDITION_FAILED", text.as_str()));
        }
    }

    #[test]
    fn nobody_sees_the_blind_ones() {
        let (shown, other) = (("CC", array(&["a".into()])), ("n", FieldValue::from(1)));
        let all = properties(&[shown.clone(), ("BCC", array(&["b".into()])), other.clone()]).to_bytes();
        let without = without_blind(&all).unwrap();
        assert_eq!(BasicProperties::decode(&without).unwrap(), properties(&[shown, other]));
        assert_eq!(without_blind(&without), None);
        assert_eq!(without_blind(&[0, 0]), None);
    }
}
