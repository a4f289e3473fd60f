//! CcBcc of the octets that were written last, each with a number and a body of its own: how the rest of a row is written.

use super::bodies::RowBodies;

/// CcBcc up to this size (bytes) are copied with their bodies, many at once: cheaper than each head for itself.
const SMALL: usize = 256;
/// As many small ones are copied at once as go into this (bytes). More would not stay in the processor's nearest cache.
const BLOCK: usize = 2048;

/// What a vector ends with, as the template of what is to come behind it.
#[derive(Debug, Clone, Copy)]
pub struct RowTemplate {
    start: usize,
    head: usize,
    body: usize,
    size: usize,
}

impl RowTemplate {
    /// What lies from `start` to the end, with so many octets before its body, in it, and behind it. `None` if it has not as many.
    #[inline]
    pub fn of(bytes: &[u8], start: usize, head: usize, body: usize, tail: usize) -> Option<Self> {
        let size = head + body + tail;
        (size > 0 && bytes.len().checked_sub(size) == Some(start)).then_some(Self { start, head, body, size })
    }

    /// Length of a copy in bytes.
    #[inline]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Length of its body, and so of all that a copy may have, in bytes.
    #[inline]
    pub fn body_len(&self) -> usize {
        self.body
    }

    /// Appends a copy for each of the bodies, which must be as long as its own. `mark` writes into a copy what differs in its head.
    #[inline]
    pub fn append(self, bytes: &mut Vec<u8>, bodies: RowBodies<'_>, mark: impl FnMut(&mut [u8])) {
        match bodies {
            RowBodies::Messages(messages) => {
                self.append_each(bytes, messages.iter().map(|message| message.body.as_slice()), mark);
            }
            RowBodies::Records { records, size, head } => {
                let records = records.chunks_exact(size.max(1));
                self.append_each(bytes, records.map(|record| record.get(head..).unwrap_or_default()), mark);
            }
        }
    }

    /// Appends a copy for each of the bodies, which must be as long as its own. `mark` writes into a copy what differs in its head.
    ///
    /// That is written into the copies and not into what is copied: to read again at once what was just written bit by bit is
    /// slow. Not a part of what calls it, so that the processor's registers are its own.
    #[inline(never)]
    fn append_each<'b>(
        self,
        bytes: &mut Vec<u8>,
        bodies: impl ExactSizeIterator<Item = &'b [u8]>,
        mut mark: impl FnMut(&mut [u8]),
    ) {
        let Self { start, head, body, size } = self;
        bytes.reserve(bodies.len() * size);
        if size > SMALL {
            for one in bodies {
                let copy = bytes.len();
                bytes.extend_from_within(start..start + head);
                mark(bytes.get_mut(copy..).unwrap_or_default());
                bytes.extend_from_slice(one);
                bytes.extend_from_within(start + head + body..start + size);
            }
            return;
        }
        let first = bytes.len();
        let mut missing = bodies.len();
        let mut copied = 1;
        while missing > 0 {
            let count = copied.min(BLOCK / size).min(missing);
            bytes.extend_from_within(start..start + count * size);
            (copied, missing) = (copied + count, missing - count);
        }
        let copies = bytes.get_mut(first..).unwrap_or_default().chunks_exact_mut(size);
        for (copy, one) in copies.zip(bodies) {
            mark(copy);
            if let Some(place) = copy.get_mut(head..head + body) {
                place.copy_from_slice(one);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn copies_are_what_is_written_one_by_one(
            before in 0..3usize,
            head in 1..300usize,
            body in 0..300usize,
            tail in 0..2usize,
            count in 0..100usize,
        ) {
            let piece = |number: usize| {
                let octets = |len, salt: usize| (0..len).map(move |at| (number * 7 + at * salt) as u8);
                let head = std::iter::once(number as u8).chain(std::iter::repeat_n(b'h', head - 1));
                head.chain(octets(body, 3)).chain(std::iter::repeat_n(b't', tail)).collect::<Vec<_>>()
            };
            let mut bytes = vec![b'b'; before];
            bytes.extend(piece(0));
            let pieces: Vec<_> = (1..=count).map(piece).collect();
            let expected = [&bytes[..], &pieces.concat()].concat();
            let last = RowTemplate::of(&bytes, before, head, body, tail).unwrap();
            let mut number = 0;
            last.append_each(&mut bytes, pieces.iter().map(|piece| &piece[head..head + body]), |copy| {
                number += 1;
                copy[0] = number;
            });
            prop_assert_eq!(&bytes, &expected);
            let is_last = RowTemplate::of(&bytes, before, head, body, tail).is_some();
            prop_assert_eq!(is_last, count == 0);
        }
    }
}
