//! From a command to its changes in the log and in memory, with the locks that this needs.
//!
//! Users, permissions, virtual hosts and parameters change under the broker's lock `changing`; what is in a virtual host changes
//! under the upgradable lock of its topology, which keeps other changes away and lets readers pass. Both are held from the decision to the
//! end, `changing` first, then topologies by name. Readers wait only while changes are made in memory, a few at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLockUpgradableReadGuard;
use warren_store::Position;

use crate::effects::Effects;
use crate::log::Durable;
use crate::queues::Queue;
use crate::state::apply::Aftermath;
use crate::state::decide::command::{Command, TopologyCommand};
use crate::state::decide::{NodeDraft, VHostDraft, Verdict};
use crate::state::node::broker::Broker;
use crate::topology::Topology;
use crate::topology::vhosts::VHost;
use warren_model::change::Change;
use warren_model::error::Error;

/// How many changes are made before readers of a topology get their turn.
const STEP: usize = 64;

/// What became of a command.
pub(crate) struct Executed {
    /// Whether anything changed.
    pub(crate) changed: bool,
    /// Ready messages that went with a queue.
    pub(crate) messages: u64,
    /// The queue that was declared.
    pub(crate) queue: Option<Arc<Queue>>,
}

/// The queue that a command deletes under conditions: whether it must be unused, and whether it must be empty. It is held to them while
/// the log is asked: whoever would publish to it or consume from it waits.
fn conditions(topology: &Topology, command: &TopologyCommand) -> Option<(Arc<Queue>, bool, bool)> {
    match command {
        TopologyCommand::DeleteQueue { name, if_unused, if_empty, .. } if *if_unused || *if_empty => {
            Some((Arc::clone(topology.queues.get(name.as_str())?), *if_unused, *if_empty))
        }
        _ => None,
    }
}

/// The queue that a command declares, once it is there.
fn declared(topology: &Topology, command: &TopologyCommand) -> Option<Arc<Queue>> {
    match command {
        TopologyCommand::DeclareQueue { name, .. } => topology.queues.get(name.as_str()).cloned(),
        _ => None,
    }
}

impl VHost {
    /// Carries a command out.
    ///
    /// # Errors
    /// What is refused, or `INTERNAL_ERROR` if the log takes nothing any more; nothing has changed then.
    pub(crate) fn execute(&self, command: &TopologyCommand) -> Result<Durable<Executed>, Error> {
        let mut topology = self.topology.upgradable_read();
        let mut draft = VHostDraft::of(self, &topology)?;
        let verdict = draft.decide(command)?;
        let changes = draft.into_changes();
        if let Verdict::Same { durable } = verdict {
            let position = self.last_change(durable)?;
            let queue = declared(&topology, command);
            return Ok(Durable { value: Executed { changed: false, messages: 0, queue }, position });
        }
        let conditions = conditions(&topology, command);
        let sealed = conditions.as_ref().map(|(queue, unused, empty)| queue.seal(*unused, *empty));
        let sealed = sealed.transpose()?;
        let position = self.log(&changes)?;
        let mut aftermath = Aftermath::default();
        if let Some(sealed) = sealed {
            aftermath.queue_deleted(sealed.delete());
        }
        self.apply_all(&mut topology, &changes, &mut aftermath);
        let queue = declared(&topology, command);
        drop(topology);
        let executed = Executed { changed: !changes.is_empty(), messages: aftermath.messages, queue };
        aftermath.finish(&self.shared.log_handle);
        Ok(Durable { value: executed, position })
    }

    /// Appends what of the changes is for good.
    fn log(&self, changes: &[Change]) -> Result<Option<Position>, Error> {
        let position = self.shared.log_handle.record(changes)?.position;
        self.note_logged(position);
        Ok(position)
    }

    /// Whoever finds a thing that is there already waits for the change that made it, at the latest for this one.
    fn note_logged(&self, position: Option<Position>) {
        if let Some(position) = position {
            self.recorded.fetch_max(position.get(), Ordering::Relaxed);
        }
    }

    /// The position of the last change, for what is so already.
    fn last_change(&self, durable: bool) -> Result<Option<Position>, Error> {
        if !durable {
            return Ok(None);
        }
        self.shared.log_handle.check()?;
        let recorded = self.recorded.load(Ordering::Relaxed);
        Ok((recorded > 0).then(|| Position::new(recorded)))
    }

    /// Makes the changes, a few at a time.
    fn apply_all(
        &self,
        topology: &mut RwLockUpgradableReadGuard<'_, Topology>,
        changes: &[Change],
        aftermath: &mut Aftermath,
    ) {
        for step in changes.chunks(STEP) {
            topology.with_upgraded(|topology| {
                step.iter().for_each(|change| self.apply(topology, change, aftermath));
            });
        }
    }
}

/// The virtual hosts that changes are about, with their topologies held.
pub(super) struct Held<'v> {
    vhosts: Vec<(&'v Arc<VHost>, RwLockUpgradableReadGuard<'v, Topology>)>,
}

impl<'v> Held<'v> {
    /// Holds them in the order of their names, which `vhosts` must have.
    pub(super) fn of(vhosts: &'v [Arc<VHost>]) -> Self {
        Self { vhosts: vhosts.iter().map(|vhost| (vhost, vhost.topology.upgradable_read())).collect() }
    }

