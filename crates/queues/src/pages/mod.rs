//! Pages: contiguous memory in which messages rest as records, and which goes to segments when memory runs short.

pub(crate) mod held;
pub(crate) mod page;
pub(crate) mod page_memory;
pub(crate) mod record;
pub(crate) mod rows;
pub(crate) mod snapshot;
