//! AMQP argument tables as JSON objects.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// An AMQP table (`x-` arguments, client properties) as JSON. Reads `{}`, and also the `[]` and `null` that older
/// exports hold for an empty table; writes an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Arguments(pub Map<String, Value>);

impl Arguments {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Deref for Arguments {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Arguments {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl FromIterator<(String, Value)> for Arguments {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TableVisitor)
    }
}

struct TableVisitor;

impl<'de> Visitor<'de> for TableVisitor {
    type Value = Arguments;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of arguments")
    }

    fn visit_unit<E>(self) -> Result<Arguments, E> {
        Ok(Arguments::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Arguments, A::Error> {
        match items.next_element::<Value>()? {
            None => Ok(Arguments::default()),
            Some(_) => Err(serde::de::Error::custom("arguments must be an object")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Arguments, A::Error> {
        let mut table = Map::new();
        while let Some((key, value)) = pairs.next_entry()? {
            table.insert(key, value);
        }
        Ok(Arguments(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Arguments, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn an_empty_table_has_three_spellings() {
        for text in ["{}", "[]", "null"] {
            assert_eq!(read(text).unwrap(), Arguments::default(), "{text}");
        }
        assert!(read("[1]").is_err());
        assert!(read("3").is_err());
    }

    #[test]
    fn a_table_keeps_its_order() {
        let text = r#"{"z":1,"a":{"n":[true,null]}}"#;
        assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
    }
}
