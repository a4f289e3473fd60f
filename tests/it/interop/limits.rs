//! Limits of virtual hosts and users as a client runs into them.

use lapin::options::QueueDeleteOptions;
use serde_json::{Value, json};

use super::client::{User, ask, becomes, connect, declare, delete, get, open, put, refusal, run};
use crate::harness::Broker;

#[test]
fn a_virtual_host_has_so_many_connections() {
    let broker = Broker::start();
    let vhost = &broker.vhost;
    run(async {
        put(&broker, "/api/vhost-limits/{vhost}/max-connections", json!({"value": 2}));
        let (first, _second) = (connect(&broker).await.unwrap(), connect(&broker).await.unwrap());
        let refused = |limit: u32| {
            let text = format!(
                "NOT_ALLOWED - access to vhost '{vhost}' refused for user 'guest': connection limit ({limit}) is reached"
            );
            (530, text)
        };
        assert_eq!(refusal(connect(&broker).await), refused(2));
        first.close(200, "".into()).await.unwrap();
        becomes("there is room", true, async || connect(&broker).await.is_ok()).await;
        put(&broker, "/api/vhost-limits/{vhost}/max-connections", json!({"value": 0}));
        assert_eq!(refusal(connect(&broker).await), refused(0));
        // A negative limit is none.
        put(&broker, "/api/vhost-limits/{vhost}/max-connections", json!({"value": -1}));
        connect(&broker).await.unwrap();
        let shown = json!([{"vhost": vhost, "value": {"max-connections": -1}}]);
        assert_eq!(get(&broker, "/api/vhost-limits/{vhost}"), shown);
        delete(&broker, "/api/vhost-limits/{vhost}/max-connections");
        assert_eq!(get(&broker, "/api/vhost-limits/{vhost}"), json!([]));
        connect(&broker).await.unwrap();
    });
}

#[test]
fn a_virtual_host_has_so_many_queues() {
    let broker = Broker::start();
    let vhost = &broker.vhost;
    run(async {
        put(&broker, "/api/vhost-limits/{vhost}/max-queues", json!({"value": 1}));
        let (connection, channel) = open(&broker).await;
        declare(&channel, "q", &[]).await.unwrap();
        // What is there already may be declared again.
        declare(&channel, "q", &[]).await.unwrap();
        let reason = |name: &str| {
            format!("cannot declare queue '{name}': queue limit in vhost '{vhost}' (1) is reached")
        };
        for kind in ["classic", "quorum", "stream"] {
            let channel = connection.create_channel().await.unwrap();
            let refused = refusal(declare(&channel, kind, &[("x-queue-type", kind.into())]).await);
            assert_eq!(refused, (406, format!("PRECONDITION_FAILED - {}", reason(kind))));
        }
        let answer = ask(&broker, "PUT", "/api/queues/{vhost}/x", &json!({"durable": true}));
        assert_eq!(answer, (400, json!({"error": "bad_request", "reason": reason("x")})));
        channel.queue_delete("q".into(), QueueDeleteOptions::default()).await.unwrap();
        declare(&channel, "x", &[]).await.unwrap();
        delete(&broker, "/api/vhost-limits/{vhost}/max-queues");
        declare(&channel, "y", &[]).await.unwrap();
    });
}

#[test]
fn a_user_has_so_many_connections() {
    let broker = Broker::start();
    let user = User::new(&broker, "");
    let limit = format!("/api/user-limits/{}/max-connections", user.name);
    run(async {
        put(&broker, &limit, json!({"value": 1}));
        let first = user.connect().await.unwrap();
        let refused = |limit: u32| {
            let name = &user.name;
            let text = format!(
                "NOT_ALLOWED - connection refused for user '{name}': user connection limit ({limit}) is reached"
            );
            (530, text)
        };
        assert_eq!(refusal(user.connect().await), refused(1));
        // Others are not limited.
        connect(&broker).await.unwrap();
        first.close(200, "".into()).await.unwrap();
        becomes("there is room", true, async || user.connect().await.is_ok()).await;
        put(&broker, &limit, json!({"value": 0}));
        assert_eq!(refusal(user.connect().await), refused(0));
        put(&broker, &limit, json!({"value": -1}));
        user.connect().await.unwrap();
    });
}

