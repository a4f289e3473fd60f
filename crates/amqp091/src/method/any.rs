//! A method of any class, and why a payload is none.

use super::{MethodId, basic, channel, confirm, connection, exchange, queue, tx};
use crate::constants::{
    CLASS_BASIC, CLASS_CHANNEL, CLASS_CONFIRM, CLASS_CONNECTION, CLASS_EXCHANGE, CLASS_QUEUE, CLASS_TX,
};
use crate::frame::write_method_frame;
use thiserror::Error;
use warren_model::encoding::{DecodeError, Reader};

/// A method of any class, borrowing from the payload that it was read from.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "a variant is a class")]
pub enum Method<'a> {
    Connection(connection::Method<'a>),
    Channel(channel::Method<'a>),
    Exchange(exchange::Method<'a>),
    Queue(queue::Method<'a>),
    Basic(basic::Method<'a>),
    Confirm(confirm::Method),
    Tx(tx::Method),
}

/// Why a payload is not a method. The fault is the sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MethodError {
    /// Too short to name a class and a method.
    #[error("a method frame of fewer than four octets")]
    Short,
    /// Numbers that belong to no method.
    #[error("unknown {0}")]
    Unknown(MethodId),
    /// A known method whose arguments cannot be decoded.
    #[error("malformed arguments of {id}: {source}")]
    Malformed {
        /// Which method.
        id: MethodId,
        /// What is wrong with them.
        source: DecodeError,
    },
}

impl<'a> Method<'a> {
    /// Reads a method from the payload of a method frame.
    pub fn decode(payload: &'a [u8]) -> Result<Method<'a>, MethodError> {
        let mut r = Reader::new(payload);
        let (Ok(class), Ok(method)) = (r.u16(), r.u16()) else { return Err(MethodError::Short) };
        let (id, arguments) = (MethodId { class, method }, r.rest());
        let found = match class {
            CLASS_CONNECTION => connection::decode(method, arguments).map(|m| m.map(Method::Connection)),
            CLASS_CHANNEL => channel::decode(method, arguments).map(|m| m.map(Method::Channel)),
            CLASS_EXCHANGE => exchange::decode(method, arguments).map(|m| m.map(Method::Exchange)),
            CLASS_QUEUE => queue::decode(method, arguments).map(|m| m.map(Method::Queue)),
            CLASS_BASIC => basic::decode(method, arguments).map(|m| m.map(Method::Basic)),
            CLASS_CONFIRM => confirm::decode(method, arguments).map(|m| m.map(Method::Confirm)),
            CLASS_TX => tx::decode(method, arguments).map(|m| m.map(Method::Tx)),
            _ => None,
        };
        match found {
            Some(Ok(method)) => Ok(method),
            Some(Err(source)) => Err(MethodError::Malformed { id, source }),
            None => Err(MethodError::Unknown(id)),
        }
    }

    /// Appends the payload of a method frame: class, method, arguments.
    ///
    /// Short strings beyond 255 octets are cut between characters, so that the frame is well-formed whatever it is given.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Method::Connection(m) => m.put(out),
            Method::Channel(m) => m.put(out),
            Method::Exchange(m) => m.put(out),
            Method::Queue(m) => m.put(out),
            Method::Basic(m) => m.put(out),
            Method::Confirm(m) => m.put(out),
            Method::Tx(m) => m.put(out),
        }
    }

    /// Appends a whole frame that carries the method on that channel.
    pub fn write_frame(&self, channel: u16, out: &mut Vec<u8>) {
        write_method_frame(out, channel, |out| self.encode(out));
    }

    /// The numbers of class and method.
    pub const fn id(&self) -> MethodId {
        match self {
            Method::Connection(m) => m.id(),
            Method::Channel(m) => m.id(),
            Method::Exchange(m) => m.id(),
            Method::Queue(m) => m.id(),
            Method::Basic(m) => m.id(),
            Method::Confirm(m) => m.id(),
            Method::Tx(m) => m.id(),
        }
    }

    /// The name in the specification, class first: `queue.declare-ok`.
    pub const fn name(&self) -> &'static str {
        match self {
            Method::Connection(m) => m.name(),
            Method::Channel(m) => m.name(),
            Method::Exchange(m) => m.name(),
            Method::Queue(m) => m.name(),
            Method::Basic(m) => m.name(),
            Method::Confirm(m) => m.name(),
            Method::Tx(m) => m.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warren_model::value::{FieldTable, Table};

    #[test]
    fn a_method_is_read_as_it_was_written() {
        let mut arguments = FieldTable::new();
        arguments.insert("x-max-length", 5);
        let arguments = arguments.to_bytes();
        let declare = queue::Declare {
            queue: "tasks",
            passive: false,
            durable: true,
            exclusive: false,
            auto_delete: true,
            nowait: false,
            arguments: Table::decode(&arguments).unwrap(),
        };
        let mut payload = Vec::new();
        Method::from(declare).encode(&mut payload);
        assert_eq!(&payload[..13], b"\x00\x32\x00\x0a\x00\x00\x05tasks\x0a");
        let read = Method::decode(&payload).unwrap();
        assert_eq!(read, Method::Queue(queue::Method::Declare(declare)));
        assert_eq!(read.name(), "queue.declare");
        assert_eq!(read.id(), MethodId { class: 50, method: 10 });
    }

    #[test]
    fn what_is_no_method_is_refused_by_kind_of_fault() {
        assert_eq!(Method::decode(&[]), Err(MethodError::Short));
        assert_eq!(Method::decode(&[0, 60, 0]), Err(MethodError::Short));
        assert_eq!(
            Method::decode(&[0, 99, 0, 10]),
            Err(MethodError::Unknown(MethodId { class: 99, method: 10 }))
        );
        assert_eq!(
            Method::decode(&[0, 50, 0, 99]),
            Err(MethodError::Unknown(MethodId { class: 50, method: 99 }))
        );
        let cut = Err(MethodError::Malformed { id: queue::Declare::ID, source: DecodeError::Truncated });
        assert_eq!(Method::decode(&[0, 50, 0, 10]), cut);
        assert_eq!(Method::decode(&[0, 50, 0, 10, 0, 0, 4, b'a']), cut);
        let junk = [0, 60, 0, 10, 0, 0, 0, 0, 0, 9, 0, 1];
        let trailing = Err(MethodError::Malformed { id: basic::Qos::ID, source: DecodeError::Trailing(1) });
        assert_eq!(Method::decode(&junk), trailing);
    }

    #[test]
    fn names_that_are_too_long_are_cut_and_the_frame_stays_whole() {
        let mut payload = Vec::new();
        Method::from(connection::Blocked { reason: &"x".repeat(300) }).encode(&mut payload);
        let reason = "x".repeat(255);
        assert_eq!(Method::decode(&payload), Ok(connection::Blocked { reason: &reason }.into()));
    }
}
