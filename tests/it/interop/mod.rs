//! Clients in other languages, or by other hands, than the tutorial's.

mod amqplib;
mod lapin;
