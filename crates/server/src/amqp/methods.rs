//! What each method asks of the broker, and the answer to it.

use std::sync::Arc;

use warren_amqp091::method::{Method, basic, channel, confirm, exchange, queue, tx};
use warren_broker::channel::{Channel, Verdict};
use warren_broker::deprecated_features::DeprecatedFeature;
use warren_broker::effects::Effects;
use warren_broker::log::Durable;
use warren_broker::principal::Principal;
use warren_broker::queues::{ConsumerSettings, QueueSettings};
use warren_broker::topology::exchange::ExchangeSettings;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_store::Position;

/// The answer to a method: frames, to be sent once the log is durable up to a position.
#[derive(Debug, Default)]
pub struct Answer {
    /// Complete frames.
    pub frames: Vec<u8>,
    /// What to wait for.
    pub position: Option<Position>,
}

impl Answer {
    /// An answer that `write` writes unless the client wants none. It waits for `done`.
    fn to<T>(done: &Durable<T>, nowait: bool, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut frames = Vec::new();
        if !nowait {
            write(&mut frames);
        }
        Self { frames, position: done.position }
    }

    fn now(write: impl FnOnce(&mut Vec<u8>)) -> Self {
        Self::to(&Durable::now(()), false, write)
    }
}

/// A channel with who acts on it: what the methods on it are done with.
pub struct MethodHandler<'s> {
    /// The connection.
    pub principal: &'s Principal,
    /// The channel.
    pub channel: &'s mut Channel,
    /// Outboxes that got something.
    pub effects: &'s mut Effects,
}

