//! A client program that runs beside the test, whose lines can be waited for.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Broker;
use super::environment::{Pika, amqplib_modules, clients_folder};
use super::wait::eventually;

/// The running program. It is killed when dropped.
pub struct Program {
    name: String,
    child: Child,
    stdout: Arc<Mutex<Vec<String>>>,
    stderr: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// Starts one of the tutorial's programs, with the pika that it was written for.
    pub fn tutorial(broker: &Broker, pika: Pika, program: &str, arguments: &[&str]) -> Self {
        let path = clients_folder().join("tutorial").join(pika.name()).join(program);
        Self::python(broker, pika, &path, arguments)
    }

    /// Starts one of the tutorial's programs with texts replaced, as the tutorial asks its reader to do.
    pub fn tutorial_edited(broker: &Broker, pika: Pika, program: &str, edits: &[(&str, &str)]) -> Self {
        let folder = clients_folder().join("tutorial").join(pika.name());
        let mut text = std::fs::read_to_string(folder.join(program)).unwrap();
        for (from, to) in edits {
            assert!(text.contains(from), "{program} has no {from:?}");
            text = text.replace(from, to);
        }
        let path = broker.home().join(format!("edited-{program}"));
        std::fs::write(&path, text).unwrap();
        Self::python(broker, pika, &path, &[])
    }

    /// Starts a program of `tests/clients/pika` with today's pika.
    pub fn pika(broker: &Broker, program: &str, arguments: &[&str]) -> Self {
        Self::python(broker, Pika::Today, &clients_folder().join("pika").join(program), arguments)
    }

    fn python(broker: &Broker, pika: Pika, path: &Path, arguments: &[&str]) -> Self {
        let (host, port) = broker.amqp.rsplit_once(':').expect("HOST:PORT");
        let mut command = Command::new(pika.python().expect("python"));
        command.arg(clients_folder().join("run_program.py")).arg(path).args(arguments);
        command.env("WARREN_TEST_HOST", host).env("WARREN_TEST_PORT", port);
        command.env("WARREN_TEST_VHOST", &broker.vhost);
        command.env("PYTHONUNBUFFERED", "1").env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
        Self::start(path.display().to_string(), command)
    }

    /// Starts a Node program of `tests/clients/amqplib`. It finds the broker in `AMQP_URI`.
    pub fn node(broker: &Broker, program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.arg(clients_folder().join("amqplib").join(program)).args(arguments);
        command.env("NODE_PATH", amqplib_modules().expect("node modules")).env("AMQP_URI", broker.uri());
        Self::start(program.to_owned(), command)
    }

    fn start(name: String, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Self { name, child, stdout, stderr }
    }

    /// Waits until the program has printed `count` lines on its standard output, and gives them all.
    #[track_caller]
    pub fn lines(&mut self, count: usize) -> Vec<String> {
        let what = format!("{} prints {count} lines", self.name);
        eventually(&what, || {
            let lines = self.stdout.lock().unwrap().clone();
            if lines.len() >= count { Ok(lines) } else { Err(self.told()) }
        })
    }

    /// Waits for the end of a program that must go well, and gives what it printed.
    #[track_caller]
    pub fn succeeds(mut self) -> Vec<String> {
        let code = self.await_exit();
        assert_eq!(code, Some(0), "{}", self.told());
        self.lines(0)
    }

    /// Waits for the end of a program that must fail, and gives what it wrote to its standard error.
    #[track_caller]
    pub fn fails(mut self) -> Vec<String> {
        let code = self.await_exit();
        assert_ne!(code, Some(0), "{}", self.told());
        self.stderr.lock().unwrap().clone()
    }

    /// Ends the program without warning.
    pub fn kill(mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    #[track_caller]
    fn await_exit(&mut self) -> Option<i32> {
        let what = format!("{} ends", self.name);
        let code = eventually(&what, || match self.child.try_wait().unwrap() {
            Some(status) => Ok(status.code()),
            None => Err(self.told()),
        });
        // Both readers end with the process; only then is everything it wrote here.
        eventually(&what, || {
            let open = Arc::strong_count(&self.stdout) + Arc::strong_count(&self.stderr) > 2;
            if open { Err("its output is still open".into()) } else { Ok(()) }
        });
        code
    }

    fn told(&self) -> String {
        let (stdout, stderr) = (self.stdout.lock().unwrap(), self.stderr.lock().unwrap());
        format!("{}\nstdout:\n{}\nstderr:\n{}", self.name, stdout.join("\n"), stderr.join("\n"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn collect(stream: impl Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            sink.lock().unwrap().push(line);
        }
    });
    lines
}
