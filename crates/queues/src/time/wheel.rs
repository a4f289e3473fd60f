//! A hierarchical timing wheel (Varghese and Lauck): entries due soon lie in slots of one millisecond, later ones in slots
//! that are 64 times as wide from ring to ring, and are sorted anew when their slot comes up.

use std::collections::BTreeMap;

/// Slots of a ring, as bits of a number.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Six rings reach two years ahead; what is later waits in a tree.
const RINGS: usize = 6;

#[derive(Debug)]
struct Ring<T> {
    slots: [Vec<(u64, T)>; SLOTS],
    /// Which slots have entries.
    occupied: u64,
}

/// See the module's description. Times are in milliseconds.
#[derive(Debug)]
pub(crate) struct Wheel<T> {
    /// Everything before it was given out.
    now: u64,
    /// Made when first needed.
    rings: Vec<Ring<T>>,
    far: BTreeMap<u64, Vec<T>>,
    count: usize,
}

impl<T> Default for Wheel<T> {
    fn default() -> Self {
        Self { now: 0, rings: Vec::new(), far: BTreeMap::new(), count: 0 }
    }
}

impl<T> Wheel<T> {
    /// Adds an entry that is due at `at`.
    pub(crate) fn insert(&mut self, at: u64, value: T) {
        self.count += 1;
        self.place(at, value);
    }

    fn place(&mut self, at: u64, value: T) {
        let when = at.max(self.now);
        // The highest digit in which the two times differ tells the ring.
        let differing = when ^ self.now;
        let ring = (u64::BITS - differing.leading_zeros()).saturating_sub(1) / BITS;
        let slot = (when >> (ring * BITS)) as usize % SLOTS;
        while self.rings.len() <= ring as usize && self.rings.len() < RINGS {
            self.rings.push(Ring { slots: std::array::from_fn(|_| Vec::new()), occupied: 0 });
        }
        match self.rings.get_mut(ring as usize) {
            Some(ring) => {
                if let Some(entries) = ring.slots.get_mut(slot) {
                    entries.push((at, value));
                    ring.occupied |= 1 << slot;
                }
            }
            None => self.far.entry(when).or_default().push(value),
        }
    }

    /// A time before which nothing is due; `None` if there are no entries.
    pub(crate) fn next(&self) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let far = self.far.first_key_value().map(|(at, _)| *at);
        for (ring, content) in (0u32..).zip(&self.rings) {
            let shift = ring * BITS;
            let here = (self.now >> shift) as u32 % SLOTS as u32;
            let ahead = content.occupied >> here;
            if ahead != 0 {
                let slots_ahead = u64::from(ahead.trailing_zeros());
                let next = (((self.now >> shift) + slots_ahead) << shift).max(self.now);
                return Some(far.map_or(next, |far| far.min(next)));
            }
        }
        far
    }

    /// It is `now`: appends the entries that are due to `due`, the earliest first, as far as a millisecond tells.
    pub(crate) fn advance(&mut self, now: u64, due: &mut Vec<T>) {
        while let Some(next) = self.next().filter(|next| *next <= now) {
            self.now = self.now.max(next);
            self.open_slots(due);
        }
        self.now = self.now.max(now);
        if self.count > 0 {
            self.open_slots(due);
        }
    }

    /// Gives out what is due in this millisecond, and sorts the entries of wider slots that have come up.
    fn open_slots(&mut self, due: &mut Vec<T>) {
        let mut open = Vec::new();
        for (ring, content) in (0u32..).zip(&mut self.rings) {
            let slot = (self.now >> (ring * BITS)) as usize % SLOTS;
            if content.occupied & (1 << slot) != 0
                && let Some(entries) = content.slots.get_mut(slot)
            {
                content.occupied &= !(1 << slot);
                open.append(entries);
            }
        }
        while let Some(first) = self.far.first_entry().filter(|first| *first.key() <= self.now) {
            let (at, values) = first.remove_entry();
            open.extend(values.into_iter().map(|value| (at, value)));
        }
        open.sort_by_key(|(at, _)| *at);
        for (at, value) in open {
            if at <= self.now {
                self.count -= 1;
                due.push(value);
            } else {
                self.place(at, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times() -> impl Strategy<Value = u64> {
        prop_oneof![0..100u64, 0..5_000u64, 0..300_000u64, 0..1u64 << 40, Just(u64::MAX)]
    }

    proptest! {
        #[test]
        fn entries_come_out_when_they_are_due_and_not_before(
            start in 0..1u64 << 41,
            steps in prop::collection::vec((times(), times()), 1..60),
        ) {
            let mut wheel = Wheel::default();
            let mut model: Vec<u64> = Vec::new();
            let mut now = start;
            wheel.advance(now, &mut Vec::new());
            for (ahead, step) in steps {
                let at = now.saturating_add(ahead);
                wheel.insert(at, at);
                model.push(at);
                let next = wheel.next().unwrap();
                prop_assert!(next <= *model.iter().min().unwrap());
                now = now.saturating_add(step);
                let mut due = Vec::new();
                wheel.advance(now, &mut due);
                let mut expected: Vec<_> = model.extract_if(.., |at| *at <= now).collect();
                expected.sort_unstable();
                prop_assert_eq!(due, expected);
                prop_assert_eq!(wheel.next().is_none(), model.is_empty());
            }
        }
    }

    #[test]
    fn what_is_late_is_due_at_once() {
        let mut wheel = Wheel::default();
        let mut due = Vec::new();
        wheel.advance(1_000, &mut due);
        wheel.insert(5, "late");
        assert_eq!(wheel.next(), Some(1_000));
        wheel.advance(1_000, &mut due);
        assert_eq!(due, ["late"]);
    }
}
