//! The Debian package of the proxy: `proxy/Cargo.toml` says what is in it, cargo-deb puts it together.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

use crate::build;
use crate::run::{cargo, finish, on_path, output, program, step, target};

/// Pinned like any library.
const CARGO_DEB: &str = "3.8.0";

/// Builds everything, then the package, and tries what is in it.
pub(crate) fn run() -> Result<()> {
    build::everything()?;
    let tool = cargo_deb()?;
    let folder = target()?.join("debian");
    let package = step("cargo deb", || {
        let mut deb = program(&tool);
        deb.args(["deb", "--package=pop3-proxy", "--no-build", "--locked"]);
        let said = output(deb.arg("--output").arg(format!("{}/", folder.display())))?;
        let path = said.lines().last().context("cargo deb names no package")?;
        Ok(PathBuf::from(path.trim()))
    })?;
    step("try the package", || works(&package, &folder))?;
    if on_path("lintian") {
        step("lintian", || {
            finish(program("lintian").arg("--fail-on=error").arg(&package))
        })?;
    }
    eprintln!("built {}", package.display());
    Ok(())
}

/// cargo-deb in this version, which is compiled once.
fn cargo_deb() -> Result<PathBuf> {
    let tools = target()?.join("tools");
    let tool = tools.join("bin/cargo-deb");
    let installed = tool
        .exists()
        .then(|| output(program(&tool).args(["deb", "--version"])));
    if !matches!(installed, Some(Ok(version)) if version.trim().ends_with(CARGO_DEB)) {
        step(&format!("cargo install cargo-deb {CARGO_DEB}"), || {
            finish(
                cargo()
                    .args(["install", "cargo-deb", "--locked", "--force"])
                    .args(["--version", CARGO_DEB])
                    .arg("--root")
                    .arg(&tools),
            )
        })?;
    }
    Ok(tool)
}

/// Unpacks the package, and has its program check its configuration.
fn works(package: &Path, folder: &Path) -> Result<()> {
    let root = folder.join("unpacked");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    finish(program("dpkg-deb").arg("--extract").arg(package).arg(&root))?;
    for path in [
        "usr/lib/systemd/system/pop3-proxy.service",
        "usr/lib/systemd/system/pop3-proxy.socket",
        "usr/share/doc/pop3-proxy/copyright",
        "usr/share/doc/pop3-proxy/changelog.Debian.gz",
    ] {
        ensure!(root.join(path).is_file(), "the package lacks /{path}");
    }
    let config = root.join("etc/pop3-proxy/pop3-proxy.toml");
    finish(
        program(root.join("usr/bin/pop3-proxy"))
            .arg("--check-config")
            .arg("--config")
            .arg(config),
    )
}
