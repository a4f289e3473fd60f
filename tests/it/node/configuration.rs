//! The configuration file, as far as it can be seen from outside.

use std::fs;

use crate::harness::{Broker, Ran, Wire, capable, isolated, method};

#[test]
fn tuning_comes_from_the_file() {
    let config = "channel_max = 100\nframe_max = 65536\nheartbeat = 17\nmax_message_size = 1000\n";
    let Some(broker) = Broker::start_own(Some(config)) else { return };
    let mut wire = Wire::with_channel(&broker);
    assert_eq!((wire.tune.channel_max, wire.tune.frame_max, wire.tune.heartbeat), (100, 65536, 17));
    wire.declare_queue(1, "q");
    wire.publish(1, "", "q", &[0; 1001]);
    let closed = wire.channel_closed(1);
    let text = "PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000";
    assert_eq!((closed.code, closed.text.as_str()), (406, text));
}

#[test]
fn the_first_user_and_virtual_host_come_from_the_file() {
    let config = "default_user = admin\ndefault_pass = 'p w#d'\ndefault_vhost = home\n";
    let Some(broker) = Broker::start_own(Some(config)) else { return };
    broker.shows(&["list_users"], &["user\ttags", "admin\t[administrator]"]);
    broker.shows(&["list_vhosts"], &["name", "home"]);
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0admin\0p w#d", capable());
    wire.agree(None);
    wire.open_vhost("home");
    wire.open(1);
    let mut wire = Wire::dial(&broker);
    wire.start("PLAIN", b"\0guest\0guest", capable());
    assert_eq!(wire.connection_closed().code, 403);
}

#[test]
fn mistakes_are_named_with_file_line_and_key() {
    for (text, line, key) in [
        ("# fine\n\ndefault_usr = a\n", ":3:", "default_usr"),
        ("heartbeat = 60\nframe_max = large\n", ":2:", "frame_max"),
        ("channel_max = 70000\n", ":1:", "channel_max"),
        ("heartbeat\n", ":1:", "key = value"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("warren.conf");
        fs::write(&file, text).unwrap();
        let mut command = isolated(env!("CARGO_BIN_EXE_warrenctl"), home.path());
        command.args(["server", "--amqp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--config"]).arg(&file);
        let refused = Ran::of(command, "");
        assert_ne!(refused.code, 0, "{refused}");
        let place = format!("{}{line}", file.display());
        assert!(refused.stderr.contains(&place) && refused.stderr.contains(key), "{refused}");
        assert!(!refused.stderr.contains("panicked"), "{refused}");
    }
}

#[test]
fn options_come_from_the_environment_too() {
    let home = tempfile::tempdir().unwrap();
    let (data, ready) = (home.path().join("elsewhere"), home.path().join("ready.json"));
    let mut command = isolated(env!("CARGO_BIN_EXE_warrenctl"), home.path());
    command.arg("server").env("WARREN_DATA_DIR", &data).env("WARREN_READY_FILE", &ready);
    command.env("WARREN_AMQP", "127.0.0.1:0").env("WARREN_HTTP", "127.0.0.1:0");
    command.env("WARREN_SOCKET", home.path().join("s"));
    let mut child =
        command.stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let told = crate::harness::eventually("the server is ready", || {
        let text = fs::read_to_string(&ready).map_err(|error| error.to_string())?;
        serde_json::from_str::<serde_json::Value>(&text).map_err(|error| error.to_string())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(told["data_dir"].as_str(), data.to_str());
    assert_eq!(told["socket"].as_str(), home.path().join("s").to_str());
}

#[test]
fn a_channel_beyond_the_limit_of_the_file_is_refused() {
    let Some(broker) = Broker::start_own(Some("channel_max = 2\n")) else { return };
    let mut wire = Wire::connect(&broker);
    wire.open(1);
    wire.open(2);
    let (code, text) = wire.fatal(3, method!(channel::Open {}));
    assert!(matches!(code, 504 | 530), "{code} {text}");
}

#[test]
fn a_client_that_does_not_get_on_with_its_handshake_is_dropped() {
    let Some(broker) = Broker::start_own(Some("handshake_timeout = 100\n")) else { return };
    let mut silent = Wire::dial(&broker);
    silent.ends();
    let mut half = Wire::dial(&broker);
    half.login("PLAIN", b"\0guest\0guest", capable());
    half.connection_ended();
    // Whoever is through has all the time in the world.
    let mut wire = Wire::with_channel(&broker);
    Wire::dial(&broker).ends();
    wire.declare_queue(1, "q");
}
