//! Exchanges that keep messages: until their time comes, or for whoever is bound later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::bindings::{Binding, Destination};
use crate::deduplication::Deduplicator;
use crate::delays::{Delays, delay_of};
use crate::effects::Effects;
use crate::exchange::{Exchange, ExchangeSettings};
use crate::exchanges::{DELAYED, HISTORY};
use crate::history::{self, History};
use crate::publishing;
use crate::queues::{Deduplication, Outcome, Queue, QueueKind, QueueRules, QueueSettings};
use crate::topology::{Route, Topology};
use crate::vhosts::VHost;
use warren_model::message::Message;

/// LavinMQ's argument that makes an exchange of any type a delayed one.
const X_DELAYED_EXCHANGE: &str = "x-delayed-exchange";

/// What an exchange keeps.
#[derive(Debug, Clone)]
pub(crate) enum Keeper {
    /// Messages that wait.
    Delays(Arc<Delays>),
    /// The last messages.
    History(Arc<History>),
}

impl Keeper {
    /// Whether an exchange with these settings needs one.
    pub(crate) fn is_needed(settings: &ExchangeSettings) -> bool {
        let delayed = settings.arguments.get(X_DELAYED_EXCHANGE).and_then(|value| value.as_bool());
        crate::exchanges::keeps(&settings.kind) || delayed == Some(true)
    }

    /// The queue in which messages lie, which no client knows.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        match self {
            Self::Delays(delays) => delays.queue(),
            Self::History(history) => history.queue(),
        }
    }

    /// Takes up what a restart brought back.
    pub(crate) fn restored(&self) {
        match self {
            Self::Delays(delays) => delays.restored(),
            Self::History(history) => history.restored(),
        }
    }

    /// Where a message with these properties is kept.
    pub(crate) fn stop(&self, properties: &[u8]) -> Option<Stop> {
        match self {
            Self::Delays(delays) => delay_of(properties).map(|_| Stop::Wait(Arc::clone(delays))),
            Self::History(history) => Some(Stop::Remember(Arc::clone(history))),
        }
    }
}

/// A place where a message is kept on its way.
#[derive(Debug, Clone)]
pub enum Stop {
    /// It goes on from there later.
    #[allow(private_interfaces, reason = "only the broker makes and looks at stops")]
    Wait(Arc<Delays>),
    /// It is remembered there.
    #[allow(private_interfaces, reason = "only the broker makes and looks at stops")]
    Remember(Arc<History>),
}

/// Messages that an exchange drops because they came before.
#[derive(Debug)]
pub struct Duplicates {
    seen: Mutex<Deduplicator>,
    dropped: AtomicU64,
}

impl Duplicates {
    /// What an exchange with these settings drops, if it drops any.
    pub(crate) fn of(settings: &ExchangeSettings) -> Option<Arc<Self>> {
        let rules: Deduplication =
            QueueRules::resolve(QueueKind::Classic, &settings.arguments, None).deduplication?;
        Some(Arc::new(Self { seen: Mutex::new(Deduplicator::new(&rules)), dropped: AtomicU64::new(0) }))
    }

    /// Whether a message with these properties came before; it is counted then.
    pub(crate) fn drop_if_known(&self, properties: &[u8], now: u64) -> bool {
        let known = self.seen.lock().is_duplicate(properties, now);
        self.dropped.fetch_add(u64::from(known), Relaxed);
        known
    }

    /// How many messages were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}

impl Exchange {
    /// How many messages wait for their time at it; `None` if it lets none wait.
    pub fn delayed(&self) -> Option<u64> {
        match &self.keeper {
            Some(Keeper::Delays(delays)) => Some(delays.count()),
            _ => None,
        }
    }

