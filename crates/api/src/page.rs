//! The envelope of a list when the query asks for a page.

use serde::{Deserialize, Serialize};

/// One page of a list (`?page=N`). Without `page` the list is a bare array.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page<T> {
    /// How many items the list has before filtering.
    pub total_count: u64,
    /// How many items this page holds.
    pub item_count: u64,
    /// How many items are left after filtering by name.
    pub filtered_count: u64,
    /// Number of this page, from 1.
    pub page: u64,
    /// Largest number of items a page may hold.
    pub page_size: u64,
    /// How many pages there are.
    pub page_count: u64,
    /// The items.
    pub items: Vec<T>,
}
