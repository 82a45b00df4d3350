//! Mail servers for the tests that cannot be installed: Debian lets one POP3 server be there at a
//! time, and starts some of them. Their packages are unpacked under the target folder instead,
//! with the libraries that they need; nothing of them runs until a test starts it.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{finish, on_path, output, program, step, target};

/// Cyrus, GNU Mailutils, and what they need beyond what every Debian 12 has.
const PACKAGES: [&str; 39] = [
    "cyrus-common",
    "cyrus-pop3d",
    "libcom-err2",
    "libdb5.3",
    "libgdbm6",
    "libgsasl18",
    "libgssapi-krb5-2",
    "libgssglue1",
    "libical3",
    "libicu72",
    "libidn12",
    "libjansson4",
    "libk5crypto3",
    "libkeyutils1",
    "libkrb5-3",
    "libkrb5support0",
    "libkyotocabinet16v5",
    "libldap-2.5-0",
    "liblzo2-2",
    "libmailutils9",
    "libmariadb3",
    "libmu-dbm9",
    "libnsl2",
    "libnss-wrapper",
    "libntlm0",
    "libpcre3",
    "libpq5",
    "libsasl2-2",
    "libsasl2-modules",
    "libsasl2-modules-db",
    "libsqlite3-0",
    "libssl3",
    "libtirpc3",
    "libuuid1",
    "libwrap0",
    "libxapian30",
    "libxml2",
    "mailutils-pop3d",
    "sasl2-bin",
];

/// What the tests start or load.
const PROGRAMS: [&str; 6] = [
    "usr/lib/cyrus/bin/lmtpd",
    "usr/lib/cyrus/bin/master",
    "usr/lib/cyrus/bin/pop3d",
    "usr/sbin/pop3d",
    "usr/sbin/saslpasswd2",
    "usr/bin/popauth",
];

/// Unpacks them into `target/debian`, unless they are there.
pub(crate) fn servers(root: bool) -> Result<()> {
    let folder = target()?.join("debian");
    // The tests look for this file, so it comes last.
    let mark = folder.join("packages");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&mark).is_ok_and(|earlier| earlier == wanted) {
        return Ok(());
    }
    if !on_path("apt-get") || !on_path("dpkg-deb") {
        bail!("the tests need Cyrus and GNU Mailutils out of the packages of Debian 12");
    }
    step("unpack Cyrus and GNU Mailutils", || {
        let _ = fs::remove_dir_all(&folder);
        let archives = folder.join("archives");
        fs::create_dir_all(&archives)?;
        if root {
            finish(program("apt-get").args(["update", "--quiet"]))?;
        }
        finish(
            program("apt-get")
                .current_dir(&archives)
                // The user for downloads cannot get into a folder of root's.
                .args(["download", "--quiet", "--option=APT::Sandbox::User=root"])
                .args(PACKAGES),
        )
        .context("not all are known; as root: apt-get update")?;
        for archive in fs::read_dir(&archives)? {
            finish(
                program("dpkg-deb")
                    .arg("--extract")
                    .args([archive?.path(), folder.clone()]),
            )?;
        }
        fs::remove_dir_all(&archives)?;
        check_libraries(&folder)?;
        fs::write(&mark, &wanted).with_context(|| format!("write {}", mark.display()))
    })
}

/// A package of the list may have got a new dependency.
fn check_libraries(folder: &Path) -> Result<()> {
    let programs: Vec<PathBuf> = PROGRAMS.iter().map(|path| folder.join(path)).collect();
    let libraries = std::env::join_paths(library_folders(folder)?)?;
    let told = output(
        program("ldd")
            .args(programs)
            .env("LD_LIBRARY_PATH", libraries),
    )?;
    let missing: Vec<&str> = told
        .lines()
        .filter(|line| line.ends_with("not found"))
        .map(str::trim)
        .collect();
    ensure!(missing.is_empty(), "{}", missing.join("\n"));
    Ok(())
}

/// `usr/lib/x86_64-linux-gnu` and its like.
fn library_folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for above in ["usr/lib", "lib"] {
        for entry in fs::read_dir(folder.join(above))? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-linux-gnu") {
                folders.push(path);
            }
        }
    }
    Ok(folders)
}