    /// Number of the queue in which it keeps messages, if it does.
    pub(crate) fn store(&self) -> Option<u64> {
        self.keeper.as_ref().map(|keeper| keeper.queue().id)
    }
}

impl Route {
    /// Whether the message waits somewhere to go on later.
    pub(crate) fn waits(&self) -> bool {
        self.stops.iter().any(|stop| matches!(stop, Stop::Wait(_)))
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
            let message = match stop {
                Stop::Wait(delays) => {
                    delays.wait(whole, now, &mut outcome);
                    whole
                }
                Stop::Remember(history) => {
                    history.remember(shown, &mut outcome, effects);
                    shown
                }
            };
            logged |= !outcome.entries.is_empty();
            publishing::log(std::slice::from_ref(message), &mut outcome, now, effects);
        }
        logged
    }
}

impl Topology {
    /// The queues in which exchanges keep messages.
    pub(crate) fn keeping_queues(&self) -> Vec<Arc<Queue>> {
        let keepers = self.exchanges.values().filter_map(|exchange| exchange.keeper.as_ref());
        keepers.map(|keeper| Arc::clone(keeper.queue())).collect()
    }
}

impl VHost {
    /// What an exchange keeps messages with, if it does, in queue number `id`.
    pub(crate) fn keeper(&self, name: &str, settings: &ExchangeSettings, id: Option<u64>) -> Option<Keeper> {
        let id = id.filter(|_| Keeper::is_needed(settings))?;
        let queue_settings =
            QueueSettings { durable: settings.durable, holds: true, ..QueueSettings::default() };
        let (vhost, home) = (Arc::clone(&self.name), Arc::clone(&self.home));
        let name: Arc<str> = name.into();
        let queue = Queue::new(id, vhost, Arc::clone(&name), queue_settings, Arc::clone(&home));
        if settings.kind == HISTORY {
            // Recorded arguments are good.
            let length = history::length(&settings.arguments).unwrap_or(1);
            return Some(Keeper::History(History::new(length, queue)));
        }
        debug_assert!(settings.kind == DELAYED || settings.arguments.contains_key(X_DELAYED_EXCHANGE));
        Some(Keeper::Delays(Delays::new(name, queue, home)))
    }

    /// The queues in which exchanges keep messages.
    pub(crate) fn keeping_queues(&self) -> Vec<Arc<Queue>> {
        self.topology().keeping_queues()
    }

    /// The queue in which an exchange keeps messages, if it does.
    pub(crate) fn keeping_queue(&self, exchange: &str) -> Option<Arc<Queue>> {
        let topology = self.topology();
        topology.exchanges.get(exchange)?.keeper.as_ref().map(|keeper| Arc::clone(keeper.queue()))
    }

    /// Exchanges take up what a restart brought back.
    pub(crate) fn keepers_restored(&self) {
        let topology = self.topology();
        topology
            .exchanges
            .values()
            .filter_map(|exchange| exchange.keeper.as_ref())
            .for_each(Keeper::restored);
    }

    /// Whether an exchange remembers its last messages.
    pub(crate) fn remembers(&self, exchange: &str) -> bool {
        let topology = self.topology();
        let keeper = topology.exchanges.get(exchange).and_then(|exchange| exchange.keeper.as_ref());
        matches!(keeper, Some(Keeper::History(_)))
    }

    /// A binding is new: its destination gets the last messages of the source, if the source remembers any.
    pub(crate) fn replay_history(&self, binding: &Binding, effects: &mut Effects) {
        let history =
            match self.topology().exchanges.get(&binding.source).and_then(|source| source.keeper.clone()) {
                Some(Keeper::History(history)) => history,
                _ => return,
            };
        history.each(|message| {
            match &binding.destination {
                Destination::Exchange(name) => publishing::publish(self, name, message, effects),
                Destination::Queue(name) => {
                    if let Ok(queue) = self.queue(name) {
                        publishing::hand_over(
                            &[queue],
                            &message.as_message(),
                            self.home.clock.now(),
                            effects,
                        );
                    }
                }
            }
            // What is to be logged does not gather; that it cannot be is said where it is tried.
            let _ = effects.append_early();
        });
    }
}
