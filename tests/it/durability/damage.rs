//! Damaged files: found at the start, named, and left out only when that is asked for.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::{durable_queue, store};
use crate::harness::{Broker, Ran, Wire};

/// A server that was killed with ten confirmed messages in a queue, each in a commit of its own.
fn killed() -> Option<Broker> {
    let mut broker = Broker::start_own(None)?;
    let mut wire = Wire::with_channel(&broker);
    durable_queue(&mut wire, "q");
    wire.confirm_select(1);
    for number in 1..=10 {
        super::publish(&mut wire, "q", format!("message {number} {}", "x".repeat(3000)).as_bytes());
        wire.await_confirms(1, number..=number);
    }
    broker.server().kill();
    Some(broker)
}

/// The log file that holds this text, and where.
fn find(broker: &mut Broker, text: &str) -> (PathBuf, u64) {
    let directory = broker.server().data().join("store/log");
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let content = fs::read(&path).unwrap();
        let found = content.windows(text.len()).position(|window| window == text.as_bytes());
        if let Some(at) = found {
            return (path, at as u64);
        }
    }
    panic!("'{text}' is in no file of {}", directory.display());
}

#[test]
fn damage_in_the_middle_stops_the_start_and_salvage_goes_on_with_the_rest() {
    let Some(mut broker) = killed() else { return };
    let (path, at) = find(&mut broker, "message 5 ");
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"MESSAGE", at).unwrap();
    let said = broker.server().refuses_to_start();
    assert!(said.contains(&path.display().to_string()), "{said}");
    let offset = said.split("offset ").nth(1).and_then(|rest| rest.split(':').next()).unwrap();
    let offset: u64 = offset.parse().unwrap();
    assert!(offset <= at && at - offset < 4096, "offset {offset}, and the damage is at {at}");
    assert!(said.contains("--salvage"), "{said}");

    broker.server().start_again_with(&["--salvage"]);
    let log = broker.server().log();
    let line = log.lines().find(|line| line.contains("salvage left damaged data out")).expect("a line");
    assert!(line.contains(&path.display().to_string()) && line.contains("salvage-1"), "{line}");
    let copies = fs::read_dir(broker.server().data().join("store/salvage-1")).unwrap().count();
    assert_eq!(copies, 1);

    // The damage is behind it now.
    broker.server().kill();
    broker.start_again();
    let mut wire = Wire::with_channel(&broker);
    let texts: Vec<String> = (0..9).map(|_| wire.take(1, "q").2).collect();
    let numbers: Vec<&str> = texts.iter().map(|text| text.split(' ').nth(1).unwrap()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "6", "7", "8", "9", "10"]);
    assert_eq!(wire.get(1, "q", true), None);
}

#[test]
fn a_torn_tail_is_cut_off_and_said() {
    let Some(mut broker) = killed() else { return };
    let (path, at) = find(&mut broker, "message 10 ");
    // The last write came down in half.
    OpenOptions::new().write(true).open(&path).unwrap().set_len(at + 100).unwrap();
    broker.start_again();
    assert!(broker.server().log().contains("cut off a torn tail"), "{}", broker.server().log());
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(wire.counts(1, "q").0, 9);
}

#[test]
fn a_lost_segment_stops_the_start() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    durable_queue(&mut wire, "q");
    wire.confirm_select(1);
    let body = "y".repeat(20_000);
    store(&mut wire, "q", &[&*body, &body, &body]);
    broker.ctl(&["stop"]).ok();
    assert_eq!(broker.server().await_exit(), Some(0));
    let segments = broker.server().data().join("store/segments");
    let queue = fs::read_dir(&segments).unwrap().next().unwrap().unwrap().path();
    let segment = fs::read_dir(&queue).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&segment).unwrap();
    let said = broker.server().refuses_to_start();
    assert!(said.contains(&segment.display().to_string()) && said.contains("--salvage"), "{said}");
    broker.server().start_again_with(&["--salvage"]);
    assert!(broker.server().log().contains("left the messages of a lost segment out"));
    broker.server().kill();
    broker.start_again();
    broker.shows_queues(&[("q", 0, 0)]);
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let data = broker.server().data().display().to_string();
    let pid = broker.server().pid();
    let refused = Ran::of(broker.server().twin(), "");
    assert_ne!(refused.code, 0, "{refused}");
    assert!(refused.stderr.contains(&format!("{data} is in use by")), "{refused}");
    assert!(refused.stderr.contains(&format!("process id {pid}")), "{refused}");
    assert!(refused.stderr.contains("--data-dir"), "{refused}");
    broker.shows(&["list_vhosts"], &["name", "/"]);
}
