//! Pages of a list, and the filter by name that comes with them.

use regex::{Regex, RegexBuilder};
use serde::Serialize;
use serde_json::Value;
use warren_api::Page;
use warren_api::declaration::{ListQuery, Number};

use super::column_filter::Filtered;
use super::columns::ColumnTree;
use super::error::ApiError;

const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 500;
/// Length of a filter by regular expression, in bytes, as RabbitMQ has it.
const MAX_FILTER: usize = 1024;
/// Memory that one compiled filter may take.
const MAX_FILTER_MEMORY: usize = 1 << 20;

/// The page that a query asks for.
#[derive(Debug)]
pub struct PageQuery {
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

impl PageQuery {
    /// `None` if the query asks for no page.
    pub fn read(query: &ListQuery) -> Result<Option<Self>, ApiError> {
        let invalid = || ApiError::bad_request("Pagination parameters are invalid");
        let number = |number: &Number| number.get().ok_or_else(invalid);
        let Some(page) = &query.page else { return Ok(None) };
        let page = number(page)?;
        let size = query.page_size.as_ref().map(number).transpose()?;
        if page == 0 || size.is_some_and(|size| size == 0 || size > MAX_PAGE_SIZE) {
            let size = size.map_or("undefined".to_owned(), |size| size.to_string());
            let reason = format!("Invalid pagination parameters: page number {page}, page size {size}");
            return Err(ApiError::bad_request_as("invalid_pagination_parameters", reason));
        }
        let name = query.name.as_ref().filter(|name| !name.is_empty());
        let filter = name.map(|name| Filter::read(name, query.use_regex)).transpose()?;
        Ok(Some(Self { number: page, size: size.unwrap_or(DEFAULT_PAGE_SIZE), filter }))
    }

    /// The page of a list, of which only the wanted columns are left.
    pub fn cut<T: Serialize>(
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
    fn read(name: &str, regex: bool) -> Result<Self, ApiError> {
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
