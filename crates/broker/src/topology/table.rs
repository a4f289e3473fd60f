//! Exchanges, queues and bindings of one virtual host, and the way of a message through them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::exchanges::{self, Addressed, ExchangeState, Filter, Stop};
use crate::policies::{Object, Policies};
use crate::queues::Queue;
use crate::randomness::mix;
use crate::topology::Counts;
use crate::topology::exchange::{Exchange, ExchangeSettings};
use hashbrown::HashMap;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;

/// Identity of a binding: two that agree in all of it are the same one (AMQP 0-9-1, `queue.bind`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindingId {
    source: Arc<str>,
    destination: Destination,
    routing_key: Arc<str>,
    arguments: Box<[u8]>,
}

impl From<&Binding> for BindingId {
    fn from(binding: &Binding) -> Self {
        Self {
            source: Arc::clone(&binding.source),
            destination: binding.destination.clone(),
            routing_key: Arc::clone(&binding.routing_key),
            arguments: binding.canonical_arguments().into(),
        }
    }
}

/// Where the messages of one exchange and routing key go.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// The queues, each once.
    pub queues: Vec<Arc<Queue>>,
    /// Whether exchange and routing key alone decided, so that the route holds for the next message too.
    pub by_key_alone: bool,
    /// Exchanges on the way that keep the message.
    pub stops: Vec<Stop>,
    /// What drops messages at the exchange that they are published to.
    pub(crate) filter: Option<Arc<dyn Filter>>,
}

impl Route {
    fn each_queue_once(mut self) -> Self {
        if self.queues.len() > 1 {
            self.queues.sort_by_key(|queue| queue.id);
            self.queues.dedup_by_key(|queue| queue.id);
        }
        self
    }
}

/// See the module's description. Guarded by its virtual host.
#[derive(Default)]
pub struct Topology {
    pub(crate) exchanges: HashMap<Arc<str>, Exchange>,
    pub(crate) queues: HashMap<Arc<str>, Arc<Queue>>,
    /// What direct replies go to, by name: queues that nobody declared (see `replies.rs`).
    pub(crate) replies: HashMap<Arc<str>, Arc<Queue>>,
    /// What operators set for queues and exchanges by their names.
    pub(crate) policies: Policies,
    /// The virtual host is deleted: nothing may be added any more.
    pub(crate) closed: bool,
    counts: Arc<Counts>,
    bindings: BTreeMap<BindingId, Arc<Binding>>,
    by_destination: HashMap<Destination, BTreeSet<BindingId>>,
}

impl Topology {
    /// An empty one, whose queues and exchanges are counted in `counts` with those of others.
    pub(crate) fn counted(counts: Arc<Counts>) -> Self {
        Self { counts, ..Self::default() }
    }

