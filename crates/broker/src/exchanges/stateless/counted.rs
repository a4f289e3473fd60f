//! A set of destinations that remembers how many bindings lead to each.

use hashbrown::HashMap;

use warren_model::binding::Destination;

/// Up to this many destinations are searched one by one; an index would cost more than it saves.
const SEARCHED: usize = 16;

/// Destinations, each once, in a row that is quick to copy out; adding and removing takes the same time however many there are.
#[derive(Debug, Default)]
pub(super) struct Counted {
    row: Vec<(Destination, u32)>,
    /// Places in the row; empty while the row is short.
    index: HashMap<Destination, usize>,
}

impl Counted {
    /// One more binding leads to `destination`.
    pub(super) fn add(&mut self, destination: &Destination) {
        if let Some((_, count)) = self.place(destination).and_then(|at| self.row.get_mut(at)) {
            *count = count.saturating_add(1);
            return;
        }
        self.row.push((destination.clone(), 1));
        if self.row.len() == SEARCHED + 1 {
            self.index = self.row.iter().enumerate().map(|(at, (d, _))| (d.clone(), at)).collect();
        } else if self.row.len() > SEARCHED {
            self.index.insert(destination.clone(), self.row.len() - 1);
        }
    }

    /// One binding less does. `false` if none did.
    pub(super) fn remove(&mut self, destination: &Destination) -> bool {
        let Some(at) = self.place(destination) else { return false };
        match self.row.get_mut(at) {
            Some((_, count)) if *count > 1 => *count -= 1,
            _ => self.take_out(at),
        }
        true
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.row.len()
    }

    /// The one at a place in the row; places change when one is removed.
    pub(super) fn at(&self, place: usize) -> Option<&Destination> {
        self.row.get(place).map(|(destination, _)| destination)
    }

    /// Appends each destination once.
    pub(super) fn append_to<'r>(&'r self, found: &mut Vec<&'r Destination>) {
        found.extend(self.row.iter().map(|(destination, _)| destination));
    }

    fn place(&self, destination: &Destination) -> Option<usize> {
        if self.index.is_empty() {
            return self.row.iter().position(|(d, _)| d == destination);
        }
        self.index.get(destination).copied()
    }

    fn take_out(&mut self, at: usize) {
        let (gone, _) = self.row.swap_remove(at);
        if self.index.is_empty() {
            return;
        }
        self.index.remove(&gone);
        if self.row.len() <= SEARCHED {
            self.index = HashMap::new();
        } else if let Some(place) = self.row.get(at).and_then(|(moved, _)| self.index.get_mut(moved)) {
            *place = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn counts_like_a_map(steps in prop::collection::vec((any::<bool>(), 0u8..40), 0..400)) {
            let mut counted = Counted::default();
            let mut model = BTreeMap::<Destination, u32>::new();
            for (add, name) in steps {
                let destination = Destination::Queue(name.to_string().into());
                if add {
                    counted.add(&destination);
                    *model.entry(destination).or_default() += 1;
                } else {
                    let there = model.contains_key(&destination);
                    prop_assert_eq!(counted.remove(&destination), there);
                    if let Some(count) = model.get_mut(&destination) {
                        *count -= 1;
                        if *count == 0 {
                            model.remove(&destination);
                        }
                    }
                }
                let mut found = Vec::new();
                counted.append_to(&mut found);
                found.sort();
                prop_assert_eq!(&found, &model.keys().collect::<Vec<_>>());
                prop_assert_eq!(counted.is_empty(), model.is_empty());
            }
        }
    }
}
