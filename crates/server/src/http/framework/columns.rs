//! `columns=name,message_stats.publish_details.rate`: which keys of an object are sent.

use std::collections::BTreeMap;

#[cfg(test)]
use serde_json::{Map, Value};

use super::error::ApiError;

/// Columns in one query, and keys in one column.
const MAX_COLUMNS: usize = 200;
const MAX_DEPTH: usize = 16;

/// The wanted keys, nested as in the object. A node without children is wanted with all that is in it.
#[derive(Debug, Default)]
pub struct ColumnTree(BTreeMap<String, ColumnTree>);

impl ColumnTree {
    /// Reads a comma-separated list of dotted paths.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let mut tree = Self::default();
        for (index, column) in text.split(',').enumerate() {
            if index == MAX_COLUMNS || column.split('.').count() > MAX_DEPTH {
                return Err(ApiError::bad_request(format!(
                    "'columns' takes {MAX_COLUMNS} paths of {MAX_DEPTH} keys at most"
                )));
            }
            column.split('.').fold(&mut tree, |node, key| node.0.entry(key.to_owned()).or_default());
        }
        Ok(tree)
    }

    /// Whether everything is wanted.
    pub fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wanted of the value under this key; `None` if nothing is.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.0.get(key)
    }

    /// The wanted part of a value. Of a list, the wanted part of each item.
    #[cfg(test)]
    pub fn pick(&self, value: Value) -> Value {
        match value {
            value if self.0.is_empty() => value,
            Value::Object(object) => Value::Object(self.pick_keys(object)),
            Value::Array(items) => items.into_iter().map(|item| self.pick(item)).collect(),
            value => value,
        }
    }

    #[cfg(test)]
    fn pick_keys(&self, object: Map<String, Value>) -> Map<String, Value> {
        let wanted = |(key, value): (String, Value)| {
            let node = self.0.get(&key)?;
            Some((key, node.pick(value)))
        };
        object.into_iter().filter_map(wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pick(columns: &str, value: Value) -> Value {
        ColumnTree::parse(columns).unwrap().pick(value)
    }

    #[test]
    fn picks_nested_keys() {
        let value = json!({"a": 1, "b": {"c": 2, "d": {"e": 3}}, "l": [{"x": 1, "y": 2}, {"y": 3}]});
        assert_eq!(pick("a,b.d.e", value.clone()), json!({"a": 1, "b": {"d": {"e": 3}}}));
        assert_eq!(pick("l.x", value.clone()), json!({"l": [{"x": 1}, {}]}));
        assert_eq!(pick("b,zzz", value.clone()), json!({"b": {"c": 2, "d": {"e": 3}}}));
        assert_eq!(pick("", value), json!({}));
    }

    #[test]
    fn limits_hold() {
        assert!(ColumnTree::parse(&"a,".repeat(300)).is_err());
        assert!(ColumnTree::parse(&"a.".repeat(300)).is_err());
    }
}
