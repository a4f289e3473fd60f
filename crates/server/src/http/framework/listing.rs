//! What every list and every object understands in its query: columns, order, pages, a filter by name.
//!
//! <https://www.rabbitmq.com/docs/management#pagination>. RabbitMQ pages some lists only; here every list has pages.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use regex::{Regex, RegexBuilder};
use serde::Serialize;
use serde_json::Value;
use warren_api::Page;

use super::column_filter::Filtered;
use super::columns::ColumnTree;
use super::error::ApiError;
use super::json;
use super::order;
use super::query::{self, Pairs};

const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 500;
/// Length of a filter by regular expression, in bytes, as RabbitMQ has it.
const MAX_FILTER: usize = 1024;
/// Memory that one compiled filter may take.
const MAX_FILTER_MEMORY: usize = 1 << 20;

/// The query of a list, or of one object (for which only columns count).
#[derive(Debug, Default)]
pub struct Listing {
    columns: Option<ColumnTree>,
    sort: Option<String>,
    reverse: bool,
    page: Option<PageQuery>,
    /// Whether statistics are to be left out.
    pub disable_stats: bool,
    /// Whether queues keep their counts although statistics are left out.
    pub enable_queue_totals: bool,
}

#[derive(Debug)]
struct PageQuery {
    number: u64,
    size: u64,
    filter: Option<Filter>,
}

#[derive(Debug)]
enum Filter {
    /// Lower-case text that the name contains.
    Part(String),
    Pattern(Regex),
}

impl<S: Send + Sync> FromRequestParts<S> for Listing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::parse(&query::pairs(parts.uri.query())?)
    }
}

impl Listing {
    fn parse(pairs: &Pairs) -> Result<Self, ApiError> {
        Ok(Self {
            columns: pairs.get("columns").map(ColumnTree::parse).transpose()?,
            sort: pairs.get("sort").filter(|path| !path.is_empty()).map(str::to_owned),
            reverse: pairs.is_true("sort_reverse"),
            page: PageQuery::parse(pairs)?,
            disable_stats: pairs.is_true("disable_stats"),
            enable_queue_totals: pairs.is_true("enable_queue_totals"),
        })
    }

    /// Answers with a list. `items` are in the list's own order, and made one by one as they are written, unless the
    /// order or the page has to be found first.
    pub fn list<T: Serialize>(&self, items: impl IntoIterator<Item = T>) -> Result<Response, ApiError> {
        let columns = self.columns.as_ref();
        let reversed = self.reverse && columns.is_some();
        if self.sort.is_none() && self.page.is_none() && !reversed {
            return Ok(json::list(items.into_iter().map(|item| Filtered::new(item, columns))));
        }
        let mut items = match &self.sort {
            Some(path) => sorted(items, path)?,
            None => items.into_iter().collect(),
        };
        if self.reverse {
            items.reverse();
        }
        match &self.page {
            None => Ok(json::list(items.iter().map(|item| Filtered::new(item, columns)))),
            Some(page) => Ok(json::ok(&page.cut(items, columns)?)),
        }
    }

    /// Answers with one object.
    pub fn one<T: Serialize>(&self, object: &T) -> Result<Response, ApiError> {
        Ok(json::ok(&Filtered::new(object, self.columns.as_ref())))
    }
}

