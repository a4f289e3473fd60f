//! What a run found.

use std::time::{Duration, Instant};

use crate::consumer::{Consumed, Faults};
use crate::counters::Progress;
use crate::producer::Produced;
use crate::stamp::NUMBER;
use crate::{Histogram, Mode, Plan};

/// What happened within about a second of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Since the start, in seconds.
    pub at: f64,
    /// Publishes a second.
    pub published: f64,
    /// Confirms a second.
    pub confirmed: f64,
    /// Deliveries a second.
    pub delivered: f64,
}

impl Sample {
    /// What happened between two looks.
    pub(crate) fn between(before: &Progress, after: &Progress) -> Self {
        let seconds = (after.elapsed - before.elapsed).as_secs_f64().max(1e-9);
        let rate = |before: u64, after: u64| (after - before) as f64 / seconds;
        Self {
            at: after.elapsed.as_secs_f64(),
            published: rate(before.published, after.published),
            confirmed: rate(before.confirmed, after.confirmed),
            delivered: rate(before.delivered, after.delivered),
        }
    }
}

/// What a run found.
#[derive(Clone, Default)]
pub struct Report {
    /// Messages that were published, and that the broker has taken.
    pub published: u64,
    /// How many of them each producer published.
    pub published_by: Vec<u64>,
    /// From the start until the broker had taken all of them.
    pub publish_time: Duration,
    /// Publishes that were confirmed.
    pub confirmed: u64,
    /// How long confirms took, in nanoseconds.
    pub confirm_latency: Histogram,
    /// Messages that were delivered.
    pub delivered: u64,
    /// From the start until the last delivery.
    pub deliver_time: Duration,
    /// From publish to delivery, in nanoseconds. Nothing for bodies that are too small to say when they were sent.
    pub latency: Histogram,
    /// The course of the run, about a second each.
    pub samples: Vec<Sample>,
    /// What did not add up; empty if everything did.
    pub faults: Vec<String>,
}

impl Report {
    /// Adds up what producers did.
    pub(crate) fn add_produced(&mut self, all: &[Produced], start: Instant) {
        for produced in all {
            self.published += produced.published;
            self.published_by.push(produced.published);
            self.confirmed += produced.confirmed;
            self.confirm_latency.merge(&produced.latency);
            let took = produced.end.map_or(Duration::ZERO, |end| end - start);
            self.publish_time = self.publish_time.max(took);
            self.fault(produced.refused, "publishes were refused by the broker (basic.nack)");
            self.fault(produced.unconfirmed, "publishes were never confirmed");
        }
    }

    /// Adds up what consumers got, and compares it with what was published.
    pub(crate) fn add_consumed(
        &mut self,
        all: &[Consumed],
        plan: &Plan,
        produced: &[Produced],
        start: Instant,
    ) {
        let (mut faults, mut sum) = (Faults::default(), 0u64);
        for consumed in all {
            self.delivered += consumed.delivered;
            self.latency.merge(&consumed.latency);
            let took = consumed.last.map_or(Duration::ZERO, |last| last - start);
            self.deliver_time = self.deliver_time.max(took);
            faults.add(&consumed.faults);
            sum = sum.wrapping_add(consumed.sum);
        }
        self.fault(faults.out_of_order, "messages came out of order or twice");
        self.fault(faults.misrouted, "messages came from another queue than they were published to");
        self.fault(faults.wrong_size, "messages had another size than published");
        self.fault(faults.redelivered, "messages were marked as redelivered");
        self.fault(faults.tag_gaps, "delivery tags were not the next of their channel");
        if plan.mode != Mode::Both {
            return;
        }
        let expected = self.published * plan.copies();
        self.fault(expected.saturating_sub(self.delivered), "published messages did not arrive");
        self.fault(self.delivered.saturating_sub(expected), "messages arrived that were not published");
        let sums = produced.iter().map(|done| u128::from(done.published));
        let sums: u128 = sums.map(|count| count * count.saturating_sub(1) / 2).sum();
        let right = (sums as u64).wrapping_mul(plan.copies());
        if plan.size >= NUMBER && expected == self.delivered && sum != right {
            self.faults
                .push("the numbers of the messages that arrived are not those that were published".into());
        }
    }

    /// Notes a fault, if there were any.
    pub(crate) fn fault(&mut self, count: u64, what: &str) {
        if count > 0 {
            self.faults.push(format!("{count} {what}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uri;

    fn report(published: u64, consumed: Consumed) -> Vec<String> {
        let plan = Plan::new(Uri::parse("amqp://h").unwrap());
        let produced = [Produced { published, ..Produced::default() }];
        let start = Instant::now();
        let mut report = Report::default();
        report.add_produced(&produced, start);
        report.add_consumed(&[consumed], &plan, &produced, start);
        report.faults
    }

    #[test]
    fn counts_and_numbers_must_add_up() {
        let consumed = |delivered, sum| Consumed { delivered, sum, ..Consumed::default() };
        assert!(report(4, consumed(4, 6)).is_empty());
        assert_eq!(report(4, consumed(3, 3)), ["1 published messages did not arrive"]);
        assert_eq!(report(4, consumed(5, 6)), ["1 messages arrived that were not published"]);
        assert!(report(4, consumed(4, 7))[0].contains("numbers"), "one twice and one not at all");
        let faults = Faults { out_of_order: 2, ..Faults::default() };
        let consumed = Consumed { delivered: 4, sum: 6, faults, ..Consumed::default() };
        assert_eq!(report(4, consumed), ["2 messages came out of order or twice"]);
    }

    #[test]
    fn a_sample_is_a_rate() {
        let at = |seconds, published| Progress {
            elapsed: Duration::from_secs(seconds),
            published,
            ..Progress::default()
        };
        let sample = Sample::between(&at(1, 10), &at(3, 50));
        assert_eq!((sample.at, sample.published, sample.delivered), (3.0, 20.0, 0.0));
    }
}
