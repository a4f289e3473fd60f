//! Puts a load on an AMQP 0-9-1 broker, and measures and checks what becomes of it.
//!
//! [`run`] carries out a [`Plan`]: producers and consumers are threads with a blocking socket each. Publishes are encoded
//! ahead and only their stamps are written into them ([`template`]); deliveries are looked at where they lie in the read
//! buffer. What a run says has been checked: every message came once and in order, every confirm came once.
//!
//! [`ClientConnection`] is the client underneath, for loads that [`Plan`] has no words for.
#![deny(clippy::unwrap_used, clippy::expect_used)]

mod client_connection;
mod confirms;
mod consumer;
mod counters;
mod error;
mod histogram;
mod pace;
mod plan;
mod producer;
mod report;
mod run;
mod socket;
mod stamp;
pub mod template;
mod topology;
mod uri;

pub use client_connection::{ClientConnection, Want};
pub use counters::Progress;
pub use error::PerfError;
pub use histogram::Histogram;
pub use plan::{Ack, Exchange, Mode, Plan};
pub use report::{Report, Sample};
pub use run::{Watch, run};
pub use uri::Uri;
