//! Start, end, and what stands in the way of a start.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Server, exchange, exchange_text, request};

#[test]
fn a_node_answers_and_ends_when_asked() {
    let server = Server::start();
    let version = server.tcp("GET", "/api/version", &[], None);
    assert_eq!((version.status, version.body.as_str()), (200, Some(env!("CARGO_PKG_VERSION"))));
    assert_eq!(version.header("cache-control"), Some("no-cache"));
    let socket = server.socket();
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(server.admin("POST", "/api/warren/shutdown", None).status, 204);
    let ready_file = server.dir.path().join("ready.json");
    server.ended().unwrap();
    assert!(!socket.exists() && !ready_file.exists());
}

#[test]
fn the_ready_file_tells_where_everything_is() {
    let server = Server::start();
    let ready = &server.ready;
    assert_eq!(ready["pid"], std::process::id());
    assert!(ready["node"].as_str().unwrap().starts_with("warren@"), "{ready}");
    assert_eq!(ready["data_dir"], server.dir.path().join("data").to_str().unwrap());
    assert_eq!(ready["socket"], server.dir.path().join("data/admin.sock").to_str().unwrap());
    for key in ["amqp", "http"] {
        let address: std::net::SocketAddr = ready[key].as_str().unwrap().parse().unwrap();
        assert_ne!(address.port(), 0, "{key}");
    }
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let server = Server::start();
    let error = warren_server::run(Server::options(&server.dir)).unwrap_err().to_string();
    assert!(error.contains("in use by the Warren server with process id"), "{error}");
    assert_eq!(server.tcp("GET", "/api/version", &[], None).status, 200);
}

#[test]
fn a_taken_port_is_an_error_before_anything_starts() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("warren.conf"), "").unwrap();
    let mut options = Server::options(&dir);
    options.http = server.ready["http"].as_str().map(str::to_owned);
    let error = warren_server::run(options).unwrap_err().to_string();
    assert!(error.contains("is taken") && error.contains("--http"), "{error}");
    assert!(!dir.path().join("data/admin.sock").exists());
}

#[test]
fn the_admin_socket_is_an_administrator() {
    let server = Server::start();
    let whoami = server.admin("GET", "/api/whoami", None);
    assert_eq!(whoami.status, 200);
    assert_eq!(whoami.body["name"], "admin socket");
    assert_eq!(whoami.body["tags"][0], "administrator");
}

#[test]
fn methods_paths_and_types_that_do_not_exist() {
    let server = Server::start();
    let options = server.tcp("OPTIONS", "/api/whoami", &[], None);
    assert_eq!((options.status, options.header("allow")), (200, Some("HEAD, GET, OPTIONS")));
    let delete = server.admin("DELETE", "/api/whoami", None);
    assert_eq!(delete.status, 405);
    assert!(delete.header("allow").unwrap().contains("GET"));
    let nowhere = server.admin("GET", "/api/nowhere", None);
    assert_eq!((nowhere.status, nowhere.body["error"].as_str()), (404, Some("Object Not Found")));
    assert_eq!(server.admin("GET", "/api/whoami/", None).status, 200);
    assert_eq!(server.tcp("GET", "/api/version", &[("accept", "text/html")], None).status, 406);
}

#[test]
fn a_request_without_credentials_is_asked_for_some() {
    let server = Server::start();
    let answer = server.tcp("GET", "/api/whoami", &[], None);
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));
    assert_eq!(answer.body["error"], "not_authorized");
}

#[test]
fn garbage_does_not_reach_the_next_client() {
    let server = Server::start();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000));
    for garbage in [&b"\x00\x01\x02\r\n\r\n"[..], b"GET / HTTP/9.9\r\n\r\n", long.as_bytes()] {
        let answer = exchange(server.connect(), garbage);
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    for path in ["/%", "/api/%ff%fe", "/api/whoami?page=%ff", "//", "/api//"] {
        let answer = exchange(server.connect(), &request("GET", path, &[], None));
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    assert_eq!(server.tcp("GET", "/api/version", &[], None).status, 200);
}

#[test]
fn what_hinders_a_start_is_named_and_leaves_nothing_behind() {
    let refused = |config: &str, change: &dyn Fn(&mut warren_server::ServerOptions), parts: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("warren.conf"), format!("log.console = false\n{config}")).unwrap();
        let mut options = Server::options(&dir);
        change(&mut options);
        let error = warren_server::run(options).unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(!dir.path().join("data/admin.sock").exists() && !dir.path().join("ready.json").exists());
    };
    refused("heartbeet = 1", &|_| {}, &["warren.conf:2", "heartbeet", "did you mean 'heartbeat'"]);
    refused("heartbeat = soon", &|_| {}, &["warren.conf:2", "heartbeat", "'soon'"]);
    refused("", &|options| options.amqp = Some("nonsense".into()), &["--amqp nonsense", "HOST:PORT"]);
    refused(
        "",
        &|options| options.http = Some("192.0.2.1:0".into()),
        &["192.0.2.1:0", "--http", "management.tcp"],
    );
    refused(
        "",
        &|options| options.socket = Some("/nowhere/at/all.sock".into()),
        &["/nowhere/at/all.sock", "--socket"],
    );
    refused(
        "",
        &|options| options.ready_file = Some("/nowhere/ready".into()),
        &["/nowhere/ready", "--ready-file"],
    );
    refused(
        "",
        &|options| options.data_dir = Some("/dev/null/data".into()),
        &["/dev/null/data", "--data-dir"],
    );
    refused("default_permissions.read = (", &|_| {}, &["default user", "("]);
}

#[test]
fn a_connection_serves_request_after_request() {
    let server = Server::start();
    let keep = b"HEAD /api/version HTTP/1.1\r\nhost: x\r\n\r\nGET /api/version HTTP/1.1\r\nhost: x\r\n\r\n";
    let last = request("GET", "/api/whoami", &[], None);
    let answer = exchange_text(server.connect(), &[&keep[..], &last].concat());
    let statuses: Vec<_> = answer.split("HTTP/1.1 ").skip(1).map(|part| &part[..3]).collect();
    assert_eq!(statuses, ["200", "200", "401"]);
    assert_eq!(answer.matches(env!("CARGO_PKG_VERSION")).count(), 1, "HEAD has no body: {answer}");
}

#[test]
fn a_body_of_unknown_length_is_bounded_too() {
    let server = Server::start_with("management.http.max_body_size = 2000\n");
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let head = "PUT /api/vhosts/v HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\
                authorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n";
    let answer = exchange(server.connect(), format!("{head}{chunk}0\r\n\r\n").as_bytes());
    assert_eq!(
        (answer.status, answer.body["reason"].as_str()),
        (400, Some("the request body has more than 2000 bytes"))
    );
}
