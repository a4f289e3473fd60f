//! The topic exchange: patterns of words (AMQP 0-9-1, section 3.1.3.3).
//!
//! Routing keys and patterns are words between dots. In a pattern, `*` stands for one word and `#` for any number of words, also
//! none. An empty key has no words; two dots in a row have an empty word between them.
//!
//! All patterns form one trie, and a message walks it word by word with the set of places that it can be at (`walk.rs`). A place is
//! in the set once, however many ways lead to it, so that the time is bounded by places times words and no choice of patterns
//! makes it explode. Words have numbers, and the edges of all places lie in one map: a word's text is looked at once per
//! message, not once per place, and most places know without the map that a word does not lead on from there.

mod walk;

use std::sync::Arc;

use super::counted::Counted;
use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use hashbrown::HashMap;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_model::value::FieldTable;

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
    /// A bit for each word that leads on from here, of those that share it.
    leads_on: u64,
}

impl Place {
    /// Whether the word of that number may lead on from here. If not, the map need not be asked.
    fn may_lead_on(&self, word: u32) -> bool {
        self.leads_on & bit(word) != 0
    }
}

/// The bit of a word, which it shares with others.
fn bit(word: u32) -> u64 {
    1 << (word % u64::BITS)
}

/// A word that some pattern has.
#[derive(Debug)]
struct Word {
    number: u32,
    uses: usize,
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Topic {
    words: HashMap<Box<str>, Word>,
    free_words: Vec<u32>,
    places: Vec<Place>,
    /// For each place, destinations of the patterns that end there. Apart from them, because a walk sees few of these.
    destinations: Vec<Counted>,
    free_places: Vec<u32>,
    edges: HashMap<(u32, u32), u32>,
}

impl Default for Topic {
    fn default() -> Self {
        Self {
            words: HashMap::new(),
            free_words: Vec::new(),
            places: vec![Place::default()],
            destinations: vec![Counted::default()],
            free_places: Vec::new(),
            edges: HashMap::new(),
        }
    }
}

/// The words of a key: none for an empty one.
fn words(key: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(key).filter(|key| !key.is_empty());
    std::iter::from_fn(move || {
        let key = rest?;
        // Words are short: to look at their octets is quicker than to search in a large way.
        let dot = key.bytes().position(|octet| octet == b'.');
        rest = dot.and_then(|dot| key.get(dot + 1..));
        dot.map_or(Some(key), |dot| key.get(..dot))
    })
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
        let number = self.free_places.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            self.destinations.push(Counted::default());
            (self.places.len() - 1) as u32
        });
        if let Some(place) = self.place_mut(at) {
            place.edges += 1;
            match step {
                Step::One => place.one = Some(number),
                Step::Any => place.any = Some(number),
                Step::Word(word) => place.leads_on |= bit(word),
            }
        }
        if let Step::Word(word) = step {
            self.edges.insert((at, word), number);
        }
        number
    }

    /// Takes away the edge `step` of `at` and the place behind it, if nothing is left there. Says whether it did.
    fn prune(&mut self, at: u32, step: Step, behind: u32) -> bool {
        let leads_on = self.place(behind).is_none_or(|place| place.edges > 0);
        if leads_on || !self.destinations.get(behind as usize).is_some_and(Counted::is_empty) {
            return false;
        }
        self.free_places.push(behind);
        if let Some(place) = self.place_mut(at) {
            place.edges -= 1;
            match step {
                Step::One => place.one = None,
                Step::Any => place.any = None,
                // Others may share the word's bit.
                Step::Word(_) if place.edges > 0 => {}
                Step::Word(_) => place.leads_on = 0,
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
}

impl ExchangeType for Topic {
    const NAME: &'static str = "topic";
    const DESCRIPTION: &'static str = "AMQP topic exchange, as per the AMQP specification";

    fn router(_: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        Ok(Box::<Self>::default())
    }
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
        if let Some(destinations) = self.destinations.get_mut(at as usize) {
            destinations.add(&binding.destination);
        }
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        let pattern = pattern_words(&binding.routing_key);
        let Some(path) = self.path(&pattern) else { return };
        let last = path.last().map_or(ROOT, |(_, _, reached)| *reached);
        let ends = self.destinations.get_mut(last as usize);
        if !ends.is_some_and(|destinations| destinations.remove(&binding.destination)) {
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

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        message.keys.iter().for_each(|key| walk::append(self, key, found));
    }

    fn by_key_alone(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
