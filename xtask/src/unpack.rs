//! Packages of Debian that are not installed, but unpacked under the target folder, with the libraries
//! that they need.
//!
//! Mail servers, since Debian lets one POP3 server be there at a time, and starts some of them; nothing
//! of them runs until a test starts it. And clang, since whoever builds need not be root.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::run::{finish, on_path, output, program, step, target};

/// Packages to unpack together.
struct Bundle {
    title: &'static str,
    /// What is said where they cannot be had.
    needed: &'static str,
    /// Below the target folder.
    folder: &'static str,
    packages: &'static [&'static str],
    /// What is started or loaded of them.
    programs: &'static [&'static str],
}

/// Cyrus, GNU Mailutils, and what they need beyond what every Debian 12 has.
const SERVERS: Bundle = Bundle {
    title: "unpack Cyrus and GNU Mailutils",
    needed: "the tests need Cyrus and GNU Mailutils out of the packages of Debian 12",
    folder: "debian",
    packages: &[
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
    ],
    programs: &[
        "usr/lib/cyrus/bin/lmtpd",
        "usr/lib/cyrus/bin/master",
        "usr/lib/cyrus/bin/pop3d",
        "usr/sbin/pop3d",
        "usr/sbin/saslpasswd2",
        "usr/bin/popauth",
    ],
};

/// clang without what it would compile C++ or link with.
const CLANG: Bundle = Bundle {
    title: "unpack clang",
    needed: "end-to-end TLS needs clang with the target wasm32, as Debian and LLVM have it: install it, \
             or name one in CC_wasm32_unknown_unknown",
    folder: "clang",
    packages: &[
        "clang-14",
        "libbsd0",
        "libclang-common-14-dev",
        "libclang-cpp14",
        "libedit2",
        "libffi8",
        "libgcc-s1",
        "libicu72",
        "libllvm14",
        "liblzma5",
        "libmd0",
        "libstdc++6",
        "libtinfo6",
        "libxml2",
        "libz3-4",
        "zlib1g",
    ],
    programs: &["usr/lib/llvm-14/bin/clang"],
};

/// Unpacks the mail servers, unless they are there.
pub(crate) fn servers(root: bool) -> Result<()> {
    SERVERS.unpack(root)?;
    Ok(())
}

/// Unpacks clang, unless it is there. Gives a program that finds its libraries.
pub(crate) fn clang(root: bool) -> Result<PathBuf> {
    let folder = CLANG.unpack(root)?;
    let program = folder.join("cc");
    let [clang] = CLANG.programs else {
        bail!("clang is one program");
    };
    let libraries = std::env::join_paths(library_folders(&folder)?)?;
    let script = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n",
        libraries.display(),
        folder.join(clang).display()
    );
    if !fs::read_to_string(&program).is_ok_and(|earlier| earlier == script) {
        fs::write(&program, script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    }
    Ok(program)
}

impl Bundle {
    /// Unpacks the packages, unless they are there. Gives the folder.
    fn unpack(&self, root: bool) -> Result<PathBuf> {
        let folder = target()?.join(self.folder);
        // Whoever uses them looks for this file, so it comes last.
        let mark = folder.join("packages");
        let wanted = self.packages.join("\n");
        if fs::read_to_string(&mark).is_ok_and(|earlier| earlier == wanted) {
            return Ok(folder);
        }
        if !on_path("apt-get") || !on_path("dpkg-deb") {
            bail!("{}", self.needed);
        }
        step(self.title, || {
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
                    .args(self.packages),
            )
            .context("not all are known; as root: apt-get update")
            .context(self.needed)?;
            for archive in fs::read_dir(&archives)? {
                finish(
                    program("dpkg-deb")
                        .arg("--extract")
                        .args([archive?.path(), folder.clone()]),
                )?;
            }
            fs::remove_dir_all(&archives)?;
            self.check_libraries(&folder)?;
            fs::write(&mark, &wanted).with_context(|| format!("write {}", mark.display()))
        })?;
        Ok(folder)
    }

    /// A package of the list may have got a new dependency.
    fn check_libraries(&self, folder: &Path) -> Result<()> {
        let programs: Vec<PathBuf> = self.programs.iter().map(|path| folder.join(path)).collect();
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
}

/// `usr/lib/x86_64-linux-gnu` and its like.
fn library_folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for above in ["usr/lib", "lib"] {
        // Not every bundle has both.
        for entry in fs::read_dir(folder.join(above)).into_iter().flatten() {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-linux-gnu") {
                folders.push(path);
            }
        }
    }
    Ok(folders)
}