    /// One of them.
    pub(super) fn get(&self, name: &str) -> Option<(&VHost, &Topology)> {
        let found = self.vhosts.iter().find(|(vhost, _)| *vhost.name == *name);
        found.map(|(vhost, topology)| (&***vhost, &**topology))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.vhosts.iter().position(|(vhost, _)| *vhost.name == *name)
    }

    /// Makes changes, of which the first may be about one of them, and returns how many were made. Those that come after the end of a
    /// virtual host are about another one.
    fn apply(&mut self, broker: &Broker, changes: &[Change], aftermath: &mut Aftermath) -> usize {
        let Some(first) = changes.first() else { return 0 };
        if matches!(first, Change::Reset) {
            for (vhost, mut topology) in self.vhosts.drain(..) {
                topology.with_upgraded(|topology| vhost.close(topology, aftermath));
            }
        }
        let Some(at) = first.vhost().and_then(|name| self.position(name)) else {
            broker.apply(first, aftermath);
            return 1;
        };
        if let Change::DeleteVhost { name } = first {
            let (vhost, mut topology) = self.vhosts.remove(at);
            topology.with_upgraded(|topology| vhost.close(topology, aftermath));
            drop(topology);
            broker.forget_vhost(name);
            return 1;
        }
        let together = changes.iter().position(|next| next.vhost() != first.vhost());
        let mut step = changes.get(..together.unwrap_or(changes.len())).unwrap_or_default();
        if let Some(end) = step.iter().position(|change| matches!(change, Change::DeleteVhost { .. })) {
            step = step.get(..end).unwrap_or_default();
        }
        if let Some((vhost, topology)) = self.vhosts.get_mut(at) {
            vhost.apply_all(topology, step, aftermath);
        }
        step.len()
    }
}

impl Broker {
    /// Makes changes to users, permissions, virtual hosts, policies, limits and parameters, and logs them: all or none.
    ///
    /// # Errors
    /// What is refused, or what the log refuses.
    pub fn change(&self, changes: &[Change]) -> Result<Durable<()>, Error> {
        self.change_with(|_| Ok(changes.to_vec()))
    }

    /// As [`change`](Self::change), for changes that are made of what is there: nobody else changes it meanwhile.
    ///
    /// # Errors
    /// As `change`, and what `make` refuses.
    pub fn change_with(
        &self,
        make: impl FnOnce(&Self) -> Result<Vec<Change>, Error>,
    ) -> Result<Durable<()>, Error> {
        self.execute_with(|broker| Ok(make(broker)?.into_iter().map(Command::Make).collect()))
    }

    /// Carries commands out, all or none, that are not about exchanges, queues and bindings.
    ///
    /// # Errors
    /// As [`change_with`](Self::change_with).
    pub fn execute_with(
        &self,
        make: impl FnOnce(&Self) -> Result<Vec<Command>, Error>,
    ) -> Result<Durable<()>, Error> {
        let changing = self.changing.lock();
        let commands = make(self)?;
        let mut draft = NodeDraft::of(self);
        commands.iter().try_for_each(|command| draft.decide(command))?;
        let changes = draft.into_changes();
        let vhosts = match changes.contains(&Change::Reset) {
            true => self.vhosts(),
            false => self.vhosts_of(changes.iter().filter_map(Change::vhost)),
        };
        let held = Held::of(&vhosts);
        let (position, committed) = self.commit(held, &changes)?;
        drop(changing);
        committed.finish(self);
        Ok(Durable { value: (), position })
    }

    /// The virtual hosts of these names that are there, in the order of their names.
    pub(super) fn vhosts_of<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<Arc<VHost>> {
        let names: BTreeSet<&str> = names.collect();
        names.into_iter().filter_map(|name| self.vhost(name)).collect()
    }

    /// Appends what was decided and makes it so. `held` are those of the virtual hosts concerned that are there already.
    pub(super) fn commit(
        &self,
        mut held: Held<'_>,
        changes: &[Change],
    ) -> Result<(Option<Position>, Committed), Error> {
        let position = self.log_handle().record(changes)?.position;
        held.vhosts.iter().for_each(|(vhost, _)| vhost.note_logged(position));
        let mut aftermath = Aftermath::default();
        let mut made = 0;
        while let Some(rest) = changes.get(made..).filter(|rest| !rest.is_empty()) {
            made += held.apply(self, rest, &mut aftermath);
        }
        drop(held);
        let mut effects = Effects::new(self.log_handle().clone());
        let of: BTreeSet<&str> = changes.iter().filter_map(Change::policies_of).collect();
        for vhost in of.into_iter().filter_map(|name| self.vhost(name)) {
            vhost.refresh_policies(&mut effects);
        }
        Ok((position, Committed { aftermath, effects }))
    }
}

/// What is left to do of a commit with no lock held.
pub(super) struct Committed {
    aftermath: Aftermath,
    effects: Effects,
}

impl Committed {
    /// Does it.
    pub(super) fn finish(mut self, broker: &Broker) {
        self.effects.finish();
        self.aftermath.finish(broker.log_handle());
    }
}
