//! Bringing back what the store kept.

use warren_store::{Position, Record, Recovery, RefusedBecause};

use crate::broker::Broker;
use crate::definitions::{Change, Definitions, VERSION};

/// Applies what the store recovers to a broker that has nothing yet.
pub struct Restore<'b> {
    /// The broker.
    pub broker: &'b Broker,
}

impl Recovery for Restore<'_> {
    fn checkpoint(&mut self, document: &[u8]) -> Result<(), RefusedBecause> {
        let definitions: Definitions = serde_json::from_slice(document).map_err(refused)?;
        if definitions.version > VERSION {
            let version = definitions.version;
            return Err(refused(format!(
                "definitions of version {version}, which is newer than this program's {VERSION}"
            )));
        }
        definitions.changes.iter().try_for_each(|change| self.change(change))
    }

    fn apply(&mut self, _: Position, record: Record<'_>) -> Result<(), RefusedBecause> {
        match record {
            Record::Metadata(document) => {
                let change: Change = serde_json::from_slice(document).map_err(refused)?;
                self.change(&change)
            }
            _ => Ok(()),
        }
    }
}

impl Restore<'_> {
    fn change(&mut self, change: &Change) -> Result<(), RefusedBecause> {
        self.broker.apply(change).map_err(refused)
    }
}

fn refused(why: impl ToString) -> RefusedBecause {
    RefusedBecause::from(why.to_string())
}