impl MethodHandler<'_> {
    /// Does what a method asks. Those that the connection handles itself do not come here.
    ///
    /// # Errors
    /// What the broker refuses; `COMMAND_INVALID` for methods that only a server sends.
    pub fn handle(&mut self, method: Method<'_>) -> Result<Answer, Error> {
        match method {
            Method::Exchange(method) => self.exchange(method),
            Method::Queue(method) => self.queue(method),
            Method::Basic(method) => self.basic(method),
            Method::Tx(method) => self.tx(method),
            Method::Confirm(confirm::Method::Select(select)) => {
                self.channel.select_confirms()?;
                let number = self.channel.number();
                Ok(Answer::to(&Durable::now(()), select.nowait, |out| {
                    confirm::SelectOk {}.write_frame(number, out);
                }))
            }
            Method::Channel(channel::Method::Flow(flow)) => {
                self.channel.set_flow(flow.active, self.effects);
                let ok = channel::FlowOk { active: flow.active };
                Ok(Answer::now(|out| ok.write_frame(self.channel.number(), out)))
            }
            Method::Channel(channel::Method::FlowOk(_)) => Ok(Answer::default()),
            _ => Err(unexpected()),
        }
    }

    fn exchange(&mut self, method: exchange::Method<'_>) -> Result<Answer, Error> {
        let number = self.channel.number();
        match method {
            exchange::Method::Declare(declare) => {
                let done = self.declare_exchange(&declare)?;
                Ok(Answer::to(&done, declare.nowait, |out| exchange::DeclareOk {}.write_frame(number, out)))
            }
            exchange::Method::Delete(delete) => {
                let done = self.principal.delete_exchange(delete.exchange, delete.if_unused)?;
                Ok(Answer::to(&done, delete.nowait, |out| exchange::DeleteOk {}.write_frame(number, out)))
            }
            exchange::Method::Bind(bind) => {
                let destination = Destination::Exchange(bind.destination.into());
                let binding = binding(bind.source, destination, bind.routing_key, bind.arguments.to_owned());
                let done = self.principal.bind(binding)?;
                Ok(Answer::to(&done, bind.nowait, |out| exchange::BindOk {}.write_frame(number, out)))
            }
            exchange::Method::Unbind(unbind) => {
                let destination = Destination::Exchange(unbind.destination.into());
                let arguments = unbind.arguments.to_owned();
                let binding = binding(unbind.source, destination, unbind.routing_key, arguments);
                let done = self.principal.unbind(&binding)?;
                Ok(Answer::to(&done, unbind.nowait, |out| exchange::UnbindOk {}.write_frame(number, out)))
            }
            _ => Err(unexpected()),
        }
    }

    fn declare_exchange(&self, declare: &exchange::Declare<'_>) -> Result<Durable<bool>, Error> {
        if declare.passive {
            self.principal.existing_exchange(declare.exchange)?;
            return Ok(Durable::now(false));
        }
        let settings = ExchangeSettings {
            kind: declare.type_.to_owned(),
            durable: declare.durable,
            auto_delete: declare.auto_delete,
            internal: declare.internal,
            arguments: declare.arguments.to_owned(),
        };
        self.principal.declare_exchange(declare.exchange, settings)
    }

    fn queue(&mut self, method: queue::Method<'_>) -> Result<Answer, Error> {
        let number = self.channel.number();
        match method {
            queue::Method::Declare(declare) => self.declare_queue(&declare),
            queue::Method::Bind(bind) => {
                let destination = Destination::Queue(self.channel.queue_name(bind.queue)?.into());
                let key = self.binding_key(bind.queue, bind.routing_key)?;
                let done = self.principal.bind(binding(
                    bind.exchange,
                    destination,
                    &key,
                    bind.arguments.to_owned(),
                ))?;
                Ok(Answer::to(&done, bind.nowait, |out| queue::BindOk {}.write_frame(number, out)))
            }
            queue::Method::Unbind(unbind) => {
                let destination = Destination::Queue(self.channel.queue_name(unbind.queue)?.into());
                let key = self.binding_key(unbind.queue, unbind.routing_key)?;
                let binding = binding(unbind.exchange, destination, &key, unbind.arguments.to_owned());
                let done = self.principal.unbind(&binding)?;
                Ok(Answer::to(&done, false, |out| queue::UnbindOk {}.write_frame(number, out)))
            }
            queue::Method::Purge(purge) => {
                let count =
                    self.principal.purge_queue(self.channel.queue_name(purge.queue)?, self.effects)?;
                let ok = queue::PurgeOk { message_count: count32(count) };
                let done = Durable { value: (), position: self.effects.append_early()? };
                Ok(Answer::to(&done, purge.nowait, |out| ok.write_frame(number, out)))
            }
            queue::Method::Delete(delete) => {
                let name = self.channel.queue_name(delete.queue)?;
                let done = self.principal.delete_queue(name, delete.if_unused, delete.if_empty)?;
                let ok = queue::DeleteOk { message_count: count32(done.value) };
                Ok(Answer::to(&done, delete.nowait, |out| ok.write_frame(number, out)))
            }
            _ => Err(unexpected()),
        }
    }

    /// An empty key with an empty queue name stands for the queue's name too (AMQP 0-9-1, `queue.bind.queue`).
    fn binding_key(&self, queue: &str, key: &str) -> Result<String, Error> {
        let key = if queue.is_empty() && key.is_empty() { self.channel.queue_name(queue)? } else { key };
        Ok(key.to_owned())
    }

    fn declare_queue(&mut self, declare: &queue::Declare<'_>) -> Result<Answer, Error> {
        if self.principal.awaits_replies(declare.queue)? {
            let ok = queue::DeclareOk { queue: declare.queue, message_count: 0, consumer_count: 1 };
            let number = self.channel.number();
            return Ok(Answer::to(&Durable::now(()), declare.nowait, |out| ok.write_frame(number, out)));
        }
        let done = if declare.passive {
            let name = self.channel.queue_name(declare.queue)?;
            Durable::now((self.principal.existing_queue(name)?, false))
        } else {
            let settings = QueueSettings {
                durable: declare.durable,
                auto_delete: declare.auto_delete,
                exclusive_owner: declare.exclusive.then(|| self.principal.connection()),
                arguments: declare.arguments.to_owned(),
                ..QueueSettings::default()
            };
            self.principal.declare_queue(declare.queue, settings)?
        };
        let queue = Arc::clone(&done.value.0);
        self.channel.set_last_queue(&queue.name);
        let counts = queue.counts();
        let ok = queue::DeclareOk {
            queue: &queue.name,
            message_count: count32(counts.ready),
            consumer_count: counts.consumers,
        };
        Ok(Answer::to(&done, declare.nowait, |out| ok.write_frame(self.channel.number(), out)))
    }

    fn basic(&mut self, method: basic::Method<'_>) -> Result<Answer, Error> {
        let number = self.channel.number();
        match method {
            basic::Method::Nack(nack) => {
                let verdict = if nack.requeue { Verdict::Requeue } else { Verdict::Discard };
                self.channel.settle(nack.delivery_tag, nack.multiple, verdict, self.effects)?;
            }
            basic::Method::Reject(reject) => {
                let verdict = if reject.requeue { Verdict::Fail } else { Verdict::Discard };
                self.channel.settle(reject.delivery_tag, false, verdict, self.effects)?;
            }
            basic::Method::Get(get) => self.channel.get(get.queue, get.no_ack, self.effects)?,
            basic::Method::Consume(consume) => self.consume(&consume)?,
            basic::Method::Cancel(cancel) => {
                let done = self.channel.cancel(cancel.consumer_tag, self.effects);
                let ok = basic::CancelOk { consumer_tag: cancel.consumer_tag };
                return Ok(Answer::to(&done, cancel.nowait, |out| ok.write_frame(number, out)));
            }
            basic::Method::CancelOk(_) => {}
            basic::Method::Qos(qos) => {
                if qos.prefetch_size != 0 {
                    return Err(Error::NotImplemented(format!("prefetch_size!=0 ({})", qos.prefetch_size)));
                }
                let global = qos.global && self.principal.broker().permits(DeprecatedFeature::GlobalQos);
                self.channel.set_prefetch(qos.prefetch_count, global, self.effects);
                return Ok(Answer::now(|out| basic::QosOk {}.write_frame(number, out)));
            }
            basic::Method::Recover(recover) => {
                self.recover(recover.requeue)?;
                return Ok(Answer::now(|out| basic::RecoverOk {}.write_frame(number, out)));
            }
            basic::Method::RecoverAsync(recover) => self.recover(recover.requeue)?,
            _ => return Err(unexpected()),
        }
        Ok(Answer::default())
    }

    fn consume(&mut self, consume: &basic::Consume<'_>) -> Result<(), Error> {
        let settings = ConsumerSettings {
            tag: consume.consumer_tag.to_owned(),
            no_ack: consume.no_ack,
            exclusive: consume.exclusive,
            prefetch: 0,
            arguments: consume.arguments.to_owned(),
        };
        self.channel.consume(consume.queue, settings, consume.nowait, self.effects)
    }

    fn recover(&mut self, requeue: bool) -> Result<(), Error> {
        if !requeue {
            return Err(Error::NotImplemented("requeue=false".into()));
        }
        self.channel.recover(self.effects);
        Ok(())
    }

    fn tx(&mut self, method: tx::Method) -> Result<Answer, Error> {
        let number = self.channel.number();
        match method {
            tx::Method::Select(_) => {
                self.channel.select_transactions()?;
                Ok(Answer::now(|out| tx::SelectOk {}.write_frame(number, out)))
            }
            tx::Method::Commit(_) => {
                let done = self.channel.commit(self.effects)?;
                Ok(Answer::to(&done, false, |out| tx::CommitOk {}.write_frame(number, out)))
            }
            tx::Method::Rollback(_) => {
                self.channel.rollback()?;
                Ok(Answer::now(|out| tx::RollbackOk {}.write_frame(number, out)))
            }
            _ => Err(unexpected()),
        }
    }
}

fn binding(
    source: &str,
    destination: Destination,
    routing_key: &str,
    arguments: warren_model::value::FieldTable,
) -> Binding {
    Binding { source: source.into(), destination, routing_key: routing_key.into(), arguments }
}

/// A method that makes no sense from a client.
fn unexpected() -> Error {
    Error::CommandInvalid("unexpected method".into())
}

/// Counts are 32 bits on the wire.
fn count32(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
