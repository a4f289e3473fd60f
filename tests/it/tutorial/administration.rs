//! The tutorial's chapter on administration, command by command, in its order and with its users.

use crate::harness::{Broker, Wire};

/// A broker of the test's own: this chapter stops and resets it.
fn own_broker() -> Option<Broker> {
    Broker::start_own(None)
}

#[track_caller]
fn prints(broker: &Broker, command: &[&str], expected: &str) {
    assert_eq!(broker.ctl(command).ok(), expected, "{command:?}");
}

/// As [`prints`], for listings whose rows may come in any order.
#[track_caller]
fn lists(broker: &Broker, command: &[&str], banner: &str, expected: &[&str]) {
    let printed = broker.ctl(command).ok();
    // rabbitmqctl prints an empty line for a list without rows.
    let mut lines: Vec<&str> = printed.lines().filter(|line| !line.is_empty()).collect();
    let rows = lines.iter().position(|line| line.ends_with("...") && !line.starts_with("Timeout"));
    let rows = rows.unwrap_or_else(|| panic!("no banner: {printed}"));
    assert_eq!(lines[rows], banner, "{command:?}");
    let mut expected = expected.to_vec();
    lines.drain(..=rows);
    lines.get_mut(1..).unwrap_or_default().sort_unstable();
    expected.get_mut(1..).unwrap_or_default().sort_unstable();
    assert_eq!(lines, expected, "{command:?}");
}

#[test]
fn users_vhosts_and_permissions() {
    let Some(broker) = own_broker() else { return };
    let added = broker.ctl(&["add_user", "yugo", "123"]).ok();
    assert!(
        added.starts_with("Adding user \"yugo\" ...\nDone. Don't forget to grant the user permissions"),
        "{added}"
    );
    let tags = ["set_user_tags", "yugo", "administrator"];
    prints(&broker, &tags, "Setting tags for user \"yugo\" to [administrator] ...\n");
    let permissions = ["set_permissions", "-p", "/", "yugo", ".*", ".*", ".*"];
    prints(&broker, &permissions, "Setting permissions for user \"yugo\" in vhost \"/\" ...\n");
    let users = ["user\ttags", "guest\t[administrator]", "yugo\t[administrator]"];
    lists(&broker, &["list_users"], "Listing users ...", &users);

    prints(&broker, &["add_vhost", "vhost1"], "Adding vhost \"vhost1\" ...\n");
    lists(&broker, &["list_vhosts"], "Listing vhosts ...", &["name", "/", "vhost1"]);
    broker.ctl(&["add_user", "user1", "old"]).ok();
    let permissions = ["set_permissions", "-p", "vhost1", "user1", ".*", ".*", ".*"];
    prints(&broker, &permissions, "Setting permissions for user \"user1\" in vhost \"vhost1\" ...\n");
    lists(
        &broker,
        &["list_user_permissions", "user1"],
        "Listing permissions for user \"user1\" ...",
        &["vhost\tconfigure\twrite\tread", "vhost1\t.*\t.*\t.*"],
    );
    lists(
        &broker,
        &["list_permissions", "-p", "vhost1"],
        "Listing permissions for vhost \"vhost1\" ...",
        &["user\tconfigure\twrite\tread", "user1\t.*\t.*\t.*"],
    );

    prints(&broker, &["change_password", "user1", "new"], "Changing password for user \"user1\" ...\n");
    let success = "Authenticating user \"user1\" ...\nSuccess\n";
    prints(&broker, &["authenticate_user", "user1", "new"], success);
    let refused = broker.ctl(&["authenticate_user", "user1", "old"]).refused(65);
    assert!(refused.contains("failed to authenticate user \"user1\""), "{refused}");

    let clear = ["clear_permissions", "-p", "vhost1", "user1"];
    prints(&broker, &clear, "Clearing permissions for user \"user1\" in vhost \"vhost1\" ...\n");
    lists(
        &broker,
        &["list_permissions", "-p", "vhost1"],
        "Listing permissions for vhost \"vhost1\" ...",
        &[],
    );
    prints(&broker, &["delete_vhost", "vhost1"], "Deleting vhost \"vhost1\" ...\n");
    prints(&broker, &["delete_user", "user1"], "Deleting user \"user1\" ...\n");
    lists(&broker, &["list_users"], "Listing users ...", &users);
    lists(&broker, &["list_vhosts"], "Listing vhosts ...", &["name", "/"]);
}

#[test]
fn a_password_may_come_from_standard_input() {
    let Some(broker) = own_broker() else { return };
    let mut commands =
        [broker.ctl_command(&["add_user", "yugo"]), broker.ctl_command(&["authenticate_user", "yugo"])]
            .into_iter()
            .map(|command| crate::harness::Ran::of(command, "123\n"));
    let added = commands.next().expect("two").ok();
    assert!(added.starts_with("Adding user \"yugo\" ...\n"), "{added}");
    assert!(commands.next().expect("two").ok().ends_with("Success\n"));
}

