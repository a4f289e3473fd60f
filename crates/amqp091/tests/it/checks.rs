//! What must hold for any octets whatsoever. The fuzz targets look for octets for which it does not.

use crate::peer::{Peer, Seen, settings};
use warren_amqp091::connection::Settings;
use warren_amqp091::frame::decode_frame;
use warren_amqp091::method::Method;
use warren_model::properties::{BasicProperties, Change, RawProperties, check, rewrite};
use warren_model::value::{FieldTable, Table};

/// A connection means the same by the same octets however they are cut, and ends its errors by closing. The first octet says how far
/// the connection is, the second how the rest is cut.
pub fn connection(data: &[u8]) {
    let [stage, chunk, bytes @ ..] = data else { return };
    let whole = conversation(*stage, bytes, bytes.len().max(1));
    let pieces = conversation(*stage, bytes, usize::from(*chunk % 32) + 1);
    assert_eq!(whole, pieces);
}

fn conversation(stage: u8, bytes: &[u8], chunk: usize) -> (Vec<Seen>, Vec<String>, Vec<u8>) {
    let mut peer = match stage % 3 {
        0 => Peer::new(Settings { max_message_size: 1 << 20, ..settings() }),
        1 => Peer::open(),
        _ => Peer::with_channel(),
    };
    let mut errors = Vec::new();
    for part in bytes.chunks(chunk) {
        errors.extend(peer.send_and_close(part).into_iter().map(|e| e.text));
    }
    (peer.events, errors, peer.out)
}

/// What decodes is written as what decodes to the same.
pub fn decode(data: &[u8]) {
    let [kind, bytes @ ..] = data else { return };
    match kind % 4 {
        0 => frames(bytes),
        1 => method(bytes),
        2 => table(bytes),
        _ => properties(bytes),
    }
}

fn frames(mut bytes: &[u8]) {
    while let Ok(Some((frame, len))) = decode_frame(bytes, 131_072) {
        method(frame.payload);
        bytes = &bytes[len..];
    }
}

fn method(payload: &[u8]) {
    if let Ok(method) = Method::decode(payload) {
        let mut out = Vec::new();
        method.encode(&mut out);
        // Not the same octets: reserved fields and spare bits are sent as nought.
        assert_eq!(format!("{:?}", Method::decode(&out)), format!("{:?}", Ok::<_, ()>(method)));
    }
}

fn table(bytes: &[u8]) {
    if let Ok(borrowed) = Table::decode(bytes) {
        let owned = borrowed.to_owned();
        let out = owned.to_bytes();
        assert_eq!(out.len(), bytes.len());
        // By its debug form, for a float may be one that does not equal itself.
        assert_eq!(format!("{:?}", FieldTable::decode(&out)), format!("{:?}", Ok::<_, ()>(owned)));
    }
}

fn properties(bytes: &[u8]) {
    let raw = RawProperties::new(bytes);
    let seen = (raw.content_type(), raw.headers(), raw.expiration(), raw.cluster_id());
    if check(bytes).is_ok() {
        let mut out = Vec::new();
        rewrite(bytes, Change::Keep, Change::Keep, &mut out).expect("it was checked");
        assert_eq!(out, bytes);
        let read = BasicProperties::decode(bytes).expect("it was checked");
        assert_eq!(read.headers.is_some(), seen.1.is_some());
        // Not the same octets: what is not text is replaced, and may have to be cut.
        assert_eq!(check(&read.to_bytes()), Ok(()));
    }
}
