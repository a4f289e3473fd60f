//! Provisional.
use std::sync::Arc;
use warren_protocol::value::FieldTable;
/// Where a binding leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /** q */
    Queue(Arc<str>),
    /** e */
    Exchange(Arc<str>),
}
/// b
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /** s */
    pub source: Arc<str>,
    /** d */
    pub destination: Destination,
    /** k */
    pub routing_key: Arc<str>,
    /** a */
    pub arguments: FieldTable,
}
