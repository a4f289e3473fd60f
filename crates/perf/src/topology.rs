//! The queues of a run, and the exchange in front of them.

use std::time::{SystemTime, UNIX_EPOCH};

use warren_amqp091::method::{Method, exchange, queue};
use warren_model::value::{FieldTable, Table};

use crate::client_connection::ClientConnection;
use crate::{Exchange, Mode, PerfError, Plan};

/// The channel that everything is declared on.
const CHANNEL: u16 = 1;

/// What stands for the run on the broker.
pub struct Topology {
    /// Names of the queues, all of the same length.
    pub queues: Vec<String>,
    /// The exchange that is published to; empty for the default one.
    pub exchange: String,
    /// Messages in each queue before the run.
    pub before: Vec<u32>,
    /// Whether the queues are the run's own, to be deleted.
    own: bool,
}

/// A queue as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Messages that wait.
    pub messages: u32,
    /// Consumers.
    pub consumers: u32,
}

impl Topology {
    /// Declares everything, or finds it. What a run of both sides starts with must be empty.
    pub fn declare(control: &mut ClientConnection, plan: &Plan) -> Result<Self, PerfError> {
        control.open_channel(CHANNEL)?;
        let run = run_name();
        let base = plan.queue.as_ref().unwrap_or(&run);
        let mut own = Self {
            queues: names(base, plan.queues),
            exchange: String::new(),
            before: Vec::new(),
            own: plan.queue.is_none(),
        };
        for at in 0..plan.queues {
            let messages = own.declare_queue(control, plan, at)?;
            if plan.mode == Mode::Both && messages > 0 {
                return Err(PerfError::NotEmpty { queue: own.queues.swap_remove(at), messages });
            }
            own.before.push(messages);
        }
        if let Some(type_) = plan.exchange.type_name().filter(|_| plan.mode != Mode::Consume) {
            own.exchange = run;
            own.declare_exchange(control, type_)?;
        }
        Ok(own)
    }

    /// The routing keys of the queues; a fanout exchange needs only one.
    pub fn keys(&self, plan: &Plan) -> Vec<String> {
        match plan.exchange {
            Exchange::Fanout => vec![String::new()],
            _ => self.queues.clone(),
        }
    }

    /// Looks into a queue.
    pub fn find(&self, control: &mut ClientConnection, at: usize) -> Result<Found, PerfError> {
        let name = self.queues.get(at).map(String::as_str).unwrap_or_default();
        let declare = declaration(name, true, false, Table::EMPTY);
        control.call(CHANNEL, declare, declared)
    }

    /// Deletes what the run declared for itself, and gives how many messages were left in it.
    pub fn remove(&self, control: &mut ClientConnection) -> Result<u64, PerfError> {
        let mut left = 0;
        for queue in self.queues.iter().filter(|_| self.own) {
            let delete = queue::Delete { queue, if_unused: false, if_empty: false, nowait: false };
            left += control.call(CHANNEL, delete, |method| match method {
                Method::Queue(queue::Method::DeleteOk(deleted)) => Some(u64::from(deleted.message_count)),
                _ => None,
            })?;
        }
        if !self.exchange.is_empty() {
            let delete = exchange::Delete { exchange: &self.exchange, if_unused: false, nowait: false };
            control.call(CHANNEL, delete, |method| {
                matches!(method, Method::Exchange(exchange::Method::DeleteOk(_))).then_some(())
            })?;
        }
        Ok(left)
    }

    /// A queue with a name of the user's is taken as it is, and declared only if it is not there.
    fn declare_queue(
        &mut self,
        control: &mut ClientConnection,
        plan: &Plan,
        at: usize,
    ) -> Result<u32, PerfError> {
        if !self.own {
            match self.find(control, at) {
                Ok(found) => return Ok(found.messages),
                Err(PerfError::Closed { code: 404, .. }) if plan.mode != Mode::Consume => {
                    // The broker closed the channel.
                    control.open_channel(CHANNEL)?;
                }
                Err(error) => return Err(error),
            }
        }
        let arguments = match &plan.queue_type {
            Some(name) => FieldTable::from_iter([("x-queue-type", name.as_str())]).to_bytes(),
            None => FieldTable::new().to_bytes(),
        };
        let arguments = Table::decode(&arguments).map_err(|error| PerfError::Protocol(error.to_string()))?;
        let name = self.queues.get(at).map(String::as_str).unwrap_or_default();
        // A run that is interrupted leaves nothing, where the type of the queue allows it.
        let classic = plan.queue_type.as_deref().is_none_or(|name| name == "classic");
        let auto_delete = self.own && classic && plan.mode == Mode::Both;
        let declare = declaration(name, false, auto_delete, arguments);
        control.call(CHANNEL, declare, declared).map(|found| found.messages)
    }

    fn declare_exchange(&self, control: &mut ClientConnection, type_: &str) -> Result<(), PerfError> {
        let declare = exchange::Declare {
            exchange: &self.exchange,
            type_,
            passive: false,
            durable: true,
            // It goes with the last of its bindings, and they go with the queues.
            auto_delete: true,
            internal: false,
            nowait: false,
            arguments: Table::EMPTY,
        };
        control.call(CHANNEL, declare, |method| {
            matches!(method, Method::Exchange(exchange::Method::DeclareOk(_))).then_some(())
        })?;
        for queue in &self.queues {
            let bind = queue::Bind {
                queue,
                exchange: &self.exchange,
                routing_key: if type_ == "fanout" { "" } else { queue },
                nowait: false,
                arguments: Table::EMPTY,
            };
            control.call(CHANNEL, bind, |method| {
                matches!(method, Method::Queue(queue::Method::BindOk(_))).then_some(())
            })?;
        }
        Ok(())
    }
}

fn declaration<'a>(
    queue: &'a str,
    passive: bool,
    auto_delete: bool,
    arguments: Table<'a>,
) -> queue::Declare<'a> {
    queue::Declare { queue, passive, durable: true, exclusive: false, auto_delete, nowait: false, arguments }
}

fn declared(method: &Method<'_>) -> Option<Found> {
    match method {
        Method::Queue(queue::Method::DeclareOk(ok)) => {
            Some(Found { messages: ok.message_count, consumers: ok.consumer_count })
        }
        _ => None,
    }
}

/// A name that no other run has.
fn run_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("perf-{}-{:x}", std::process::id(), since.as_micros() & 0xffff_ffff)
}

/// The name itself, or with numbers of the same width behind it.
fn names(base: &str, count: usize) -> Vec<String> {
    if count == 1 {
        return vec![base.to_owned()];
    }
    let width = (count - 1).to_string().len();
    (0..count).map(|at| format!("{base}-{at:0width$}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_queues_have_names_of_one_length() {
        assert_eq!(names("q", 1), ["q"]);
        let ten = names("q", 10);
        assert_eq!((ten.len(), ten[9].as_str()), (10, "q-9"));
        let eleven = names("q", 11);
        assert_eq!((eleven[0].as_str(), eleven[10].as_str()), ("q-00", "q-10"));
    }
}
