//! All or nothing: commands of which one is refused leave no trace, in memory and in the log, and what was accepted is what the
//! log makes again.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use warren_model::value::FieldTable;
use warren_store::{CommitLog, MemoryLog};

use super::import::Item;
use crate::log::LogHandle;
use crate::queues::QueueSettings;
use crate::state::checkpoint::restore::Restore;
use crate::state::decide::command::{Command, TopologyCommand};
use crate::state::node::broker::{Broker, BrokerSettings};
use crate::topology::exchange::ExchangeSettings;
use warren_model::access::PermissionEntry;
use warren_model::access::User;
use warren_model::binding::{Binding, Destination};
use warren_model::change::{Change, VHostDefinition};
use warren_model::limits::Limits;
use warren_model::policy::{ApplyTo, Policy};

const NAMES: [&str; 4] = ["a", "b", "c", "/"];

/// A broker on a log in memory.
fn broker_on(log: &Arc<MemoryLog>) -> Broker {
    let log_handle = LogHandle::default();
    let entropy = Box::new(|bytes: &mut [u8]| bytes.fill(7));
    let broker = Broker::new(BrokerSettings::default(), log_handle.clone(), entropy);
    let mut restore = Restore::new(&broker);
    log.replay_whole(&mut restore).unwrap();
    log_handle.attach(Arc::clone(log) as Arc<dyn CommitLog>, &log.segments());
    restore.finish(false, &[]).unwrap();
    let _ = broker.create_defaults().unwrap();
    broker
}

/// What the next start makes of the log.
fn restarted(log: &MemoryLog) -> Broker {
    broker_on(&Arc::new(log.restarted(log.appended())))
}

/// All definitions, in an order that is always the same.
fn known(broker: &Broker) -> Vec<String> {
    let changes = broker.definitions().changes;
    let mut known: Vec<_> = changes.iter().map(|change| serde_json::to_string(change).unwrap()).collect();
    known.sort_unstable();
    known
}

fn user(name: &str) -> Command {
    Command::Make(Change::PutUser(User::with_password(name, b"p", [1, 2, 3, 4], Vec::new())))
}

fn vhost(name: &str) -> Command {
    Command::AddVHost(VHostDefinition { name: name.into(), ..VHostDefinition::default() })
}

fn permission(user: &str, vhost: &str, configure: &str) -> Command {
    let [configure, write, read] = [configure, ".*", ".*"].map(str::to_owned);
    let (user, vhost) = (user.to_owned(), vhost.to_owned());
    Command::Make(Change::PutPermission(PermissionEntry { user, vhost, configure, write, read }))
}

fn policy(vhost: &str, pattern: &str) -> Command {
    let definition = json!({"max-length": 3}).as_object().unwrap().clone();
    Command::Make(Change::PutPolicy(Policy {
        vhost: vhost.into(),
        name: "p".into(),
        pattern: pattern.into(),
        apply_to: ApplyTo::All,
        definition,
        priority: 0,
    }))
}

fn limits(vhost: &str, queues: i64) -> Command {
    let limits = Limits::of_vhost(json!({"max-queues": queues}).as_object().unwrap()).unwrap();
    Command::Make(Change::PutVhostLimits { vhost: vhost.into(), limits })
}

fn queue(vhost: &str, name: &str, arguments: &[(&str, i64)]) -> Command {
    let mut table = FieldTable::new();
    arguments.iter().for_each(|(key, value)| drop(table.insert(*key, *value)));
    let settings = QueueSettings { durable: true, arguments: table, ..QueueSettings::default() };
    let declare = TopologyCommand::DeclareQueue { name: name.into(), settings, server_named: false };
    Command::InVHost(vhost.into(), declare)
}

fn exchange(vhost: &str, name: &str, kind: &str) -> Command {
    let settings =
        ExchangeSettings { kind: kind.into(), durable: true, auto_delete: true, ..Default::default() };
    Command::InVHost(vhost.into(), TopologyCommand::DeclareExchange { name: name.into(), settings })
}

fn binding(vhost: &str, source: &str, queue: &str) -> Command {
    let binding = Binding {
        source: source.into(),
        destination: Destination::Queue(queue.into()),
        routing_key: "k".into(),
        arguments: FieldTable::new(),
    };
    Command::InVHost(vhost.into(), TopologyCommand::Bind(binding))
}

