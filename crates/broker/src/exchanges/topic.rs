//! The topic exchange: patterns of words (AMQP 0-9-1, section 3.1.3.3).
//!
//! Routing keys and patterns are words between dots. In a pattern, `*` stands for one word and `#` for any number of words, also
//! none. An empty key has no words; two dots in a row have an empty word between them.
//!
//! All patterns form one trie, and a message walks it word by word with the set of places that it can be at. A place is in
//! the set once, however many ways lead to it, so that the time is bounded by places times words and no choice of patterns
//! makes it explode. Words have numbers, and the edges of all places lie in one map: a word's text is looked at once per
//! message, not once per place.

use std::sync::Arc;

use super::counted::Counted;
use super::{Addressed, Router};
use crate::bindings::{Binding, Destination};
use crate::error::Error;
use hashbrown::HashMap;

/// The place where every walk begins.
const ROOT: u32 = 0;

/// A step from one place of the trie to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    /// The word of that number.
    Word(u32),
    /// `*`
    One,
    /// `#`
    Any,
}

/// A place in the trie: the beginnings of patterns that are alike up to here.
#[derive(Debug, Default)]
struct Place {
    one: Option<u32>,
    any: Option<u32>,
    /// How many edges leave it.
    edges: usize,
    /// Reached by `#`: a walk may stay here for any word.
    stays: bool,
    /// Destinations of the patterns that end here.
    destinations: Counted,
}

/// A word that some pattern has.
#[derive(Debug)]
struct Word {
    number: u32,
    uses: usize,
}

/// See the module's description.
#[derive(Debug)]
pub(super) struct Topic {
    words: HashMap<Box<str>, Word>,
    free_words: Vec<u32>,
    places: Vec<Place>,
    free_places: Vec<u32>,
    edges: HashMap<(u32, u32), u32>,
}

impl Default for Topic {
    fn default() -> Self {
        Self {
            words: HashMap::new(),
            free_words: Vec::new(),
            places: vec![Place::default()],
            free_places: Vec::new(),
            edges: HashMap::new(),
        }
    }
}

/// The words of a key: none for an empty one.
fn words(key: &str) -> impl Iterator<Item = &str> {
    key.split('.').filter(move |_| !key.is_empty())
}

/// The words of a pattern, in the one order among equivalent ones: a run of wildcards with a `#` in it is as many `*` as it had and
/// then one `#`. That keeps walks narrow.
fn pattern_words(pattern: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut pending = false;
    for word in words(pattern) {
        match word {
            "#" => pending = true,
            "*" => out.push(word),
            _ => {
                if std::mem::take(&mut pending) {
                    out.push("#");
                }
                out.push(word);
            }
        }
    }
    if pending {
        out.push("#");
    }
    out
}

impl Topic {
    fn place(&self, at: u32) -> Option<&Place> {
        self.places.get(at as usize)
    }

    fn place_mut(&mut self, at: u32) -> Option<&mut Place> {
        self.places.get_mut(at as usize)
    }

    /// The step that `word` of a pattern means; `None` for a word that no pattern has.
    fn step(&self, word: &str) -> Option<Step> {
        match word {
            "*" => Some(Step::One),
            "#" => Some(Step::Any),
            _ => self.words.get(word).map(|word| Step::Word(word.number)),
        }
    }

    fn next(&self, at: u32, step: Step) -> Option<u32> {
        match step {
            Step::Word(number) => self.edges.get(&(at, number)).copied(),
            Step::One => self.place(at)?.one,
            Step::Any => self.place(at)?.any,
        }
    }

    /// The step for a word of a new pattern; counts one use more of a word.
    fn use_word(&mut self, word: &str) -> Step {
        if let Some(step @ (Step::One | Step::Any)) = self.step(word) {
            return step;
        }
        if let Some(entry) = self.words.get_mut(word) {
            entry.uses += 1;
            return Step::Word(entry.number);
        }
        let number = self.free_words.pop().unwrap_or(self.words.len() as u32);
        self.words.insert(word.into(), Word { number, uses: 1 });
        Step::Word(number)
    }

    fn drop_word(&mut self, word: &str) {
        let Some(entry) = self.words.get_mut(word) else { return };
        entry.uses -= 1;
        if entry.uses == 0 {
            self.free_words.push(entry.number);
            self.words.remove(word);
        }
    }

