//! The header that tells a consumer a message's offset: the properties as they came, with `x-stream-offset` among the
//! headers (RabbitMQ, streams: consuming).

use warren_model::properties::{Change, RawProperties, flags, peek_flags, rewrite};
use warren_model::value::{FieldTable, FieldValue};

use crate::stream::offset::ARGUMENT as HEADER;

/// What stands before the headers.
const BEFORE: u16 = flags::CONTENT_TYPE | flags::CONTENT_ENCODING;
/// Length of the header in a table: length of the name, the name, type, value.
const LENGTH: usize = 1 + HEADER.len() + 1 + 8;

/// Writes `properties` with the header for `offset` to `out`, in place of what it held.
pub(crate) fn with_offset(properties: &[u8], offset: u64, out: &mut Vec<u8>) {
    out.clear();
    let set = peek_flags(properties);
    match properties {
        // Nothing stands before the headers, and there are none: the usual case.
        [_, _, rest @ ..] if set & (flags::HEADERS | BEFORE) == 0 => {
            out.extend_from_slice(&(set | flags::HEADERS).to_be_bytes());
            out.extend_from_slice(&(LENGTH as u32).to_be_bytes());
            put_header(offset, out);
            out.extend_from_slice(rest);
        }
        _ => with_offset_among_others(properties, offset, out),
    }
}

fn put_header(offset: u64, out: &mut Vec<u8>) {
    out.push(HEADER.len() as u8);
    out.extend_from_slice(HEADER.as_bytes());
    out.push(b'l');
    out.extend_from_slice(&offset.to_be_bytes());
}

fn with_offset_among_others(properties: &[u8], offset: u64, out: &mut Vec<u8>) {
    let headers = RawProperties::new(properties).headers();
    if let Some(entries) =
        headers.filter(|headers| headers.get(HEADER).is_none()).map(|headers| headers.as_bytes())
        && let Some(start) = (entries.as_ptr() as usize).checked_sub(properties.as_ptr() as usize)
        && let Some((front, _)) = properties.split_at_checked(start.saturating_sub(4))
        && let Some((_, rest)) = properties.split_at_checked(start + entries.len())
    {
        out.extend_from_slice(front);
        out.extend_from_slice(&((entries.len() + LENGTH) as u32).to_be_bytes());
        out.extend_from_slice(entries);
        put_header(offset, out);
        return out.extend_from_slice(rest);
    }
    let mut headers = headers.map_or_else(FieldTable::new, |headers| headers.to_owned());
    headers.insert(HEADER, FieldValue::LongLongInt(i64::try_from(offset).unwrap_or(i64::MAX)));
    if rewrite(properties, Change::Set(&headers), Change::Keep, out).is_err() {
        // They were checked when they came, so this does not happen.
        out.clear();
        out.extend_from_slice(properties);
    }
}

#[cfg(test)]
mod tests {
    use warren_model::properties::BasicProperties;

    use super::*;

    fn written(properties: &BasicProperties) -> BasicProperties {
        let mut out = vec![1, 2, 3];
        with_offset(&properties.to_bytes(), 42, &mut out);
        BasicProperties::decode(&out).unwrap()
    }

    fn table(entries: &[(&str, FieldValue)]) -> Option<FieldTable> {
        Some(entries.iter().cloned().collect())
    }

    #[test]
    fn the_offset_joins_whatever_there_is() {
        let offset = (HEADER, FieldValue::LongLongInt(42));
        let none = BasicProperties::default();
        assert_eq!(written(&none).headers, table(std::slice::from_ref(&offset)));
        let plain = BasicProperties {
            delivery_mode: Some(2),
            app_id: Some("a".into()),
            ..BasicProperties::default()
        };
        let expected = BasicProperties { headers: table(std::slice::from_ref(&offset)), ..plain.clone() };
        assert_eq!(written(&plain), expected);
        let typed = BasicProperties { content_type: Some("text/plain".into()), ..plain };
        let expected = BasicProperties { headers: table(std::slice::from_ref(&offset)), ..typed.clone() };
        assert_eq!(written(&typed), expected);
        let more = BasicProperties { headers: table(&[("x", 1.into())]), ..typed.clone() };
        let expected = BasicProperties { headers: table(&[("x", 1.into()), offset]), ..typed };
        assert_eq!(written(&more), expected);
    }

    #[test]
    fn the_offset_in_another_stream_is_replaced() {
        let republished = BasicProperties {
            headers: table(&[(HEADER, 7.into()), ("x", 1.into())]),
            ..BasicProperties::default()
        };
        let expected = table(&[(HEADER, FieldValue::LongLongInt(42)), ("x", 1.into())]);
        assert_eq!(written(&republished).headers, expected);
    }
}
