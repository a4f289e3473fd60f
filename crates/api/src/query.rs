//! Query parameters that all lists share.

use serde::{Deserialize, Serialize};

/// For endpoints that take no query.
pub type NoQuery = ();

/// Paging, filtering, sorting and choice of columns.
/// See <https://www.rabbitmq.com/docs/management#pagination>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Comma-separated dotted paths of the keys to send; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// Dotted path of the key to sort by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Largest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_reverse: Option<bool>,
    /// Page number from 1; makes the answer a [`crate::Page`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u64>,
    /// Items a page, 1 to 500; 100 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u64>,
    /// Only items whose name contains this text; needs `page`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Takes `name` as a regular expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_regex: Option<bool>,
    /// Leaves the statistics out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_stats: Option<bool>,
    /// With `disable_stats`: still send the message counts of queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_queue_totals: Option<bool>,
}
