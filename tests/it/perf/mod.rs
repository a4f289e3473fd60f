//! The load generator against a live node: what it says must add up, and be true.

use std::net::TcpListener;
use std::time::Instant;

use serde_json::Value;

use crate::harness::Broker;

/// A run whose figures are read as JSON.
#[track_caller]
fn perf(broker: &Broker, arguments: &[&str]) -> Value {
    let uri = broker.uri();
    let words = [&["perf"], arguments, &["--uri", &uri, "--formatter", "json"]].concat();
    serde_json::from_str(&broker.ctl(&words).ok()).unwrap()
}

/// A run that must fail with this exit code; what it says.
#[track_caller]
fn refused(broker: &Broker, arguments: &[&str], code: i32) -> String {
    broker.ctl(&[&["perf"], arguments].concat()).refused(code)
}

#[test]
fn what_is_published_is_confirmed_and_delivered() {
    let broker = Broker::start();
    let arguments = "--count 5001 --producers 2 --consumers 2 --queues 3 --size 100 --persistent --confirm 100 \
                     --ack manual --prefetch 50";
    let report = perf(&broker, &arguments.split_whitespace().collect::<Vec<_>>());
    for side in ["published", "confirmed", "delivered"] {
        assert_eq!(report[side]["messages"], 5001, "{side}: {report}");
        let (seconds, rate) = (&report[side]["seconds"], &report[side]["per_second"]);
        let product = seconds.as_f64().unwrap() * rate.as_f64().unwrap();
        assert!((product - 5001.0).abs() < 0.01, "{side}: {report}");
    }
    for side in ["confirmed", "delivered"] {
        let latency = |name: &str| report[side]["latency_us"][name].as_f64().unwrap();
        assert!(latency("p50") > 0.0 && latency("p50") <= latency("p99"), "{report}");
        assert!(latency("p99") <= latency("p99_9") && latency("p99_9") <= latency("max"), "{report}");
    }
    assert_eq!(
        (&report["size"], &report["queues"], &report["ack"]),
        (&100.into(), &3.into(), &"manual".into())
    );
    // Its queues are gone.
    assert_eq!(broker.ctl(&["list_queues", "-q"]).ok(), "");
}

#[test]
fn a_fanout_exchange_multiplies() {
    let broker = Broker::start();
    for (kind, copies) in [("fanout", 4), ("direct", 1), ("topic", 1)] {
        let report = perf(&broker, &["--count", "1000", "--queues", "4", "--exchange", kind]);
        assert_eq!(report["published"]["messages"], 1000, "{report}");
        assert_eq!(report["delivered"]["messages"], 1000 * copies, "{report}");
    }
    let exchanges = broker.ctl(&["list_exchanges", "-q", "name"]).ok();
    assert!(!exchanges.contains("perf"), "{exchanges}");
}

#[test]
fn messages_of_every_size_arrive() {
    let broker = Broker::start();
    for size in ["0", "1", "8", "16", "200KiB"] {
        let report = perf(&broker, &["--count", "40", "--size", size, "--ack", "manual", "--ack-every", "7"]);
        assert_eq!(report["delivered"]["messages"], 40, "{report}");
        // From 16 octets on a body says when it was sent.
        assert_eq!(report["delivered"]["latency_us"].is_null(), !matches!(size, "16" | "200KiB"), "{report}");
    }
}

#[test]
fn published_messages_rest_until_they_are_consumed() {
    let broker = Broker::start();
    let report = perf(&broker, &["publish", "--count", "301", "--queue", "rest", "--queues", "2"]);
    assert_eq!((&report["published"]["messages"], &report["delivered"]), (&301.into(), &Value::Null));
    broker.shows_queues(&[("rest-0", 151, 0), ("rest-1", 150, 0)]);
    // Another run of both sides could not tell its messages from these.
    let both = refused(&broker, &["--queue", "rest", "--queues", "2", "--uri", &broker.uri()], 64);
    assert!(both.contains("'rest-0' holds 151 messages"), "{both}");
    let consume = ["consume", "--count", "301", "--queue", "rest", "--queues", "2", "--ack", "manual"];
    let report = perf(&broker, &consume);
    assert_eq!((&report["delivered"]["messages"], &report["published"]), (&301.into(), &Value::Null));
    broker.shows_queues(&[("rest-0", 0, 0), ("rest-1", 0, 0)]);
}

