//! Measurements and long trials of what was built, by `pop3-bench` and `pop3-soak` of `tests`.

use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

use crate::run::{cargo, finish, program, step, target};
use crate::setup;

const NAMES: [&str; 2] = ["sessions", "throughput"];

/// One benchmark by its name, with further arguments; its figures are left in
/// `target/bench/NAME.json`.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<()> {
    if !NAMES.contains(&name) {
        let known = NAMES.join(", ");
        bail!("no benchmark is called {name}; there are: {known}");
    }
    setup::for_bench()?;
    step("compile the proxy and the benchmarks", || {
        let packages = ["--package=pop3-proxy", "--package=pop3-tests"];
        let mut build = cargo();
        build
            .args(["build", "--locked", "--release"])
            .args(packages);
        finish(build.args(["--bin=pop3-proxy", "--bin=pop3-bench"]))
    })?;
    let folder = target()?.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let output = folder.join(format!("{name}.json"));
    let release = target()?.join("release");
    let mut bench = program(release.join("pop3-bench"));
    bench
        .arg(name)
        .arg("--proxy")
        .arg(release.join("pop3-proxy"))
        .arg("--output")
        .arg(&output)
        .args(arguments);
    finish(&mut bench)?;
    println!("figures: {}", output.display());
    Ok(())
}