#[test]
fn a_user_has_so_many_channels() {
    let broker = Broker::start();
    let user = User::new(&broker, "");
    let limit = format!("/api/user-limits/{}/max-channels", user.name);
    run(async {
        put(&broker, &limit, json!({"value": 2}));
        let (one, other) = (user.connect().await.unwrap(), user.connect().await.unwrap());
        let mut channels = vec![one.create_channel().await.unwrap()];
        let second = other.create_channel().await.unwrap();
        let refused = |limit: u32| {
            let name = &user.name;
            let text = format!(
                "NOT_ALLOWED - number of channels opened for user '{name}' has reached the maximum allowed user limit \
                 of {limit}"
            );
            (530, text)
        };
        // Some brokers count a channel a moment after it is open.
        let answer = loop {
            match one.create_channel().await {
                Ok(channel) if channels.len() < 20 => channels.push(channel),
                answer => break refusal(answer),
            }
        };
        assert_eq!(answer, refused(2));
        // The connection went with it, and its channels.
        becomes("there is room", true, async || other.create_channel().await.is_ok()).await;
        second.close(200, "".into()).await.unwrap();
        delete(&broker, &limit);
        let third = user.connect().await.unwrap();
        let mut more = Vec::new();
        for _ in 0..5 {
            more.push(third.create_channel().await.unwrap());
        }
        put(&broker, &limit, json!({"value": 0}));
        let fourth = user.connect().await.unwrap();
        assert_eq!(refusal(fourth.create_channel().await), refused(0));
    });
}

#[test]
fn limits_are_set_by_administrators_and_checked() {
    let broker = Broker::start();
    let user = User::new(&broker, "management");
    let own = format!("/api/user-limits/{}", user.name);
    put(&broker, &format!("{own}/max-channels"), json!({"value": 3}));
    put(&broker, &format!("{own}/max-connections"), json!({"value": 4}));
    let limits = json!({"max-channels": 3, "max-connections": 4});
    assert_eq!(get(&broker, &own), json!([{"user": user.name, "value": limits}]));
    assert_eq!(get(&broker, &format!("/api/users/{}", user.name))["limits"], limits);
    let refused = |path: &str, value: Value, reason: Value| {
        let answer = ask(&broker, "PUT", path, &json!({ "value": value }));
        assert_eq!(answer, (400, json!({"error": "bad_request", "reason": reason})), "{path}");
    };
    refused(
        "/api/vhost-limits/{vhost}/bogus",
        json!(1),
        "Validation failed\n\nUnrecognised terms [{<<\"bogus\">>,1}] in limits\n".into(),
    );
    refused(
        "/api/vhost-limits/{vhost}/max-queues",
        json!("x"),
        "Validation failed\n\nmax-queues should be a number, actually was <<\"x\">>\n".into(),
    );
    refused(
        &format!("{own}/max-queues"),
        json!(1),
        "Unrecognised terms [{<<\"max-queues\">>,1}] in user-limits".into(),
    );
    refused("/api/user-limits/nobody/max-channels", json!(1), json!(["no_such_user", "nobody"]));
    let answer = ask(&broker, "PUT", "/api/vhost-limits/no-vhost/max-queues", &json!({"value": 1}));
    assert_eq!(answer, (404, json!({"error": "not_found", "reason": "vhost_not_found"})));
    let not_administrator = (401, json!({"error": "not_authorised", "reason": "Not administrator user"}));
    for path in ["/api/vhost-limits/{vhost}/max-queues", &format!("{own}/max-channels")] {
        for method in ["PUT", "DELETE"] {
            assert_eq!(user.ask(method, path, &json!({"value": 1})), not_administrator, "{method} {path}");
        }
    }
    assert_eq!(user.ask("GET", &own, &Value::Null).0, 200);
    assert_eq!(user.ask("GET", "/api/user-limits/guest", &Value::Null).0, 401);
}
