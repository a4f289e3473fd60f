//! What the broker notes on a message for itself, and no client sees: routing keys of its `BCC` header, and whether what its
//! headers say of deaths and copies is still true (RabbitMQ, dead lettering; sender-selected distribution).
//!
//! Most messages have none. Those of a message that is *annotated* stand behind its properties, where it lies in pages and in the log:
//! one octet of flags, keys, each with its length in front, and the length of all this (4, little-endian). Whoever shows the
//! properties to a client cuts them off.

/// The header `x-death` is the broker's own: what a client says there counts for nothing.
const DEATHS: u8 = 1;
/// The message got another routing key in place of all that it had: its `CC` header tells the past.
const REKEYED: u8 = 2;

/// See the module's description.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The broker wrote the headers about deaths.
    pub deaths: bool,
    /// The keys of the header `CC` are not the message's any more.
    pub rekeyed: bool,
    /// Keys that it goes under, and that nobody sees.
    pub blind: Vec<String>,
}

impl Annotations {
    /// Those of a message with these properties.
    pub fn of(properties: &[u8], annotated: bool) -> Self {
        let bytes = if annotated { split(properties).1 } else { &[] };
        let Some((flags, mut rest)) = bytes.split_first() else { return Self::default() };
        let mut blind = Vec::new();
        while let Some((length, tail)) = rest.split_first()
            && let Some((key, tail)) = tail.split_at_checked(usize::from(*length))
        {
            blind.push(String::from_utf8_lossy(key).into_owned());
            rest = tail;
        }
        Self { deaths: flags & DEATHS != 0, rekeyed: flags & REKEYED != 0, blind }
    }

    /// Puts them behind properties. Returns whether the message is annotated then: it is not if there are none. A key that is
    /// longer than a routing key can be leads nowhere, and is left out.
    pub fn write(&self, properties: &mut Vec<u8>) -> bool {
        if *self == Self::default() {
            return false;
        }
        let start = properties.len();
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        properties.push(flag(self.deaths, DEATHS) | flag(self.rekeyed, REKEYED));
        for key in &self.blind {
            if let Ok(length) = u8::try_from(key.len()) {
                properties.push(length);
                properties.extend_from_slice(key.as_bytes());
            }
        }
        let length = (properties.len() - start) as u32;
        properties.extend_from_slice(&length.to_le_bytes());
        true
    }
}

/// Properties as clients see them.
#[inline]
pub fn shown(properties: &[u8], annotated: bool) -> &[u8] {
    if annotated { split(properties).0 } else { properties }
}

/// What an annotated message's properties end with, for other properties of the same message.
pub fn tail(properties: &[u8], annotated: bool) -> &[u8] {
    properties.get(shown(properties, annotated).len()..).unwrap_or_default()
}

/// Properties and annotations of an annotated message.
#[cold]
fn split(properties: &[u8]) -> (&[u8], &[u8]) {
    let parts = properties.split_last_chunk().and_then(|(rest, length)| {
        let start = rest.len().checked_sub(u32::from_le_bytes(*length) as usize)?;
        rest.split_at_checked(start)
    });
    parts.unwrap_or((properties, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(notes: &Annotations) -> (Vec<u8>, bool) {
        let mut properties = vec![0x10, 0, 2];
        let annotated = notes.write(&mut properties);
        (properties, annotated)
    }

    #[test]
    fn notes_are_read_as_they_were_written_and_not_shown() {
        assert_eq!(written(&Annotations::default()), (vec![0x10, 0, 2], false));
        for (deaths, rekeyed, blind) in
            [(false, false, vec!["k", ""]), (true, false, vec![]), (true, true, vec!["a.b"])]
        {
            let blind = blind.into_iter().map(str::to_owned).collect();
            let notes = Annotations { deaths, rekeyed, blind };
            let (properties, annotated) = written(&notes);
            assert_eq!(Annotations::of(&properties, annotated), notes);
            assert_eq!(shown(&properties, annotated), [0x10, 0, 2]);
            assert_eq!([shown(&properties, annotated), tail(&properties, annotated)].concat(), properties);
        }
        let long = Annotations { blind: vec!["x".repeat(256), "k".into()], ..Annotations::default() };
        assert_eq!(Annotations::of(&written(&long).0, true).blind, ["k"]);
    }

    #[test]
    fn broken_octets_are_no_notes() {
        for properties in [&[][..], &[0, 0], &[0, 0, 9, 0, 0, 0]] {
            assert_eq!(
                (Annotations::of(properties, true), shown(properties, true)),
                (Annotations::default(), properties)
            );
        }
    }
}
