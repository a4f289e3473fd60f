//! The headers exchange: a binding's arguments against a message's headers (AMQP 0-9-1, section 3.1.3.4).
//!
//! The argument `x-match` says what a binding wants: `all` of its other arguments among the headers (also when there is no
//! `x-match`), or `any` of them. Arguments whose names begin with `x-` are left out, unless it is `all-with-x` or `any-with-x`; `x-match`
//! itself always is. An argument without a value wants the header to be there, whatever its value. A binding that wants all of
//! nothing takes every message, one that wants any of nothing takes none.
//!
//! Bindings are found by what they want: each `any` binding lies in the buckets of all its arguments, each `all` binding in
//! that bucket of its arguments' which holds the fewest, and a message looks only into the buckets of its headers.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};
use warren_model::value::{FieldTable, FieldValue};

use super::counted::Counted;
use super::header_values::{hash_meaning, same};
use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;

/// The argument that says what a binding wants.
const X_MATCH: &str = "x-match";

/// What `x-match` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    any: bool,
    with_x: bool,
}

impl Wish {
    fn of(arguments: &FieldTable) -> Result<Self, Error> {
        let Some(value) = arguments.get(X_MATCH) else { return Ok(Self { any: false, with_x: false }) };
        let FieldValue::LongString(text) = value else { return Err(Error::invalid_x_match(value)) };
        match text.as_slice() {
            b"all" => Ok(Self { any: false, with_x: false }),
            b"any" => Ok(Self { any: true, with_x: false }),
            b"all-with-x" => Ok(Self { any: false, with_x: true }),
            b"any-with-x" => Ok(Self { any: true, with_x: true }),
            _ => Err(Error::invalid_x_match(value)),
        }
    }

    /// The arguments that are compared with headers.
    fn compared(self, arguments: &FieldTable) -> impl Iterator<Item = (&str, &FieldValue)> {
        arguments.iter().filter(move |(name, _)| match self.with_x {
            true => *name != X_MATCH,
            false => !name.starts_with("x-"),
        })
    }
}

/// A binding and where it lies.
#[derive(Debug)]
struct Rule {
    binding: Arc<Binding>,
    wish: Wish,
    /// Buckets that it lies in, with its place in each.
    places: Vec<(u64, usize)>,
}

impl Rule {
    fn takes(&self, headers: &HashMap<&str, &FieldValue>) -> bool {
        let fits = |(name, value): (&str, &FieldValue)| match (headers.get(name), value) {
            (Some(_), FieldValue::Void) => true,
            (Some(theirs), ours) => same(ours, theirs),
            (None, _) => false,
        };
        let mut compared = self.wish.compared(&self.binding.arguments);
        if self.wish.any { compared.any(fits) } else { compared.all(fits) }
    }
}

/// A rule in a bucket.
#[derive(Debug, Clone, Copy)]
struct Entry {
    rule: u32,
    /// Which of the rule's places this is.
    nth: usize,
}

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    rules: Vec<Option<Rule>>,
    free: Vec<u32>,
    numbers: HashMap<Arc<Binding>, u32>,
    buckets: HashMap<u64, Vec<Entry>>,
    /// Destinations of bindings that want all of nothing.
    always: Counted,
    hasher: DefaultHashBuilder,
}

impl Headers {
    /// The bucket of a name with a value; that of the name with any value for none.
    fn bucket(&self, name: &str, value: Option<&FieldValue>) -> u64 {
        let mut state = self.hasher.build_hasher();
        name.hash(&mut state);
        value.is_some().hash(&mut state);
        if let Some(value) = value {
            hash_meaning(value, &mut state);
        }
        state.finish()
    }

    /// The buckets that a binding belongs into.
    fn buckets_for(&self, wish: Wish, arguments: &FieldTable) -> Vec<u64> {
        let mut buckets: Vec<_> = wish
            .compared(arguments)
            .map(|(name, value)| self.bucket(name, Some(value).filter(|v| **v != FieldValue::Void)))
            .collect();
        if !wish.any {
            let smallest =
                buckets.into_iter().min_by_key(|bucket| self.buckets.get(bucket).map_or(0, Vec::len));
            return smallest.into_iter().collect();
        }
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }

