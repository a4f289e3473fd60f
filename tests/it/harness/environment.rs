//! What client programs need from outside: Python with two ages of pika, Node with amqplib, installed once under
//! `target/it` with the versions that `tests/clients` pins.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The two ages of pika that the tutorial's programs are run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pika {
    /// 0.13.1, which the programs as printed were written for.
    Printed,
    /// The newest one, with today's argument names.
    Today,
}

impl Pika {
    /// Folder of the programs and suffix of the requirements file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Today => "today",
        }
    }

    /// The Python that has this pika. `None` (and a printed reason) when it cannot be had.
    pub fn python(self) -> Option<&'static Path> {
        static PYTHONS: [OnceLock<Result<PathBuf, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        let python = PYTHONS[self as usize].get_or_init(|| self.install());
        or_skip("Python with pika", python)
    }

    fn install(self) -> Result<PathBuf, String> {
        let requirements = clients_folder().join(format!("requirements-{}.txt", self.name()));
        let venv = match self {
            Self::Printed => "venv-0.13",
            Self::Today => "venv-new",
        };
        once(venv, &requirements, |folder| {
            run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
            let mut pip = Command::new(folder.join("bin/python"));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
            run(pip.arg(&requirements))
        })
        .map(|folder| folder.join("bin/python"))
    }
}

/// The `node_modules` folder that has amqplib. `None` (and a printed reason) when it cannot be had.
pub fn amqplib_modules() -> Option<&'static Path> {
    static MODULES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let modules = MODULES.get_or_init(|| {
        let pinned = clients_folder().join("amqplib");
        once("node", &pinned.join("package-lock.json"), |folder| {
            run(Command::new("node").arg("--version"))?;
            for name in ["package.json", "package-lock.json"] {
                fs::copy(pinned.join(name), folder.join(name)).map_err(|error| error.to_string())?;
            }
            let npm = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
            run(Command::new("npm").args(npm).current_dir(folder))
        })
        .map(|folder| folder.join("node_modules"))
    });
    or_skip("Node with amqplib", modules)
}

/// The client programs of this repository.
pub(super) fn clients_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// Where installed clients live, shared by all test processes.
pub(super) fn target_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target folder").join("it")
}

/// Whether `CI=true`: then a test that would be skipped fails.
pub(super) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Says that a test is skipped, past the capture of the test harness, so that it is seen. With `must_run_in_ci`, a skip
/// is a failure where `CI=true`.
#[track_caller]
pub fn skip(reason: &str, must_run_in_ci: bool) {
    assert!(!(must_run_in_ci && is_ci()), "would be skipped: {reason}");
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    writeln!(std::io::stderr().lock(), "SKIPPED {test}: {reason}").ok();
}

#[track_caller]
fn or_skip(what: &str, found: &'static Result<PathBuf, String>) -> Option<&'static Path> {
    match found {
        Ok(path) => Some(path),
        Err(reason) => {
            skip(&format!("no {what}: {reason}"), true);
            None
        }
    }
}

/// Makes `target/it/NAME` by `install`, unless it was made before for the same `pinned` file. A lock keeps other test
/// processes away meanwhile.
fn once(name: &str, pinned: &Path, install: impl Fn(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let root = target_folder();
    fs::create_dir_all(&root).map_err(|error| error.to_string())?;
    let lock = File::create(root.join(format!("{name}.lock"))).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let folder = root.join(name);
    let stamp = folder.join("installed-for");
    let wanted = fs::read(pinned).map_err(|error| error.to_string())?;
    if fs::read(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(folder);
    }
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    install(&folder)?;
    fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn run(command: &mut Command) -> Result<(), String> {
    let line = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{line}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Err(format!("{line}: {}: {} {}", output.status, text(&output.stdout), text(&output.stderr)))
}
