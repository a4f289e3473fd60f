//! All basic properties, owned.

use super::flags::{
    APP_ID, CLUSTER_ID, CONTENT_ENCODING, CONTENT_TYPE, CORRELATION_ID, DELIVERY_MODE, EXPIRATION, HEADERS,
    MESSAGE_ID, PRIORITY, REPLY_TO, TIMESTAMP, TYPE, USER_ID,
};
use super::raw::{RawProperties, check};
use crate::encoding::{DecodeError, put_short_str};
use crate::value::FieldTable;

/// The 14 properties of class basic.
///
/// Decoding turns octets of short strings that are not UTF-8 into replacement characters: this is a form to read and to make
/// properties in, not to pass them on in. What passes messages on keeps the octets and uses [`super::rewrite`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BasicProperties {
    /// MIME type of the body.
    pub content_type: Option<String>,
    /// MIME encoding of the body.
    pub content_encoding: Option<String>,
    /// The application's headers.
    pub headers: Option<FieldTable>,
    /// 1 is transient, 2 persistent.
    pub delivery_mode: Option<u8>,
    /// Priority, 0 the lowest.
    pub priority: Option<u8>,
    /// The application's correlation identifier.
    pub correlation_id: Option<String>,
    /// Where to reply to.
    pub reply_to: Option<String>,
    /// Time to live in milliseconds, as decimal digits.
    pub expiration: Option<String>,
    /// The application's message identifier.
    pub message_id: Option<String>,
    /// Seconds since 1970.
    pub timestamp: Option<u64>,
    /// The application's message type.
    pub type_: Option<String>,
    /// The user who published.
    pub user_id: Option<String>,
    /// The application that published.
    pub app_id: Option<String>,
    /// Reserved by the specification, passed on as it is.
    pub cluster_id: Option<String>,
}

impl BasicProperties {
    /// Reads flags and property list: the payload of a header frame behind its first 12 octets.
    pub fn decode(bytes: &[u8]) -> Result<BasicProperties, DecodeError> {
        check(bytes)?;
        let raw = RawProperties::new(bytes);
        let text = |bytes: Option<&[u8]>| bytes.map(|b| String::from_utf8_lossy(b).into_owned());
        Ok(BasicProperties {
            content_type: text(raw.content_type()),
            content_encoding: text(raw.content_encoding()),
            headers: raw.headers().map(|t| t.to_owned()),
            delivery_mode: raw.delivery_mode(),
            priority: raw.priority(),
            correlation_id: text(raw.correlation_id()),
            reply_to: text(raw.reply_to()),
            expiration: text(raw.expiration()),
            message_id: text(raw.message_id()),
            timestamp: raw.timestamp(),
            type_: text(raw.type_()),
            user_id: text(raw.user_id()),
            app_id: text(raw.app_id()),
            cluster_id: text(raw.cluster_id()),
        })
    }

    /// Appends flags and property list. Strings beyond 255 octets are cut between characters.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.flags().to_be_bytes());
        put(out, &self.content_type);
        put(out, &self.content_encoding);
        if let Some(headers) = &self.headers {
            headers.encode(out);
        }
        out.extend(self.delivery_mode);
        out.extend(self.priority);
        put(out, &self.correlation_id);
        put(out, &self.reply_to);
        put(out, &self.expiration);
        put(out, &self.message_id);
        if let Some(timestamp) = self.timestamp {
            out.extend_from_slice(&timestamp.to_be_bytes());
        }
        put(out, &self.type_);
        put(out, &self.user_id);
        put(out, &self.app_id);
        put(out, &self.cluster_id);
    }

    /// Flags and property list.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }

    fn flags(&self) -> u16 {
        let set = [
            (CONTENT_TYPE, self.content_type.is_some()),
            (CONTENT_ENCODING, self.content_encoding.is_some()),
            (HEADERS, self.headers.is_some()),
            (DELIVERY_MODE, self.delivery_mode.is_some()),
            (PRIORITY, self.priority.is_some()),
            (CORRELATION_ID, self.correlation_id.is_some()),
            (REPLY_TO, self.reply_to.is_some()),
            (EXPIRATION, self.expiration.is_some()),
            (MESSAGE_ID, self.message_id.is_some()),
            (TIMESTAMP, self.timestamp.is_some()),
            (TYPE, self.type_.is_some()),
            (USER_ID, self.user_id.is_some()),
            (APP_ID, self.app_id.is_some()),
            (CLUSTER_ID, self.cluster_id.is_some()),
        ];
        set.iter().filter(|(_, set)| *set).map(|(flag, _)| flag).sum()
    }
}