/// A command that may or may not be refused, as what came before is.
fn any_command() -> impl Strategy<Value = Command> {
    let name = || prop::sample::select(&NAMES[..]);
    let kinds = prop::sample::select(vec!["fanout", "topic", "nope"]);
    prop_oneof![
        name().prop_map(user),
        name().prop_map(vhost),
        (name(), name()).prop_map(|(user, vhost)| permission(user, vhost, ".*")),
        name().prop_map(|vhost| policy(vhost, "^a")),
        (name(), 0..3i64).prop_map(|(vhost, most)| limits(vhost, most)),
        (name(), name()).prop_map(|(vhost, name)| queue(vhost, name, &[])),
        (name(), name(), kinds).prop_map(|(vhost, name, kind)| exchange(vhost, name, kind)),
        (name(), name(), name()).prop_map(|(vhost, source, queue)| binding(vhost, source, queue)),
        name().prop_map(|name| Command::Make(Change::DeleteUser { name: name.into() })),
    ]
}

/// A command that is refused whatever came before.
fn refused_command() -> impl Strategy<Value = Command> {
    prop::sample::select(vec![
        permission("guest", "/", "("),
        permission("nobody", "/", ".*"),
        user(""),
        vhost(""),
        policy("/", "("),
        policy("nowhere", ".*"),
        queue("/", "bad", &[("x-max-length", -1)]),
        queue("nowhere", "q", &[]),
        exchange("/", "amq.mine", "fanout"),
        binding("/", "amq.topic", "missing"),
        Command::Make(Change::DeleteVhost { name: "nowhere".into() }),
    ])
}

fn items(commands: Vec<Command>) -> Vec<Item> {
    let numbered = commands.into_iter().enumerate();
    numbered.map(|(nth, command)| Item { path: format!("[{nth}]"), command }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn an_import_is_all_or_nothing(
        before in prop::collection::vec(any_command(), 0..8),
        commands in prop::collection::vec(any_command(), 0..12),
        refused in prop::option::of((refused_command(), any::<prop::sample::Index>())),
    ) {
        let log = Arc::new(MemoryLog::default());
        let broker = broker_on(&log);
        for item in items(before) {
            let _ = broker.import(&[item]);
        }
        let mut commands = commands;
        let has_refused = refused.is_some();
        if let Some((command, at)) = refused {
            commands.insert(at.index(commands.len() + 1), command);
        }
        let (was, appended) = (known(&broker), log.appended());
        let items = items(commands);
        let faults = broker.faults(&items);
        prop_assert_eq!(known(&broker), was.clone());
        match broker.import(&items) {
            Ok(_) => prop_assert!(faults.is_empty() && !has_refused),
            Err(told) => {
                prop_assert_eq!(told, faults);
                prop_assert_eq!((known(&broker), log.appended()), (was, appended));
            }
        }
        prop_assert_eq!(known(&restarted(&log)), known(&broker));
    }

    #[test]
    fn changes_are_all_or_nothing(
        commands in prop::collection::vec(any_command(), 0..8),
        refused in refused_command(),
        at in any::<prop::sample::Index>(),
    ) {
        let is_change = |command: &Command| matches!(command, Command::Make(_) | Command::AddVHost(_));
        let mut commands: Vec<_> = commands.into_iter().filter(is_change).collect();
        commands.insert(at.index(commands.len() + 1), refused);
        let log = Arc::new(MemoryLog::default());
        let broker = broker_on(&log);
        let (was, appended) = (known(&broker), log.appended());
        prop_assert!(broker.execute_with(|_| Ok(commands)).is_err());
        prop_assert_eq!((known(&broker), log.appended()), (was, appended));
        prop_assert_eq!(known(&restarted(&log)), known(&broker));
    }
}

#[test]
fn what_the_log_refuses_has_not_happened() {
    let document = vec![user("u"), vhost("v"), queue("/", "q", &[]), exchange("v", "e", "topic")];
    let log = Arc::new(MemoryLog::default());
    let broker = broker_on(&log);
    let was = known(&broker);
    log.fail_at(2);
    let faults = broker.import(&items(document.clone())).unwrap_err();
    assert_eq!((faults.len(), faults[0].error.name()), (1, "INTERNAL_ERROR"));
    assert_eq!(known(&broker), was);
    for command in document {
        assert!(broker.import(&items(vec![command])).is_err());
    }
    let principal = broker.vhost("/").unwrap();
    assert!(
        principal.declare_queue("q", QueueSettings { durable: true, ..Default::default() }, false).is_err()
    );
    assert_eq!(known(&broker), was);
    assert_eq!(known(&restarted(&log)), was);
}

#[test]
fn every_fault_is_told_with_its_place() {
    let broker = broker_on(&Arc::default());
    let bad = [("x-max-length", -1), ("x-expires", 0), ("x-max-length-bytes", 5)];
    let document = vec![queue("/", "good", &[]), queue("/", "bad", &bad), permission("guest", "/", "(")];
    let faults = broker.import(&items(document)).unwrap_err();
    let mut paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["[1].arguments.x-expires", "[1].arguments.x-max-length", "[2]"]);
}

