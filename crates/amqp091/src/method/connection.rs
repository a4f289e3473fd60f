//! Class 10, `connection`: handshake, tuning, closing, and RabbitMQ's blocked, unblocked and update-secret.

use super::class::class;
use crate::constants::CLASS_CONNECTION;
use warren_model::value::Table;

class! {
    Connection, CLASS_CONNECTION, 'a, Method<'a>;

    /// Server: the versions and mechanisms that it speaks.
    10 "connection.start" Start<'a> {
        /// Major version, 0.
        version_major: u8,
        /// Minor version, 9.
        version_minor: u8,
        /// Product, version, capabilities.
        server_properties: Table<'a>,
        /// Security mechanisms, separated by spaces.
        mechanisms: &'a [u8],
        /// Locales, separated by spaces.
        locales: &'a [u8],
    }

    /// Client: the mechanism that it chose, and its proof.
    11 "connection.start-ok" StartOk<'a> {
        /// Product, version, capabilities.
        client_properties: Table<'a>,
        /// One of the mechanisms offered.
        mechanism: &'a str,
        /// What the mechanism wants to be told.
        response: &'a [u8],
        /// One of the locales offered.
        locale: &'a str,
    }

    /// Server: a challenge of a mechanism that needs more than one step.
    20 "connection.secure" Secure<'a> {
        /// The challenge.
        challenge: &'a [u8],
    }

    /// Client: the answer to a challenge.
    21 "connection.secure-ok" SecureOk<'a> {
        /// The answer.
        response: &'a [u8],
    }

    /// Server: the limits that it proposes.
    30 "connection.tune" Tune {
        /// The highest channel number; 0 is no limit.
        channel_max: u16,
        /// The largest frame in octets, with what surrounds its payload; 0 is no limit.
        frame_max: u32,
        /// Seconds between heartbeats; 0 is none.
        heartbeat: u16,
    }

    /// Client: the limits that both keep from now on.
    31 "connection.tune-ok" TuneOk {
        /// The highest channel number; 0 is no limit.
        channel_max: u16,
        /// The largest frame in octets, with what surrounds its payload; 0 is no limit.
        frame_max: u32,
        /// Seconds between heartbeats; 0 is none.
        heartbeat: u16,
    }

    /// Client: the virtual host that it wants to work in.
    40 "connection.open" Open<'a> {
        /// Its name.
        virtual_host: &'a str,
    } after(&str, bool)

    /// Server: the connection is ready.
    41 "connection.open-ok" OpenOk {} after(&str)

    /// Either: the connection ends, and why.
    50 "connection.close" Close<'a> {
        /// Why, as a reply code.
        reply_code: u16,
        /// Why, in words.
        reply_text: &'a str,
        /// The class of the method that was at fault, or 0.
        class_id: u16,
        /// The method that was at fault, or 0.
        method_id: u16,
    }

    /// Either: the close was seen.
    51 "connection.close-ok" CloseOk {}

    /// Server: publishing is held back for now (RabbitMQ).
    60 "connection.blocked" Blocked<'a> {
        /// Why, in words.
        reason: &'a str,
    }

    /// Server: publishing goes on (RabbitMQ).
    61 "connection.unblocked" Unblocked {}

    /// Client: a new proof in place of one that expires (RabbitMQ).
    70 "connection.update-secret" UpdateSecret<'a> {
        /// The new proof.
        new_secret: &'a [u8],
        /// Why, in words.
        reason: &'a str,
    }

    /// Server: the new proof is good (RabbitMQ).
    71 "connection.update-secret-ok" UpdateSecretOk {}
}
