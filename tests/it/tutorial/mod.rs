//! The parts of the tutorial, one a module, each with the tutorial's own programs in both forms: as printed, and with
//! today's argument names.

mod acks;
mod administration;
mod direct;
mod durable;
mod fanout;
mod headers;
mod hello;
mod rpc;
mod topic;

use crate::harness::{Broker, Pika};

/// A broker with the user that the tutorial's programs log in as. `None` when this age of pika cannot be had.
fn broker_for(pika: Pika) -> Option<Broker> {
    pika.python()?;
    let broker = Broker::start();
    broker.add_administrator("root", "123");
    Some(broker)
}

/// Makes two tests of one function that takes the age of pika.
macro_rules! both_forms {
    ($($name:ident),+ $(,)?) => {
        mod as_printed {
            $(#[test] fn $name() { super::$name(crate::harness::Pika::Printed); })+
        }
        mod as_of_today {
            $(#[test] fn $name() { super::$name(crate::harness::Pika::Today); })+
        }
    };
}
use both_forms;
