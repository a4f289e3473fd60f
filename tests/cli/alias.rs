//! Which node a command talks to: option, environment, configuration file.

use std::fs;

use crate::ctl::{command, run, run_command};

#[test]
fn the_option_wins_over_the_environment_and_that_over_the_file() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/warren");
    fs::create_dir_all(&config).unwrap();
    let file = "default = \"a\"\n[nodes.a]\nurl = \"unix:///a\"\n[nodes.b]\nurl = \"unix:///b\"\n[nodes.c]\nurl = \"unix:///c\"\n";
    fs::write(config.join("config.toml"), file).unwrap();
    let tried = |words: &[&str], variable: Option<&str>| {
        let mut command = command(home.path());
        if let Some(alias) = variable {
            command.env("WARREN_NODE", alias);
        }
        let ran = run_command(command.args(words), "");
        assert_eq!(ran.code, Some(69), "{ran:?}");
        ran.stderr.lines().next().unwrap().rsplit("unix:///").next().unwrap()[..1].to_owned()
    };
    assert_eq!(tried(&["list_users"], None), "a");
    assert_eq!(tried(&["list_users"], Some("b")), "b");
    assert_eq!(tried(&["list_users", "--node", "c"], Some("b")), "c");
    assert_eq!(tried(&["-n", "unix:///d", "list_users"], Some("b")), "d");
}

#[test]
fn an_unknown_alias_and_a_wrong_file_are_named() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(home.path(), &["-n", "rabbit@host", "list_users"]);
    assert_eq!(ran.code, Some(65), "{ran:?}");
    assert!(ran.stderr.contains("'rabbit@host' is neither a URL nor an alias"), "{ran:?}");
    let config = home.path().join(".config/warren");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), "[nodes.a]\nurl = \"http://h\"\npasword = \"x\"\n").unwrap();
    let ran = run(home.path(), &["-n", "a", "list_users"]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(ran.stderr.contains("config.toml: line 3") && ran.stderr.contains("pasword"), "{ran:?}");
}
