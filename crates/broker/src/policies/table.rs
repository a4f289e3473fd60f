//! The policies of a virtual host, and which of them applies to what.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use warren_model::policy::{ApplyTo, Layer, Policy};

use serde_json::{Map, Value};

use super::keys;
use crate::pattern::Pattern;
use crate::queues::QueueKind;
use crate::queues::rules::Effective;
use warren_model::error::{Error, json_term};
use warren_model::validation::{self, Problems};

/// The longest name of a policy, in octets.
const MAX_NAME: usize = 255;

/// What a policy may apply to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// An exchange.
    Exchange,
    /// A queue of that kind.
    Queue(QueueKind),
}

/// Reads a policy from the document that an operator sends: `pattern`, `definition`, `priority`, `apply-to`.
///
/// # Errors
/// `PRECONDITION_FAILED` with all that is wrong, in RabbitMQ's words.
pub fn read(vhost: &str, name: &str, document: &Map<String, Value>, layer: Layer) -> Result<Policy, Error> {
    let mut problems = Problems::default();
    if name.is_empty() || name.len() > MAX_NAME {
        problems.add(Some(format!("a policy's name has 1 to {MAX_NAME} bytes")));
    }
    let mut definition = match document.get("definition") {
        Some(Value::Object(definition)) => definition.clone(),
        _ => Map::new(),
    };
    problems.add(match document.get("definition") {
        None => Some(validation::missing("definition", name)),
        Some(Value::Object(definition)) => keys::problem(definition, layer == Layer::Operator),
        Some(other) => Some(format!("definition must be a dictionary: {}", json_term(other))),
    });
    let apply_to = document.get("apply-to").filter(|value| !value.is_null());
    let covered = apply_to.map_or(Some(ApplyTo::All), |value| ApplyTo::from_name(value.as_str()?));
    problems.add(apply_to.filter(|_| covered.is_none()).map(unrecognised_apply_to));
    let pattern = document.get("pattern");
    problems.add(match pattern {
        None => Some(validation::missing("pattern", name)),
        Some(Value::String(text)) => compile(text).err().map(|error| {
            let why = error.reason().rsplit_once("is invalid: ").map_or(error.reason(), |(_, why)| why);
            format!("pattern should be regular expression but is invalid: {why}")
        }),
        Some(other) => validation::text("pattern", other),
    });
    let priority = document.get("priority").filter(|value| !value.is_null());
    problems.add(priority.and_then(|value| validation::integer("priority", value)));
    problems.add(validation::unrecognised(document, Policy::KEYS, name));
    problems.check()?;
    definition.sort_keys();
    Ok(Policy {
        vhost: vhost.to_owned(),
        name: name.to_owned(),
        pattern: pattern.and_then(Value::as_str).unwrap_or_default().to_owned(),
        apply_to: covered.unwrap_or_default(),
        definition,
        priority: priority.and_then(Value::as_i64).unwrap_or_default(),
    })
}

fn unrecognised_apply_to(given: &Value) -> String {
    let given = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
    format!(
        "apply-to '{given}' unrecognised; should be one of: 'queues', 'classic_queues',  'quorum_queues', 'streams', \
         'exchanges', or 'all'"
    )
}

/// Whether a policy that is for `apply_to` is for an object.
fn covers(apply_to: ApplyTo, object: Object) -> bool {
    match (apply_to, object) {
        (ApplyTo::All, _) | (ApplyTo::Exchanges, Object::Exchange) | (ApplyTo::Queues, Object::Queue(_)) => {
            true
        }
        (ApplyTo::ClassicQueues, Object::Queue(kind)) => kind == QueueKind::Classic,
        (ApplyTo::QuorumQueues, Object::Queue(kind)) => kind == QueueKind::Quorum,
        (ApplyTo::Streams, Object::Queue(kind)) => kind == QueueKind::Stream,
        _ => false,
    }
}

/// A policy with its expression compiled.
#[derive(Debug)]
struct Compiled {
    policy: Policy,
    pattern: Pattern,
}

impl Compiled {
    fn applies(&self, name: &str, object: Object) -> bool {
        covers(self.policy.apply_to, object)
            && match object {
                Object::Exchange => true,
                Object::Queue(kind) => keys::suit(&self.policy.definition, kind),
            }
            && self.pattern.matches(name)
    }
}

