//! What an exchange type is, and how one is found among all of them.

use warren_model::value::FieldTable;

use super::{Router, StateKind};
use warren_model::error::Error;

/// An exchange type: a file with an implementation of this, and a line in the registry.
pub(crate) trait ExchangeType {
    /// What `exchange.declare` calls it.
    const NAME: &'static str;
    /// What it does, in a few words.
    const DESCRIPTION: &'static str;
    /// What its exchanges keep messages with, if they keep any. A queue for them comes with it.
    const STATE: Option<StateKind> = None;

    /// Makes a router without bindings, from the arguments of the declaration. `types` are all types there are, for those
    /// that route as another one does.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for arguments that the type does not understand.
    fn router(arguments: &FieldTable, types: Types) -> Result<Box<dyn Router>, Error>;
}

/// [`ExchangeType::router`] of a type.
type MakeRouter = fn(&FieldTable, Types) -> Result<Box<dyn Router>, Error>;

/// An exchange type as the registry lists it: what [`ExchangeType`] says.
#[derive(Debug)]
pub(crate) struct Registered {
    pub name: &'static str,
    pub description: &'static str,
    pub state: Option<StateKind>,
    pub router: MakeRouter,
}

impl Registered {
    /// The entry of a type.
    pub(crate) const fn of<T: ExchangeType>() -> Self {
        Self { name: T::NAME, description: T::DESCRIPTION, state: T::STATE, router: T::router }
    }
}

/// All exchange types, ordered by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Types(pub &'static [Registered]);

impl Types {
    /// The type of that name.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if there is none.
    pub(crate) fn find(self, name: &str) -> Result<&'static Registered, Error> {
        self.0.iter().find(|found| found.name == name).ok_or_else(|| Error::unknown_exchange_type(name))
    }

    /// A router of the type of that name, without bindings. `arguments` are those of the exchange's declaration.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for a type that there is not, and for arguments that the type does not understand.
    pub(crate) fn router(self, name: &str, arguments: &FieldTable) -> Result<Box<dyn Router>, Error> {
        (self.find(name)?.router)(arguments, self)
    }
}
