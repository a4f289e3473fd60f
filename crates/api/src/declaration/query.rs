//! What an endpoint understands behind the `?` of its path: keys with their types, declared with `query!`.

use super::macros::query;

/// The query of an endpoint; `()` is none.
pub trait Query: Default + Send + 'static {
    /// The keys that it has. Others are passed over.
    const KEYS: &'static [QueryKey];

    /// Reads the query; `value` finds the text of a key, if the request has the key.
    fn read<'q>(value: &dyn Fn(&str) -> Option<&'q str>) -> Self;

    /// The keys that have a value, with their texts.
    fn write(&self) -> Vec<(&'static str, String)>;
}

/// A key of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryKey {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
}

/// A value of a query.
pub trait QueryValue {
    /// From the text that stands at the key, if the key is there.
    fn read(text: Option<&str>) -> Self;

    /// The text to send, if there is anything to say.
    fn write(&self) -> Option<String>;
}

/// `true` is true; everything else is false, as RabbitMQ reads it.
impl QueryValue for bool {
    fn read(text: Option<&str>) -> Self {
        text == Some("true")
    }

    fn write(&self) -> Option<String> {
        self.then(|| "true".to_owned())
    }
}

impl QueryValue for Option<String> {
    fn read(text: Option<&str>) -> Self {
        text.map(str::to_owned)
    }

    fn write(&self) -> Option<String> {
        self.clone()
    }
}

/// A number as it is written, because whoever reads it has words of his own for one that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// The number, if it is a whole one from 0 to 2⁶⁴ − 1.
    pub fn get(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl QueryValue for Option<Number> {
    fn read(text: Option<&str>) -> Self {
        text.map(|text| Number(text.to_owned()))
    }

    fn write(&self) -> Option<String> {
        self.as_ref().map(|number| number.0.clone())
    }
}

impl Query for () {
    const KEYS: &'static [QueryKey] = &[];

    fn read<'q>(_: &dyn Fn(&str) -> Option<&'q str>) -> Self {}

    fn write(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

query! {
    /// Paging, filtering, sorting and choice of columns, which all lists share. Of it, a single object takes the
    /// columns and what is said of statistics. See <https://www.rabbitmq.com/docs/management#pagination>.
    pub struct ListQuery {
        /// Comma-separated dotted paths of the keys to send; all when absent.
        "columns" => columns: Option<String>,
        /// Dotted path of the key to sort by.
        "sort" => sort: Option<String>,
        /// Largest first.
        "sort_reverse" => sort_reverse: bool,
        /// Page number from 1; makes the answer a [`crate::Page`].
        "page" => page: Option<Number>,
        /// Items a page, 1 to 500; 100 when absent.
        "page_size" => page_size: Option<Number>,
        /// Only items whose name contains this text; needs `page`.
        "name" => name: Option<String>,
        /// Takes `name` as a regular expression.
        "use_regex" => use_regex: bool,
        /// Leaves the statistics out.
        "disable_stats" => disable_stats: bool,
        /// With `disable_stats`: still send the message counts of queues.
        "enable_queue_totals" => enable_queue_totals: bool,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let query = ListQuery {
            columns: Some("name".into()),
            sort_reverse: true,
            page: Some(2.into()),
            ..ListQuery::default()
        };
        let written = query.write();
        assert_eq!(
            written,
            [("columns", "name".into()), ("sort_reverse", "true".into()), ("page", "2".into())]
        );
        let find = |key: &str| written.iter().find(|(name, _)| *name == key).map(|(_, text)| text.as_str());
        assert_eq!(ListQuery::read(&find), query);
    }

    #[test]
    fn only_true_is_true_and_a_number_may_be_none() {
        assert!(
            bool::read(Some("true")) && !bool::read(Some("1")) && !bool::read(Some("")) && !bool::read(None)
        );
        let number = |text| Option::<Number>::read(Some(text)).and_then(|number| number.get());
        assert_eq!((number("7"), number(""), number("-1"), number("x")), (Some(7), None, None, None));
    }
}
