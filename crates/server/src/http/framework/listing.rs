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

/// How a list is wanted, or one object (for which only columns count).
#[derive(Debug)]
pub struct Listing<'q> {
    columns: Option<ColumnTree>,
    sort: Option<&'q str>,
    reverse: bool,
    page: Option<PageQuery>,
}

impl<'q> Listing<'q> {
    /// Takes a query at its word.
    pub fn read(query: &'q ListQuery) -> Result<Self, ApiError> {
        Ok(Self {
            columns: query.columns.as_deref().map(ColumnTree::parse).transpose()?,
            sort: query.sort.as_deref().filter(|path| !path.is_empty()),
            reverse: query.sort_reverse,
            page: PageQuery::read(query)?,
        })
    }

    /// Answers with a list. `items` are in the list's own order, and made one by one as they are written, unless the
    /// order or the page has to be found first.
    pub fn list<T: Serialize>(&self, items: impl IntoIterator<Item = T>) -> Result<Reply<Vec<T>>, ApiError> {
        let columns = self.columns.as_ref();
        let reversed = self.reverse && columns.is_some();
        if self.sort.is_none() && self.page.is_none() && !reversed {
            let items = items.into_iter().map(|item| Filtered::new(item, columns));
            return Ok(Reply::written(json::list(items)));
        }
        let mut items = match self.sort {
            Some(path) => sorted(items, path)?,
            None => items.into_iter().collect(),
        };
        if self.reverse {
            items.reverse();
        }
        Ok(Reply::written(match &self.page {
            None => json::list(items.iter().map(|item| Filtered::new(item, columns))),
            Some(page) => json::ok(&page.cut(items, columns)?),
        }))
    }

    /// Answers with one object, an `A` or what is left of one.
    pub fn one<A, T: Serialize>(&self, object: &T) -> Reply<A> {
        Reply::written(json::ok(&Filtered::new(object, self.columns.as_ref())))
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
