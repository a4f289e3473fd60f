//! Clients in other languages, or by other hands, than the tutorial's.

mod amqplib;
mod client;
mod configured;
mod lapin;
mod limits;
mod parameters;
mod policies;
mod queue_types;
mod topic_permissions;
mod users;
