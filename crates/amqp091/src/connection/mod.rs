//! The server's side of one connection as a state machine: handshake, tuning, channels, content assembly, closing.
//!
//! ```text
//!            protocol header          start-ok               authenticated()
//!  Header ───────────────────▶ Start ──────────▶ Authenticating ──────────▶ Tune
//!                                                                             │ tune-ok
//!                 opened()              open                                  ▼
//!  Open ◀─────────────────── Opening ◀─────────────────────────────────── WaitOpen
//!
//!  any state ── connection.close from the client ──▶ Closed
//!  any state ── close() ──▶ Closing ── close-ok ──▶ Closed
//! ```
//!
//! [`ServerConnection::handle`] takes what it can from the front of the input and says what it meant. It never keeps input: what it did not
//! consume must be given to it again, with more behind it. A caller therefore needs a buffer that can hold one frame other than a body
//! frame (frame_max) and [`HOLD_BACK`] octets besides; larger bodies are put together in a buffer of the connection, into which a
//! socket can read directly ([`ServerConnection::body_in_progress`]).
//!
//! After an error nothing was consumed. The caller answers it with [`ServerConnection::close`] or [`ServerConnection::close_channel`], as its
//! scope says, and goes on with the same input: the frames at fault, and what comes behind them until the peer's close-ok, are
//! dropped unseen.

mod assembly;
mod channels;
mod closing;
mod error;
mod event;
mod frames;
mod handshake;
mod machine;
mod methods;
mod publish_decoder;
mod rows;
mod settings;

pub use assembly::READ_AHEAD;
pub use error::{ConnectionError, ErrorScope};
pub use event::{AssembledPublish, Event};
pub use machine::ServerConnection;
pub use publish_decoder::HOLD_BACK;
pub use rows::{Row, RowPattern};
pub use settings::{Settings, Tuning};
