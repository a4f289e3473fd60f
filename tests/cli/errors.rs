//! What is said when something is wrong: on standard error, with rabbitmqctl's exit codes, and with what to do.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use crate::ctl::{self, Ran, run, run_with_input};
use crate::fake::{self, whole};

fn fails(home: &Path, words: &[&str], code: i32) -> String {
    let ran = run(home, words);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), ""), "{words:?}: {ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    ran.stderr
}

#[test]
fn an_unknown_command_names_its_neighbours() {
    let home = tempfile::tempdir().unwrap();
    let text = fails(home.path(), &["list_quues"], 64);
    assert!(text.starts_with("\nCommand 'list_quues' not found. \nDid you mean 'list_queues'"), "{text}");
    assert!(fails(home.path(), &["xyzzy"], 64).contains("warrenctl help"));
    assert!(fails(home.path(), &["help", "list_quues"], 64).contains("'list_queues'"));
}

#[test]
fn no_command_is_the_whole_help_on_standard_error() {
    let home = tempfile::tempdir().unwrap();
    let text = fails(home.path(), &[], 64);
    assert!(text.contains("Available commands:") && text.contains("list_queues"), "{text}");
    for words in [&["--help"][..], &["help"], &["-?"]] {
        let ran = run(home.path(), words);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{words:?}");
        assert_eq!(ran.stdout.trim(), text.trim(), "{words:?}");
    }
}

#[test]
fn wrong_arguments_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let said = |words: &[&str]| fails(home.path(), words, 64);
    assert!(said(&["add_user"]).starts_with("Error (argument validation): not enough arguments."));
    assert!(said(&["list_users", "x"]).starts_with("Error (argument validation): too many arguments."));
    assert!(said(&["list_users", "--bogus"]).contains("Invalid options for this command:\n--bogus"));
    assert!(said(&["list_queues", "-t", "x"]).contains("--timeout <SECONDS> : x"));
    assert!(said(&["list_queues", "zz", "name,aa"]).contains("Info key(s) aa,zz are not supported"));
    assert!(fails(home.path(), &["delete_queue", ""], 65).contains("queue name cannot be an empty string"));
    assert!(fails(home.path(), &["add_user", "", "x"], 65).contains("user cannot be an empty string"));
    assert!(fails(home.path(), &["add_user", "u", "!", "--pre-hashed-password"], 65).contains("Base64"));
}

#[test]
fn a_node_that_is_not_there_is_named_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://user:secret@127.0.0.1:{port}");
    for command in ["list_queues", "status", "stop_app", "add_user x y"] {
        let words: Vec<&str> = ["--node", &url].into_iter().chain(command.split(' ')).collect();
        let text = fails(home.path(), &words, 69);
        assert!(
            text.starts_with("Error: unable to perform an operation on node 'http://127.0.0.1:"),
            "{text}"
        );
        assert!(text.contains(&format!("http://127.0.0.1:{port}: connection refused")), "{text}");
        assert!(text.contains("warrenctl start") && !text.contains("secret"), "{text}");
    }
}

#[test]
fn the_admin_socket_that_was_tried_is_named_too() {
    let home = tempfile::tempdir().unwrap();
    let ran = ctl::run_command(ctl::command(home.path()).args(["ping", "-t", "5"]), "");
    // Something may answer on the usual port of this machine; then there is nothing to see.
    if ran.code == Some(69) {
        assert!(ran.stderr.contains(".local/share/warren/admin.sock: no such file"), "{ran:?}");
        assert!(ran.stderr.contains("http://127.0.0.1:15672"), "{ran:?}");
    }
}

#[test]
fn a_node_that_says_nothing_times_out() {
    let home = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let ran = run(home.path(), &["list_queues", "-n", &url, "-t", "1"]);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    assert!(ran.stderr.contains("timed out. Timeout value used: 1000 ms"), "{ran:?}");
    assert!(fails(home.path(), &["list_queues", "-n", &url, "-t", "0"], 75).contains("timed out"));
}

#[test]
fn what_is_no_management_api_is_said_to_be_none() {
    let home = tempfile::tempdir().unwrap();
    for answer in [whole(200, "<html>"), whole(502, "<html>"), "AMQP\0\0\u{9}\u{1}".into()] {
        let url = fake::serve(move |_| answer.clone());
        let ran = run(home.path(), &["list_users", "-n", &url]);
        assert_eq!(ran.code, Some(69), "{ran:?}");
        assert!(ran.stderr.contains("is no management API"), "{ran:?}");
    }
}

