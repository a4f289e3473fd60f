//! The run: what happens to the broker, step by step, until the machine goes down; and then again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use warren_store::sim::{Crash, Random, SimFs};
use warren_store::{CommitLog, Drive, Options, Position};

use super::client::{CONFIRMING, Client, Heard, number, with_message, with_run};
use super::model::{Found, QueueModel};
use crate::channel::Verdict;
use crate::effects::Effects;
use crate::log::LogHandle;
use crate::queues::{ConsumerSettings, PageMemory, QueueSettings};
use crate::state::checkpoint::restore::Restore;
use crate::state::node::broker::{Broker, BrokerSettings};
use crate::topology::exchange::ExchangeSettings;
use warren_model::binding::{Binding, Destination};

const QUEUES: [&str; 4] = ["a", "b", "c", "d"];
/// Bound to the fanout exchange.
const FANNED: [&str; 3] = ["a", "b", "c"];
/// Has a consumer; the others are fetched from.
const CONSUMED: &str = "c";
/// Has, now and then, two consumers of one client: one that acknowledges, and one that need not.
const SHARED: &str = "b";
const CAREFUL: &str = "careful";
const CARELESS: &str = "careless";
/// Comes and goes.
const FLEETING: &str = "d";
const CLIENTS: usize = 3;

