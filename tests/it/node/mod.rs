//! The server as a process: its start and its end, its configuration, its files, and what it keeps.

mod command_line;
mod configuration;
mod durability;
mod lifecycle;
mod messages;
