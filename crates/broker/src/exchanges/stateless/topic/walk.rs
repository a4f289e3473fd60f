//! The walk of one routing key through the trie.
//!
//! A message is at a set of places at once. Those that `#` leads to it never leaves again, and may reach in several ways; to any
//! other place there is one way only. So just the former are looked for before one is added.

use super::{ROOT, Topic, words};
use warren_model::binding::Destination;

/// Up to this many places are searched one by one; marking each would cost more than it saves.
const SEARCHED: usize = 64;

/// Appends the destinations of one routing key.
pub(super) fn append<'r>(topic: &'r Topic, key: &str, found: &mut Vec<&'r Destination>) {
    let mut stays = Stays::default();
    let mut here = Vec::with_capacity(16);
    let mut next = Vec::with_capacity(16);
    enter(topic, ROOT, &mut here, &mut stays);
    for word in words(key) {
        let number = topic.words.get(word).map(|word| word.number);
        // Places that this word leads to wait for the next one.
        let staying = stays.places.len();
        for &at in &here {
            step(topic, at, number, &mut next, &mut stays);
        }
        for place in 0..staying {
            let Some(&at) = stays.places.get(place) else { break };
            step(topic, at, number, &mut next, &mut stays);
        }
        std::mem::swap(&mut here, &mut next);
        next.clear();
        if here.is_empty() && stays.places.is_empty() {
            return;
        }
    }
    for &at in here.iter().chain(&stays.places) {
        if let Some(destinations) = topic.destinations.get(at as usize) {
            destinations.append_to(found);
        }
    }
}

/// Takes the steps that the word of that number, or one that no pattern has, allows from a place.
#[inline]
fn step(topic: &Topic, at: u32, number: Option<u32>, next: &mut Vec<u32>, stays: &mut Stays) {
    let Some(place) = topic.place(at) else { return };
    if let Some(number) = number
        && place.may_lead_on(number)
        && let Some(behind) = topic.edges.get(&(at, number))
    {
        enter(topic, *behind, next, stays);
    }
    if let Some(behind) = place.one {
        enter(topic, behind, next, stays);
    }
}

/// Puts a place into the set, and the one that `#` reaches from it without a word. Behind that one there is never another:
/// patterns are ordered so when they come in.
#[inline]
fn enter(topic: &Topic, at: u32, set: &mut Vec<u32>, stays: &mut Stays) {
    set.push(at);
    if let Some(any) = topic.place(at).and_then(|place| place.any) {
        stays.add(any, topic.places.len());
    }
}

/// Places reached by `#`, each once.
#[derive(Default)]
struct Stays {
    places: Vec<u32>,
    /// A bit for each place of the trie that is in; none while there are few.
    marks: Vec<u64>,
}

impl Stays {
    /// Adds one of `all` places.
    #[inline]
    fn add(&mut self, place: u32, all: usize) {
        if self.places.len() < SEARCHED {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
            return;
        }
        if self.marks.is_empty() {
            self.marks = vec![0; all.div_ceil(64)];
            for place in std::mem::take(&mut self.places) {
                self.mark(place);
            }
        }
        self.mark(place);
    }

    fn mark(&mut self, place: u32) {
        let Some(marks) = self.marks.get_mut(place as usize / 64) else { return };
        let bit = 1 << (place % 64);
        if *marks & bit == 0 {
            *marks |= bit;
            self.places.push(place);
        }
    }
}
