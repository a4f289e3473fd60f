//! A queue under rules against the naive one: clients publish, consume, acknowledge and refuse, time passes, policies
//! change, queues go and come, and so does the node. After every step both have heard and count the same.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};
use warren_model::properties::BasicProperties;
use warren_model::value::FieldTable;
use warren_store::Position;
use warren_store::sim::{Crash, Random, SimFs};

use super::client::{Client, Heard, body, number};
use super::naive::{Answer, Full, Naive, Rules};
use super::world::open;
use crate::channel::Verdict;
use crate::state::node::broker::Broker;

use crate::queues::{ConsumerSettings, Queue, QueueSettings};
use warren_model::change::Change;
use warren_model::message::OwnedMessage;
use warren_model::policy::ApplyTo;

/// The queue in question, and where its dead letters go.
const QUEUE: &str = "q";
const LETTERS: &str = "letters";

/// The arguments of the queue.
#[derive(Debug, Clone)]
struct Declared {
    quorum: bool,
    ttl: Option<u64>,
    max_length: Option<u64>,
    max_bytes: Option<u64>,
    overflow: Full,
    max_priority: u8,
    delivery_limit: Option<u64>,
    lettered: bool,
}

/// The definition of a policy.
#[derive(Debug, Clone, Default)]
struct Policy {
    ttl: Option<u64>,
    max_length: Option<u64>,
    max_bytes: Option<u64>,
}

#[derive(Debug, Clone)]
enum Step {
    Publish { length: usize, ttl: Option<u64>, priority: Option<u8>, persistent: bool },
    Get { no_ack: bool },
    Settle { which: Index, multiple: bool, answer: Answer },
    Pass { time: u64 },
    Policy(Option<Policy>),
    Purge,
    Consume { prefetch: u16, no_ack: bool },
    Cancel,
    CloseChannel,
    Delete,
    Restart { clean: bool, crash: Crash },
}

fn sometimes<T: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![2 => Just(None), 1 => value.prop_map(Some)]
}

