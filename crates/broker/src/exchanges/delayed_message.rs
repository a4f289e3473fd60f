//! The exchange `x-delayed-message`: routes as another type does, which the argument `x-delayed-type` names, but messages
//! with a header `x-delay` wait first (see `delays.rs`).

use std::sync::Arc;

use warren_model::value::{FieldTable, FieldValue};

use super::{Addressed, Router, router};
use crate::bindings::{Binding, Destination};
use crate::queues::QueueKind;
use warren_model::error::Error;

const X_DELAYED_TYPE: &str = "x-delayed-type";

/// The bindings are the other type's business.
pub(super) struct DelayedMessage {
    inner: Box<dyn Router>,
}

impl DelayedMessage {
    /// # Errors
    /// `PRECONDITION_FAILED` if the argument names no type, or one that keeps messages itself.
    pub(super) fn make(arguments: &FieldTable) -> Result<Box<dyn Router>, Error> {
        let Some(FieldValue::LongString(name)) = arguments.get(X_DELAYED_TYPE) else {
            return Err(Error::invalid_delayed_type());
        };
        let name = String::from_utf8_lossy(name);
        if super::keeps(&name) {
            return Err(Error::invalid_delayed_type());
        }
        Ok(Box::new(Self { inner: router(&name, arguments)? }))
    }
}

impl Router for DelayedMessage {
    fn check(&self, binding: &Binding) -> Result<(), Error> {
        self.inner.check(binding)
    }

    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        self.inner.bind(binding)
    }

    fn takes(&self, kind: QueueKind) -> bool {
        self.inner.takes(kind)
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        self.inner.unbind(binding);
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        self.inner.route(message, found);
    }

    /// Any message may have a delay.
    fn by_key_alone(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchanges::fixtures::{binding, routed, table};

    #[test]
    fn it_routes_as_the_other_type() {
        let mut delayed = DelayedMessage::make(&table(&[(X_DELAYED_TYPE, "direct".into())])).unwrap();
        delayed.bind(&binding("q", "k", &[])).unwrap();
        assert_eq!(routed(&*delayed, "k", &[]), ["q"]);
        assert!(routed(&*delayed, "other", &[]).is_empty());
        delayed.unbind(&binding("q", "k", &[]));
        assert!(routed(&*delayed, "k", &[]).is_empty());
    }

    #[test]
    fn the_other_type_must_be_one() {
        let refusal = |arguments: &[(&str, FieldValue)]| {
            let error = DelayedMessage::make(&table(arguments)).err().unwrap();
            (error.name(), error.reason().to_owned())
        };
        let invalid = (
            "PRECONDITION_FAILED",
            "Invalid argument, 'x-delayed-type' must be an existing exchange type".to_owned(),
        );
        assert_eq!(refusal(&[]), invalid);
        assert_eq!(refusal(&[(X_DELAYED_TYPE, 5.into())]), invalid);
        assert_eq!(refusal(&[(X_DELAYED_TYPE, "x-delayed-message".into())]), invalid);
        assert_eq!(refusal(&[(X_DELAYED_TYPE, "x-recent-history".into())]), invalid);
        let unknown = ("PRECONDITION_FAILED", "unknown exchange type 'carousel'".to_owned());
        assert_eq!(refusal(&[(X_DELAYED_TYPE, "carousel".into())]), unknown);
        let inner = [(X_DELAYED_TYPE, "x-consistent-hash".into()), ("hash-property", "app_id".into())];
        assert_eq!(refusal(&inner), ("PRECONDITION_FAILED", "Unsupported property: app_id".to_owned()));
    }
}
