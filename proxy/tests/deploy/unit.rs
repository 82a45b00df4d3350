//! The systemd unit, as systemd itself sees it.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::sample;
use crate::support::soon;

const UNIT: &str = "pop3-proxy.service";
const SOCKET: &str = "pop3-proxy.socket";

/// The unit with a program that is there, since systemd looks for it.
fn unit(folder: &Path) -> std::path::PathBuf {
    let program = env!("CARGO_BIN_EXE_pop3-proxy");
    let text = sample::with(UNIT, &[("/usr/bin/pop3-proxy", program)]);
    let path = folder.join(UNIT);
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.join(SOCKET), sample::text(SOCKET)).unwrap();
    path
}

async fn analyze(arguments: &[&str], unit: &Path) -> (bool, String) {
    let output = Command::new("/usr/bin/systemd-analyze")
        .args(arguments)
        .arg(unit)
        .stdin(Stdio::null())
        .output();
    let output = soon(output).await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

#[tokio::test]
async fn systemd_finds_no_fault_in_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let service = unit(folder.path());
    for unit in [service.clone(), service.with_file_name(SOCKET)] {
        let (good, said) = analyze(&["verify", "--man=no"], &unit).await;
        // It warns of what it does not know and succeeds all the same.
        assert!(good && !said.contains("pop3-proxy"), "{said}");
    }
}

/// Systemd's own measure of how much a service that was taken over could do: 0 is nothing, 10 is
/// everything. What remains is sockets and files to read.
#[tokio::test]
async fn the_unit_leaves_an_intruder_little() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["security", "--offline=yes", "--no-pager", "--threshold=15"];
    let (good, said) = analyze(&arguments, &unit(folder.path())).await;
    assert!(good, "{said}");
}

#[tokio::test]
async fn the_measure_itself_can_fail() {
    let folder = tempfile::tempdir().unwrap();
    let path = unit(folder.path());
    let text = std::fs::read_to_string(&path).unwrap();
    let soft = text.replace("ProtectSystem=strict\n", "");
    let soft = soft.replace("CapabilityBoundingSet=\n", "Capabilities=what\n");
    std::fs::write(&path, soft).unwrap();
    let arguments = ["security", "--offline=yes", "--no-pager", "--threshold=15"];
    assert!(!analyze(&arguments, &path).await.0);
    let (_, said) = analyze(&["verify", "--man=no"], &path).await;
    assert!(said.contains(UNIT), "{said}");
}
