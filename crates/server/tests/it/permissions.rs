//! Permissions over HTTP. The answers are RabbitMQ 3.10.8's.

use serde_json::json;

use crate::support::Server;

const P: &str = "/api/permissions/%2F/u";

#[test]
fn a_permission_is_given_seen_and_taken() {
    let server = Server::start();
    server.guest("PUT", "/api/users/u", Some(json!({"tags": ""})), 201);
    let body = json!({"configure": "^u", "write": ".*", "read": ""});
    server.guest("PUT", P, Some(body.clone()), 201);
    server.guest("PUT", P, Some(body), 204);
    let permission = json!({"user": "u", "vhost": "/", "configure": "^u", "write": ".*", "read": ""});
    assert_eq!(server.guest("GET", P, None, 200), permission);
    assert_eq!(server.guest("GET", "/api/users/u/permissions", None, 200), json!([permission]));
    assert_eq!(server.guest("GET", "/api/vhosts/%2F/permissions", None, 200)[1], permission);
    assert_eq!(server.guest("GET", "/api/permissions", None, 200)[1], permission);
    server.guest("DELETE", P, None, 204);
    server.guest("DELETE", P, None, 404);
    server.guest("GET", P, None, 404);
}

#[test]
fn bad_permissions_are_refused() {
    let server = Server::start();
    let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
    let answer = server.guest("PUT", P, Some(all.clone()), 400);
    assert_eq!(answer["reason"], "vhost_or_user_not_found");
    server.guest("PUT", "/api/permissions/nope/guest", Some(all), 400);
    let answer = server.guest("PUT", "/api/permissions/%2F/guest", Some(json!({"configure": ".*"})), 400);
    assert_eq!(answer["reason"], "[{key_missing,write},{key_missing,read}]");
    server.guest(
        "PUT",
        "/api/permissions/%2F/guest",
        Some(json!({"configure": "(", "write": "", "read": ""})),
        400,
    );
    server.guest(
        "PUT",
        "/api/permissions/%2F/guest",
        Some(json!({"configure": 1, "write": "", "read": ""})),
        400,
    );
    assert_eq!(server.guest("GET", "/api/permissions/%2F/guest", None, 200)["configure"], ".*");
}

#[test]
fn they_go_with_their_user_and_their_vhost() {
    let server = Server::start();
    server.guest("PUT", "/api/users/u", Some(json!({"tags": ""})), 201);
    server.guest("PUT", P, Some(json!({"configure": "", "write": "", "read": ""})), 201);
    server.guest("PUT", "/api/vhosts/v", None, 201);
    assert_eq!(server.guest("GET", "/api/permissions", None, 200).as_array().unwrap().len(), 3);
    server.guest("DELETE", "/api/users/u", None, 204);
    server.guest("DELETE", "/api/vhosts/v", None, 204);
    assert_eq!(
        server.guest("GET", "/api/permissions?columns=user,vhost", None, 200),
        json!([{"user": "guest", "vhost": "/"}])
    );
}
