//! Messages that wait at a delayed exchange while the machine goes down, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use warren_model::properties::BasicProperties;
use warren_model::value::FieldTable;
use warren_store::Position;
use warren_store::sim::{Crash, Random, SimFs};

use super::world::open;
use crate::effects::Effects;
use crate::queues::QueueSettings;
use crate::state::node::broker::Broker;
use crate::topology::exchange::ExchangeSettings;
use crate::topology::forwarding;
use crate::topology::vhosts::VHost;
use warren_model::binding::{Binding, Destination};
use warren_model::message::OwnedMessage;

/// The longest delay, in milliseconds.
const LONGEST: u64 = 400;

/// One run.
pub(super) struct Waiting {
    random: Random,
    fs: SimFs,
    broker: Arc<Broker>,
    effects: Effects,
    now: u64,
    /// When each message that was ever sent is due, by its number.
    due: BTreeMap<u64, u64>,
    /// Sent, and not given to the log yet.
    pending: Vec<u64>,
    /// In the log before that position.
    logged: Vec<(Position, u64)>,
    /// Must not be lost.
    promised: BTreeSet<u64>,
    crashes: usize,
}

impl Waiting {
    pub(super) fn new(seed: u64) -> Self {
        let (fs, mut random) = (SimFs::new(seed), Random::new(seed));
        let broker = open(&fs, &mut random);
        let effects = Effects::new(broker.log_handle().clone());
        let now = 1_000_000;
        broker.clock().advance(now);
        declare(&broker);
        Self {
            random,
            fs,
            broker,
            effects,
            now,
            due: BTreeMap::new(),
            pending: Vec::new(),
            logged: Vec::new(),
            promised: BTreeSet::new(),
            crashes: 0,
        }
    }

    pub(super) fn play(mut self) {
        for _ in 0..1 + self.random.below(3) {
            if !self.random.one_in(3) {
                self.fs.crash_at(self.fs.operations() + 1 + self.random.below(80));
            }
            for _ in 0..20 + self.random.below(120) {
                self.step();
                if self.fs.is_down() || self.store_failed() {
                    break;
                }
            }
            self.restart();
        }
        self.check();
    }

    fn vhost(&self) -> Arc<VHost> {
        self.broker.vhost("/").expect("the default virtual host")
    }

    fn store_failed(&self) -> bool {
        self.broker.log_handle().store().is_none_or(|store| store.poisoned().is_some())
    }

    fn step(&mut self) {
        match self.random.below(12) {
            0..=4 => self.publish(),
            5..=6 => self.append(),
            7..=8 => {
                let store = self.broker.log_handle().store().expect("a store");
                drop(store.drive());
            }
            9..=10 => {
                let by = self.random.below(LONGEST / 4);
                self.fire(by);
                self.append();
            }
            _ => drop(self.broker.checkpoint()),
        }
    }

    fn publish(&mut self) {
        let id = self.due.len() as u64 + 1;
        let delay = 1 + self.random.below(LONGEST);
        let mut headers = FieldTable::new();
        headers.insert("x-delay", delay as i64);
        let properties =
            BasicProperties { headers: Some(headers), delivery_mode: Some(2), ..BasicProperties::default() };
        let mut body = id.to_be_bytes().to_vec();
        body.resize(8 + self.random.below(12_000) as usize, 0);
        let message = OwnedMessage {
            exchange: "d".into(),
            routing_key: String::new(),
            properties: properties.to_bytes(),
            body: body.into(),
            persistent: true,
            mandatory: false,
            annotated: false,
        };
        forwarding::publish(&self.vhost(), "d", &message, &mut self.effects);
        self.due.insert(id, self.now + delay);
        self.pending.push(id);
    }

    /// Ends a batch.
    fn append(&mut self) {
        let position = self.effects.append();
        self.effects.finish();
        if let Ok(Some(position)) = position {
            self.logged.extend(self.pending.drain(..).map(|id| (position, id)));
        }
    }

    fn fire(&mut self, by: u64) {
        self.now += by;
        self.broker.clock().advance(self.now);
        self.broker.timers().fire(self.now, &mut self.effects);
    }

    fn restart(&mut self) {
        let durable = self.broker.log_handle().store().expect("a store").durable();
        let logged = std::mem::take(&mut self.logged);
        self.promised.extend(logged.iter().filter(|(at, _)| *at <= durable).map(|(_, id)| *id));
        self.pending.clear();
        self.fs.restart(if self.random.one_in(3) { Crash::Process } else { Crash::Power });
        self.broker = open(&self.fs, &mut self.random);
        self.effects = Effects::new(self.broker.log_handle().clone());
        self.broker.clock().advance(self.now);
        self.crashes += 1;
    }

    /// Takes everything out of the queue.
    fn take_all(&self) -> Vec<u64> {
        let queue = self.vhost().queue("q").expect("the queue");
        let held = queue.hold_restored();
        let copies = held.iter().filter_map(|(_, held)| queue.copy_held(held));
        copies.map(|message| message.body.first_chunk().map_or(0, |id| u64::from_be_bytes(*id))).collect()
    }

    fn waiting(&self) -> u64 {
        let vhost = self.vhost();
        let topology = vhost.topology();
        topology.exchange("d", "/").expect("the exchange").delayed().expect("it is a delayed one")
    }

    /// Nothing came early, and everything that must come does.
    fn check(mut self) {
        self.fire(0);
        let mut came = self.take_all();
        for id in &came {
            assert!(self.due[id] <= self.now, "{id} came at {} and was due at {}", self.now, self.due[id]);
        }
        self.fire(LONGEST);
        while self.waiting() > 0 {
            self.fire(0);
        }
        came.extend(self.take_all());
        let mut counts = BTreeMap::<u64, usize>::new();
        came.iter().for_each(|id| *counts.entry(*id).or_default() += 1);
        let lost: Vec<_> = self.promised.iter().filter(|id| !counts.contains_key(id)).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        // In the moment of a crash a message may be both where it went and still waiting.
        assert!(counts.values().all(|count| *count <= 1 + self.crashes), "{counts:?}");
    }
}

fn declare(broker: &Broker) {
    let vhost = broker.vhost("/").expect("the default virtual host");
    let mut arguments = FieldTable::new();
    arguments.insert("x-delayed-type", "fanout");
    let settings = ExchangeSettings {
        kind: "x-delayed-message".into(),
        durable: true,
        arguments,
        ..ExchangeSettings::default()
    };
    let _ = vhost.declare_exchange("d", settings).unwrap();
    let settings = QueueSettings { durable: true, ..QueueSettings::default() };
    let _ = vhost.declare_queue("q", settings, false).unwrap();
    let binding = Binding {
        source: "d".into(),
        destination: Destination::Queue("q".into()),
        routing_key: "".into(),
        arguments: FieldTable::new(),
    };
    let last = vhost.bind(binding).unwrap().position.expect("recorded");
    broker.log_handle().store().expect("a store").wait_durable(last).unwrap();
}
