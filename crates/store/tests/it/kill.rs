//! A real process, really killed while it appends: what it said to be durable is there.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use warren_store::{Batch, Durability, Options};

use crate::owner::{Owned, reopen};

const DIRECTORY: &str = "WARREN_STORE_KILL_DIRECTORY";

fn options(durability: Durability) -> Options {
    let mut options = Options::default();
    options.durability = durability;
    options.log_file_size = 128 << 10;
    options.first_file_size = 64 << 10;
    options
}

fn durability(round: u64) -> Durability {
    if round.is_multiple_of(2) { Durability::Sync } else { Durability::Os }
}

/// Not a test of its own: the process that is killed. Says after each sync how far it has come, and checkpoints now and then.
#[test]
fn appends_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let round = std::env::var("WARREN_STORE_KILL_ROUND").unwrap().parse().unwrap();
    let (store, owner, _) = reopen(Path::new(&directory), options(durability(round))).unwrap();
    let mut next = following(&owner);
    let mut out = std::io::stdout();
    loop {
        let mut batch = Batch::new();
        for _ in 0..7 {
            batch.push_message(&[(1, next)], &[&next.to_le_bytes(), &[3; 500]]).unwrap();
            next += 1;
        }
        let position = store.append(&mut batch).unwrap();
        store.wait_durable(position).unwrap();
        writeln!(out, "durable {next}").unwrap();
        if next.is_multiple_of(700) {
            store.write_checkpoint(&next.to_le_bytes(), position).unwrap();
        }
    }
}

/// The number after the last one that came back; all of them must be there, in order and once.
fn following(owner: &crate::owner::Owner) -> u64 {
    let mut next =
        owner.document.as_ref().map_or(0, |document| u64::from_le_bytes(document[..].try_into().unwrap()));
    for fact in owner.facts() {
        let Owned::Message(targets, payload) = fact else { panic!("{fact:?}") };
        assert_eq!((targets, &payload[..8]), (vec![(1, next)], &next.to_le_bytes()[..]));
        next += 1;
    }
    next
}

#[test]
fn a_killed_process_loses_nothing_that_it_called_durable() {
    let directory = tempfile::tempdir().unwrap();
    let mut said = 0;
    for round in 0..6_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["kill::appends_until_it_is_killed", "--exact", "--nocapture"])
            .env(DIRECTORY, directory.path())
            .env("WARREN_STORE_KILL_ROUND", round.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let durable =
            |line: &String| line.strip_prefix("durable ").map(|number| number.parse::<u64>().unwrap());
        let enough = lines.by_ref().filter_map(|line| durable(&line)).nth(40 + round as usize * 37).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        said = lines.filter_map(|line| durable(&line)).last().unwrap_or(enough).max(said);
        let (store, owner, _) = reopen(directory.path(), options(durability(round))).unwrap();
        let next = following(&owner);
        assert!(next >= said, "round {round}: {said} was durable, {next} came back");
        said = next;
        if round == 3 {
            store.close().unwrap();
        }
    }
}
