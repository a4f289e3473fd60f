//! A queue as simple as can be: what the rules of a queue mean, without pages, timers, locks, acknowledgement rings and
//! disks.

use std::collections::BTreeMap;

/// What a queue goes by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rules {
    pub(super) ttl: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) max_bytes: Option<u64>,
    pub(super) overflow: Full,
    pub(super) max_priority: u8,
    pub(super) delivery_limit: Option<u64>,
    /// Dead letters go somewhere.
    pub(super) lettered: bool,
}

/// What a full queue does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Full {
    #[default]
    Drops,
    Refuses,
    RefusesWithLetter,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Ack,
    Discard,
    Requeue,
    Fail,
}

/// A message.
#[derive(Debug, Clone, Copy)]
struct Item {
    id: u64,
    length: u64,
    level: u8,
    expires_at: Option<u64>,
    persistent: bool,
    /// `None` if that is not certain: after a restart only how far deliveries came is known.
    redelivered: Option<bool>,
    failed: u64,
}

/// A message in somebody's hands: of which consumer, or fetched.
#[derive(Debug, Clone, Copy)]
struct Holding {
    item: Item,
    consumer: Option<u64>,
    /// Its queue was deleted.
    orphan: bool,
}

#[derive(Debug, Clone, Copy)]
struct Consumer {
    number: u64,
    prefetch: usize,
    no_ack: bool,
}

/// A delivery: tag, number of the message, redelivered if that is certain.
pub(super) type Delivery = (u64, u64, Option<bool>);

/// What can be counted: ready, unacknowledged, and the bytes of both.
pub(super) type Counts = [u64; 4];

/// See the module's description. There is one channel, with one consumer at most.
#[derive(Debug, Default)]
pub(super) struct Naive {
    pub(super) rules: Rules,
    pub(super) now: u64,
    /// In the order in which they are delivered.
    ready: Vec<Item>,
    held: BTreeMap<u64, Holding>,
    consumer: Option<Consumer>,
    consumers: u64,
    last_tag: u64,
    /// Deliveries since they were last looked at.
    pub(super) deliveries: Vec<Delivery>,
    /// Dead letters, oldest first.
    letters: Vec<Item>,
}

impl Naive {
    pub(super) fn new(rules: Rules, now: u64) -> Self {
        Self { rules, now, ..Self::default() }
    }

    /// `false` if the message is refused.
    pub(super) fn publish(
        &mut self,
        (id, length): (u64, u64),
        ttl: Option<u64>,
        priority: u8,
        persistent: bool,
    ) -> bool {
        let ttl = ttl.into_iter().chain(self.rules.ttl).min();
        let item = Item {
            id,
            length,
            level: priority.min(self.rules.max_priority),
            expires_at: ttl.map(|ttl| self.now + ttl),
            persistent,
            redelivered: Some(false),
            failed: 0,
        };
        let Rules { overflow, max_length, max_bytes, .. } = self.rules;
        let [ready, _, bytes, _] = self.counts();
        let full = max_length.is_some_and(|most| ready + 1 > most)
            || max_bytes.is_some_and(|most| bytes + length > most);
        if full && overflow != Full::Drops {
            if overflow == Full::RefusesWithLetter {
                self.letter(item);
            }
            return false;
        }
        // Who waits gets it, however short its time.
        match self.consumer {
            Some(consumer) if self.ready.is_empty() && self.has_credit(&consumer) => {
                self.deliver(item, Some(consumer));
            }
            _ => self.insert(item),
        }
        self.trim();
        self.expire();
        true
    }

    /// Whether there was a message to fetch.
    pub(super) fn get(&mut self, no_ack: bool) -> bool {
        self.expire();
        if self.ready.is_empty() {
            return false;
        }
        let item = self.ready.remove(0);
        self.hand_over(item, None, no_ack);
        true
    }

    /// Tags that wait for an answer.
    pub(super) fn open_tags(&self) -> Vec<u64> {
        self.held.keys().copied().collect()
    }

    pub(super) fn settle(&mut self, tag: u64, multiple: bool, answer: Answer) {
        let settled = |other: u64| if multiple { other <= tag } else { other == tag };
        let tags: Vec<u64> = self.held.keys().copied().filter(|other| settled(*other)).collect();
        for tag in tags {
            let Some(Holding { mut item, orphan: false, .. }) = self.held.remove(&tag) else { continue };
            item.redelivered = Some(true);
            match answer {
                Answer::Ack => {}
                Answer::Discard => self.letter(item),
                Answer::Requeue => self.insert(item),
                Answer::Fail => {
                    item.failed += 1;
                    let fails = self.rules.delivery_limit.is_some_and(|limit| item.failed > limit);
                    if fails { self.letter(item) } else { self.insert(item) }
                }
            }
        }
        self.trim();
        self.serve();
    }

