//! Commands about nodes.

use super::assert_transcript;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn stop_app_reset_start_app() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["add_vhost", "v1"]);
    let transcript = Transcript::new(&node)
        .run("reset")
        .run("reset --formatter json")
        .run("stop_app")
        .run("stop_app -q")
        .run("list_queues")
        .run("list_users --formatter json")
        .run("add_user bob secret")
        .run("status")
        .run("ping -q")
        .run("await_startup -t 0")
        .run("reset")
        .run("start_app")
        .run("start_app --formatter json")
        .run("await_startup")
        .run("await_startup --formatter json")
        .run("list_users")
        .run("list_vhosts")
        .run("list_queues");
    assert_transcript!("stop_app_reset_start_app", transcript);
}

#[test]
fn limits_of_memory_and_disk() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .run("set_vm_memory_high_watermark 0.5")
        .run("set_vm_memory_high_watermark absolute 1GB")
        .run("set_vm_memory_high_watermark 1.5")
        .run("set_vm_memory_high_watermark -1")
        .run("set_vm_memory_high_watermark absolute x")
        .run("set_vm_memory_high_watermark absolute")
        .run("set_vm_memory_high_watermark relative 0.5")
        .run("set_disk_free_limit 1GB")
        .run("set_disk_free_limit mem_relative 0.001 --formatter json")
        .run("set_disk_free_limit x")
        .run("set_disk_free_limit mem_relative x")
        .run("set_disk_free_limit absolute 1GB");
    assert_transcript!("limits_of_memory_and_disk", transcript);
}

#[test]
fn ping() {
    let node = Node::start();
    let transcript =
        Transcript::new(&node).run("ping").run("ping -q").run("ping -t 5").run("ping --formatter json");
    assert_transcript!("ping", transcript);
}

#[test]
fn status() {
    let node = Node::start();
    node.must(&["add_vhost", "v1"]);
    let text = node.must(&["status"]);
    let headings =
        ["Runtime", "Data directory", "Config files", "Log file(s)", "Alarms", "Memory", "File Descriptors"];
    for heading in headings.iter().chain(&["Free Disk Space", "Totals", "Listeners"]) {
        assert!(text.contains(&format!("\n{heading}\n\n")), "{heading}: {text}");
    }
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("Status of node {} ...", node.field("node")));
    assert!(lines.contains(&format!("Warren version: {}", env!("CARGO_PKG_VERSION")).as_str()), "{text}");
    for count in ["Connection count: 0", "Queue count: 0", "Virtual host count: 2"] {
        assert!(lines.contains(&count), "{count}: {text}");
    }
    for (field, protocol) in [("amqp", "amqp"), ("http", "http")] {
        let (host, port) = node.field(field).rsplit_once(':').unwrap();
        let line = format!("Interface: {host}, port: {port}, protocol: {protocol}, purpose: ");
        assert!(lines.iter().any(|own| own.starts_with(&line)), "{line}: {text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&node.must(&["status", "--formatter", "json"])).unwrap();
    assert_eq!(json["totals"]["virtual_host_count"], 2);
    assert_eq!(json["app_running"], true);
    assert!(json["memory"]["total"]["rss"].as_u64().unwrap() > 1_000_000, "{json}");
    assert!(json["pid"].as_u64().unwrap() > 1 && json["os"].as_str().unwrap().len() > 2, "{json}");
    assert!(json["file_descriptors"]["total_used"].as_u64().unwrap() > 3, "{json}");
}

#[test]
fn status_takes_a_unit() {
    let node = Node::start();
    let used = |unit: &str| {
        let text = node.must(&["status", "--unit", unit]);
        text.lines().find_map(|line| line.strip_prefix("Total memory used: ").map(str::to_owned)).unwrap()
    };
    assert!(
        used("bytes").ends_with(" bytes") && used("MB").ends_with(" mb") && used("gib").ends_with(" gib")
    );
    assert_eq!(node.run(&["status", "--unit", "bogus"]).code, Some(64));
}

#[test]
fn a_wrong_password_is_refused_and_a_right_one_is_not() {
    let node = Node::start();
    assert_eq!(node.run(&["list_users", "-n", &node.url("guest:bad")]).code, Some(77));
    assert_eq!(node.run(&["list_users", "-n", &node.url("guest:guest")]).code, Some(0));
    node.must(&["add_user", "alice", "secret"]);
    assert_eq!(node.run(&["list_users", "-n", &node.url("alice:secret")]).code, Some(77));
}
