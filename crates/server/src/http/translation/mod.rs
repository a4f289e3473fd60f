//! AMQP's values as JSON, and back.

pub mod properties;
pub mod tables;
