//! A child process that cannot outlive this one.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

/// Starts Dovecot and waits for it. When standard input ends — because the leash was dropped, or
/// because the process that held it died in whatever way — ends Dovecot and removes its folder.
/// A Dovecot that ends by itself leaves the folder: its log is still wanted.
const KEEPER: &str = r#"
exec 3<&0
ulimit -n 8192 2>/dev/null
"$1" -F -c "$2" </dev/null 3<&- &
dovecot=$!
{
    cat <&3 >/dev/null
    : >"$3/let-go"
    kill "$dovecot"
    # One that takes longer hangs, and is not asked again.
    sleep 5
    kill -9 "$dovecot"
} 2>/dev/null &
killer=$!
wait "$dovecot"
status=$?
kill "$killer" 2>/dev/null
if [ -e "$3/let-go" ]; then rm -rf -- "$3"; fi
exit "$status"
"#;

/// The hold on a running server.
pub(super) struct Leash {
    /// Closed by dropping it: that is the signal.
    stdin: Option<ChildStdin>,
    shell: Child,
}

impl Leash {
    /// Starts `program -F -c config`, with its standard error in a file of `folder`.
    pub(super) fn start(program: &Path, config: &Path, folder: &Path) -> io::Result<Self> {
        let stderr = File::create(folder.join("dovecot.stderr"))?;
        let mut shell = Command::new("/bin/sh")
            .args(["-c", KEEPER, "keeper"])
            .args([program, config, folder])
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
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
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
