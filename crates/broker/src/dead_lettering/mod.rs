//! Dead lettering: what queues give up goes to their dead-letter exchanges.

mod deaths;
mod letters;
