//! Commands about users.

use super::assert_transcript;
use crate::ctl::run_with_input;
use crate::node::Node;
use crate::transcript::Transcript;

#[test]
fn add_user() {
    let node = Node::start();
    let transcript = Transcript::new(&node)
        .run("add_user alice secret")
        .run("add_user alice secret")
        .run("add_user bob secret -q")
        .run("add_user carol secret --formatter json")
        .run("add_user carol secret --formatter json")
        .run("add_user hashy kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR --pre-hashed-password")
        .run("authenticate_user hashy test12")
        .run("add_user dry x --dry-run")
        .run("add_user nobody")
        .run("list_users");
    assert_transcript!("add_user", transcript);
}

#[test]
fn a_password_is_read_from_standard_input() {
    let node = Node::start();
    let ran = run_with_input(node.home(), &["add_user", "alice"], " secret \n");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.starts_with("Adding user \"alice\" ...\nPassword: \nDone."), "{ran:?}");
    let ran = run_with_input(node.home(), &["-q", "authenticate_user", "alice"], "secret");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Success\n"), "{ran:?}");
    let ran = run_with_input(node.home(), &["change_password", "alice", "-q"], "other\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(node.run(&["authenticate_user", "alice", "secret"]).code, Some(65));
    assert_eq!(node.run(&["authenticate_user", "alice", "other"]).code, Some(0));
}

#[test]
fn list_users() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["set_user_tags", "alice", "management", "custom tag"]);
    node.must(&["add_user", "tab\tand\nline \u{1b}[31m\"日本語\\", "secret"]);
    assert_transcript!("list_users", Transcript::new(&node).in_every_format("list_users"));
}

#[test]
fn authenticate_user() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    let transcript = Transcript::new(&node)
        .run("authenticate_user alice secret")
        .run("authenticate_user alice secret -q")
        .run("authenticate_user alice secret --formatter json")
        .run("authenticate_user alice bad")
        .run("authenticate_user nobody bad")
        .run("authenticate_user alice");
    assert_transcript!("authenticate_user", transcript);
}

#[test]
fn change_password() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["set_user_tags", "alice", "management"]);
    let transcript = Transcript::new(&node)
        .run("change_password alice other")
        .run("authenticate_user alice other -q")
        .run("authenticate_user alice secret -q")
        .run("list_users")
        .run("change_password nobody other")
        .run("change_password alice --formatter json again")
        .run("change_password alice");
    assert_transcript!("change_password", transcript);
}

#[test]
fn an_empty_password_cannot_log_in() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["change_password", "alice", ""]);
    for password in ["", "secret"] {
        assert_eq!(node.run(&["authenticate_user", "alice", password]).code, Some(65));
    }
}

#[test]
fn set_user_tags() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    let transcript = Transcript::new(&node)
        .run("set_user_tags alice management monitoring")
        .run("authenticate_user alice secret -q")
        .run("list_users -q")
        .run("set_user_tags alice")
        .run("list_users -q")
        .run("set_user_tags alice administrator --formatter json")
        .run("set_user_tags nobody x");
    assert_transcript!("set_user_tags", transcript);
}

#[test]
fn delete_user() {
    let node = Node::start();
    node.must(&["add_user", "alice", "secret"]);
    node.must(&["add_user", "bob", "secret"]);
    let transcript = Transcript::new(&node)
        .run("delete_user alice --dry-run")
        .run("delete_user alice")
        .run("delete_user alice")
        .run("delete_user bob --formatter json")
        .run("delete_user bob --formatter json")
        .run("list_users");
    assert_transcript!("delete_user", transcript);
}
