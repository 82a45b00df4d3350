//! A child process that cannot outlive this one.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

/// Starts a server, in a group of processes of its own, and waits for it. When standard input ends
/// — because the leash was dropped, or because the process that held it died in whatever way — ends
/// the server and removes its folder. A server that ends by itself leaves the folder: its log is
/// still wanted. What it started and left behind ends with it.
const KEEPER: &str = r#"
exec 3<&0
ulimit -n 8192 2>/dev/null
folder=$1
shift
setsid "$@" </dev/null 3<&- &
server=$!
{
    cat <&3 >/dev/null
    : >"$folder/let-go"
    kill "$server"
    # One that takes longer hangs, and is not asked again.
    sleep 5
    kill -9 "$server"
} 2>/dev/null &
killer=$!
wait "$server"
status=$?
kill "$killer" 2>/dev/null
kill -9 -- "-$server" 2>/dev/null
if [ -e "$folder/let-go" ]; then rm -rf -- "$folder"; fi
exit "$status"
"#;

/// What a server says that has no log of its own, in its folder.
pub(crate) const STDERR: &str = "stderr.log";

/// The hold on a running server.
pub(crate) struct Leash {
    /// Closed by dropping it: that is the signal.
    stdin: Option<ChildStdin>,
    shell: Child,
}

impl Leash {
    /// Starts `program`, with its arguments, as a server that lives in `folder`. It must stay in
    /// the foreground.
    pub(crate) fn start(program: &Command, folder: &Path) -> io::Result<Self> {
        let stderr = File::create(folder.join(STDERR))?;
        let mut shell = Command::new("/bin/sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(folder)
            .arg(program.get_program())
            .args(program.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(stderr)
            // Ctrl-C at a terminal goes to the whole group; the keeper must outlive it.
            .process_group(0)
            .spawn()?;
        Ok(Self {
            stdin: shell.stdin.take(),
            shell,
        })
    }

    /// How the server ended, if it did.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.shell.try_wait()
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.stdin = None;
        let deadline = Instant::now() + Duration::from_secs(10);
        while let Ok(None) = self.shell.try_wait() {
            if Instant::now() > deadline {
                // Nothing more can be done from a destructor; the shell at least is reaped.
                let _ = self.shell.kill();
                let _ = self.shell.wait();
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}