/// What a client waits for, or has to answer.
#[derive(Default)]
struct Ledger {
    published: u64,
    /// Numbers of messages by the number of their confirm.
    unconfirmed: BTreeMap<u64, u64>,
    /// Queue and number of the message by channel and delivery tag.
    unacked: BTreeMap<(u16, u64), (&'static str, u64)>,
    /// Deliveries and settlements that are not appended yet.
    delivered: Vec<(&'static str, u64)>,
    settled: Vec<(&'static str, u64)>,
    /// Messages of committed transactions, with what they wait for.
    committed: Vec<(Position, u64)>,
}

pub(super) struct World {
    random: Random,
    fs: SimFs,
    broker: Arc<Broker>,
    clients: Vec<Client>,
    ledgers: Vec<Ledger>,
    queues: BTreeMap<&'static str, QueueModel>,
    /// The queue that comes and goes: whether it is there, as far as that is durable.
    fleeting: Vec<(Position, bool)>,
    next_id: u64,
    /// The client whose step it is: what happens to any queue by it is logged with its batch.
    acting: usize,
    /// The client that consumes from the queue with two consumers.
    sharing: Option<usize>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let fs = SimFs::new(seed);
        let mut random = Random::new(seed);
        let broker = open(&fs, &mut random);
        let queues = QUEUES.into_iter().map(|name| (name, QueueModel::default())).collect();
        let mut world = Self {
            random,
            fs,
            broker,
            clients: Vec::new(),
            ledgers: Vec::new(),
            queues,
            fleeting: Vec::new(),
            next_id: 1,
            acting: 0,
            sharing: None,
        };
        world.declare_all();
        world.connect();
        world
    }

    pub(super) fn play(mut self) {
        for _ in 0..1 + self.random.below(4) {
            if self.random.one_in(2) {
                let operations = self.fs.operations() + 1 + self.random.below(120);
                self.fs.crash_at(operations);
            }
            if self.random.one_in(6) {
                self.fs.fail_sync_at(self.fs.operations() + self.random.below(80));
            }
            for _ in 0..10 + self.random.below(150) {
                self.step();
                self.hear();
                if self.fs.is_down() || self.store().poisoned().is_some() {
                    break;
                }
                self.compare_counts();
            }
            self.restart();
        }
    }

    fn store(&self) -> &Arc<dyn CommitLog> {
        self.broker.log_handle().store().expect("a store")
    }

    fn declare_all(&mut self) {
        let principal = Client::new(&self.broker, 1).principal;
        let durable = || QueueSettings { durable: true, ..QueueSettings::default() };
        for name in QUEUES {
            let _ = principal.declare_queue(name, durable()).unwrap();
        }
        let settings =
            ExchangeSettings { kind: "fanout".into(), durable: true, ..ExchangeSettings::default() };
        let mut last = principal.declare_exchange("fan", settings).unwrap().position;
        for name in FANNED {
            let destination = Destination::Queue(name.into());
            let binding = Binding { source: "fan".into(), destination, routing_key: "".into(), ..binding() };
            last = principal.bind(binding).unwrap().position;
        }
        self.store().wait_durable(last.expect("recorded")).unwrap();
        self.fleeting = vec![(Position::START, true)];
    }

    fn connect(&mut self) {
        self.clients = (0..CLIENTS).map(|id| Client::new(&self.broker, id as u64 + 1)).collect();
        self.ledgers = (0..CLIENTS).map(|_| Ledger::default()).collect();
        (self.acting, self.sharing) = (0, None);
        let client = &mut self.clients[0];
        client.confirming.set_prefetch(4, false, &mut client.effects);
        let settings = ConsumerSettings { tag: "consumer".into(), ..ConsumerSettings::default() };
        client.confirming.consume(CONSUMED, settings, true, &mut client.effects).unwrap();
    }

    fn step(&mut self) {
        let who = self.random.below(CLIENTS as u64) as usize;
        self.acting = who;
        match self.random.below(42) {
            0..=8 => self.publish(who),
            9..=11 => self.publish_run(who),
            12..=17 => self.fetch(who),
            18..=23 => self.settle(who, Verdict::Ack),
            24..=25 => self.settle(who, Verdict::Requeue),
            26..=31 => self.end_batch(who),
            32..=35 => drop(self.store().drive()),
            36 => self.purge(who),
            37 => self.come_or_go(),
            38 => self.transact(who),
            39..=40 => self.share_or_not(who),
            _ => drop(self.broker.checkpoint()),
        }
    }

    fn draw(&mut self) -> (u64, usize, bool, (&'static str, &'static str)) {
        let id = self.next_id;
        self.next_id += 1;
        let length = match self.random.below(12) {
            0 => 40_000,
            1..=3 => 9_000 + self.random.below(9_000) as usize,
            _ => 8 + self.random.below(100) as usize,
        };
        let to = match self.random.below(QUEUES.len() as u64 + 1) as usize {
            index if index < QUEUES.len() => ("", QUEUES[index]),
            _ => ("fan", ""),
        };
        (id, length, !self.random.one_in(4), to)
    }

    fn is_there(&self, queue: &str) -> bool {
        queue != FLEETING || self.fleeting.last().is_some_and(|(_, there)| *there)
    }

    fn note_publish(&mut self, id: u64, persistent: bool, (exchange, key): (&str, &'static str)) {
        let to: &[&'static str] = if exchange.is_empty() { &[key] } else { &FANNED };
        for queue in to.iter().filter(|queue| self.is_there(queue)).copied().collect::<Vec<_>>() {
            self.queues.get_mut(queue).unwrap().publish(id, persistent);
        }
    }

    fn publish(&mut self, who: usize) {
        for _ in 0..1 + self.random.below(4) {
            let (id, length, persistent, to) = self.draw();
            self.note_publish(id, persistent, to);
            let Client { confirming, effects, .. } = &mut self.clients[who];
            with_message(id, length, persistent, to, |run| confirming.publish(run, effects)).unwrap();
            let ledger = &mut self.ledgers[who];
            ledger.published += 1;
            ledger.unconfirmed.insert(ledger.published, id);
        }
    }

    /// Publishes messages that are alike, as if they came together.
    fn publish_run(&mut self, who: usize) {
        let (first, length, persistent, to) = self.draw();
        let ids = first..first + 1 + self.random.below(8);
        self.next_id = ids.end;
        let Client { confirming, effects, .. } = &mut self.clients[who];
        with_run(ids.clone(), length, persistent, to, |run| confirming.publish(run, effects)).unwrap();
        for id in ids {
            self.note_publish(id, persistent, to);
            let ledger = &mut self.ledgers[who];
            ledger.published += 1;
            ledger.unconfirmed.insert(ledger.published, id);
        }
    }

    /// Begins to consume with two consumers, or ends it.
    fn share_or_not(&mut self, who: usize) {
        let Some(sharing) = self.sharing.take() else {
            self.sharing = Some(who);
            let Client { confirming, effects, .. } = &mut self.clients[who];
            confirming.set_prefetch(5, false, effects);
            for (tag, no_ack) in [(CAREFUL, false), (CARELESS, true)] {
                let settings = ConsumerSettings { tag: tag.into(), no_ack, ..ConsumerSettings::default() };
                confirming.consume(SHARED, settings, true, effects).unwrap();
            }
            return;
        };
        let Client { confirming, effects, .. } = &mut self.clients[sharing];
        for tag in [CAREFUL, CARELESS] {
            let _ = confirming.cancel(tag, effects);
        }
    }

    /// Publishes in a transaction and commits it, in the middle of the client's batch.
    fn transact(&mut self, who: usize) {
        let mut ids = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let (id, length, persistent, to) = self.draw();
            self.note_publish(id, persistent, to);
            let Client { transactional, effects, .. } = &mut self.clients[who];
            with_message(id, length, persistent, to, |run| transactional.publish(run, effects)).unwrap();
            ids.push(id);
        }
        let Client { transactional, effects, .. } = &mut self.clients[who];
        if let Ok(done) = transactional.commit(effects) {
            let position = done.position.unwrap_or(Position::START);
            self.ledgers[who].committed.extend(ids.into_iter().map(|id| (position, id)));
            self.logged(who, done.position);
        }
    }

    fn fetch(&mut self, who: usize) {
        let queue = ["a", "b", FLEETING][self.random.below(3) as usize];
        let no_ack = self.random.one_in(4);
        if !self.is_there(queue) {
            return;
        }
        let Client { confirming, effects, .. } = &mut self.clients[who];
        confirming.get(queue, no_ack, effects).unwrap();
        for heard in self.clients[who].hear() {
            let Heard::Delivery { tag, redelivered, body, .. } = heard else { continue };
            self.delivered(who, queue, tag, redelivered, &body);
            if no_ack {
                self.settled_at_once(who, queue, tag, &body);
            }
        }
    }

    /// A delivery needs no acknowledgement.
    fn settled_at_once(&mut self, who: usize, queue: &'static str, tag: u64, body: &[u8]) {
        self.ledgers[who].unacked.remove(&(CONFIRMING, tag));
        self.settled(queue, number(body));
    }

    fn delivered(&mut self, who: usize, queue: &'static str, tag: u64, redelivered: bool, body: &[u8]) {
        let id = number(body);
        let first = self.queues.get_mut(queue).unwrap().deliver(id, redelivered);
        self.ledgers[who].unacked.insert((CONFIRMING, tag), (queue, id));
        if first {
            self.ledgers[self.acting].delivered.push((queue, id));
        }
    }

    fn settled(&mut self, queue: &'static str, id: u64) {
        if let Some(entry) = self.queues.get_mut(queue).unwrap().entry(id) {
            (entry.out, entry.settled) = (false, true);
            self.ledgers[self.acting].settled.push((queue, id));
        }
    }

    fn settle(&mut self, who: usize, verdict: Verdict) {
        let count = self.ledgers[who].unacked.len() as u64;
        let index = self.random.below(count.max(1)) as usize;
        let Some((&(channel, tag), &(queue, id))) = self.ledgers[who].unacked.iter().nth(index) else {
            return;
        };
        self.ledgers[who].unacked.remove(&(channel, tag));
        match verdict {
            Verdict::Requeue => {
                if let Some(entry) = self.queues.get_mut(queue).unwrap().entry(id) {
                    entry.out = false;
                }
            }
            _ => self.settled(queue, id),
        }
        let Client { confirming, effects, .. } = &mut self.clients[who];
        confirming.settle(tag, false, verdict, effects).unwrap();
    }

    fn purge(&mut self, who: usize) {
        let queue = ["a", "b"][self.random.below(2) as usize];
        let Client { principal, effects, .. } = &mut self.clients[who];
        principal.purge_queue(queue, effects).unwrap();
        let model = self.queues.get_mut(queue).unwrap();
        let ready = model.entries.iter().filter(|entry| !entry.out && !entry.settled).map(|entry| entry.id);
        for id in ready.collect::<Vec<_>>() {
            self.settled(queue, id);
        }
    }

    /// Deletes a queue, or declares it again.
    fn come_or_go(&mut self) {
        let there = self.is_there(FLEETING);
        let principal = Arc::clone(&self.clients[1].principal);
        let done = match there {
            true => principal.delete_queue(FLEETING, false, false).map(|done| done.position),
            false => {
                let settings = QueueSettings { durable: true, ..QueueSettings::default() };
                principal.declare_queue(FLEETING, settings).map(|done| done.position)
            }
        };
        // The store may have failed a moment ago, and then nothing is changed.
        let Ok(position) = done else { return };
        self.queues.insert(FLEETING, QueueModel::default());
        for ledger in &mut self.ledgers {
            let elsewhere = |(queue, _): &(&str, u64)| *queue != FLEETING;
            ledger.delivered.retain(elsewhere);
            ledger.settled.retain(elsewhere);
        }
        self.fleeting.push((position.expect("recorded"), !there));
    }

    fn end_batch(&mut self, who: usize) {
        let Client { confirming, effects, .. } = &mut self.clients[who];
        let position = effects.append();
        confirming.settle_confirms(position.clone(), effects);
        effects.finish();
        if let Ok(position) = position {
            self.logged(who, position);
        } else {
            (self.ledgers[who].delivered, self.ledgers[who].settled) = (Vec::new(), Vec::new());
        }
    }

    /// What the client did up to now is in the log before `position`.
    fn logged(&mut self, who: usize, position: Option<Position>) {
        let ledger = &mut self.ledgers[who];
        let Some(position) = position else { return };
        for (queue, id) in ledger.delivered.drain(..) {
            if let Some(entry) = self.queues.get_mut(queue).unwrap().entry(id) {
                entry.delivery_logged.get_or_insert(position);
            }
        }
        for (queue, id) in ledger.settled.drain(..) {
            if let Some(entry) = self.queues.get_mut(queue).unwrap().entry(id) {
                entry.settlement_logged = Some(position);
            }
        }
    }

    fn hear(&mut self) {
        for who in 0..CLIENTS {
            for heard in self.clients[who].hear() {
                match heard {
                    Heard::Confirmed { tag, multiple } => self.answered(who, tag, multiple, true),
                    Heard::Refused { tag, multiple } => self.answered(who, tag, multiple, false),
                    Heard::Delivery { channel: CONFIRMING, consumer, tag, redelivered, body, .. } => {
                        let shared = [CAREFUL, CARELESS].contains(&&*consumer);
                        let queue = if shared { SHARED } else { CONSUMED };
                        self.delivered(who, queue, tag, redelivered, &body);
                        if consumer == CARELESS {
                            self.settled_at_once(who, queue, tag, &body);
                        }
                    }
                    Heard::Delivery { .. } | Heard::Other => {}
                }
            }
        }
    }

    fn answered(&mut self, who: usize, tag: u64, multiple: bool, good: bool) {
        let later = self.ledgers[who].unconfirmed.split_off(&(tag + 1));
        let mut answered = std::mem::replace(&mut self.ledgers[who].unconfirmed, later);
        if !multiple {
            let earlier = answered.split_off(&tag);
            self.ledgers[who].unconfirmed.append(&mut answered);
            answered = earlier;
        }
        assert!(!answered.is_empty(), "an answer to what was answered");
        answered.into_values().filter(|_| good).for_each(|id| self.promise(id));
    }

    fn promise(&mut self, id: u64) {
        for queue in self.queues.values_mut() {
            if let Some(entry) = queue.entry(id) {
                entry.promised = true;
            }
        }
    }

    fn compare_counts(&self) {
        for (name, model) in &self.queues {
            let queue = self.broker.vhost("/").unwrap().queue(name);
            assert_eq!(queue.is_ok(), self.is_there(name), "{name} is there");
            let Ok(queue) = queue else { continue };
            let counts = queue.counts();
            let found = (counts.ready as usize, counts.unacknowledged as usize);
            assert_eq!(found, (model.ready(), model.out()), "{name}: ready and unacknowledged");
            assert_eq!(queue.stats().redeliver, model.redelivered, "{name}: redelivered");
        }
    }

    fn restart(&mut self) {
        let clean = !self.fs.is_down() && self.store().poisoned().is_none() && self.random.one_in(4);
        if clean && !self.stop_in_order() {
            return self.restart_after(false);
        }
        self.restart_after(clean);
    }

    /// Ends as a node does; whether that went well.
    fn stop_in_order(&mut self) -> bool {
        for who in 0..CLIENTS {
            self.end_batch(who);
        }
        self.broker.checkpoint().is_ok() && self.store().close().is_ok()
    }

    fn restart_after(&mut self, clean: bool) {
        let durable = self.store().durable();
        for ledger in std::mem::take(&mut self.ledgers) {
            for (_, id) in ledger.committed.into_iter().filter(|(position, _)| *position <= durable) {
                self.promise(id);
            }
        }
        let there: Vec<bool> = {
            let certain = self.fleeting.iter().rposition(|(position, _)| *position <= durable).unwrap_or(0);
            self.fleeting[certain..].iter().map(|(_, there)| *there).collect()
        };
        self.clients.clear();
        let crash = if self.random.one_in(3) { Crash::Process } else { Crash::Power };
        self.fs.restart(crash);
        self.broker = open(&self.fs, &mut self.random);
        let now = self.broker.vhost("/").unwrap().queue(FLEETING).is_ok();
        assert!(there.contains(&now), "queue {FLEETING} is there: {now}, and not one of {there:?}");
        self.take_stock(durable, clean, now && there.len() == 1);
        self.fleeting = vec![(Position::START, now)];
        self.connect();
        self.hear();
    }

    /// Holds what came back against the model. `certain` says that the queue that comes and goes did neither.
    fn take_stock(&mut self, durable: Position, clean: bool, certain: bool) {
        for name in QUEUES {
            let found = self.contents(name);
            let model = self.queues.get_mut(name).unwrap();
            if name != FLEETING || certain {
                model.check(name, &found, durable, clean);
            }
            model.restart(&found);
        }
    }

    /// Takes everything out of a queue and puts it back.
    fn contents(&mut self, queue: &'static str) -> Vec<Found> {
        let mut client = Client::new(&self.broker, 99);
        let mut found = Vec::new();
        while client.confirming.get(queue, false, &mut client.effects).is_ok() {
            let heard = client.hear();
            let Some(Heard::Delivery { redelivered, body, .. }) = heard.first() else { break };
            found.push(Found { id: number(body), redelivered: *redelivered });
        }
        client.confirming.close(&mut client.effects);
        client.effects.finish();
        found
    }
}

fn binding() -> Binding {
    Binding {
        source: "".into(),
        destination: Destination::Queue("".into()),
        routing_key: "".into(),
        arguments: warren_model::value::FieldTable::default(),
    }
}

pub(super) fn open(fs: &SimFs, random: &mut Random) -> Arc<Broker> {
    let log_handle = LogHandle::default();
    let budget = [0, 40_000, 24 << 20][random.below(3) as usize];
    let page_memory = PageMemory::with_budget(log_handle.clone(), budget);
    let broker = Broker::with_page_memory(
        BrokerSettings::default(),
        log_handle.clone(),
        Box::new(|bytes: &mut [u8]| bytes.fill(7)),
        page_memory,
    );
    let mut options = Options::default();
    (options.drive, options.salt) = (Drive::Caller, Some(random.number()));
    (options.log_file_size, options.first_file_size) = (1 << 20, 64 << 10);
    let mut restore = Restore::new(&broker);
    let opened = warren_store::open(Path::new("/data"), Arc::new(fs.clone()), options, &mut restore);
    let (store, report) = opened.expect("the store opens after any crash");
    let segments = Arc::clone(store.segments());
    log_handle.attach(Arc::new(store), &segments);
    restore.finish(false, &report.left_out).expect("no segment is missing");
    let done = broker.create_defaults().unwrap();
    if let (Some(store), Some(position)) = (log_handle.store(), done.position) {
        store.wait_durable(position).unwrap();
    }
    // What a client of before the crash was still to be told is nobody's now.
    Effects::new(log_handle).finish();
    Arc::new(broker)
}