    /// Adds an exchange.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for an unknown type, and for arguments that the type does not understand.
    pub(crate) fn add_exchange(
        &mut self,
        name: Arc<str>,
        settings: ExchangeSettings,
        state: Option<Arc<dyn ExchangeState>>,
    ) -> Result<(), Error> {
        let router = exchanges::router(&settings.kind, &settings.arguments)?;
        let effective = self.policies.effective(&name, Object::Exchange).map(Arc::new);
        let filter = exchanges::filter(&settings);
        let exchange = Exchange { name: Arc::clone(&name), settings, effective, router, state, filter };
        if self.exchanges.insert(name, exchange).is_none() {
            self.counts.exchanges.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Removes an exchange with its bindings and the messages that it keeps. Returns the bindings that went with it.
    pub fn remove_exchange(&mut self, name: &str) -> Vec<Arc<Binding>> {
        let mut gone = Vec::new();
        if let Some((name, exchange)) = self.exchanges.remove_entry(name) {
            self.counts.exchanges.fetch_sub(1, Ordering::Relaxed);
            if let Some(state) = exchange.state {
                state.store().delete();
            }
            for binding in self.bindings_from(&name).collect::<Vec<_>>() {
                self.forget(&binding);
                gone.push(binding);
            }
            gone.extend(self.remove_incoming(&Destination::Exchange(name)));
        }
        gone
    }

    /// Adds a queue.
    pub(crate) fn add_queue(&mut self, queue: &Arc<Queue>) {
        if self.queues.insert(Arc::clone(&queue.name), Arc::clone(queue)).is_none() {
            self.counts.queues.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// From now on nothing is added any more. Returns the queues, which are taken out, and those in which exchanges keep messages.
    pub(crate) fn close(&mut self) -> Vec<Arc<Queue>> {
        self.closed = true;
        self.counts.queues.fetch_sub(self.queues.len() as u64, Ordering::Relaxed);
        self.counts.exchanges.fetch_sub(self.exchanges.len() as u64, Ordering::Relaxed);
        let mut queues: Vec<_> = std::mem::take(&mut self.queues).into_values().collect();
        queues.extend(self.exchange_stores());
        queues
    }

    /// Removes a queue with its bindings. Returns what went with it.
    pub fn remove_queue(&mut self, name: &str) -> Option<(Arc<Queue>, Vec<Arc<Binding>>)> {
        let (name, queue) = self.queues.remove_entry(name)?;
        self.counts.queues.fetch_sub(1, Ordering::Relaxed);
        Some((queue, self.remove_incoming(&Destination::Queue(name))))
    }

    /// Adds a binding; `false` if it is there already.
    ///
    /// # Errors
    /// What the source's router refuses.
    pub fn bind(&mut self, binding: Binding) -> Result<bool, Error> {
        let id = BindingId::from(&binding);
        if self.bindings.contains_key(&id) {
            return Ok(false);
        }
        let binding = Arc::new(binding);
        if let Some(exchange) = self.exchanges.get_mut(&*binding.source) {
            exchange.router.bind(&binding)?;
            if let Destination::Queue(name) = &binding.destination
                && let Some(queue) = self.queues.get(name)
                && !exchange.router.takes(queue.kind)
            {
                exchange.router.unbind(&binding);
                return Err(Error::queue_type_not_valid(queue.kind.as_str()));
            }
        }
        self.by_destination.entry(binding.destination.clone()).or_default().insert(id.clone());
        self.bindings.insert(id, binding);
        Ok(true)
    }

    /// Removes a binding; `None` if there is no such one.
    pub fn unbind(&mut self, binding: &Binding) -> Option<Arc<Binding>> {
        let found = Arc::clone(self.bindings.get(&BindingId::from(binding))?);
        self.forget(&found);
        if let Some(exchange) = self.exchanges.get_mut(&*found.source) {
            exchange.router.unbind(&found);
        }
        Some(found)
    }

    /// Whether a binding is there.
    pub(crate) fn has_binding(&self, id: &BindingId) -> bool {
        self.bindings.contains_key(id)
    }

    /// The binding that is the same as this one.
    pub(crate) fn binding(&self, binding: &Binding) -> Option<Arc<Binding>> {
        self.bindings.get(&BindingId::from(binding)).map(Arc::clone)
    }

    /// Whether both ends of a binding outlive the node; `None` if one of them is not there.
    pub(crate) fn ends_of(&self, binding: &Binding) -> Option<bool> {
        let source = self.exchanges.get(&*binding.source)?.settings.durable;
        let destination = match &binding.destination {
            Destination::Exchange(name) => self.exchanges.get(name)?.settings.durable,
            Destination::Queue(name) => self.queues.get(name)?.is_durable(),
        };
        Some(source && destination)
    }

    /// Bindings whose source is `exchange`.
    pub fn bindings_from(&self, exchange: &Arc<str>) -> impl Iterator<Item = Arc<Binding>> + use<'_> {
        let first = BindingId {
            source: Arc::clone(exchange),
            destination: Destination::Queue("".into()),
            routing_key: "".into(),
            arguments: Box::default(),
        };
        let source = Arc::clone(exchange);
        let range = self.bindings.range(first..).take_while(move |(id, _)| id.source == source);
        range.map(|(_, binding)| Arc::clone(binding))
    }

    /// Bindings that lead to `destination`.
    pub fn bindings_to(&self, destination: &Destination) -> impl Iterator<Item = Arc<Binding>> + use<'_> {
        let ids = self.by_destination.get(destination).into_iter().flatten();
        ids.filter_map(|id| self.bindings.get(id).map(Arc::clone))
    }

    /// All bindings but the implied ones of the default exchange.
    pub fn bindings(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.bindings.values()
    }

    /// Whether any binding has `exchange` as its source.
    pub fn has_bindings_from(&self, exchange: &Arc<str>) -> bool {
        self.bindings_from(exchange).next().is_some()
    }

    /// The exchange that a client names; the default exchange is always there.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is none.
    pub fn exchange(&self, name: &str, vhost: &str) -> Result<&Exchange, Error> {
        self.exchanges.get(name).ok_or_else(|| Error::exchange_not_found(name, vhost))
    }

    /// The queues that a message published to `exchange` goes to: under any of its keys, each queue once.
    ///
    /// Exchange-to-exchange bindings may form cycles: every exchange is asked once (RabbitMQ, exchange to exchange
    /// bindings). An exchange that routes nowhere passes on to its alternate exchange.
    pub fn route(&self, exchange: &Exchange, message: &Addressed<'_>) -> Route {
        let mut route = Route { by_key_alone: exchange.filter.is_none(), ..Route::default() };
        if exchange.name.is_empty() {
            let queue = |key: &&str| self.queues.get(*key).or_else(|| self.replies.get(*key)).map(Arc::clone);
            route.queues.extend(message.keys.iter().filter_map(queue));
            return route.each_queue_once();
        }
        route.filter.clone_from(&exchange.filter);
        let mut message = *message;
        let mut found = Vec::with_capacity(16);
        // Exchanges that others lead to, each once, and how many of them were asked. Most exchanges lead to queues alone.
        let (mut further, mut asked) = (Vec::new(), 0);
        let mut next = Some(exchange);
        while let Some(at) = next {
            route.by_key_alone &= at.router.by_key_alone() && at.state.is_none();
            let stop = at.state.as_ref().and_then(|state| Stop::at(state, message.properties));
            let waits = stop.as_ref().is_some_and(Stop::waits);
            route.stops.extend(stop);
            if !waits {
                at.router.route(&message, &mut found);
                // Every exchange on the way chooses anew.
                message.random = mix(message.random.wrapping_add(1));
                let alternate = at.alternate().filter(|_| found.is_empty());
                for destination in found.drain(..) {
                    match destination {
                        Destination::Queue(name) => {
                            route.queues.extend(self.queues.get(name).map(Arc::clone));
                        }
                        Destination::Exchange(name) => self.lead_to(name, exchange, &mut further),
                    }
                }
                if let Some(name) = alternate {
                    self.lead_to(name, exchange, &mut further);
                }
            }
            next = further.get(asked).copied();
            asked += 1;
        }
        route.each_queue_once()
    }

    /// Adds an exchange to those that have to be asked besides `first`.
    fn lead_to<'t>(&'t self, name: &str, first: &Exchange, further: &mut Vec<&'t Exchange>) {
        if let Some(exchange) = self.exchanges.get(name)
            && exchange.name != first.name
            && !further.iter().any(|other| other.name == exchange.name)
        {
            further.push(exchange);
        }
    }

    /// Removes the bindings from and to an exchange that stays.
    pub(crate) fn unbind_exchange(&mut self, name: &str) {
        let Some((name, _)) = self.exchanges.get_key_value(name) else { return };
        let name = Arc::clone(name);
        for binding in self.bindings_from(&name).collect::<Vec<_>>() {
            self.unbind(&binding);
        }
        self.remove_incoming(&Destination::Exchange(name));
    }

    /// Removes the bindings that lead to `destination`.
    pub(crate) fn remove_bindings_to(&mut self, destination: &Destination) {
        self.remove_incoming(destination);
    }

    fn remove_incoming(&mut self, destination: &Destination) -> Vec<Arc<Binding>> {
        let gone: Vec<_> = self.bindings_to(destination).collect();
        for binding in &gone {
            self.forget(binding);
            if let Some(exchange) = self.exchanges.get_mut(&*binding.source) {
                exchange.router.unbind(binding);
            }
        }
        gone
    }

    fn forget(&mut self, binding: &Binding) {
        let id = BindingId::from(binding);
        self.bindings.remove(&id);
        if let Some(ids) = self.by_destination.get_mut(&binding.destination) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_destination.remove(&binding.destination);
            }
        }
    }
}