/// The policies of one virtual host.
#[derive(Debug, Default)]
pub struct Policies {
    users: BTreeMap<String, Compiled>,
    operators: BTreeMap<String, Compiled>,
}

impl Policies {
    /// Whether a policy could be set.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if its regular expression is none.
    pub(crate) fn check(policy: &Policy) -> Result<(), Error> {
        compile(&policy.pattern).map(drop)
    }

    /// Sets a policy. One whose regular expression is none applies to nothing.
    pub(crate) fn put(&mut self, policy: Policy, layer: Layer) {
        let pattern = Pattern::or_nothing(compile(&policy.pattern));
        self.layer_mut(layer).insert(policy.name.clone(), Compiled { policy, pattern });
    }

    /// Clears a policy.
    pub(crate) fn remove(&mut self, name: &str, layer: Layer) {
        self.layer_mut(layer).remove(name);
    }

    /// The policy of that name.
    pub fn get(&self, name: &str, layer: Layer) -> Option<&Policy> {
        self.layer(layer).get(name).map(|compiled| &compiled.policy)
    }

    /// All policies, those of the lowest priority first, as RabbitMQ lists them.
    pub fn list(&self, layer: Layer) -> Vec<&Policy> {
        let mut policies: Vec<_> = self.layer(layer).values().map(|compiled| &compiled.policy).collect();
        policies.sort_by_key(|policy| policy.priority);
        policies
    }

    /// What applies to `name`; `None` if nothing does.
    pub fn effective(&self, name: &str, object: Object) -> Option<Effective> {
        let policy = best(&self.users, name, object);
        let operator = best(&self.operators, name, object);
        Self::merged(policy, operator)
    }

    /// As [`effective`](Self::effective), with what `seen` has found for others.
    pub(crate) fn effective_among(
        &self,
        name: &str,
        object: Object,
        seen: &mut Seen,
    ) -> Option<Arc<Effective>> {
        let policy = best(&self.users, name, object);
        let operator = best(&self.operators, name, object);
        let names = [policy, operator].map(|policy| policy.map(|policy| policy.name.clone()));
        if let Some(found) = seen.0.get(&names) {
            return Some(Arc::clone(found));
        }
        let effective = Arc::new(Self::merged(policy, operator)?);
        seen.0.insert(names, Arc::clone(&effective));
        Some(effective)
    }

    fn merged(policy: Option<&Policy>, operator: Option<&Policy>) -> Option<Effective> {
        let definition = match (policy, operator) {
            (None, None) => return None,
            (Some(policy), None) => policy.definition.clone(),
            (None, Some(operator)) => operator.definition.clone(),
            (Some(policy), Some(operator)) => keys::merge(&policy.definition, &operator.definition),
        };
        let name = |policy: &Policy| policy.name.clone();
        Some(Effective { policy: policy.map(name), operator_policy: operator.map(name), definition })
    }

    fn layer(&self, layer: Layer) -> &BTreeMap<String, Compiled> {
        match layer {
            Layer::User => &self.users,
            Layer::Operator => &self.operators,
        }
    }

    fn layer_mut(&mut self, layer: Layer) -> &mut BTreeMap<String, Compiled> {
        match layer {
            Layer::User => &mut self.users,
            Layer::Operator => &mut self.operators,
        }
    }
}

/// What was found while all queues of a virtual host are looked at: those to which the same policies apply share it.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<[Option<String>; 2], Arc<Effective>>);

/// An empty pattern is found in every name; to permissions, which share the type, it is nothing.
fn compile(pattern: &str) -> Result<Pattern, Error> {
    Pattern::compile(if pattern.is_empty() { ".*" } else { pattern })
}

/// The policy of the highest priority; among equals the first by name.
fn best<'p>(policies: &'p BTreeMap<String, Compiled>, name: &str, object: Object) -> Option<&'p Policy> {
    let mut best: Option<&Policy> = None;
    for compiled in policies.values() {
        let wins = best.is_none_or(|best| compiled.policy.priority > best.priority);
        if wins && compiled.applies(name, object) {
            best = Some(&compiled.policy);
        }
    }
    best
}