#[test]
fn a_rate_is_kept() {
    let broker = Broker::start();
    let report = perf(&broker, &["--rate", "2000", "--time", "0.3", "--producers", "2"]);
    let published = report["published"]["messages"].as_u64().unwrap();
    let seconds = report["published"]["seconds"].as_f64().unwrap();
    assert!(seconds >= 0.3 && published as f64 <= 2000.0 * seconds + 2.0, "{report}");
    assert!(published > 0 && report["delivered"]["messages"] == published, "{report}");
    // Four producers together, by the clock on the wall: neither faster than the last of the thousand is due, nor each
    // of them at a fourth of its share, which would take two seconds.
    let start = Instant::now();
    let report = perf(&broker, &["--rate", "2000", "--count", "1000", "--producers", "4"]);
    let took = start.elapsed().as_secs_f64();
    let seconds = report["published"]["seconds"].as_f64().unwrap();
    assert!((0.498..1.5).contains(&seconds) && seconds <= took, "{took}: {report}");
    assert_eq!(report["published"]["messages"], 1000, "{report}");
}

#[test]
fn without_an_address_the_node_is_asked_where_it_listens() {
    let Some(broker) = Broker::start_own(None) else { return };
    let text = broker.ctl(&["perf", "--count", "2000", "--time", "60"]).ok();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "Publishing and consuming 2,000 messages for 60 s: 1 producer, 1 consumer, 1 queue, 16 bytes, auto-ack ..."
    );
    assert!(lines[1].starts_with("published             2,000"), "{text}");
    assert!(lines[2].starts_with("delivered             2,000"), "{text}");
    assert!(lines[3].starts_with("latency     p50 "), "{text}");
    assert_eq!(lines[4..], ["Every message arrived once and in order."]);
}

#[test]
fn what_cannot_be_done_is_said_with_what_to_do() {
    let Some(broker) = Broker::start_own(None) else { return };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = refused(&broker, &["--uri", &format!("amqp://127.0.0.1:{port}")], 69);
    assert!(
        text.contains(&format!("cannot connect to 127.0.0.1:{port}")) && text.contains("--uri"),
        "{text}"
    );
    let text = refused(&broker, &["--uri", &format!("amqp://guest:wrong@{}", broker.amqp)], 77);
    assert!(text.contains("refused the login of user 'guest'") && !text.contains("wrong"), "{text}");
    let text = refused(&broker, &["--uri", &format!("amqp://{}/nowhere", broker.amqp)], 69);
    assert!(text.contains("nowhere"), "{text}");
    let text = refused(&broker, &["--uri", &format!("amqp://{}", broker.http)], 69);
    assert!(text.contains("does not speak AMQP 0-9-1"), "{text}");
    let text = refused(&broker, &["--uri", "amqps://guest:secret@h"], 65);
    assert!(text.contains("no TLS") && !text.contains("secret"), "{text}");
    let text = refused(&broker, &["consume"], 64);
    assert!(text.contains("name the queue"), "{text}");
    let text = refused(&broker, &["consume", "--queue", "missing"], 69);
    assert!(text.contains("no queue 'missing'"), "{text}");
    let text = refused(&broker, &["--ack", "manual", "--ack-every", "9", "--prefetch", "5"], 64);
    assert!(text.contains("never comes"), "{text}");
    let uri = broker.uri();
    let text = refused(&broker, &["--time", "60", "--rate", "1", "--timeout", "0", "--uri", &uri], 75);
    assert!(text.contains("given up"), "{text}");
    refused(&broker, &["--size", "x"], 64);
    refused(&broker, &["--time", "-1"], 64);
}