#[test]
fn listings() {
    let Some(broker) = own_broker() else { return };
    let exchanges = [
        "name\ttype",
        "\tdirect",
        "amq.direct\tdirect",
        "amq.fanout\tfanout",
        "amq.headers\theaders",
        "amq.match\theaders",
        "amq.rabbitmq.trace\ttopic",
        "amq.topic\ttopic",
    ];
    lists(&broker, &["list_exchanges"], "Listing exchanges for vhost / ...", &exchanges);
    lists(&broker, &["list_queues"], "Listing queues for vhost / ...", &[]);
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "hello");
    wire.fill("hello", &["a", "b", "c"]);
    wire.take(1, "hello");
    lists(&broker, &["list_queues"], "Listing queues for vhost / ...", &["name\tmessages", "hello\t3"]);
    broker.shows_queues(&[("hello", 2, 1)]);
    prints(
        &broker,
        &["list_bindings"],
        "Listing bindings for vhost /...\n\
         source_name\tsource_kind\tdestination_name\tdestination_kind\trouting_key\targuments\n\
         \texchange\thello\tqueue\thello\t[]\n",
    );
    let status = broker.ctl(&["status"]).ok();
    for part in [
        "Runtime",
        "Listeners",
        env!("CARGO_PKG_VERSION"),
        &broker.amqp[broker.amqp.rfind(':').unwrap() + 1..],
    ] {
        assert!(status.contains(part), "no {part} in {status}");
    }
    assert!(broker.ctl(&["ping"]).ok().ends_with("Ping succeeded\n"));
    broker.ctl(&["await_startup"]).ok();
}

#[test]
fn purging_and_deleting_a_queue() {
    let Some(broker) = own_broker() else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "hello");
    wire.fill("hello", &["a", "b", "c"]);
    prints(&broker, &["purge_queue", "hello"], "Purging queue 'hello' in vhost '/' ...\n");
    assert_eq!(wire.counts(1, "hello"), (0, 0));
    wire.fill("hello", &["d"]);
    let refused = broker.ctl(&["delete_queue", "hello", "--if-empty"]).refused(64);
    assert!(refused.contains("not empty"), "{refused}");
    prints(
        &broker,
        &["delete_queue", "hello"],
        "Deleting queue 'hello' on vhost '/' ...\nQueue was successfully deleted with 1 ready messages\n",
    );
    lists(&broker, &["list_queues"], "Listing queues for vhost / ...", &[]);
}

#[test]
fn stop_app_reset_start_app() {
    let Some(broker) = own_broker() else { return };
    broker.ctl(&["add_user", "root", "123"]).ok();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "hello");
    let refused = broker.ctl(&["reset"]).refused(64);
    assert!(refused.contains("stop_app"), "{refused}");

    let stopped = broker.ctl(&["stop_app"]).ok();
    assert!(stopped.starts_with("Stopping rabbit application on node "), "{stopped}");
    // Clients are sent away, and no new ones come in.
    let closed = wire.connection_closed();
    assert_eq!(closed.code, 320, "{closed:?}");
    assert!(closed.text.starts_with("CONNECTION_FORCED"), "{closed:?}");
    let refused = broker.ctl(&["list_queues"]).refused(64);
    assert!(refused.contains("start_app"), "{refused}");

    let reset = broker.ctl(&["reset"]).ok();
    assert!(reset.starts_with("Resetting node "), "{reset}");
    let started = broker.ctl(&["start_app"]).ok();
    assert!(started.starts_with("Starting node "), "{started}");
    lists(&broker, &["list_queues"], "Listing queues for vhost / ...", &[]);
    lists(&broker, &["list_users"], "Listing users ...", &["user\ttags", "guest\t[administrator]"]);
    lists(&broker, &["list_vhosts"], "Listing vhosts ...", &["name", "/"]);
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "hello again");
}

#[test]
fn a_stopped_application_keeps_what_is_durable() {
    let Some(broker) = own_broker() else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "transient");
    let durable =
        amq_protocol::protocol::queue::Declare { queue: "music".into(), durable: true, ..Default::default() };
    wire.declare(1, durable);
    broker.ctl(&["stop_app"]).ok();
    broker.ctl(&["start_app"]).ok();
    broker.shows(&["list_queues", "name"], &["name", "music"]);
}

#[test]
fn stop_ends_the_server() {
    let Some(mut broker) = own_broker() else { return };
    let mut wire = Wire::connect(&broker);
    let stopped = broker.ctl(&["stop"]).ok();
    assert!(stopped.starts_with("Stopping and halting node "), "{stopped}");
    let closed = wire.connection_closed();
    assert_eq!(closed.code, 320, "{closed:?}");
    assert_eq!(broker.server().await_exit(), Some(0));
    let refused = broker.ctl(&["list_queues"]).refused(69);
    assert!(refused.contains("admin.sock") && refused.contains("warrenctl start"), "{refused}");
}
