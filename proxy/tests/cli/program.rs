//! The program as a child process.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::support::soon;

/// The program, apart from this environment, and gone when the test is.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pop3-proxy"));
    command
        .current_dir(folder)
        .kill_on_drop(true)
        .stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("POP3_PROXY_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program to its end.
pub(crate) async fn outcome(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = soon(command.output()).await.unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (status.code(), text(stdout), text(stderr))
}

pub(crate) fn write_config(folder: &Path, text: &str) {
    std::fs::write(folder.join("pop3-proxy.toml"), text).unwrap();
}

/// The program while it serves.
pub(crate) struct Serving {
    pub(crate) child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    /// What was read of `stderr`.
    log: String,
    pub(crate) address: SocketAddr,
}

impl Serving {
    /// Starts the program, and waits until it says that it is ready.
    pub(crate) async fn start(command: &mut Command) -> Self {
        let (serving, urls) = Self::start_with_urls(command).await;
        assert_eq!(urls.len(), 1, "{urls:?}");
        serving
    }

    /// The same, with all the URLs at which it says to serve.
    pub(crate) async fn start_with_urls(command: &mut Command) -> (Self, Vec<String>) {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        soon(stdout.read_line(&mut line)).await.unwrap();
        let urls = line
            .trim_end()
            .strip_prefix("ready: ")
            .unwrap_or_else(|| panic!("instead of ready: {line:?}"));
        let urls: Vec<String> = urls.split(' ').map(str::to_owned).collect();
        let address = urls[0].strip_prefix("http://").unwrap();
        let address = address.strip_suffix('/').unwrap().parse().unwrap();
        let serving = Self {
            child,
            stdout,
            stderr,
            log: String::new(),
            address,
        };
        (serving, urls)
    }

    /// Sends a signal by its name.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(soon(sent).await.unwrap().success());
    }

    /// The next line of the log that holds `part`.
    pub(crate) async fn logged(&mut self, part: &str) -> String {
        loop {
            let mut line = String::new();
            let read = soon(self.stderr.read_line(&mut line)).await.unwrap();
            assert_ne!(read, 0, "no line with {part:?} in {}", self.log);
            self.log.push_str(&line);
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The exit status, what was printed after the ready line, and the log.
    pub(crate) async fn ended(mut self) -> (Option<i32>, String, String) {
        let status = soon(self.child.wait()).await.unwrap();
        let (mut rest, mut log) = (String::new(), self.log);
        soon(self.stdout.read_to_string(&mut rest)).await.unwrap();
        soon(self.stderr.read_to_string(&mut log)).await.unwrap();
        (status.code(), rest, log)
    }
}