#[test]
fn what_needs_each_other_is_imported_together_and_what_differs_is_left() {
    let broker = broker_on(&Arc::default());
    let document = vec![
        binding("v", "e", "q"),
        queue("v", "q", &[]),
        exchange("v", "e", "fanout"),
        permission("u", "v", ".*"),
        vhost("v"),
        user("u"),
    ];
    // What something refers to stands before it.
    assert!(broker.import(&items(document.clone())).is_err());
    let document: Vec<_> = document.into_iter().rev().collect();
    assert_eq!(broker.import(&items(document.clone())).unwrap().value, []);
    assert_eq!(broker.vhost("v").unwrap().topology().bindings().count(), 1);
    let was = known(&broker);
    assert_eq!(broker.import(&items(document)).unwrap().value, []);
    assert_eq!(known(&broker), was, "once more is the same as once");
    let left = broker.import(&items(vec![queue("v", "q", &[("x-max-length", 3)])])).unwrap().value;
    assert_eq!((left.len(), left[0].path.as_str()), (1, "[0]"));
    assert_eq!(known(&broker), was);
}

#[test]
fn auto_delete_exchanges_go_with_their_last_binding_and_only_then() {
    let broker = broker_on(&Arc::default());
    let vhost = broker.vhost("/").unwrap();
    let document = vec![
        queue("/", "q", &[]),
        queue("/", "r", &[]),
        exchange("/", "one", "fanout"),
        exchange("/", "two", "fanout"),
        binding("/", "two", "q"),
        binding("/", "two", "r"),
    ];
    let _ = broker.import(&items(document)).unwrap();
    let chain = Binding {
        source: "one".into(),
        destination: Destination::Exchange("two".into()),
        routing_key: "".into(),
        arguments: FieldTable::new(),
    };
    let _ = vhost.bind(chain).unwrap();
    let names = || {
        let topology = vhost.topology();
        let mut names: Vec<_> = topology.exchanges().map(|exchange| exchange.name.to_string()).collect();
        names.retain(|name| !name.is_empty() && !name.starts_with("amq."));
        names.sort();
        names
    };
    let _ = vhost.delete_queue(&vhost.queue("q").unwrap(), false, false).unwrap();
    assert_eq!(names(), ["one", "two"]);
    let _ = vhost.delete_queue(&vhost.queue("r").unwrap(), false, false).unwrap();
    assert!(names().is_empty(), "{:?}", names());
}

#[test]
fn a_deleted_vhost_takes_nothing_any_more() {
    let broker = broker_on(&Arc::default());
    let _ = broker.import(&items(vec![vhost("v"), queue("v", "q", &[])])).unwrap();
    let gone = broker.vhost("v").unwrap();
    let _ = broker.change(&[Change::DeleteVhost { name: "v".into() }]).unwrap();
    let durable = QueueSettings { durable: true, ..QueueSettings::default() };
    assert!(gone.declare_queue("q", durable, false).is_err());
}

#[test]
fn limits_hold_for_an_import_as_for_everybody() {
    let broker = broker_on(&Arc::default());
    let document = vec![limits("/", 1), queue("/", "a", &[]), queue("/", "b", &[])];
    let faults = broker.import(&items(document)).unwrap_err();
    assert_eq!((faults.len(), faults[0].path.as_str()), (1, "[2]"));
    assert_eq!(broker.vhost("/").unwrap().queues().len(), 0);
}
