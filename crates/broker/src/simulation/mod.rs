//! A broker on a simulated disk: clients publish, consume and acknowledge, the machine goes down at any write or sync,
//! and a model says what must and what may be there afterwards. All of it follows from a seed. Beside it, a queue under
//! rules does what a naive one does, whatever happens.
//!
//! `WARREN_SEEDS=FROM..TO cargo test -p warren-broker simulation` runs other seeds than the usual ones.

mod client;
mod model;
mod naive;
mod recorder;
mod replay;
mod rules;
mod streams;
mod waiting;
mod world;

use waiting::Waiting;
use world::World;

/// The seeds to run: `usual`, unless others are asked for.
fn seeds(usual: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("WARREN_SEEDS") else { return usual };
    let (from, to) = text.split_once("..").expect("WARREN_SEEDS=FROM..TO");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn nothing_confirmed_is_lost_and_nothing_comes_twice() {
    for seed in seeds(0..100) {
        let played = std::panic::catch_unwind(|| World::new(seed).play());
        assert!(played.is_ok(), "seed {seed}: run it alone with WARREN_SEEDS={seed}..{}", seed + 1);
    }
}

#[test]
fn an_offset_never_changes_its_message() {
    for seed in seeds(0..40) {
        let played = std::panic::catch_unwind(|| streams::World::new(seed).play());
        assert!(played.is_ok(), "seed {seed}: run it alone with WARREN_SEEDS={seed}..{}", seed + 1);
    }
}

#[test]
fn nothing_that_waits_is_lost_or_early() {
    for seed in seeds(0..100) {
        let played = std::panic::catch_unwind(|| Waiting::new(seed).play());
        assert!(played.is_ok(), "seed {seed}: run it alone with WARREN_SEEDS={seed}..{}", seed + 1);
    }
}

#[test]
fn the_log_makes_the_same_state_again() {
    for seed in seeds(0..100) {
        let played = std::panic::catch_unwind(|| replay::play(seed));
        assert!(played.is_ok(), "seed {seed}: run it alone with WARREN_SEEDS={seed}..{}", seed + 1);
    }
}
