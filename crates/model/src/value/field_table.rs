//! A field table that owns its keys and values.

use super::field_value::{FieldValue, with_length};
use super::table::Table;
use crate::encoding::{DecodeError, put_short_str};

/// Names and values, in the order in which they came.
///
/// A table from the wire may name a key twice; both are kept, and [`FieldTable::get`] finds the first, as RabbitMQ does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldTable {
    entries: Vec<(String, FieldValue)>,
}

impl FieldTable {
    /// A table without entries.
    pub const fn new() -> Self {
        FieldTable { entries: Vec::new() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first value of that name.
    pub fn get(&self, key: &str) -> Option<&FieldValue> {
        self.entries.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The first value of that name, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut FieldValue> {
        self.entries.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Whether there is an entry of that name.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Replaces the value of that name, or adds the entry at the end. Gives back the value that was there.
    ///
    /// Keys longer than 255 octets cannot be sent; they are cut when the table is encoded.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<FieldValue>) -> Option<FieldValue> {
        let key = key.into();
        match self.get_mut(&key) {
            Some(old) => Some(std::mem::replace(old, value.into())),
            None => {
                self.push(key, value.into());
                None
            }
        }
    }

    /// Adds an entry at the end without looking for another of that name.
    pub(crate) fn push(&mut self, key: String, value: FieldValue) {
        self.entries.push((key, value));
    }

    /// Puts the entries in the order of their names.
    pub fn sort_by_name(&mut self) {
        self.entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    }

    /// Takes out the first entry of that name.
    pub fn remove(&mut self, key: &str) -> Option<FieldValue> {
        let at = self.entries.iter().position(|(k, _)| k == key)?;
        Some(self.entries.remove(at).1)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &FieldValue)> + DoubleEndedIterator {
        self.entries.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// Appends the table as on the wire: four octets of length, then the entries.
    pub fn encode(&self, out: &mut Vec<u8>) {
        with_length(out, |out| {
            for (key, value) in &self.entries {
                put_short_str(out, key);
                value.encode(out);
            }
        });
    }

    /// The table as on the wire, to be borrowed as a [`Table`] by [`Table::decode`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }

    /// Reads a table that fills `bytes` exactly: four octets of length, then the entries.
    pub fn decode(bytes: &[u8]) -> Result<FieldTable, DecodeError> {
        Table::decode(bytes).map(|t| t.to_owned())
    }
}

impl<K: Into<String>, V: Into<FieldValue>> FromIterator<(K, V)> for FieldTable {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        FieldTable { entries: entries.into_iter().map(|(k, v)| (k.into(), v.into())).collect() }
    }
}

impl IntoIterator for FieldTable {
    type Item = (String, FieldValue);
    type IntoIter = std::vec::IntoIter<(String, FieldValue)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}
