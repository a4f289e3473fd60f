//! A producer: publishes as fast as rate, window and consumers allow, from one thread over one connection.

use std::time::{Duration, Instant};

use warren_amqp091::frame::FrameKind;
use warren_amqp091::method::{Method, basic, confirm};

use crate::client_connection::{ClientConnection, Want};
use crate::confirms::Confirms;
use crate::counters::Counters;
use crate::pace::Pace;
use crate::stamp::wall_clock;
use crate::template::{Message, Template};
use crate::{Histogram, PerfError, Plan};

/// The channel that it uses.
const CHANNEL: u16 = 1;

/// How long a producer waits before it looks again whether consumers have caught up.
const PAUSE: Duration = Duration::from_micros(50);

/// How long it waits for confirms before it looks whether it is to stop.
const TICK: Duration = Duration::from_millis(50);

/// How long the last confirms may take.
const LAST_CONFIRMS: Duration = Duration::from_secs(30);

/// By how much a publish may be late without counting as held back by the broker.
const SLACK: u64 = 1_000_000;

/// A producer that is ready to begin.
pub struct Producer<'a> {
    plan: &'a Plan,
    counters: &'a Counters,
    connection: ClientConnection,
    template: Template,
    confirms: Option<Confirms>,
    sent: u64,
    limit: u64,
    pace: Option<Pace>,
}

/// What a producer did.
#[derive(Default)]
pub struct Produced {
    /// Messages that it published; their numbers are those below.
    pub published: u64,
    /// Confirms that it got.
    pub confirmed: u64,
    /// Publishes that the broker refused to confirm.
    pub refused: u64,
    /// Publishes for which no confirm came.
    pub unconfirmed: u64,
    /// How long confirms took.
    pub latency: Histogram,
    /// When the broker had taken the last message.
    pub end: Option<Instant>,
}

impl<'a> Producer<'a> {
    /// Connects the producer with this index.
    pub fn open(
        plan: &'a Plan,
        counters: &'a Counters,
        message: &Message<'_>,
        index: usize,
    ) -> Result<Self, PerfError> {
        let mut connection = ClientConnection::open(&plan.uri, &format!("perf producer {index}"))?;
        connection.open_channel(CHANNEL)?;
        if plan.confirms.is_some() {
            connection.call(CHANNEL, confirm::Select { nowait: false }, |method| {
                matches!(method, Method::Confirm(confirm::Method::SelectOk(_))).then_some(())
            })?;
        }
        let producers = plan.active_producers() as u64;
        let share = |count: u64| count / producers + u64::from((index as u64) < count % producers);
        Ok(Self {
            template: Template::new(message, index as u16, CHANNEL, connection.frame_max()),
            connection,
            plan,
            counters,
            confirms: plan.confirms.map(Confirms::new),
            sent: 0,
            limit: plan.count.map_or(u64::MAX, share),
            pace: plan.rate.map(|rate| Pace::new(rate / producers as f64)),
        })
    }

    /// Publishes until the run stops, then waits until the broker has taken everything.
    pub fn produce(mut self) -> Result<(Produced, ClientConnection), PerfError> {
        let start = Instant::now();
        let started_at = wall_clock();
        while !self.counters.producers_stopped() && self.sent < self.limit {
            let due = self.due(start);
            let allowed = self.allowed();
            let count = due.min(allowed) as usize;
            if count == 0 {
                self.pause(start, due == 0, allowed == 0)?;
                continue;
            }
            let time = self.time(started_at);
            let bytes = self.template.stamp(self.sent, count, time);
            // A confirm may come before `send` returns.
            if let Some(confirms) = &mut self.confirms {
                confirms.sent(count, time);
            }
            self.connection.send(bytes)?;
            self.sent += count as u64;
            self.counters.published.add(count as u64);
            self.hear()?;
        }
        self.finish()
    }

    /// How many messages the rate, the count and the size of a chunk allow now.
    fn due(&self, start: Instant) -> u64 {
        let most = (self.limit - self.sent).min(self.template.capacity() as u64);
        match self.pace {
            None => most,
            Some(pace) => pace.due_after(start.elapsed()).saturating_sub(self.sent).min(most),
        }
    }

