//! What exchanges keep, in a virtual host: each gets a queue for it, is told what happens, and gives its messages back.

use std::sync::{Arc, Weak};

use crate::effects::Effects;
use crate::exchanges::{self, ExchangeState, Given, Onward, Stop};
use crate::queues::{Outcome, Queue, QueueSettings};
use crate::topology::exchange::ExchangeSettings;
use crate::topology::forwarding;
use crate::topology::vhosts::VHost;
use crate::topology::{Route, Topology};
use warren_model::binding::{Binding, Destination};
use warren_model::message::{Message, OwnedMessage};

impl Route {
    /// Whether the message waits somewhere to go on later.
    pub(crate) fn waits(&self) -> bool {
        self.stops.iter().any(Stop::waits)
    }

    /// Whether no queue gets the message, now or later.
    pub(crate) fn leads_nowhere(&self) -> bool {
        self.queues.is_empty() && !self.waits()
    }

    /// Keeps a message where it stops on its way: `whole` with all its keys where it goes on later, `shown` as its receivers
    /// see it where it is remembered for them. It comes at `now`. Returns whether anything was given to the log.
    pub(crate) fn keep(
        &self,
        whole: &Message<'_>,
        shown: &Message<'_>,
        now: u64,
        effects: &mut Effects,
    ) -> bool {
        let mut outcome = Outcome::default();
        let mut logged = false;
        for stop in &self.stops {
            let message = if stop.waits() { whole } else { shown };
            stop.keep(message, now, &mut outcome, effects);
            logged |= !outcome.entries.is_empty();
            forwarding::log(std::slice::from_ref(message), &mut outcome, now, effects);
        }
        logged
    }
}

impl Onward for VHost {
    fn publish(&self, exchange: &str, message: &OwnedMessage, effects: &mut Effects) {
        forwarding::publish(self, exchange, message, effects);
    }

    fn lead_to(&self, destination: &Destination, message: &OwnedMessage, effects: &mut Effects) {
        match destination {
            Destination::Exchange(name) => forwarding::publish(self, name, message, effects),
            Destination::Queue(name) => {
                if let Ok(queue) = self.queue(name) {
                    let now = self.context.clock.now();
                    forwarding::hand_over(&[queue], &message.as_message(), now, effects);
                }
            }
        }
    }
}

impl Topology {
    /// The queues in which exchanges keep messages.
    pub(crate) fn exchange_stores(&self) -> Vec<Arc<Queue>> {
        let states = self.exchanges.values().filter_map(|exchange| exchange.state.as_ref());
        states.map(|state| Arc::clone(state.store())).collect()
    }
}

impl VHost {
    /// What a new exchange keeps messages with, if it does, in queue number `id`.
    pub(crate) fn make_exchange_state(
        &self,
        name: &str,
        settings: &ExchangeSettings,
        id: Option<u64>,
    ) -> Option<Arc<dyn ExchangeState>> {
        let (id, kind) = id.zip(exchanges::state(settings))?;
        let of_store =
            QueueSettings { durable: settings.durable, holds: Some(kind.due_at), ..QueueSettings::default() };
        let (vhost, exchange) = (Arc::clone(&self.name), Arc::<str>::from(name));
        let store = Queue::new(id, vhost, Arc::clone(&exchange), of_store, Arc::clone(&self.context));
        let timers = Arc::clone(&self.context.timers);
        let onward: Weak<dyn Onward> = self.me.clone();
        Some((kind.make)(Given { exchange, settings, store, timers, onward }))
    }

    /// The queues in which exchanges keep messages.
    pub(crate) fn exchange_stores(&self) -> Vec<Arc<Queue>> {
        self.topology().exchange_stores()
    }

    /// The queue in which an exchange keeps messages, if it does.
    pub(crate) fn exchange_store(&self, exchange: &str) -> Option<Arc<Queue>> {
        self.exchange_state(exchange).map(|state| Arc::clone(state.store()))
    }

    /// Exchanges take up what a restart brought back.
    pub(crate) fn exchanges_restored(&self) {
        let topology = self.topology();
        let states = topology.exchanges.values().filter_map(|exchange| exchange.state.as_ref());
        states.for_each(|state| state.restored());
    }

    /// Whether an exchange keeps messages, and wants to know what is bound to it.
    pub(crate) fn keeps_messages(&self, exchange: &str) -> bool {
        self.topology().exchanges.get(exchange).is_some_and(|exchange| exchange.state.is_some())
    }

    /// A binding is new: its source may have something for its destination.
    pub(crate) fn on_bound(&self, binding: &Binding, effects: &mut Effects) {
        if let Some(state) = self.exchange_state(&binding.source) {
            state.on_bound(&binding.destination, self, effects);
        }
    }

    fn exchange_state(&self, exchange: &str) -> Option<Arc<dyn ExchangeState>> {
        self.topology().exchanges.get(exchange)?.state.clone()
    }
}
