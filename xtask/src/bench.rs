//! Measurements and long trials of what was built, by `pop3-bench` and `pop3-soak` of `tests`, and by
//! `tests/bench/mime.js` and `tls.js`.

use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

use crate::build;
use crate::run::{cargo, finish, program, step, target};
use crate::setup;

const NAMES: [&str; 2] = ["sessions", "throughput"];

/// The parser of messages beside another, in Node.
const MIME: &str = "mime";

/// TLS in the client beside no TLS, in Node and in Chromium.
const TLS: &str = "tls";

/// One benchmark by its name, with further arguments; its figures are left in
/// `target/bench/NAME.json`.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<()> {
    if name == MIME || name == TLS {
        if let Some(flag) = arguments.first() {
            bail!("the benchmark {name} has no {flag}: it takes no arguments");
        }
        return script(name);
    }
    if !NAMES.contains(&name) {
        let known = NAMES.join(", ");
        bail!("no benchmark is called {name}; there are: {known}, {MIME}, {TLS}");
    }
    setup::for_bench()?;
    let mut bench = compiled("pop3-bench")?;
    let folder = target()?.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let output = folder.join(format!("{name}.json"));
    bench
        .arg(name)
        .arg("--proxy")
        .arg(target()?.join("release/pop3-proxy"))
        .arg("--output")
        .arg(&output)
        .args(arguments);
    finish(&mut bench)?;
    println!("figures: {}", output.display());
    Ok(())
}

/// A benchmark of a module of the package, which is a script for Node.
fn script(name: &str) -> Result<()> {
    setup::for_build()?;
    build::modules()?;
    let folder = target()?.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let output = folder.join(name).with_extension("json");
    let mut node = program("node");
    node.arg(format!("tests/bench/{name}.js")).arg(&output);
    if name == TLS {
        setup::for_tests()?;
        node.env("POP3_TESTBED", compiled("pop3-testbed")?.get_program());
    }
    finish(&mut node)?;
    println!("figures: {}", output.display());
    Ok(())
}

/// Many sessions with faults on both sides, for minutes.
pub(crate) fn soak(arguments: &[&str]) -> Result<()> {
    let mut soak = compiled("pop3-soak")?;
    soak.arg("--proxy")
        .arg(target()?.join("release/pop3-proxy"));
    finish(soak.args(arguments))
}

/// A program of `tests`, compiled for speed, and the proxy beside it.
fn compiled(name: &str) -> Result<Command> {
    step(&format!("compile the proxy and {name}"), || {
        let mut build = cargo();
        build.args(["build", "--locked", "--release", "--bin=pop3-proxy"]);
        build.args(["--package=pop3-proxy", "--package=pop3-tests"]);
        finish(build.arg(format!("--bin={name}")))
    })?;
    Ok(program(target()?.join("release").join(name)))
}
