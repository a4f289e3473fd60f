//! How an exchange decides where a message goes.

use std::sync::Arc;

use super::Addressed;
use crate::queues::QueueKind;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;

/// The bindings of one exchange, arranged so that the type finds destinations quickly.
///
/// The caller keeps the bindings themselves: it binds each (as [`Binding`] defines sameness) once, and unbinds only what it bound.
pub trait Router: Send + Sync {
    /// Whether the type takes a binding.
    ///
    /// # Errors
    /// What the type refuses, such as arguments that it does not understand.
    fn check(&self, _binding: &Binding) -> Result<(), Error> {
        Ok(())
    }

    /// Takes a binding into account.
    ///
    /// # Errors
    /// As [`check`](Self::check); nothing has changed then.
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error>;

    /// Whether a binding may lead to a queue of that kind.
    fn takes(&self, _kind: QueueKind) -> bool {
        true
    }

    /// Forgets a binding. One that is not there is no error.
    fn unbind(&mut self, binding: &Arc<Binding>);

    /// Appends the destinations of a message. One may be appended twice; the caller removes duplicates, because other exchanges
    /// on the message's way may find it too.
    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>);

    /// Whether the routing key alone decides, so that what was found may be remembered by key until bindings change.
    fn by_key_alone(&self) -> bool;
}
