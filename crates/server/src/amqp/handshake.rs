//! Who a client is: server properties out, credentials in.

use warren_model::value::{FieldTable, FieldValue, Table};

/// Mechanisms that are offered, in the broker's order of preference.
pub const MECHANISMS: &str = "PLAIN AMQPLAIN";

/// Capabilities that are announced to clients (RabbitMQ, capabilities in server properties).
const CAPABILITIES: [&str; 9] = [
    "publisher_confirms",
    "exchange_exchange_bindings",
    "basic.nack",
    "consumer_cancel_notify",
    "connection.blocked",
    "consumer_priorities",
    "authentication_failure_close",
    "per_consumer_qos",
    "direct_reply_to",
];

/// What the server tells about itself in `connection.start`.
pub fn server_properties(cluster_name: &str) -> FieldTable {
    let mut capabilities = FieldTable::default();
    for capability in CAPABILITIES {
        capabilities.insert(capability, true);
    }
    let mut properties = FieldTable::default();
    properties.insert("capabilities", FieldValue::Table(capabilities));
    let texts = [
        ("cluster_name", cluster_name),
        ("product", "Warren"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("platform", "Rust"),
        ("information", "Licensed under MIT or Apache-2.0"),
    ];
    for (key, text) in texts {
        properties.insert(key, text);
    }
    properties
}

/// Reads name and password from what a client sends for `mechanism`; `None` if it cannot be read.
pub fn credentials(mechanism: &str, response: &[u8]) -> Option<(String, Vec<u8>)> {
    match mechanism {
        "PLAIN" => plain(response),
        "AMQPLAIN" => amqplain(response),
        _ => None,
    }
}

/// `authzid NUL authcid NUL password` (RFC 4616); the first is ignored.
fn plain(response: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut parts = response.splitn(3, |&byte| byte == 0);
    let (_, name, password) = (parts.next()?, parts.next()?, parts.next()?);
    Some((String::from_utf8(name.to_vec()).ok()?, password.to_vec()))
}

/// A field table without its length, with `LOGIN` and `PASSWORD` (AMQP 0-9-1, errata on SASL).
fn amqplain(response: &[u8]) -> Option<(String, Vec<u8>)> {
    let length = u32::try_from(response.len()).ok()?.to_be_bytes();
    let table = Table::decode(&[&length, response].concat()).ok()?.to_owned();
    let name = table.get("LOGIN")?.as_str()?.to_owned();
    let password = table.get("PASSWORD")?.as_str()?.as_bytes().to_vec();
    Some((name, password))
}

/// Whether a client announces a capability in its properties.
pub fn has_capability(client_properties: &FieldTable, name: &str) -> bool {
    let capabilities = client_properties.get("capabilities").and_then(FieldValue::as_table);
    capabilities.and_then(|table| table.get(name)).and_then(FieldValue::as_bool).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_takes_name_and_password() {
        assert_eq!(plain(b"\0guest\0s\0e"), Some(("guest".into(), b"s\0e".to_vec())));
        assert_eq!(plain(b"other\0guest\0"), Some(("guest".into(), Vec::new())));
        assert_eq!(plain(b"guest"), None);
        assert_eq!(plain(b"\0\xff\0x"), None);
    }

    #[test]
    fn amqplain_takes_a_table_without_length() {
        let mut table = FieldTable::default();
        table.insert("LOGIN", "guest");
        table.insert("PASSWORD", "secret");
        let mut bytes = Vec::new();
        table.encode(&mut bytes);
        let response = bytes.get(4..).unwrap_or_default();
        assert_eq!(amqplain(response), Some(("guest".into(), b"secret".to_vec())));
        assert_eq!(amqplain(b"\x05LOG"), None);
    }
}