    /// Makes the place behind `step`, which is not there yet.
    fn grow(&mut self, at: u32, step: Step) -> u32 {
        let new = Place { stays: step == Step::Any, ..Place::default() };
        let number = match self.free_places.pop() {
            Some(number) => number,
            None => {
                self.places.push(Place::default());
                (self.places.len() - 1) as u32
            }
        };
        if let Some(place) = self.place_mut(number) {
            *place = new;
        }
        if let Some(place) = self.place_mut(at) {
            place.edges += 1;
            match step {
                Step::One => place.one = Some(number),
                Step::Any => place.any = Some(number),
                Step::Word(_) => {}
            }
        }
        if let Step::Word(word) = step {
            self.edges.insert((at, word), number);
        }
        number
    }

    /// Takes away the edge `step` of `at` and the place behind it, if nothing is left there. Says whether it did.
    fn prune(&mut self, at: u32, step: Step, behind: u32) -> bool {
        let idle = |place: &Place| place.edges == 0 && place.destinations.is_empty();
        if !self.place(behind).is_some_and(idle) {
            return false;
        }
        self.free_places.push(behind);
        if let Some(place) = self.place_mut(at) {
            place.edges -= 1;
            match step {
                Step::One => place.one = None,
                Step::Any => place.any = None,
                Step::Word(_) => {}
            }
        }
        if let Step::Word(word) = step {
            self.edges.remove(&(at, word));
        }
        true
    }

    /// The steps of a pattern that is in the trie, each with the place it leaves and the place it reaches.
    fn path(&self, pattern: &[&str]) -> Option<Vec<(u32, Step, u32)>> {
        let mut at = ROOT;
        let mut path = Vec::with_capacity(pattern.len());
        for word in pattern {
            let step = self.step(word)?;
            let next = self.next(at, step)?;
            path.push((at, step, next));
            at = next;
        }
        Some(path)
    }

    /// Appends the destinations of one routing key.
    fn append(&self, key: &str, found: &mut Vec<Destination>) {
        let mut here = Vec::with_capacity(8);
        let mut next = Vec::with_capacity(8);
        enter(self, ROOT, &mut here);
        for word in words(key) {
            let number = self.words.get(word).map(|word| word.number);
            let mut stayed = false;
            for &at in &here {
                let Some(place) = self.place(at) else { continue };
                if let Some(behind) = number.and_then(|number| self.edges.get(&(at, number))) {
                    enter(self, *behind, &mut next);
                }
                if let Some(behind) = place.one {
                    enter(self, behind, &mut next);
                }
                if place.stays {
                    stayed = true;
                    next.push(at);
                }
            }
            // Without `#` there is one way to a place only.
            if stayed {
                next.sort_unstable();
                next.dedup();
            }
            std::mem::swap(&mut here, &mut next);
            next.clear();
            if here.is_empty() {
                return;
            }
        }
        for place in here.iter().filter_map(|&at| self.place(at)) {
            place.destinations.append_to(found);
        }
    }
}

/// Puts a place into the set, and those that `#` reaches from it without a word.
fn enter(topic: &Topic, at: u32, set: &mut Vec<u32>) {
    set.push(at);
    // Behind a `#` there is never another one: patterns are ordered so when they come in.
    set.extend(topic.place(at).and_then(|place| place.any));
}

impl Router for Topic {
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        let mut at = ROOT;
        for word in pattern_words(&binding.routing_key) {
            let step = self.use_word(word);
            at = match self.next(at, step) {
                Some(next) => next,
                None => self.grow(at, step),
            };
        }
        if let Some(place) = self.place_mut(at) {
            place.destinations.add(&binding.destination);
        }
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        let pattern = pattern_words(&binding.routing_key);
        let Some(path) = self.path(&pattern) else { return };
        let last = path.last().map_or(ROOT, |(_, _, reached)| *reached);
        let removed =
            self.place_mut(last).is_some_and(|place| place.destinations.remove(&binding.destination));
        if !removed {
            return;
        }
        for (at, step, behind) in path.into_iter().rev() {
            if !self.prune(at, step, behind) {
                break;
            }
        }
        for word in pattern {
            self.drop_word(word);
        }
    }

    fn route(&self, message: &Addressed<'_>, found: &mut Vec<Destination>) {
        message.keys.iter().for_each(|key| self.append(key, found));
    }

    fn by_key_alone(&self) -> bool {
        true
    }
}

#[cfg(test)]
#[path = "topic_tests.rs"]
mod tests;
