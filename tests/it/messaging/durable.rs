//! What messages have behind them and before them outlives the process: deaths, failed deliveries, the time that is left.

use amq_protocol::protocol::basic;
use serde_json::json;

use super::fixtures::{
    await_ready, deaths, letter, letters_from, number, queue_with, queue_with_letters, send, set_policy, text,
};
use crate::harness::{Broker, Wire};

/// Both ways to end.
fn restarts() -> [fn(&mut Broker); 2] {
    [Broker::stop_and_restart, Broker::crash_and_restart]
}

fn persistent() -> basic::AMQPProperties {
    basic::AMQPProperties::default().with_delivery_mode(2)
}

/// Publishes persistently to a queue and waits until it is on disk.
#[track_caller]
fn store(wire: &mut Wire, queue: &str, properties: basic::AMQPProperties, body: &str) {
    const CHANNEL: u16 = 800;
    wire.open(CHANNEL);
    wire.confirm_select(CHANNEL);
    let publish = basic::Publish { routing_key: queue.into(), ..basic::Publish::default() };
    wire.publish_with(CHANNEL, publish, properties.with_delivery_mode(2), body.as_bytes());
    wire.await_confirm(CHANNEL, 1);
    wire.close(CHANNEL);
}

#[test]
fn dead_letters_stay_where_they_are_with_their_past() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        let to =
            |queue: &str| [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(queue))];
        queue_with(&mut wire, "work", &to("wait"));
        queue_with(&mut wire, "wait", &[&to("work")[..], &[("x-message-ttl", number(20))]].concat());
        queue_with(&mut wire, "parked", &to("work"));
        store(&mut wire, "work", persistent(), "job");
        for _ in 0..2 {
            await_ready(&mut wire, "work", 1);
            let (tag, _, _) = wire.take(1, "work");
            wire.reject(1, tag, false);
        }
        await_ready(&mut wire, "work", 1);
        // A confirm of anything later says that all this is on disk.
        store(&mut wire, "parked", persistent(), "later");
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        assert_eq!((wire.counts(1, "work").0, wire.counts(1, "wait").0), (1, 0));
        let got = wire.get(1, "work", false).expect("the dead letter");
        let told = deaths(&got.message);
        let short: Vec<_> = told.iter().map(|death| death.short()).collect();
        assert_eq!(short, [("wait", "expired", 2), ("work", "rejected", 2)]);
        wire.reject(1, got.method.delivery_tag, false);
        await_ready(&mut wire, "work", 1);
        let got = wire.get(1, "work", true).expect("the dead letter");
        assert_eq!(deaths(&got.message)[0].short(), ("wait", "expired", 3));
    }
}

#[test]
fn a_message_that_is_over_when_the_server_starts_is_a_dead_letter() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        // Nobody reads the dead letters before the restart, should the machine be slow.
        let to = [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("letters"))];
        queue_with(&mut wire, "letters", &[]);
        queue_with(&mut wire, "by.queue", &[&to[..], &[("x-message-ttl", number(400))]].concat());
        queue_with(&mut wire, "by.itself", &to);
        queue_with(&mut wire, "by.policy", &to);
        set_policy(&broker, "^by[.]policy$", json!({"message-ttl": 400}));
        store(&mut wire, "by.queue", persistent(), "by the queue");
        store(&mut wire, "by.policy", persistent(), "by policy");
        store(&mut wire, "by.itself", persistent().with_expiration("400".into()), "by itself");
        store(&mut wire, "by.itself", persistent().with_expiration("3600000".into()), "not yet");
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        letters_from(&mut wire, "letters");
        let mut dead = [(); 3].map(|()| letter(&mut wire).text().to_owned());
        dead.sort_unstable();
        assert_eq!(dead, ["by itself", "by policy", "by the queue"]);
        let got = wire.get(1, "by.itself", true).expect("the one with time");
        assert_eq!(got.message.text(), "not yet");
        let expiration = got.message.properties.expiration().as_ref().map(|time| time.as_str());
        assert_eq!(expiration, Some("3600000"));
    }
}

#[test]
fn settings_are_kept() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        queue_with_letters(&mut wire, "limited", &[("x-max-length", number(2))]);
        queue_with(&mut wire, "priorities", &[("x-max-priority", number(5))]);
        queue_with(&mut wire, "by.policy", &[]);
        set_policy(&broker, "^by[.]", json!({"max-length": 1}));
        for (queue, bodies) in [("limited", ["1", "2"]), ("by.policy", ["3", "4"])] {
            bodies.iter().for_each(|body| store(&mut wire, queue, persistent(), body));
        }
        for (body, priority) in [("low", 1), ("high", 5), ("none", 0)] {
            store(&mut wire, "priorities", persistent().with_priority(priority), body);
        }
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        letters_from(&mut wire, "letters");
        assert_eq!(wire.counts(1, "by.policy").0, 1);
        store(&mut wire, "limited", persistent(), "5");
        assert_eq!(letter(&mut wire).text(), "1");
        store(&mut wire, "by.policy", persistent(), "6");
        await_ready(&mut wire, "by.policy", 1);
        assert_eq!(wire.take(1, "by.policy").2, "6");
        assert_eq!([(); 3].map(|()| wire.take(1, "priorities").2), ["high", "low", "none"]);
    }
}

#[test]
fn failed_deliveries_are_counted_on() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        let arguments = [("x-queue-type", text("quorum")), ("x-delivery-limit", number(2))];
        queue_with_letters(&mut wire, "q", &arguments);
        store(&mut wire, "q", persistent(), "poison");
        for _ in 0..2 {
            let (tag, _, _) = wire.take(1, "q");
            wire.reject(1, tag, true);
            await_ready(&mut wire, "q", 1);
        }
        // A confirm of anything later that stays says that all this is on disk.
        queue_with(&mut wire, "parked", &[]);
        store(&mut wire, "parked", persistent(), "later");
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        letters_from(&mut wire, "letters");
        let (tag, redelivered, _) = wire.take(1, "q");
        assert!(redelivered);
        wire.reject(1, tag, true);
        assert_eq!(deaths(&letter(&mut wire))[0].short(), ("q", "delivery_limit", 1));
    }
}

#[test]
fn an_unused_queue_has_its_time_again_after_a_start() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        queue_with(&mut wire, "q", &[("x-expires", number(300))]);
        send(&mut wire, "", "q", persistent(), "lost with it");
        restart(&mut broker);
        broker.shows(&["list_queues", "name"], &[]);
    }
}
