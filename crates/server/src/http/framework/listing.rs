//! What every list and every object understands in its query: columns, order, pages, a filter by name.
//!
//! <https://www.rabbitmq.com/docs/management#pagination>. RabbitMQ pages some lists only; here every list has pages.

use serde::Serialize;
use warren_api::declaration::ListQuery;

use super::column_filter::Filtered;
use super::columns::ColumnTree;
use super::error::ApiError;
use super::json;
use super::order;
use super::pages::PageQuery;
use super::reply::Reply;

/// The wanted columns of an object, or of each item of a list.
#[derive(Debug)]
pub struct Columns(Option<ColumnTree>);

/// How a list is wanted.
#[derive(Debug)]
pub struct Listing<'q> {
    columns: Columns,
    sort: Option<&'q str>,
    reverse: bool,
    page: Option<PageQuery>,
}

impl Columns {
    /// Reads `columns=`; all are wanted where it is absent.
    pub fn read(text: Option<&str>) -> Result<Self, ApiError> {
        text.map(ColumnTree::parse).transpose().map(Self)
    }

    /// Answers with one object.
    pub fn one<T: Serialize>(&self, object: &T) -> Reply<T> {
        self.one_of(object)
    }

    /// Answers with one object that is an `A`, in another form.
    pub fn one_of<A, T: Serialize>(&self, object: &T) -> Reply<A> {
        Reply::written(json::ok(&self.of(object)))
    }

    fn of<T: Serialize>(&self, object: T) -> Filtered<'_, T> {
        Filtered::new(object, self.0.as_ref())
    }
}

impl<'q> Listing<'q> {
    /// Takes a query at its word.
    pub fn read(query: &'q ListQuery) -> Result<Self, ApiError> {
        Ok(Self {
            columns: Columns::read(query.columns.as_deref())?,
            sort: query.sort.as_deref().filter(|path| !path.is_empty()),
            reverse: query.sort_reverse,
            page: PageQuery::read(query)?,
        })
    }

    /// Answers with a list. `items` are in the list's own order, and made one by one as they are written, unless the
    /// order or the page has to be found first.
    pub fn list<T: Serialize>(&self, items: impl IntoIterator<Item = T>) -> Result<Reply<Vec<T>>, ApiError> {
        let columns = &self.columns;
        let reversed = self.reverse && columns.0.is_some();
        if self.sort.is_none() && self.page.is_none() && !reversed {
            return Ok(Reply::written(json::list(items.into_iter().map(|item| columns.of(item)))));
        }
        let mut items = match self.sort {
            Some(path) => sorted(items, path)?,
            None => items.into_iter().collect(),
        };
        if self.reverse {
            items.reverse();
        }
        Ok(Reply::written(match &self.page {
            None => json::list(items.iter().map(|item| columns.of(item))),
            Some(page) => json::ok(&page.cut(items, columns.0.as_ref())?),
        }))
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

#[cfg(test)]
mod tests {
    use axum::response::Response;
    use serde_json::{Value, json};
    use warren_api::declaration::Query;

    use super::*;
    use crate::http::framework::query::pairs;

    fn body(query: &str) -> Result<Value, (u16, String)> {
        let items: Vec<Value> = ["", "amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.topic"]
            .iter()
            .zip([3, 1, 2, 5, 4, 0])
            .map(|(name, size)| json!({"name": name, "size": {"now": size}, "kind": "x"}))
            .collect();
        let answer = pairs(Some(query)).and_then(|pairs| {
            let query = ListQuery::read(&|key| pairs.get(key));
            Listing::read(&query)?.list(&items).map(Reply::into_response)
        });
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
