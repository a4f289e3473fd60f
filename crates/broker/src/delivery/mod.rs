//! Deliveries to clients: what waits to be sent to each, in which order of delivery tags, and how much more it may get.

mod channel_deliveries;
#[cfg(test)]
mod channel_deliveries_tests;
mod outbox;
mod pending;
mod settling;
mod turn;

pub use self::channel_deliveries::{ChannelDeliveries, Oldest};
pub(crate) use self::outbox::target_of;
pub use self::outbox::{Outbox, OutboxState, Sink};
pub use self::pending::Pending;
pub use self::settling::{Settled, Settlement};