    /// How many messages confirms and consumers allow now.
    fn allowed(&self) -> u64 {
        let window = self.confirms.as_ref().map_or(u64::MAX, |confirms| confirms.room() as u64);
        if self.plan.active_consumers() == 0 {
            return window;
        }
        let most = self.plan.most_in_flight();
        let arrived = self.counters.delivered.get() / self.plan.copies();
        let room = most.saturating_sub(self.counters.published.get().saturating_sub(arrived));
        let share = room / self.plan.active_producers() as u64;
        // A few at a time would cost a system call each.
        let worth_it = (most / self.plan.active_producers() as u64 / 4).min(self.template.capacity() as u64);
        let room = if room > 0 && share >= worth_it { share.max(1) } else { 0 };
        window.min(room)
    }

    /// When the next message counts as sent: now, or when it was due if the broker holds the producer back.
    fn time(&self, started_at: u64) -> u64 {
        let now = wall_clock();
        match self.pace {
            None => now,
            Some(pace) => {
                let due = started_at
                    .saturating_add(u64::try_from(pace.due_at(self.sent).as_nanos()).unwrap_or(u64::MAX));
                if now.saturating_sub(due) > SLACK { due } else { now }
            }
        }
    }

    /// Waits for whatever is missing: time, a confirm, or consumers.
    fn pause(&mut self, start: Instant, too_early: bool, too_many: bool) -> Result<(), PerfError> {
        let most = match self.pace {
            Some(pace) if too_early => {
                let next = pace.due_at(self.sent);
                next.saturating_sub(start.elapsed()).clamp(Duration::from_micros(1), TICK)
            }
            _ if too_many && self.confirms.as_ref().is_some_and(|confirms| confirms.room() == 0) => TICK,
            _ => PAUSE,
        };
        self.connection.wait(most)?;
        self.hear()
    }

    /// Takes what the broker has sent.
    fn hear(&mut self) -> Result<(), PerfError> {
        let Self { connection, confirms, counters, .. } = self;
        let mut now = 0;
        let before = confirms.as_ref().map_or(0, |confirms| confirms.confirmed);
        connection.receive_now(|frame| {
            let method = match frame.kind {
                FrameKind::Method => {
                    Method::decode(frame.payload).map_err(|error| PerfError::Protocol(error.to_string()))?
                }
                _ => return Err(PerfError::Protocol("content for a producer".into())),
            };
            let (tag, multiple, good) = match method {
                Method::Basic(basic::Method::Ack(ack)) => (ack.delivery_tag, ack.multiple, true),
                Method::Basic(basic::Method::Nack(nack)) => (nack.delivery_tag, nack.multiple, false),
                other => return Err(PerfError::Protocol(format!("{} for a producer", other.name()))),
            };
            if now == 0 {
                now = wall_clock();
            }
            match confirms {
                Some(confirms) => confirms.settle(tag, multiple, good, now)?,
                None => return Err(PerfError::Protocol("a confirm that nobody asked for".into())),
            }
            Ok(Want::More)
        })?;
        if let Some(confirms) = confirms {
            counters.confirmed.add(confirms.confirmed - before);
        }
        Ok(())
    }

    /// Waits for the confirms that are missing, and for the answer to a method behind all publishes.
    fn finish(mut self) -> Result<(Produced, ClientConnection), PerfError> {
        let deadline = Instant::now() + LAST_CONFIRMS;
        while self.confirms.as_ref().is_some_and(|confirms| confirms.waiting() > 0)
            && Instant::now() < deadline
            && !self.counters.is_aborted()
        {
            self.connection.wait(TICK)?;
            self.hear()?;
        }
        let unconfirmed = self.confirms.as_ref().map_or(0, |confirms| confirms.waiting() as u64);
        if unconfirmed == 0 {
            let barrier = basic::Qos { prefetch_size: 0, prefetch_count: 0, global: false };
            self.connection.call(CHANNEL, barrier, |method| {
                matches!(method, Method::Basic(basic::Method::QosOk(_))).then_some(())
            })?;
        }
        let mut produced =
            Produced { published: self.sent, unconfirmed, end: Some(Instant::now()), ..Produced::default() };
        if let Some(confirms) = self.confirms {
            (produced.confirmed, produced.refused) = (confirms.confirmed, confirms.refused);
            produced.latency = confirms.latency;
        }
        Ok((produced, self.connection))
    }
}
