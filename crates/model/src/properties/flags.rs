//! The flag of each property, in the order in which those that are set follow (specification 1.8.1, basic).

/// `content-type`.
pub const CONTENT_TYPE: u16 = 1 << 15;
/// `content-encoding`.
pub const CONTENT_ENCODING: u16 = 1 << 14;
/// `headers`.
pub const HEADERS: u16 = 1 << 13;
/// `delivery-mode`.
pub const DELIVERY_MODE: u16 = 1 << 12;
/// `priority`.
pub const PRIORITY: u16 = 1 << 11;
/// `correlation-id`.
pub const CORRELATION_ID: u16 = 1 << 10;
/// `reply-to`.
pub const REPLY_TO: u16 = 1 << 9;
/// `expiration`.
pub const EXPIRATION: u16 = 1 << 8;
/// `message-id`.
pub const MESSAGE_ID: u16 = 1 << 7;
/// `timestamp`.
pub const TIMESTAMP: u16 = 1 << 6;
/// `type`.
pub const TYPE: u16 = 1 << 5;
/// `user-id`.
pub const USER_ID: u16 = 1 << 4;
/// `app-id`.
pub const APP_ID: u16 = 1 << 3;
/// `cluster-id`.
pub const CLUSTER_ID: u16 = 1 << 2;