    fn rule(&self, number: u32) -> Option<&Rule> {
        self.rules.get(number as usize)?.as_ref()
    }

    /// Takes an entry out of its bucket; the last one of the bucket moves to its place.
    fn take_out(&mut self, bucket: u64, place: usize) {
        let Some(entries) = self.buckets.get_mut(&bucket) else { return };
        if place < entries.len() {
            entries.swap_remove(place);
        }
        if entries.is_empty() {
            self.buckets.remove(&bucket);
        } else if let Some(moved) = entries.get(place)
            && let Some(Some(rule)) = self.rules.get_mut(moved.rule as usize)
            && let Some((_, its_place)) = rule.places.get_mut(moved.nth)
        {
            *its_place = place;
        }
    }

    fn append_from<'r>(
        &'r self,
        bucket: u64,
        headers: &HashMap<&str, &FieldValue>,
        found: &mut Vec<&'r Destination>,
    ) {
        for entry in self.buckets.get(&bucket).into_iter().flatten() {
            if let Some(rule) = self.rule(entry.rule)
                && rule.takes(headers)
            {
                found.push(&rule.binding.destination);
            }
        }
    }
}

impl ExchangeType for Headers {
    const NAME: &'static str = "headers";
    const DESCRIPTION: &'static str = "AMQP headers exchange, as per the AMQP specification";

    fn router(_: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        Ok(Box::<Self>::default())
    }
}

impl Router for Headers {
    fn check(&self, binding: &Binding) -> Result<(), Error> {
        Wish::of(&binding.arguments).map(drop)
    }

    /// # Errors
    /// `PRECONDITION_FAILED` for an `x-match` that is not known.
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        let wish = Wish::of(&binding.arguments)?;
        if !wish.any && wish.compared(&binding.arguments).next().is_none() {
            self.always.add(&binding.destination);
            return Ok(());
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.rules.push(None);
            (self.rules.len() - 1) as u32
        });
        let mut places = Vec::new();
        for (nth, bucket) in self.buckets_for(wish, &binding.arguments).into_iter().enumerate() {
            let entries = self.buckets.entry(bucket).or_default();
            places.push((bucket, entries.len()));
            entries.push(Entry { rule: number, nth });
        }
        self.numbers.insert(Arc::clone(binding), number);
        if let Some(slot) = self.rules.get_mut(number as usize) {
            *slot = Some(Rule { binding: Arc::clone(binding), wish, places });
        }
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        let Ok(wish) = Wish::of(&binding.arguments) else { return };
        if !wish.any && wish.compared(&binding.arguments).next().is_none() {
            self.always.remove(&binding.destination);
            return;
        }
        let Some(number) = self.numbers.remove(binding) else { return };
        let Some(rule) = self.rules.get_mut(number as usize).and_then(Option::take) else { return };
        for (bucket, place) in rule.places {
            self.take_out(bucket, place);
        }
        self.free.push(number);
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        self.always.append_to(found);
        if self.buckets.is_empty() {
            return;
        }
        let Some(table) = message.headers() else { return };
        // Of a name that comes twice, the first counts.
        let mut first = HashMap::with_capacity(table.len());
        for (name, value) in table.iter() {
            first.entry(name).or_insert(value);
        }
        for (name, value) in table.iter() {
            if !first.get(name).is_some_and(|&counts| std::ptr::eq(counts, value)) {
                continue;
            }
            self.append_from(self.bucket(name, Some(value)), &first, found);
            self.append_from(self.bucket(name, None), &first, found);
        }
    }

    fn by_key_alone(&self) -> bool {
        false
    }
}

#[cfg(test)]
#[path = "headers_tests.rs"]
mod tests;
