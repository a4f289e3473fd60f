//! Connections: `/api/connections`.

use serde::{Deserialize, Serialize};

use crate::Arguments;
use crate::channels::Channel;
use crate::declaration::{InVhost, ListQuery, Management, endpoints};
use crate::stats::Rate;

endpoints! {
    noun "Connections";

    /// Connections that the caller may see: its own, or all with the tag monitoring.
    GET "/api/connections" => List, access: Management, query: ListQuery, answer: Vec<Connection>;
    /// Connections to a vhost.
    GET "/api/vhosts/{vhost}/connections" => ListVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Connection>;
    /// Connections of a user.
    GET "/api/connections/username/{user}" => OfUser { user },
        access: Management, query: ListQuery, answer: Vec<Connection>;
    /// One connection.
    GET "/api/connections/{connection}" => Get { connection },
        access: Management, query: ListQuery, answer: Connection;
    /// Closes a connection (204): its user, or an administrator. The header `X-Reason` is told to the client.
    DELETE "/api/connections/{connection}" => Close { connection }, access: Management;
    /// Closes all connections of a user (204): the user itself, or an administrator.
    DELETE "/api/connections/username/{user}" => CloseOfUser { user }, access: Management;
    /// Channels of a connection.
    GET "/api/connections/{connection}/channels" => Channels { connection },
        access: Management, query: ListQuery, answer: Vec<Channel>;
}

/// Header that carries the reason of a `DELETE`.
pub const REASON_HEADER: &str = "X-Reason";

/// A connection as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// `CLIENT:PORT -> SERVER:PORT`.
    pub name: String,
    /// The node it is connected to.
    pub node: String,
    /// `network` or `direct`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The server's address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The client's address.
    pub peer_host: String,
    /// The client's port.
    pub peer_port: u16,
    /// Whether it is encrypted.
    pub ssl: bool,
    /// TLS version.
    pub ssl_protocol: Option<String>,
    /// TLS key exchange.
    pub ssl_key_exchange: Option<String>,
    /// TLS cipher.
    pub ssl_cipher: Option<String>,
    /// TLS hash.
    pub ssl_hash: Option<String>,
    /// Subject of the client's certificate.
    pub peer_cert_subject: Option<String>,
    /// Issuer of the client's certificate.
    pub peer_cert_issuer: Option<String>,
    /// Validity of the client's certificate.
    pub peer_cert_validity: Option<String>,
    /// SASL mechanism: `PLAIN`, `AMQPLAIN`, …
    pub auth_mechanism: String,
    /// `AMQP 0-9-1`.
    pub protocol: String,
    /// The user.
    pub user: String,
    /// Who opened it.
    pub user_who_performed_action: String,
    /// The `connection_name` that the client gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_provided_name: Option<String>,
    /// The vhost.
    pub vhost: String,
    /// Heartbeat in seconds; 0 when off.
    pub timeout: u64,
    /// Largest frame in bytes; 0 when unlimited.
    pub frame_max: u64,
    /// Largest channel number.
    pub channel_max: u64,
    /// What the client says about itself.
    pub client_properties: Arguments,
    /// When it was opened, in milliseconds since 1970.
    pub connected_at: u64,
    /// `starting`, `tuning`, `opening`, `running`, `flow`, `blocking`, `blocked`, `closing`, `closed`.
    pub state: String,
    /// How many channels are open.
    pub channels: u64,
    /// Reads from the socket.
    pub recv_cnt: u64,
    /// Writes to the socket.
    pub send_cnt: u64,
    /// Bytes waiting to be sent.
    pub send_pend: u64,
    /// Bytes received.
    pub recv_oct: u64,
    /// Rate of `recv_oct`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recv_oct_details: Option<Rate>,
    /// Bytes sent.
    pub send_oct: u64,
    /// Rate of `send_oct`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_oct_details: Option<Rate>,
}
