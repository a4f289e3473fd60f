//! The headers `CC` and `BCC`: more routing keys for a message (RabbitMQ, sender-selected distribution).
//!
//! A message goes where any of its keys leads, each queue once. `BCC` is taken out before anybody sees the message.

use warren_protocol::properties::{Change, RawProperties, rewrite};
use warren_protocol::value::FieldValue;

use crate::error::Error;
use crate::message::Message;

const CC: &str = "CC";
const BCC: &str = "BCC";
/// Flag of `headers`, in the first octet of the properties.
const HEADERS: u8 = 1 << 5;

/// Whether a message may have such headers: a quick look without decoding, which passes some that have none.
#[inline]
pub(crate) fn may_have(message: &Message<'_>) -> bool {
    match message.properties {
        [first, ..] if first & HEADERS != 0 => mentions(message.properties),
        _ => false,
    }
}

fn mentions(properties: &[u8]) -> bool {
    memchr::memchr_iter(b'C', properties).any(|at| properties.get(at + 1) == Some(&b'C'))
}

/// The additional routing keys of a message.
///
/// # Errors
/// `PRECONDITION_FAILED` for a header that is no array. Elements that are no text are passed over.
pub(crate) fn keys(message: &Message<'_>) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    let Some(headers) = RawProperties::new(message.properties).headers() else { return Ok(keys) };
    for name in [CC, BCC] {
        match headers.get(name).map(|value| value.to_owned()) {
            None => {}
            Some(FieldValue::Array(elements)) => keys.extend(elements.iter().filter_map(|element| {
                let FieldValue::LongString(key) = element else { return None };
                String::from_utf8(key.clone()).ok()
            })),
            Some(other) => return Err(Error::unacceptable_header(name, &other)),
        }
    }
    Ok(keys)
}

/// The properties without `BCC`, if they have it. Every other octet stays as it is, or means the same.
pub(crate) fn without_blind(properties: &[u8]) -> Option<Vec<u8>> {
    let mut headers = RawProperties::new(properties).headers()?.to_owned();
    headers.remove(BCC)?;
    let mut out = Vec::with_capacity(properties.len());
    rewrite(properties, Change::Set(&headers), Change::Keep, &mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use warren_protocol::properties::BasicProperties;
    use warren_protocol::value::FieldTable;

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
        })
    }

    #[test]
    fn keys_are_those_of_both_headers() {
        let headers = [
            ("BCC", array(&["c".into()])),
            ("n", 1.into()),
            ("CC", array(&["a".into(), 5.into(), "b".into()])),
        ];
        assert_eq!(with(&headers, keys), Ok(vec!["a".into(), "b".into(), "c".into()]));
        assert!(with(&headers, may_have));
        assert_eq!(with(&[("cc", "k".into())], keys), Ok(vec![]));
        assert!(!with(&[("cc", "k".into()), ("other", "C C".into())], may_have));
    }

    #[test]
    fn a_header_that_is_no_array_is_refused() {
        for (name, value, kind) in [("CC", FieldValue::from("k"), "longstr"), ("BCC", 5.into(), "signedint")]
        {
            let error = with(&[(name, value)], keys).unwrap_err();
            let text = format!("invalid message: {{unacceptable_type_in_header,\"{name}\",{kind}}}");
            assert_eq!((error.code().0, error.reason()), (406, text.as_str()));
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
