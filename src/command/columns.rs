//! Columns of the `list_…` commands: which there are, where the API has them, and which were asked for.

use serde_json::Value;
use warren_api::declaration::ListQuery;

use super::suggestions::Suggestions;
use crate::failure::{Failure, Kind, Result};
use crate::output::Rows;

/// A column: its name, and the dotted path of the API key that fills it. Without a key it is always empty.
#[derive(Debug)]
pub struct Column {
    /// Name in the header and on the command line.
    pub name: &'static str,
    /// Path of the API key.
    pub key: Option<&'static str>,
}

/// A column that the API calls by the same name.
pub const fn same(name: &'static str) -> Column {
    Column { name, key: Some(name) }
}

/// A column that the API calls otherwise.
pub const fn at(name: &'static str, key: &'static str) -> Column {
    Column { name, key: Some(key) }
}

/// A column of rabbitmqctl's for which the API has nothing.
pub const fn empty(name: &'static str) -> Column {
    Column { name, key: None }
}

/// The columns of a command.
#[derive(Debug)]
pub struct ColumnSet {
    /// All of them.
    pub all: &'static [Column],
    /// Those that are shown when none is asked for.
    pub default: &'static [&'static str],
}

/// The columns that were asked for.
#[derive(Debug)]
pub struct Chosen(Vec<&'static Column>);

impl ColumnSet {
    /// Those of `asked`, in that order and each once; the default ones if nothing was asked. `a,b` is `a b`.
    pub fn choose(&self, asked: &[String]) -> Result<Chosen> {
        let words: Vec<&str> =
            asked.iter().flat_map(|word| word.split(',')).filter(|word| !word.is_empty()).collect();
        let words = if words.is_empty() { self.default } else { words.as_slice() };
        let mut chosen: Vec<&'static Column> = Vec::new();
        let mut unknown: Vec<&str> = Vec::new();
        for word in words {
            match self.all.iter().find(|column| column.name == *word) {
                Some(column) if chosen.iter().any(|before| before.name == column.name) => {}
                Some(column) => chosen.push(column),
                None => unknown.push(word),
            }
        }
        if unknown.is_empty() {
            return Ok(Chosen(chosen));
        }
        unknown.sort_unstable();
        unknown.dedup();
        let names: Vec<&str> = self.all.iter().map(|column| column.name).collect();
        Err(Failure::new(Kind::Usage, format!("Info key(s) {} are not supported", unknown.join(",")))
            .with_hint(format!("The columns are: {}", names.join(", "))))
    }
}

impl Chosen {
    /// A query that asks for these columns only, and for `more` keys that the command itself needs.
    pub fn query(&self, more: &[&str]) -> ListQuery {
        let mut keys: Vec<&str> = Vec::new();
        let own = self.0.iter().filter_map(|column| column.key);
        for key in own.chain(more.iter().copied()) {
            let top = key.split('.').next().unwrap_or_default();
            if !keys.contains(&top) {
                keys.push(top);
            }
        }
        ListQuery { columns: Some(keys.join(",")), ..ListQuery::default() }
    }

    /// The table of these items.
    pub fn rows(&self, items: &[Value]) -> Rows {
        Rows {
            empty_line: false,
            no_header: false,
            columns: self.0.iter().map(|column| column.name).collect(),
            rows: items.iter().map(|item| self.0.iter().map(|column| cell(item, column)).collect()).collect(),
        }
    }
}

fn cell(item: &Value, column: &Column) -> Value {
    let Some(key) = column.key else { return Value::Null };
    key.split('.').try_fold(item, |value, part| value.get(part)).cloned().unwrap_or_default()
}

/// Takes any word as a column, and tells help and completion the names of all. Which words are no columns is found out
/// later, all at once.
pub fn columns_of(set: &'static ColumnSet) -> Suggestions {
    Suggestions(set.all.iter().map(|column| column.name).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static SET: ColumnSet =
        ColumnSet { all: &[same("name"), at("pid", "owner.name"), empty("gone")], default: &["name"] };

    fn names(asked: &[&str]) -> Vec<&'static str> {
        let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
        SET.choose(&asked).unwrap().0.iter().map(|column| column.name).collect()
    }

    #[test]
    fn columns_come_in_the_order_asked_and_once() {
        assert_eq!(names(&[]), ["name"]);
        assert_eq!(names(&["gone,name", "gone", "pid"]), ["gone", "name", "pid"]);
    }

    #[test]
    fn all_unknown_columns_are_named() {
        let failure = SET.choose(&["zz".into(), "name,aa".into()]).unwrap_err();
        assert_eq!(failure.kind, Kind::Usage);
        assert!(failure.to_string().contains("Info key(s) aa,zz are not supported"), "{failure}");
    }

    #[test]
    fn values_are_found_by_their_path() {
        let chosen = SET.choose(&["name,pid,gone".into()]).unwrap();
        assert_eq!(chosen.query(&["state"]).columns.as_deref(), Some("name,owner,state"));
        let rows = chosen.rows(&[json!({"name": "q", "owner": {"name": "c"}}), json!({"name": "r"})]);
        assert_eq!(
            rows.rows,
            [[json!("q"), json!("c"), json!(null)], [json!("r"), json!(null), json!(null)]]
        );
    }
}
