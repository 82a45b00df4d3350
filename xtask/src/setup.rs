//! What building and testing need beyond cargo: installed where we may, named where we may not.

use anyhow::{Context, Result, bail};
use std::path::Path;

use crate::clang;
use crate::fingerprint::Step;
use crate::run::{cargo, finish, on_path, output, program, step};
use crate::unpack;

const WASM: &str = "wasm32-unknown-unknown";
const NODE: (u32, u32) = (20, 19);

/// A Debian package that the tests run, and a file by which it is known to be there.
struct Package {
    name: &'static str,
    file: &'static str,
}

const PACKAGES: [Package; 9] = [
    Package {
        name: "dovecot-pop3d",
        file: "/usr/lib/dovecot/pop3",
    },
    Package {
        name: "chromium",
        file: "/usr/bin/chromium",
    },
    Package {
        name: "firefox-esr",
        file: "/usr/bin/firefox-esr",
    },
    Package {
        name: "haproxy",
        file: "/usr/sbin/haproxy",
    },
    Package {
        name: "nginx",
        file: "/usr/sbin/nginx",
    },
    Package {
        name: "caddy",
        file: "/usr/bin/caddy",
    },
    Package {
        name: "systemd",
        file: "/usr/bin/systemd-analyze",
    },
    Package {
        name: "python3",
        file: "/usr/bin/python3",
    },
    Package {
        name: "valgrind",
        file: "/usr/bin/valgrind",
    },
];

/// What is measured against, and GNU time, which measures.
const PEERS: [Package; 6] = [
    Package {
        name: "mpop",
        file: "/usr/bin/mpop",
    },
    Package {
        name: "curl",
        file: "/usr/bin/curl",
    },
    Package {
        name: "fetchmail",
        file: "/usr/bin/fetchmail",
    },
    Package {
        name: "time",
        file: "/usr/bin/time",
    },
    Package {
        name: "websockify",
        file: "/usr/bin/websockify",
    },
    Package {
        name: "haproxy",
        file: "/usr/sbin/haproxy",
    },
];

/// The WebAssembly target, clang for it, Node and the npm packages.
pub(crate) fn for_build() -> Result<()> {
    wasm_target()?;
    clang::find()?;
    node()?;
    npm_packages()
}

/// Cargo's own formatter and linter, which a minimal installation lacks.
pub(crate) fn for_check() -> Result<()> {
    for_build()?;
    let runs = |name: &str| {
        let mut command = cargo();
        let quiet = command.args([name, "--version"]);
        quiet.output().is_ok_and(|output| output.status.success())
    };
    let missing: Vec<&str> = [("clippy", "clippy"), ("fmt", "rustfmt")]
        .into_iter()
        .filter(|(subcommand, _)| !runs(subcommand))
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !on_path("rustup") {
        bail!("the checks need {names}; install Rust by rustup, or add them to yours");
    }
    step(&format!("rustup component add {names}"), || {
        finish(program("rustup").args(["component", "add"]).args(missing))
    })
}

/// All of it. What could not be installed is named, each in a line.
pub(crate) fn everything() -> Result<()> {
    let failures: Vec<String> = [for_check(), for_tests()]
        .into_iter()
        .filter_map(|outcome| Some(format!("{:#}", outcome.err()?)))
        .collect();
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

/// Debian's mail servers, browsers, and what stands in front of the proxy.
pub(crate) fn for_tests() -> Result<()> {
    debian("the tests", &PACKAGES)?;
    unpack::servers(is_root()?)
}

/// The programs that benchmarks compare with.
pub(crate) fn for_bench() -> Result<()> {
    debian("the benchmarks", &PEERS)?;
    Step {
        title: "npm ci of the benchmarks' peers",
        inputs: &[Path::new("tests/bench/peers/package-lock.json")],
        outputs: &[Path::new(
            "tests/bench/peers/node_modules/.package-lock.json",
        )],
    }
    .run(|| {
        let folder = ["--prefix", "tests/bench/peers"];
        finish(
            program("npm")
                .arg("ci")
                .args(folder)
                .args(["--no-audit", "--no-fund"]),
        )
        .context("the npm packages that benchmarks compare with could not be installed")
    })
}

/// Installs those of the packages that are not there, for whom they are needed by.
fn debian(needed_by: &str, packages: &[Package]) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|package| !Path::new(package.file).exists())
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !on_path("apt-get") || !is_root()? {
        bail!("{needed_by} need these Debian packages; as root: apt-get install {names}");
    }
    step(&format!("install {names}"), || {
        let apt = || {
            let mut apt = program("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            // The tests start these programs themselves; none is to become a service of this machine.
            apt.env("SYSTEMD_OFFLINE", "1").env("RUNLEVEL", "1");
            apt
        };
        finish(apt().args(["update", "--quiet"]))?;
        finish(
            apt()
                .args(["install", "--quiet", "--yes", "--no-install-recommends"])
                .args(missing),
        )
    })
}

fn wasm_target() -> Result<()> {
    let sysroot = output(cargo_rustc().args(["--print", "sysroot"]))?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM);
    if libraries.exists() {
        return Ok(());
    }
    if !on_path("rustup") {
        bail!("Rust lacks the target {WASM}; install Rust by rustup, or add that target to yours");
    }
    step(&format!("rustup target add {WASM}"), || {
        finish(program("rustup").args(["target", "add", WASM]))
    })
}

/// The compiler that cargo would call.
fn cargo_rustc() -> std::process::Command {
    program(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

fn node() -> Result<()> {
    let (major, minor) = NODE;
    let wanted = format!("Node.js {major}.{minor} or newer with npm is needed to build the page");
    if !on_path("node") || !on_path("npm") {
        bail!("{wanted}; install it from your distribution or nodejs.org");
    }
    let version = output(program("node").arg("--version"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut next = || numbers.next().and_then(|number| number.parse::<u32>().ok());
    let found = (next().unwrap_or(0), next().unwrap_or(0));
    if found < NODE {
        bail!("{wanted}; this is {}", version.trim());
    }
    Ok(())
}

fn npm_packages() -> Result<()> {
    Step {
        title: "npm ci",
        inputs: &[Path::new("package-lock.json")],
        outputs: &[Path::new("node_modules/.package-lock.json")],
    }
    .run(|| {
        finish(program("npm").args(["ci", "--no-audit", "--no-fund"]))
            .context("the npm packages of package-lock.json could not be installed")
    })
}

pub(crate) fn is_root() -> Result<bool> {
    Ok(output(program("id").arg("-u"))?.trim() == "0")
}

/// Downloads what Cargo.lock names, so that later steps need no network and say so early.
pub(crate) fn crates() -> Result<()> {
    finish(cargo().args(["fetch", "--locked"]))
}
