//! A line of the table.

use crate::{Merge, PolicyKey, QueueKind, Takes};

/// An argument.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Its name in declarations.
    pub name: &'static str,
    /// What sets it in policies, if they can.
    pub policy: Option<PolicyKey>,
    /// What it takes.
    pub takes: Takes,
    /// The kinds of queues that it is for; others refuse it.
    pub kinds: &'static [QueueKind],
    /// What it does, in a sentence.
    pub about: &'static str,
}

/// An argument that policies cannot set, and in which declarations may not differ.
pub(crate) const fn argument(
    name: &'static str,
    takes: Takes,
    kinds: &'static [QueueKind],
    about: &'static str,
) -> Argument {
    Argument { name, policy: None, takes, kinds, about }
}

impl Argument {
    /// It can be set by policies with this key, where `what` is what a bad value is not a valid one of.
    pub(crate) const fn policy(self, key: &'static str, what: &'static str, merge: Merge) -> Self {
        let Self { takes, kinds, about, .. } = self;
        let key = PolicyKey { key, what, merge, takes, kinds: Some(kinds), about };
        Self { policy: Some(key), ..self }
    }

    /// Policies take other values than declarations.
    pub(crate) const fn policy_takes(self, takes: Takes) -> Self {
        match self.policy {
            Some(key) => Self { policy: Some(PolicyKey { takes, ..key }), ..self },
            None => self,
        }
    }

    /// Policies with the key are for queues of every kind, whatever it means to them, as in RabbitMQ.
    pub(crate) const fn policy_for_all(self) -> Self {
        match self.policy {
            Some(key) => Self { policy: Some(PolicyKey { kinds: None, ..key }), ..self },
            None => self,
        }
    }
}
