//! Where a node of this machine keeps its data, and with it its admin socket.

use std::env;
use std::path::PathBuf;

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The data directory: `$WARREN_DATA_DIR`, else `$XDG_DATA_HOME/warren`, else `$HOME/.local/share/warren`.
/// `None` when none of the variables is set.
pub fn data_dir() -> Option<PathBuf> {
    variable("WARREN_DATA_DIR").or_else(|| {
        // A relative $XDG_DATA_HOME is to be ignored, by the specification of base directories.
        let xdg = variable("XDG_DATA_HOME").filter(|dir| dir.is_absolute());
        let base = xdg.or_else(|| Some(variable("HOME")?.join(".local/share")));
        base.map(|base| base.join("warren"))
    })
}

/// The admin socket: `$WARREN_SOCKET`, else `admin.sock` in the data directory.
pub fn admin_socket() -> Option<PathBuf> {
    variable("WARREN_SOCKET").or_else(|| Some(data_dir()?.join("admin.sock")))
}

/// The command line's own configuration file: `$XDG_CONFIG_HOME/warren/config.toml`, else under `$HOME/.config`.
pub fn config_file() -> Option<PathBuf> {
    let xdg = variable("XDG_CONFIG_HOME").filter(|dir| dir.is_absolute());
    let base = xdg.or_else(|| Some(variable("HOME")?.join(".config")));
    base.map(|base| base.join("warren/config.toml"))
}
