//! What is written is read as the same: tables, properties, frames. (Methods: see the comparison with another implementation.)

use crate::generate::{properties, table, untidy_table};
use proptest::collection::vec;
use proptest::prelude::*;
use warren_amqp091::content::{write_content, write_deliver};
use warren_amqp091::frame::{FrameKind, decode_frame};
use warren_amqp091::method::{Method, basic};
use warren_model::properties::{BasicProperties, Change, RawProperties, check, peek_delivery_mode, rewrite};
use warren_model::value::{FieldTable, Table};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn tables(table in untidy_table()) {
        let bytes = table.to_bytes();
        prop_assert_eq!(FieldTable::decode(&bytes), Ok(table.clone()));
        let borrowed = Table::decode(&bytes).unwrap();
        prop_assert_eq!(borrowed.is_empty(), table.is_empty());
        for (key, _) in table.iter() {
            prop_assert_eq!(borrowed.get(key).map(|v| v.to_owned()), table.get(key).cloned());
        }
    }

    #[test]
    fn cut_tables_are_refused(table in table(), cut in any::<prop::sample::Index>()) {
        let bytes = table.to_bytes();
        prop_assert!(Table::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn octets_are_a_table_or_not_but_never_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        let with_length = [&(bytes.len() as u32).to_be_bytes()[..], &bytes].concat();
        if let Ok(table) = FieldTable::decode(&with_length) {
            // What was read is written again, though 'L' becomes 'l' and any truth 1.
            prop_assert_eq!(table.to_bytes().len(), with_length.len());
        }
        let _ = Method::decode(&bytes);
        let _ = BasicProperties::decode(&bytes);
        let _ = peek_delivery_mode(&bytes);
        let _ = format!("{:?}", RawProperties::new(&bytes).headers());
        let _ = decode_frame(&bytes, 4096);
    }

    #[test]
    fn all_properties(p in properties()) {
        let bytes = p.to_bytes();
        prop_assert_eq!(check(&bytes), Ok(()));
        prop_assert_eq!(peek_delivery_mode(&bytes), p.delivery_mode);
        let raw = RawProperties::new(&bytes);
        prop_assert_eq!(raw.timestamp(), p.timestamp);
        prop_assert_eq!(raw.app_id(), p.app_id.as_deref().map(str::as_bytes));
        prop_assert_eq!(BasicProperties::decode(&bytes), Ok(p));
    }

    #[test]
    fn rewritten_properties(p in properties(), headers in proptest::option::of(table()), expiration in proptest::option::of("[0-9]{1,9}")) {
        let mut out = Vec::new();
        let change = headers.as_ref().map_or(Change::Remove, Change::Set);
        rewrite(&p.to_bytes(), change, expiration.as_deref().map_or(Change::Keep, Change::Set), &mut out).unwrap();
        let expiration = expiration.or(p.expiration.clone());
        prop_assert_eq!(BasicProperties::decode(&out), Ok(BasicProperties { headers, expiration, ..p }));
    }

    #[test]
    fn deliveries(
        channel in any::<u16>(), delivery_tag in any::<u64>(), redelivered in any::<bool>(),
        names in (crate::generate::short(), crate::generate::short(), crate::generate::short()),
    ) {
        let (consumer_tag, exchange, routing_key) = (names.0.as_str(), names.1.as_str(), names.2.as_str());
        let mut fast = Vec::new();
        write_deliver(
            &mut fast, channel, consumer_tag.as_bytes(), delivery_tag, redelivered, exchange.as_bytes(), routing_key.as_bytes(),
        );
        let mut plain = Vec::new();
        basic::Deliver { consumer_tag, delivery_tag, redelivered, exchange, routing_key }.write_frame(channel, &mut plain);
        prop_assert_eq!(fast, plain);
    }

    #[test]
    fn contents(p in properties(), len in 0..20_000usize, frame_max in 4096u32..9000) {
        let body: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        let mut out = Vec::new();
        write_content(&mut out, 9, frame_max, &p.to_bytes(), &body);
        let (header, mut at) = decode_frame(&out, 0).unwrap().unwrap();
        prop_assert_eq!((header.kind, header.channel), (FrameKind::Header, 9));
        prop_assert_eq!(&header.payload[12..], &p.to_bytes());
        let mut read = Vec::new();
        while at < out.len() {
            let (frame, len) = decode_frame(&out[at..], frame_max).unwrap().unwrap();
            prop_assert_eq!(frame.kind, FrameKind::Body);
            read.extend_from_slice(frame.payload);
            at += len;
        }
        prop_assert_eq!(read, body);
    }
}
