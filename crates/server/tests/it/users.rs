//! Users over HTTP. The answers are RabbitMQ 3.10.8's.

use serde_json::{Value, json};

use crate::support::Server;

const U: &str = "/api/users/u";

#[test]
fn a_user_comes_logs_in_and_goes() {
    let server = Server::start();
    server.guest("PUT", U, Some(json!({"password": "p", "tags": "management, foo"})), 201);
    let user = server.guest("GET", U, None, 200);
    assert_eq!((&user["name"], &user["tags"]), (&json!("u"), &json!(["management", "foo"])));
    assert_eq!(user["hashing_algorithm"], "rabbit_password_hashing_sha256");
    let whoami = server.user("u", "p", "GET", "/api/whoami", None);
    assert_eq!((whoami.status, &whoami.body["tags"]), (200, &json!(["management", "foo"])));
    assert_eq!(server.user("u", "P", "GET", "/api/whoami", None).status, 401);
    server.guest("PUT", U, Some(json!({"password": "q", "tags": ["monitoring"]})), 204);
    assert_eq!(server.user("u", "p", "GET", "/api/whoami", None).status, 401);
    assert_eq!(server.user("u", "q", "GET", "/api/nodes", None).status, 200);
    server.guest("DELETE", U, None, 204);
    server.guest("DELETE", U, None, 404);
    assert_eq!(server.user("u", "q", "GET", "/api/whoami", None).status, 401);
}

#[test]
fn a_hash_moves_a_password() {
    let server = Server::start();
    let hash = server.guest("GET", "/api/auth/hash_password/s3cret", None, 200)["ok"].clone();
    server.guest("PUT", U, Some(json!({"password_hash": hash, "tags": "management"})), 201);
    assert_eq!(server.user("u", "s3cret", "GET", "/api/whoami", None).status, 200);
    assert_eq!(server.guest("GET", U, None, 200)["password_hash"], hash);
}

#[test]
fn without_a_password_nobody_logs_in() {
    let server = Server::start();
    for body in [
        json!({"tags": "management"}),
        json!({"password_hash": "", "tags": "management"}),
        json!({"password": "", "tags": "management"}),
    ] {
        server.user("guest", "guest", "PUT", U, Some(body.clone()));
        assert_eq!(server.user("u", "", "GET", "/api/whoami", None).status, 401, "{body}");
    }
}

#[test]
fn bad_users_are_refused() {
    let server = Server::start();
    let hash = "91A7nvVb4B6yCrOlA3E6g3SNiNm1nZPsY7UIx8YNjqV5+mRb";
    for (body, reason) in [
        (json!({"password": "p"}), json!("tags_not_present")),
        (json!({"password_hash": "x", "tags": ""}), json!(["not_base64", "x"])),
        (
            json!({"password": "p", "password_hash": hash, "tags": ""}),
            json!("both_password_and_password_hash_are_provided"),
        ),
    ] {
        assert_eq!(server.guest("PUT", U, Some(body), 400)["reason"], reason);
    }
    for body in [json!({"password": 1, "tags": ""}), json!({"tags": 1}), json!({"tags": [1]})] {
        server.guest("PUT", U, Some(body), 400);
    }
    server.guest("PUT", &format!("/api/users/{}", "x".repeat(256)), Some(json!({"tags": ""})), 400);
    server.guest("GET", U, None, 404);
    server.guest("GET", "/api/users/u/permissions", None, 404);
}

#[test]
fn several_go_at_once_or_none() {
    let server = Server::start();
    for name in ["u", "v", "w"] {
        server.guest("PUT", &format!("/api/users/{name}"), Some(json!({"tags": ""})), 201);
    }
    let names = |list: Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(server.guest("GET", "/api/users/without-permissions", None, 200)), ["u", "v", "w"]);
    let answer = server.guest("POST", "/api/users/bulk-delete", Some(json!({"users": ["u", "zz"]})), 400);
    assert_eq!(answer["reason"], json!(["no_such_user", "zz"]));
    server.guest("POST", "/api/users/bulk-delete", Some(json!({"users": ["u", "v"]})), 204);
    assert_eq!(names(server.guest("GET", "/api/users", None, 200)), ["guest", "w"]);
    let answer = server.guest("POST", "/api/users/bulk-delete", Some(json!({})), 400);
    assert_eq!(answer["reason"], "[{key_missing,users}]");
}

#[test]
fn users_outlive_the_process() {
    let server = Server::start();
    server.guest("PUT", U, Some(json!({"password": "p", "tags": "administrator"})), 201);
    let server = server.restart();
    assert_eq!(server.user("u", "p", "GET", "/api/users", None).status, 200);
}
