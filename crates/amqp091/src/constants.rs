//! The numbers of AMQP 0-9-1: frame kinds, classes, reply codes, and the limits this implementation keeps.

use std::fmt;

/// What a client sends first, and what a server answers to any other header (specification 4.2.2).
pub const PROTOCOL_HEADER: &[u8; 8] = b"AMQP\0\0\x09\x01";

/// Kind octet of a method frame (specification 4.2.3).
pub const FRAME_METHOD: u8 = 1;
/// Kind octet of a content header frame.
pub const FRAME_HEADER: u8 = 2;
/// Kind octet of a content body frame.
pub const FRAME_BODY: u8 = 3;
/// Kind octet of a heartbeat frame.
pub const FRAME_HEARTBEAT: u8 = 8;
/// The octet behind every payload.
pub const FRAME_END: u8 = 0xCE;
/// A heartbeat, complete: it has no payload and travels on channel 0 (specification 4.2.7).
pub const HEARTBEAT_FRAME: &[u8; 8] = &[FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, FRAME_END];

/// Octets before the payload of a frame: kind, channel, size.
pub const FRAME_HEADER_LEN: usize = 7;
/// Octets that a frame adds to its payload: those before it and the end octet.
pub const FRAME_OVERHEAD: usize = FRAME_HEADER_LEN + 1;
/// The smallest frame_max that may be negotiated (specification, constant `frame-min-size`).
pub const FRAME_MIN_SIZE: u32 = 4096;
/// Bound on frames other than body frames when no frame_max is in force, in octets of payload.
pub const MAX_METHOD_PAYLOAD: usize = 16 << 20;

/// Class number of `connection`.
pub const CLASS_CONNECTION: u16 = 10;
/// Class number of `channel`.
pub const CLASS_CHANNEL: u16 = 20;
/// Class number of `exchange`.
pub const CLASS_EXCHANGE: u16 = 40;
/// Class number of `queue`.
pub const CLASS_QUEUE: u16 = 50;
/// Class number of `basic`.
pub const CLASS_BASIC: u16 = 60;
/// Class number of `confirm` (RabbitMQ's extension).
pub const CLASS_CONFIRM: u16 = 85;
/// Class number of `tx`.
pub const CLASS_TX: u16 = 90;

/// A reply code of the specification (section 1.1 of its reference), as `channel.close`, `connection.close` and `basic.return` carry it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplyCode(pub u16);

macro_rules! reply_codes {
    ($($(#[$doc:meta])* $code:literal $name:ident;)*) => {
        impl ReplyCode {
            $($(#[$doc])* pub const $name: ReplyCode = ReplyCode($code);)*

            /// The name of the code as error texts begin with it, `NOT_FOUND` for 404; `UNKNOWN` for a number the
            /// specification does not have.
            pub const fn name(self) -> &'static str {
                match self.0 {
                    $($code => stringify!($name),)*
                    _ => "UNKNOWN",
                }
            }
        }
    };
}

reply_codes! {
    /// All went well.
    200 REPLY_SUCCESS;
    /// Content that the client may try again later, in smaller pieces.
    311 CONTENT_TOO_LARGE;
    /// A mandatory message that no queue took.
    312 NO_ROUTE;
    /// An immediate message that no consumer took.
    313 NO_CONSUMERS;
    /// An operator closed the connection.
    320 CONNECTION_FORCED;
    /// The virtual host's name is not understood.
    402 INVALID_PATH;
    /// No permission, or a reserved name.
    403 ACCESS_REFUSED;
    /// No such queue, exchange or the like.
    404 NOT_FOUND;
    /// Somebody else holds it exclusively.
    405 RESOURCE_LOCKED;
    /// A condition of the request does not hold.
    406 PRECONDITION_FAILED;
    /// A frame that cannot be decoded.
    501 FRAME_ERROR;
    /// A field that cannot be decoded.
    502 SYNTAX_ERROR;
    /// A method that may not come now.
    503 COMMAND_INVALID;
    /// A channel that is not open, or is open already.
    504 CHANNEL_ERROR;
    /// A frame that may not come now.
    505 UNEXPECTED_FRAME;
    /// The server has too little of something.
    506 RESOURCE_ERROR;
    /// Forbidden by configuration or limits.
    530 NOT_ALLOWED;
    /// Not implemented by this server.
    540 NOT_IMPLEMENTED;
    /// The server's own fault.
    541 INTERNAL_ERROR;
}

impl ReplyCode {
    /// Whether the specification closes the whole connection for it (a hard error), and not just the channel.
    pub const fn closes_connection(self) -> bool {
        matches!(self.0, 320 | 402 | 500..)
    }
}

impl From<ReplyCode> for u16 {
    fn from(code: ReplyCode) -> u16 {
        code.0
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.name())
    }
}

impl fmt::Debug for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_scopes_are_those_of_the_specification() {
        assert_eq!(ReplyCode::NOT_FOUND.to_string(), "404 NOT_FOUND");
        assert_eq!(ReplyCode(999).name(), "UNKNOWN");
        assert!(!ReplyCode::PRECONDITION_FAILED.closes_connection());
        assert!(!ReplyCode::CONTENT_TOO_LARGE.closes_connection());
        assert!(ReplyCode::CONNECTION_FORCED.closes_connection());
        assert!(ReplyCode::INVALID_PATH.closes_connection());
        assert!(ReplyCode::NOT_ALLOWED.closes_connection());
    }
}
