//! What an exchange type may look at to decide where a message goes.

use warren_model::properties::RawProperties;
use warren_model::value::{FieldTable, FieldValue};

/// A message as exchange types see it.
#[derive(Debug, Clone, Copy)]
pub struct Addressed<'m> {
    /// Its routing keys: the one that it was published with, and then those of its headers `CC` and `BCC`.
    pub keys: &'m [&'m str],
    /// Property flags and property list, as the client encoded them.
    pub properties: &'m [u8],
    /// A random number, for types that choose.
    pub random: u64,
}

impl<'m> Addressed<'m> {
    /// The key that it was published with.
    pub fn key(&self) -> &'m str {
        self.keys.first().copied().unwrap_or_default()
    }

    /// Its headers, decoded; `None` if it has none.
    pub fn headers(&self) -> Option<FieldTable> {
        Some(RawProperties::new(self.properties).headers()?.to_owned())
    }

    /// One of its headers.
    pub fn header(&self, name: &str) -> Option<FieldValue> {
        Some(RawProperties::new(self.properties).headers()?.get(name)?.to_owned())
    }
}