fn declared() -> impl Strategy<Value = Declared> {
    let overflow = prop_oneof![Just(Full::Drops), Just(Full::Refuses), Just(Full::RefusesWithLetter)];
    (
        any::<bool>(),
        sometimes(0..60u64),
        sometimes(0..5u64),
        sometimes(0..200u64),
        overflow,
        prop_oneof![Just(0u8), 1..4u8],
        sometimes(0..3u64),
        any::<bool>(),
    )
        .prop_map(
            |(quorum, ttl, max_length, max_bytes, overflow, max_priority, delivery_limit, lettered)| {
                // Some are for one type of queue only.
                let overflow =
                    if quorum && overflow == Full::RefusesWithLetter { Full::Refuses } else { overflow };
                let max_priority = if quorum { 0 } else { max_priority };
                Declared {
                    quorum,
                    ttl,
                    max_length,
                    max_bytes,
                    overflow,
                    max_priority,
                    delivery_limit,
                    lettered,
                }
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let answer =
        prop_oneof![Just(Answer::Ack), Just(Answer::Discard), Just(Answer::Requeue), Just(Answer::Fail)];
    let length = prop_oneof![6 => 8..80usize, 1 => 30_000..40_000usize];
    let policy = (sometimes(0..60u64), sometimes(0..5u64), sometimes(0..200u64))
        .prop_map(|(ttl, max_length, max_bytes)| Policy { ttl, max_length, max_bytes });
    prop_oneof![
        12 => (length, sometimes(0..60u64), sometimes(0..6u8), any::<bool>()).prop_map(
            |(length, ttl, priority, persistent)| Step::Publish { length, ttl, priority, persistent }
        ),
        5 => any::<bool>().prop_map(|no_ack| Step::Get { no_ack }),
        8 => (any::<Index>(), any::<bool>(), answer)
            .prop_map(|(which, multiple, answer)| Step::Settle { which, multiple, answer }),
        5 => (0..40u64).prop_map(|time| Step::Pass { time }),
        2 => sometimes(policy).prop_map(Step::Policy),
        1 => Just(Step::Purge),
        3 => (0..4u16, any::<bool>()).prop_map(|(prefetch, no_ack)| Step::Consume { prefetch, no_ack }),
        2 => Just(Step::Cancel),
        1 => Just(Step::CloseChannel),
        1 => Just(Step::Delete),
        1 => (any::<bool>(), prop_oneof![Just(Crash::Process), Just(Crash::Power)])
            .prop_map(|(clean, crash)| Step::Restart { clean, crash }),
    ]
}

impl Declared {
    fn arguments(&self) -> FieldTable {
        let mut table = FieldTable::new();
        let overflow = match self.overflow {
            Full::Drops => "drop-head",
            Full::Refuses => "reject-publish",
            Full::RefusesWithLetter => "reject-publish-dlx",
        };
        table.insert("x-overflow", overflow);
        let limit = self.delivery_limit.filter(|_| self.quorum);
        for (name, value) in [
            ("x-message-ttl", self.ttl),
            ("x-max-length", self.max_length),
            ("x-max-length-bytes", self.max_bytes),
            ("x-delivery-limit", limit),
            ("x-max-priority", Some(u64::from(self.max_priority)).filter(|most| *most > 0)),
        ] {
            if let Some(value) = value {
                table.insert(name, value as i64);
            }
        }
        if self.quorum {
            table.insert("x-queue-type", "quorum");
        }
        if self.lettered {
            table.insert("x-dead-letter-exchange", "");
            table.insert("x-dead-letter-routing-key", LETTERS);
        }
        table
    }

    /// The lower limits of the two.
    fn rules(&self, policy: Option<&Policy>) -> Rules {
        let none = Policy::default();
        let policy = policy.unwrap_or(&none);
        let least = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
        Rules {
            ttl: least(self.ttl, policy.ttl),
            max_length: least(self.max_length, policy.max_length),
            max_bytes: least(self.max_bytes, policy.max_bytes),
            overflow: self.overflow,
            // Quorum queues have priorities without being asked (RabbitMQ, quorum queues).
            max_priority: if self.quorum { 31 } else { self.max_priority },
            delivery_limit: self.quorum.then(|| self.delivery_limit.unwrap_or(20)),
            lettered: self.lettered,
        }
    }
}

impl Policy {
    fn put(&self) -> Change {
        Change::PutPolicy(warren_model::policy::Policy {
            vhost: "/".into(),
            name: "p".into(),
            pattern: "^q$".into(),
            apply_to: ApplyTo::default(),
            definition: self.definition(),
            priority: 0,
        })
    }

    fn deleted() -> Change {
        Change::DeletePolicy { vhost: "/".into(), name: "p".into() }
    }

    fn definition(&self) -> Map<String, Value> {
        let keys = [
            ("message-ttl", self.ttl),
            ("max-length", self.max_length),
            ("max-length-bytes", self.max_bytes),
        ];
        keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect()
    }
}

/// Both queues, and the client.
struct World {
    fs: SimFs,
    random: Random,
    broker: Arc<Broker>,
    client: Client,
    clients: u64,
    declared: Declared,
    policy: Option<Policy>,
    naive: Naive,
    published: u64,
}

impl World {
    fn new(declared: Declared) -> Self {
        let (fs, mut random) = (SimFs::new(1), Random::new(1));
        let broker = open(&fs, &mut random);
        broker.clock().advance(1_000_000);
        let client = Client::new(&broker, 1);
        let naive = Naive::new(declared.rules(None), 1_000_000);
        let world =
            Self { fs, random, broker, client, clients: 1, declared, policy: None, naive, published: 0 };
        world.declare(LETTERS, FieldTable::new());
        world.declare(QUEUE, world.declared.arguments());
        world
    }

    fn declare(&self, queue: &str, arguments: FieldTable) {
        let settings = QueueSettings { durable: true, arguments, ..QueueSettings::default() };
        let declared = self.client.principal.declare_queue(queue, settings).unwrap();
        self.await_durable(declared.position);
    }

    fn rules(&self) -> Rules {
        self.declared.rules(self.policy.as_ref())
    }

    fn await_durable(&self, position: Option<Position>) {
        if let Some(position) = position {
            self.broker.log_handle().store().expect("a store").wait_durable(position).unwrap();
        }
    }

    fn queue(&self, name: &str) -> Arc<Queue> {
        self.broker.vhost("/").unwrap().queue(name).unwrap()
    }

    /// Takes a step with both. Whether the message that was published, if one was, must have been taken.
    fn step(&mut self, step: Step) -> Option<bool> {
        match step {
            Step::Publish { length, ttl, priority, persistent } => {
                return Some(self.publish(length, ttl, priority, persistent));
            }
            Step::Get { no_ack } => {
                let Client { confirming, effects, .. } = &mut self.client;
                confirming.get(QUEUE, no_ack, effects).unwrap();
                self.naive.get(no_ack);
            }
            Step::Settle { which, multiple, answer } => self.settle(which, multiple, answer),
            Step::Pass { time } => self.naive.advance(time),
            Step::Policy(policy) => {
                self.policy = policy;
                let change = self.policy.as_ref().map_or_else(Policy::deleted, Policy::put);
                let changed = self.broker.change(&[change]).unwrap();
                self.await_durable(changed.position);
                self.naive.go_by(self.rules());
            }
            Step::Purge => {
                let purged = self.client.principal.purge_queue(QUEUE, &mut self.client.effects).unwrap();
                assert_eq!(purged, self.naive.purge());
            }
            Step::Consume { prefetch, no_ack } if !self.naive.has_consumer() => {
                self.consume(prefetch, no_ack)
            }
            Step::Consume { .. } => {}
            Step::Cancel => {
                let _ = self.client.confirming.cancel("c", &mut self.client.effects);
                self.naive.cancel();
            }
            Step::CloseChannel => {
                self.client.confirming.close(&mut self.client.effects);
                self.end_batch();
                self.clients += 1;
                self.client = Client::new(&self.broker, self.clients);
                self.naive.close_channel();
            }
            Step::Delete => {
                let deleted = self.client.principal.delete_queue(QUEUE, false, false).unwrap().value;
                assert_eq!(deleted, self.naive.delete(self.rules()));
                self.declare(QUEUE, self.declared.arguments());
            }
            Step::Restart { clean, crash } => self.restart(clean, crash),
        }
        None
    }

    fn publish(&mut self, length: usize, ttl: Option<u64>, priority: Option<u8>, persistent: bool) -> bool {
        self.published += 1;
        let properties = BasicProperties {
            expiration: ttl.map(|ttl| ttl.to_string()),
            priority,
            delivery_mode: persistent.then_some(2),
            ..BasicProperties::default()
        };
        let message = OwnedMessage {
            exchange: String::new(),
            routing_key: QUEUE.into(),
            properties: properties.to_bytes(),
            body: body(self.published, length).into(),
            persistent,
            mandatory: false,
            annotated: false,
        };
        let Client { confirming, effects, .. } = &mut self.client;
        confirming.publish(&[message.as_message()], effects).unwrap();
        let message = (self.published, length as u64);
        self.naive.publish(message, ttl, priority.unwrap_or_default(), persistent)
    }

    fn restart(&mut self, clean: bool, crash: Crash) {
        self.end_batch();
        if clean {
            self.broker.checkpoint().unwrap();
            self.broker.log_handle().store().expect("a store").close().unwrap();
        }
        self.fs.restart(crash);
        self.broker = open(&self.fs, &mut self.random);
        self.broker.clock().advance(self.naive.now);
        self.clients += 1;
        self.client = Client::new(&self.broker, self.clients);
        self.naive.restart(self.rules());
    }

    fn settle(&mut self, which: Index, multiple: bool, answer: Answer) {
        let tags = self.naive.open_tags();
        if tags.is_empty() {
            return;
        }
        let tag = *which.get(&tags);
        let verdict = match answer {
            Answer::Ack => Verdict::Ack,
            Answer::Discard => Verdict::Discard,
            Answer::Requeue => Verdict::Requeue,
            Answer::Fail => Verdict::Fail,
        };
        let Client { confirming, effects, .. } = &mut self.client;
        confirming.settle(tag, multiple, verdict, effects).unwrap();
        self.naive.settle(tag, multiple, answer);
    }

    fn consume(&mut self, prefetch: u16, no_ack: bool) {
        let Client { confirming, effects, .. } = &mut self.client;
        confirming.set_prefetch(prefetch, false, effects);
        let settings = ConsumerSettings { tag: "c".into(), no_ack, ..ConsumerSettings::default() };
        confirming.consume(QUEUE, settings, true, effects).unwrap();
        // Without acknowledgements there is nothing that a limit could count.
        self.naive.consume(if no_ack { 0 } else { prefetch.into() }, no_ack);
    }

    /// Ends the batch, lets the timers go off, and holds what was heard and what is counted against the naive queue.
    fn compare(&mut self, taken: Option<bool>) {
        self.end_batch();
        self.broker.clock().advance(self.naive.now);
        self.broker.timers().fire(self.naive.now, &mut self.client.effects);
        self.naive.expire();
        self.end_batch();
        let (mut deliveries, mut confirms) = (Vec::new(), Vec::new());
        for heard in self.client.hear() {
            match heard {
                Heard::Delivery { tag, redelivered, body, .. } => {
                    deliveries.push((tag, number(&body), redelivered));
                }
                Heard::Confirmed { .. } => confirms.push(true),
                Heard::Refused { .. } => confirms.push(false),
                Heard::Other => {}
            }
        }
        let expected = std::mem::take(&mut self.naive.deliveries);
        let uncertain = deliveries.iter().map(|(_, _, redelivered)| *redelivered).collect::<Vec<_>>();
        let expected: Vec<_> =
            (expected.into_iter().zip(uncertain.into_iter().chain(std::iter::repeat(false))))
                .map(|((tag, id, redelivered), found)| (tag, id, redelivered.unwrap_or(found)))
                .collect();
        assert_eq!(deliveries, expected, "tag, message and redelivered");
        assert_eq!(confirms, Vec::from_iter(taken), "confirmed");
        let counts = self.queue(QUEUE).counts();
        let bytes = [counts.ready_bytes, counts.unacknowledged_bytes];
        let counted = [counts.ready, counts.unacknowledged, bytes[0], bytes[1]];
        assert_eq!(counted, self.naive.counts(), "ready and unacknowledged, and their bytes");
        assert_eq!(counts.consumers > 0, self.naive.has_consumer(), "has a consumer");
        assert_eq!(self.queue(LETTERS).counts().ready, self.naive.letters().len() as u64, "dead letters");
    }

    /// Ends the batch and waits until all of it is on disk, and confirmed.
    fn end_batch(&mut self) {
        let Client { confirming, effects, .. } = &mut self.client;
        let position = effects.append();
        confirming.settle_confirms(position.clone(), effects);
        effects.finish();
        self.client.wake_up();
        self.client.effects.finish();
        let last = self.client.effects.append().unwrap().or(position.unwrap());
        self.await_durable(last);
    }

    /// The dead letters are those that were expected, in their order.
    fn check_letters(mut self) {
        let mut found = Vec::new();
        while found.len() < self.naive.letters().len() {
            let Client { confirming, effects, .. } = &mut self.client;
            confirming.get(LETTERS, true, effects).unwrap();
            let heard = self.client.hear();
            let Some(Heard::Delivery { body, .. }) = heard.first() else { break };
            found.push(number(body));
        }
        assert_eq!(found, self.naive.letters(), "dead letters");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_queue_does_what_a_naive_one_does(
        declared in declared(),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut world = World::new(declared);
        for step in steps {
            let taken = world.step(step);
            world.compare(taken);
        }
        world.check_letters();
    }
}