fn put(out: &mut Vec<u8>, text: &Option<String>) {
    if let Some(text) = text {
        put_short_str(out, text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Change, peek_delivery_mode, rewrite};
    use super::*;

    fn all() -> BasicProperties {
        let text = |s: &str| Some(s.to_string());
        BasicProperties {
            content_type: text("text/plain"),
            content_encoding: text("gzip"),
            headers: Some(FieldTable::from_iter([("k", 1)])),
            delivery_mode: Some(2),
            priority: Some(9),
            correlation_id: text("corr"),
            reply_to: text("amq.gen-1"),
            expiration: text("60000"),
            message_id: text("m-1"),
            timestamp: Some(1_700_000_000),
            type_: text("type"),
            user_id: text("guest"),
            app_id: text("app"),
            cluster_id: text("cluster"),
        }
    }

    #[test]
    fn all_properties_survive_the_wire() {
        let bytes = all().to_bytes();
        assert_eq!(&bytes[..2], &[0xff, 0xfc]);
        assert_eq!(BasicProperties::decode(&bytes), Ok(all()));
        let raw = RawProperties::new(&bytes);
        assert_eq!(raw.priority(), Some(9));
        assert_eq!(raw.user_id(), Some(&b"guest"[..]));
        assert_eq!(raw.expiration(), Some(&b"60000"[..]));
        assert_eq!(peek_delivery_mode(&bytes), Some(2));
        assert_eq!(BasicProperties::decode(&[0, 0]), Ok(BasicProperties::default()));
        assert_eq!(peek_delivery_mode(&[0x10, 0, 1]), Some(1));
        assert_eq!(peek_delivery_mode(&[0, 0]), None);
    }

    #[test]
    fn every_cut_and_every_addition_is_refused() {
        let bytes = all().to_bytes();
        for end in 0..bytes.len() {
            assert!(check(&bytes[..end]).is_err(), "cut at {end}");
        }
        let more = [&bytes[..], &[0]].concat();
        assert_eq!(check(&more), Err(DecodeError::Trailing(1)));
        assert_eq!(check(&[0, 1]), Err(DecodeError::UnknownFlags(1)));
        assert_eq!(check(&[255; 40]), Err(DecodeError::UnknownFlags(3)));
        assert_eq!(check(&[0x80, 0, 200, b'x']), Err(DecodeError::Truncated));
        assert_eq!(check(&[0x20, 0, 0, 1, 0, 0, 1]), Err(DecodeError::Truncated));
    }

    #[test]
    fn rewriting_touches_only_what_it_is_told() {
        let table = FieldTable::from_iter([("x-death", "expired")]);
        let mut out = Vec::new();
        rewrite(&all().to_bytes(), Change::Set(&table), Change::Remove, &mut out).unwrap();
        let expected = BasicProperties { headers: Some(table.clone()), expiration: None, ..all() };
        assert_eq!(BasicProperties::decode(&out), Ok(expected));

        let binary = [0x04, 0, 3, 0xff, 0, 0xfe];
        out.clear();
        rewrite(&binary, Change::Set(&table), Change::Set("5"), &mut out).unwrap();
        let raw = RawProperties::new(&out);
        assert_eq!(raw.correlation_id(), Some(&[0xff, 0, 0xfe][..]));
        assert_eq!(raw.expiration(), Some(&b"5"[..]));
        assert_eq!(raw.headers().map(|t| t.to_owned()), Some(table));

        out.clear();
        rewrite(&all().to_bytes(), Change::Keep, Change::Keep, &mut out).unwrap();
        assert_eq!(out, all().to_bytes());
        out.clear();
        assert!(rewrite(&[0x80], Change::Keep, Change::Keep, &mut out).is_err());
        assert!(out.is_empty());
    }

    #[test]
    fn identifiers_that_are_not_text_can_be_read() {
        let bytes = [0x04, 0, 2, 0xff, b'a'];
        assert_eq!(RawProperties::new(&bytes).correlation_id(), Some(&[0xff, b'a'][..]));
        let read = BasicProperties::decode(&bytes).unwrap();
        assert_eq!(read.correlation_id.as_deref(), Some("\u{fffd}a"));
    }
}
