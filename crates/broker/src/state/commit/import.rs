//! Importing definitions: many commands, decided together. All of them are carried out, or none, and whoever asked is told of everything
//! that is wrong and where.

use std::collections::BTreeMap;

use super::commands::Held;
use crate::log::Durable;
use crate::queues::{QUEUE_TYPE, QueueSettings, arguments};
use crate::state::decide::command::{Command, TopologyCommand};
use crate::state::decide::{NodeDraft, VHostDraft, Verdict};
use crate::state::node::broker::Broker;
use warren_model::change::Change;
use warren_model::error::Error;
use warren_model::value::FieldTable;

/// A command, and where in a document it stands: `queues[3]`.
#[derive(Debug, Clone)]
pub struct Item {
    /// Where it stands.
    pub path: String,
    /// What is asked for.
    pub command: Command,
}

/// Something in a document that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands: `queues[3].arguments.x-max-length`.
    pub path: String,
    /// What is wrong.
    pub error: Error,
}

/// Something that was left as it is, because it is there with other properties (as RabbitMQ does it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it stands in the document.
    pub path: String,
    /// How it differs.
    pub why: Error,
}

impl Broker {
    /// Carries out all commands of a document, or none of them. The value is what was left as it is.
    ///
    /// # Errors
    /// Everything that is refused; or `INTERNAL_ERROR`, without a path, if the log takes nothing any more.
    pub fn import(&self, items: &[Item]) -> Result<Durable<Vec<Skipped>>, Vec<Fault>> {
        let changing = self.changing.lock();
        let vhosts = self.vhosts_of(items.iter().filter_map(|item| item.command.vhost()));
        let held = Held::of(&vhosts);
        let Decided { changes, skipped, faults } = self.decide_all(items, &held);
        if !faults.is_empty() {
            return Err(faults);
        }
        let committed = self.commit(held, &changes);
        drop(changing);
        let (position, committed) = committed.map_err(|error| vec![Fault { path: String::new(), error }])?;
        committed.finish(self);
        Ok(Durable { value: skipped, position })
    }

    /// Everything that an [`import`](Self::import) would refuse, without importing anything.
    pub fn faults(&self, items: &[Item]) -> Vec<Fault> {
        let _changing = self.changing.lock();
        let vhosts = self.vhosts_of(items.iter().filter_map(|item| item.command.vhost()));
        self.decide_all(items, &Held::of(&vhosts)).faults
    }

    /// Users and virtual hosts first: what is in virtual hosts may need them.
    fn decide_all(&self, items: &[Item], held: &Held<'_>) -> Decided {
        let (inside, outside): (Vec<_>, Vec<_>) =
            items.iter().partition(|item| matches!(item.command, Command::InVHost(..)));
        let mut decided = Decided::default();
        let mut node = NodeDraft::of(self);
        for item in outside {
            if let Err(error) = node.decide(&item.command) {
                decided.faults.push(Fault { path: item.path.clone(), error });
            }
        }
        let mut drafts = Inside { broker: self, node: &node, held, drafts: BTreeMap::new() };
        inside.into_iter().for_each(|item| drafts.decide(item, &mut decided));
        let inside: Vec<_> = drafts.drafts.into_values().flat_map(VHostDraft::into_changes).collect();
        decided.changes = node.into_changes();
        decided.changes.extend(inside);
        decided
    }
}

/// What a document comes to.
#[derive(Default)]
struct Decided {
    changes: Vec<Change>,
    skipped: Vec<Skipped>,
    faults: Vec<Fault>,
}

/// The drafts of the virtual hosts that a document is about.
struct Inside<'s> {
    broker: &'s Broker,
    node: &'s NodeDraft<'s>,
    held: &'s Held<'s>,
    drafts: BTreeMap<&'s str, VHostDraft<'s>>,
}

impl<'s> Inside<'s> {
    fn decide(&mut self, item: &'s Item, decided: &mut Decided) {
        let Command::InVHost(vhost, command) = &item.command else { return };
        let fault = |error| Fault { path: item.path.clone(), error };
        let draft = match self.draft(vhost) {
            Ok(draft) => draft,
            Err(error) => return decided.faults.push(fault(error)),
        };
        if let TopologyCommand::DeclareQueue { name, settings, .. } = command {
            let of_arguments = faults_of_arguments(&item.path, vhost, name, settings);
            if !of_arguments.is_empty() {
                return decided.faults.extend(of_arguments);
            }
        }
        match draft.decide(command) {
            Ok(Verdict::Changes | Verdict::Same { .. }) => {}
            Err(why) if differs(&why) => decided.skipped.push(Skipped { path: item.path.clone(), why }),
            Err(error) => decided.faults.push(fault(error)),
        }
    }

    fn draft(&mut self, vhost: &'s str) -> Result<&mut VHostDraft<'s>, Error> {
        if !self.drafts.contains_key(vhost) {
            let draft = match (self.held.get(vhost), self.node.new_vhost(vhost)) {
                _ if !self.node.has_vhost(vhost) => return Err(Error::no_vhost(vhost)),
                (Some((live, topology)), _) => VHostDraft::of(live, topology)?,
                (None, Some(definition)) => VHostDraft::of_new(vhost, definition, &self.broker.shared),
                (None, None) => return Err(Error::no_vhost(vhost)),
            };
            self.drafts.insert(vhost, draft.limited(self.node.limits_of(vhost)));
        }
        self.drafts.get_mut(vhost).ok_or_else(|| Error::no_vhost(vhost))
    }
}

/// Whether a declaration was refused because the thing is there with other properties.
fn differs(error: &Error) -> bool {
    match error {
        Error::ResourceLocked(_) => true,
        Error::PreconditionFailed(reason) => reason.contains("inequivalent arg"),
        _ => false,
    }
}

/// What is wrong with single arguments of a queue, each by its path.
fn faults_of_arguments(path: &str, vhost: &str, queue: &str, settings: &QueueSettings) -> Vec<Fault> {
    let given = &settings.arguments;
    let mut faults = Vec::new();
    for (key, value) in given.iter() {
        let mut alone = FieldTable::new();
        // What an argument may be depends on the kind, and a key for dead letters needs their exchange.
        for with in [QUEUE_TYPE, "x-dead-letter-exchange"] {
            if let Some(value) = given.get(with).filter(|_| with != key) {
                alone.insert(with, value.clone());
            }
        }
        if arguments::check_arguments(queue, vhost, &alone).is_err() {
            continue;
        }
        alone.insert(key, value.clone());
        if let Err(error) = arguments::check_arguments(queue, vhost, &alone) {
            faults.push(Fault { path: format!("{path}.arguments.{key}"), error });
        }
    }
    faults
}
