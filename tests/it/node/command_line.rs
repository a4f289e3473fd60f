//! Mistakes on the command line, and nodes that cannot be reached.

use std::net::TcpListener;

use crate::harness::{Broker, Ran, isolated};

fn warrenctl(arguments: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut command = isolated(env!("CARGO_BIN_EXE_warrenctl"), home.path());
    command.args(arguments);
    Ran::of(command, "")
}

#[test]
fn an_unknown_command_names_its_nearest_neighbour() {
    let refused = warrenctl(&["list_quues"]).refused(64);
    assert!(refused.contains("Command 'list_quues' not found"), "{refused}");
    assert!(refused.contains("Did you mean 'list_queues'"), "{refused}");
}

#[test]
fn a_node_that_cannot_be_reached_is_named_by_its_address() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let node = format!("http://127.0.0.1:{port}");
    for command in [&["list_queues"][..], &["status"], &["add_user", "a", "b"]] {
        let refused = warrenctl(&[command, &["--node", &node]].concat()).refused(69);
        assert!(refused.contains(&format!("127.0.0.1:{port}")), "{refused}");
    }
    let refused = warrenctl(&["list_queues", "--node", "unix:///no/such/admin.sock"]).refused(69);
    assert!(refused.contains("/no/such/admin.sock"), "{refused}");
}

#[test]
fn a_node_may_be_named_by_its_http_address() {
    let Some(broker) = Broker::start_own(None) else { return };
    let node = format!("http://guest:guest@{}", broker.http);
    let listed = warrenctl(&["--node", &node, "list_vhosts", "-s"]).ok();
    assert_eq!(listed, "/\n");
    let wrong = format!("http://guest:wrong@{}", broker.http);
    let refused = warrenctl(&["--node", &wrong, "list_vhosts"]);
    assert!(refused.code != 0 && !refused.stderr.is_empty(), "{refused}");
    assert!(!refused.stderr.contains("wrong"), "the password is shown: {refused}");
}

#[test]
fn arguments_are_counted() {
    let Some(broker) = Broker::start_own(None) else { return };
    for command in [&["add_vhost"][..], &["add_vhost", "a", "b"], &["list_queues", "no_such_column"]] {
        broker.ctl(command).refused(64);
    }
    assert_eq!(broker.ctl(&["list_vhosts", "-s"]).ok(), "/\n");
}

#[test]
fn machine_readable_formats() {
    let Some(broker) = Broker::start_own(None) else { return };
    let json = broker.ctl(&["list_vhosts", "--formatter", "json"]).ok();
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows, serde_json::json!([{"name": "/"}]));
    let csv = broker.ctl(&["list_users", "--formatter", "csv"]).ok();
    assert_eq!(csv, "\"user\",\"tags\"\n\"guest\",\"[administrator]\"\n");
}