#[test]
fn what_a_server_says_cannot_act_on_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let body = r#"{"error":"bad_request","reason":"\u001b[2Jx\u009b31m"}"#;
    let ran = run(home.path(), &["list_users", "-n", &fake::serve(move |_| whole(400, body))]);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    assert!(ran.stderr.contains("\\x1b[2Jx\\x9b31m") && !ran.stderr.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn credentials_that_are_refused_have_a_code_of_their_own() {
    let home = tempfile::tempdir().unwrap();
    // LavinMQ refuses without a body.
    for body in [r#"{"error":"not_authorized","reason":"Login failed"}"#, ""] {
        let text = fails(home.path(), &["list_users", "-n", &fake::serve(move |_| whole(401, body))], 77);
        assert!(text.contains("Login failed") && text.contains("http://USER:PASSWORD@HOST:PORT"), "{text}");
    }
}

/// A node of another make: it has an overview and nothing under Warren's own paths.
fn foreign(request: &str) -> String {
    match request.split(' ').nth(1).unwrap_or_default() {
        "/api/overview" => {
            whole(200, r#"{"node":"rabbit@host","product_name":"RabbitMQ","rabbitmq_version":"3.10.8"}"#)
        }
        "/api/nodes" => whole(200, r#"[{"name":"rabbit@host","os_pid":"17","uptime":5000}]"#),
        "/api/vhosts?columns=name" => whole(200, r#"[{"name":"/"}]"#),
        _ => whole(404, r#"{"error":"Object Not Found","reason":"Not Found"}"#),
    }
}

#[test]
fn an_operation_of_warrens_own_is_refused_by_name_elsewhere() {
    let home = tempfile::tempdir().unwrap();
    let url = fake::serve(foreign);
    for (command, path) in
        [("stop_app", "stop_app"), ("start_app", "start_app"), ("reset", "reset"), ("stop", "shutdown")]
    {
        let ran = run(home.path(), &[command, "-n", &url]);
        assert_eq!(ran.code, Some(69), "{ran:?}");
        assert!(ran.stderr.contains(&format!("does not offer /api/warren/{path}")), "{ran:?}");
    }
}

#[test]
fn the_state_of_another_make_is_put_together_from_its_own_endpoints() {
    let home = tempfile::tempdir().unwrap();
    let url = fake::serve(foreign);
    let ran = run(home.path(), &["status", "-n", &url]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in [
        "Status of node rabbit@host ...",
        "OS PID: 17",
        "Uptime (seconds): 5",
        "RabbitMQ version: 3.10.8",
        "Virtual host count: 1",
    ] {
        assert!(ran.stdout.lines().any(|own| own == line), "{line}: {ran:?}");
    }
    assert_eq!(run(home.path(), &["await_startup", "-n", &url]).code, Some(0));
    assert_eq!(run(home.path(), &["ping", "-q", "-n", &url]).stdout, "Ping succeeded\n");
}

#[test]
fn a_refusal_is_an_answer_to_ping() {
    let home = tempfile::tempdir().unwrap();
    let url = fake::serve(|_| whole(401, ""));
    let ran = run(home.path(), &["ping", "-n", &url]);
    assert_eq!((ran.code, ran.stdout.lines().last()), (Some(0), Some("Ping succeeded")), "{ran:?}");
}

#[test]
fn a_stopped_app_says_how_to_start_it() {
    let home = tempfile::tempdir().unwrap();
    let url = fake::serve(|_| whole(503, r#"{"error":"app_stopped","reason":"the app is stopped"}"#));
    for command in ["list_queues", "list_users", "purge_queue q"] {
        let words: Vec<&str> = command.split(' ').chain(["-n", &url]).collect();
        let text = fails(home.path(), &words, 64);
        assert!(text.starts_with("Error: this command requires the 'rabbit' app to be running"), "{text}");
        assert!(text.contains("warrenctl start_app"), "{text}");
    }
}

#[test]
fn a_password_that_is_nowhere_is_asked_for_in_vain() {
    let home = tempfile::tempdir().unwrap();
    let url = fake::serve(|_| whole(404, r#"{"error":"Object Not Found","reason":"Not Found"}"#));
    let ran: Ran = run_with_input(home.path(), &["add_user", "u", "-n", &url], "");
    assert_eq!(ran.code, Some(65), "{ran:?}");
    assert_eq!(ran.stdout, "Adding user \"u\" ...\nPassword: \n", "{ran:?}");
    assert!(ran.stderr.contains("Password is not provided via argument or stdin"), "{ran:?}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let home = tempfile::tempdir().unwrap();
    let mut child = ctl::command(home.path())
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = ctl::command(home.path()).args(["completions", "bash"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(70));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}