/// Items in the order of what they have at a path.
fn sorted<T: Serialize>(items: impl IntoIterator<Item = T>, path: &str) -> Result<Vec<T>, ApiError> {
    let column = ColumnTree::parse(path)?;
    let keyed = items.into_iter().map(|item| {
        let document =
            serde_json::to_value(Filtered::new(&item, Some(&column))).map_err(ApiError::internal)?;
        Ok((order::at(&document, path).cloned(), item))
    });
    let mut keyed = keyed.collect::<Result<Vec<_>, ApiError>>()?;
    keyed.sort_by(|(a, _), (b, _)| order::compare(a.as_ref(), b.as_ref()));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

impl PageQuery {
    fn parse(pairs: &Pairs) -> Result<Option<Self>, ApiError> {
        let invalid = || ApiError::bad_request("Pagination parameters are invalid");
        let number = |text: &str| text.parse::<u64>().map_err(|_| invalid());
        let Some(page) = pairs.get("page") else { return Ok(None) };
        let page = number(page)?;
        let size = pairs.get("page_size").map(number).transpose()?;
        if page == 0 || size.is_some_and(|size| size == 0 || size > MAX_PAGE_SIZE) {
            let size = size.map_or("undefined".to_owned(), |size| size.to_string());
            let reason = format!("Invalid pagination parameters: page number {page}, page size {size}");
            return Err(ApiError::bad_request_as("invalid_pagination_parameters", reason));
        }
        let name = pairs.get("name").filter(|name| !name.is_empty());
        let filter = name.map(|name| Filter::parse(name, pairs.is_true("use_regex"))).transpose()?;
        Ok(Some(Self { number: page, size: size.unwrap_or(DEFAULT_PAGE_SIZE), filter }))
    }

    /// The page of a list, of which only the wanted columns are left.
    fn cut<T: Serialize>(
        &self,
        mut items: Vec<T>,
        columns: Option<&ColumnTree>,
    ) -> Result<Page<Value>, ApiError> {
        let Self { number, size, .. } = *self;
        let total_count = items.len() as u64;
        if let Some(filter) = &self.filter {
            let column = ColumnTree::parse("name")?;
            items.retain(|item| {
                let document = serde_json::to_value(Filtered::new(item, Some(&column))).unwrap_or_default();
                document.get("name").and_then(Value::as_str).is_some_and(|name| filter.admits(name))
            });
        }
        let filtered_count = items.len() as u64;
        let page_count = filtered_count.div_ceil(size);
        if number > page_count.max(1) {
            let reason =
                format!("Page out of range, page: {number} page size: {size}, len: {filtered_count}");
            return Err(ApiError::bad_request_as("page_out_of_range", reason));
        }
        // In range of the list, so in range of usize.
        let before = ((number - 1) * size) as usize;
        let page = items.iter().skip(before).take(size as usize);
        let page = page.map(|item| serde_json::to_value(Filtered::new(item, columns)));
        let items = page.collect::<Result<Vec<Value>, _>>().map_err(ApiError::internal)?;
        let item_count = items.len() as u64;
        Ok(Page { total_count, item_count, filtered_count, page: number, page_size: size, page_count, items })
    }
}

impl Filter {
    fn parse(name: &str, regex: bool) -> Result<Self, ApiError> {
        if name.len() > MAX_FILTER {
            return Err(ApiError::bad_request(format!("'name' has more than {MAX_FILTER} bytes")));
        }
        if !regex {
            return Ok(Self::Part(name.to_lowercase()));
        }
        RegexBuilder::new(name)
            .case_insensitive(true)
            .size_limit(MAX_FILTER_MEMORY)
            .build()
            .map(Self::Pattern)
            .map_err(|error| ApiError::bad_request(format!("'name' is no regular expression: {error}")))
    }

    fn admits(&self, name: &str) -> bool {
        match self {
            Self::Part(part) => name.to_lowercase().contains(part),
            Self::Pattern(pattern) => pattern.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(query: &str) -> Result<Value, (u16, String)> {
        let items: Vec<Value> = ["", "amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.topic"]
            .iter()
            .zip([3, 1, 2, 5, 4, 0])
            .map(|(name, size)| json!({"name": name, "size": {"now": size}, "kind": "x"}))
            .collect();
        let answer = query::pairs(Some(query)).and_then(|pairs| Listing::parse(&pairs)?.list(&items));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let read = |response: Response| {
            let status = response.status().as_u16();
            let bytes = runtime.block_on(axum::body::to_bytes(response.into_body(), 1 << 20)).unwrap();
            (status, serde_json::from_slice::<Value>(&bytes).unwrap())
        };
        match answer {
            Ok(response) => Ok(read(response).1),
            Err(error) => {
                let (status, body) = read(axum::response::IntoResponse::into_response(error));
                Err((
                    status,
                    format!("{}: {}", body["error"].as_str().unwrap(), body["reason"].as_str().unwrap()),
                ))
            }
        }
    }

    #[test]
    fn pages_have_rabbitmqs_envelope() {
        let page = body("page=2&page_size=4&columns=name").unwrap();
        assert_eq!(
            page,
            json!({"filtered_count": 6, "item_count": 2, "items": [{"name": "amq.match"}, {"name": "amq.topic"}],
                   "page": 2, "page_count": 2, "page_size": 4, "total_count": 6})
        );
        let none = body("page=1&name=nothing").unwrap();
        assert_eq!(
            (&none["page_count"], &none["total_count"], &none["items"]),
            (&json!(0), &json!(6), &json!([]))
        );
    }

    #[test]
    fn the_name_filters_with_a_page_only() {
        let names = |query: &str| body(query).unwrap()["items"].as_array().unwrap().len();
        assert_eq!(names("page=1&name=AMQ.T"), 1);
        assert_eq!(names("page=1&name=%5EAMQ%5C.%5Bdt%5D&use_regex=true"), 2);
        assert_eq!(names("page=1&name=amq.*t&use_regex=false"), 0);
        assert_eq!(body("name=topic").unwrap().as_array().unwrap().len(), 6);
    }

    /// The texts are RabbitMQ 3.10.8's.
    #[test]
    fn bad_pages_are_refused_as_rabbitmq_refuses_them() {
        let invalid = "bad_request: Pagination parameters are invalid";
        for query in ["page=x", "page=", "page=1&page_size=x", "page=-1", "page=99999999999999999999"] {
            assert_eq!(body(query), Err((400, invalid.to_owned())), "{query}");
        }
        let text = "invalid_pagination_parameters: Invalid pagination parameters: page number";
        assert_eq!(body("page=0"), Err((400, format!("{text} 0, page size undefined"))));
        assert_eq!(body("page=1&page_size=501"), Err((400, format!("{text} 1, page size 501"))));
        let range = "page_out_of_range: Page out of range, page: 9 page size: 100, len: 6";
        assert_eq!(body("page=9"), Err((400, range.to_owned())));
        assert!(body("page=18446744073709551615").unwrap_err().1.starts_with("page_out_of_range"));
        for name in ["(", "x{1000}{1000}{1000}", &"x".repeat(1025)] {
            let query = format!("page=1&use_regex=true&name={name}");
            assert_eq!(body(&query).unwrap_err().0, 400, "{query}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_query_makes_it_panic(
            query in "(page|page_size|name|columns|sort|sort_reverse|use_regex)=[^&]{0,12}(&(page|name|use_regex)=[a-z0-9(*%.]{0,9}){0,3}",
        ) {
            if let Err((status, _)) = body(&query) {
                proptest::prop_assert_eq!(status, 400);
            }
        }
    }

    #[test]
    fn sorts_by_a_path_and_back() {
        let sizes = |query: &str| -> Vec<u64> {
            let list = body(query).unwrap();
            list.as_array().unwrap().iter().map(|item| item["size"]["now"].as_u64().unwrap()).collect()
        };
        assert_eq!(sizes("sort=size.now"), [0, 1, 2, 3, 4, 5]);
        assert_eq!(sizes("sort=size.now&sort_reverse=true"), [5, 4, 3, 2, 1, 0]);
        assert_eq!(sizes("sort=size.now&sort_reverse=false"), [0, 1, 2, 3, 4, 5]);
        assert_eq!(sizes("sort=none"), [3, 1, 2, 5, 4, 0]);
    }
}