    pub(super) fn advance(&mut self, by: u64) {
        self.now += by;
    }

    /// What has expired and is the first of its priority goes.
    pub(super) fn expire(&mut self) {
        for level in 0..=u8::MAX {
            while let Some(at) = self.ready.iter().position(|item| item.level == level)
                && self.is_over(&self.ready[at])
            {
                let item = self.ready.remove(at);
                self.letter(item);
            }
        }
    }

    pub(super) fn go_by(&mut self, rules: Rules) {
        self.rules = rules;
        self.trim();
    }

    /// How many messages went.
    pub(super) fn purge(&mut self) -> u64 {
        self.ready.drain(..).count() as u64
    }

    pub(super) fn consume(&mut self, prefetch: usize, no_ack: bool) {
        self.consumers += 1;
        self.consumer = Some(Consumer { number: self.consumers, prefetch, no_ack });
        self.serve();
    }

    pub(super) fn has_consumer(&self) -> bool {
        self.consumer.is_some()
    }

    pub(super) fn cancel(&mut self) {
        self.consumer = None;
    }

    /// The channel ends, and another one begins.
    pub(super) fn close_channel(&mut self) {
        self.cancel();
        self.settle(u64::MAX, true, Answer::Fail);
        self.last_tag = 0;
    }

    /// The node goes and comes again: what is persistent is still there, and what was in somebody's hands is back.
    pub(super) fn restart(&mut self, rules: Rules) {
        self.cancel();
        self.last_tag = 0;
        let held = std::mem::take(&mut self.held).into_values().filter(|holding| !holding.orphan);
        for Holding { mut item, .. } in held {
            item.redelivered = Some(true);
            self.insert(item);
        }
        self.ready.retain(|item| item.persistent);
        self.letters.retain(|item| item.persistent);
        let never = self.ready.iter_mut().filter(|item| item.redelivered == Some(false));
        never.for_each(|item| item.redelivered = None);
        self.go_by(rules);
    }

    /// Numbers of the dead letters, oldest first.
    pub(super) fn letters(&self) -> Vec<u64> {
        self.letters.iter().map(|item| item.id).collect()
    }

    /// The queue goes and comes again, under other rules. Returns how many messages were ready.
    pub(super) fn delete(&mut self, rules: Rules) -> u64 {
        self.cancel();
        self.held.values_mut().for_each(|holding| holding.orphan = true);
        self.rules = rules;
        self.purge()
    }

    pub(super) fn counts(&self) -> Counts {
        let held = || self.held.values().filter(|holding| !holding.orphan);
        let ready_bytes = self.ready.iter().map(|item| item.length).sum();
        let held_bytes = held().map(|holding| holding.item.length).sum();
        [self.ready.len() as u64, held().count() as u64, ready_bytes, held_bytes]
    }

    fn is_over(&self, item: &Item) -> bool {
        item.expires_at.is_some_and(|at| at <= self.now)
    }

    fn has_credit(&self, consumer: &Consumer) -> bool {
        let of_it = |holding: &&Holding| holding.consumer == Some(consumer.number);
        consumer.prefetch == 0 || self.held.values().filter(of_it).count() < consumer.prefetch
    }

    fn insert(&mut self, item: Item) {
        let before = |other: &Item| (u8::MAX - other.level, other.id) < (u8::MAX - item.level, item.id);
        let at = self.ready.partition_point(before);
        self.ready.insert(at, item);
    }

    fn letter(&mut self, item: Item) {
        if self.rules.lettered {
            self.letters.push(item);
        }
    }

    fn trim(&mut self) {
        let Rules { overflow, max_length, max_bytes, .. } = self.rules;
        let over = |[ready, _, bytes, _]: Counts| {
            max_length.is_some_and(|most| ready > most) || max_bytes.is_some_and(|most| bytes > most)
        };
        while overflow == Full::Drops && over(self.counts()) && !self.ready.is_empty() {
            let item = self.ready.remove(0);
            self.letter(item);
        }
    }

    fn serve(&mut self) {
        while let Some(consumer) = self.consumer
            && self.has_credit(&consumer)
            && !self.ready.is_empty()
        {
            let item = self.ready.remove(0);
            if self.is_over(&item) { self.letter(item) } else { self.deliver(item, Some(consumer)) }
        }
    }

    fn deliver(&mut self, item: Item, consumer: Option<Consumer>) {
        let no_ack = consumer.is_some_and(|consumer| consumer.no_ack);
        self.hand_over(item, consumer.map(|consumer| consumer.number), no_ack);
    }

    fn hand_over(&mut self, item: Item, consumer: Option<u64>, no_ack: bool) {
        self.last_tag += 1;
        self.deliveries.push((self.last_tag, item.id, item.redelivered));
        if !no_ack {
            self.held.insert(self.last_tag, Holding { item, consumer, orphan: false });
        }
    }
}
