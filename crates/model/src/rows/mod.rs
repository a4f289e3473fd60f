//! Rows: what is the same for many messages is written, looked at and counted once.
//!
//! A busy publisher sends messages that differ in the octets of their bodies alone. Whoever meets such messages one behind the other, in
//! a read, in a page or on the way to a client, treats them as one. The words for it, here and wherever rows are dealt with:
//!
//! | word | what it means |
//! | --- | --- |
//! | *run* | messages that are handled together because they came together; they may differ in everything |
//! | *row* | messages one behind the other whose octets differ in a number (sequence number, delivery tag) and in the bodies alone, which are equally long |
//! | *continues* | a message continues a row if it could be its next one ([`Message::continues`](crate::message::Message::continues)) |
//! | *template* | the octets that were written last, of which the rest of a row are copies ([`RowTemplate`]) |
//! | *head* | the octets of a template before its body: in them lies the number |
//! | *bodies* | the bodies of the rest of a row, wherever they lie ([`RowBodies`]) |

mod bodies;
mod template;

pub use self::bodies::RowBodies;
pub use self::template::RowTemplate;
