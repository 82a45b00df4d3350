//! Measurements and long trials of what was built: the programs `pop3-bench` and `pop3-soak` of
//! `tests`, and the scripts of `tests/bench`.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

use crate::build;
use crate::run::{finish, node_tool, program, step, target};
use crate::setup;

/// How a benchmark is run.
#[derive(Clone, Copy)]
enum Kind {
    /// A command of `pop3-bench`, about the proxy as a program.
    Proxy,
    /// A script of `tests/bench` for Node, about the package or the page.
    Script,
}

/// All of them, in the order in which they run.
const BENCHMARKS: [(&str, Kind); 9] = [
    ("clients", Kind::Script),
    ("growth", Kind::Script),
    ("page", Kind::Script),
    ("throughput", Kind::Proxy),
    ("sessions", Kind::Proxy),
    ("load", Kind::Proxy),
    ("mime", Kind::Script),
    ("tls", Kind::Script),
    ("profile", Kind::Script),
];

/// Runs every benchmark and draws what came of them; with `--write-readme` into the README as well.
pub(crate) fn everything(arguments: &[&str]) -> Result<()> {
    prepare()?;
    for (name, kind) in BENCHMARKS {
        step(&format!("measure {name}"), || measure(name, kind, &[]))?;
    }
    draw(arguments)
}

/// One benchmark by its name, with further arguments; its figures are left in
/// `target/bench/NAME.json`. `report` draws what the last runs left.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<()> {
    if name == "report" {
        return draw(arguments);
    }
    let Some((name, kind)) = BENCHMARKS.iter().find(|(known, _)| *known == name) else {
        let known = BENCHMARKS.map(|(name, _)| name).join(", ");
        bail!("no benchmark is called {name}; there are: {known}, report");
    };
    prepare()?;
    measure(name, *kind, arguments)
}

/// Builds and installs all that any of them needs.
fn prepare() -> Result<()> {
    setup::for_build()?;
    setup::for_tests()?;
    setup::for_bench()?;
    build::modules()?;
    build::page()?;
    step("compile the proxy and the benchmarks", || {
        compile(&["pop3-bench", "pop3-testbed"])
    })
}

fn measure(name: &str, kind: Kind, arguments: &[&str]) -> Result<()> {
    let folder = target()?.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let output = folder.join(name).with_extension("json");
    let mut command = match kind {
        Kind::Proxy => {
            let mut bench = program(release("pop3-bench")?);
            bench.arg(name).arg("--proxy").arg(release("pop3-proxy")?);
            bench.arg("--output").arg(&output);
            bench
        }
        Kind::Script => {
            let mut node = program("node");
            node.arg(format!("tests/bench/{name}.js")).arg(&output);
            node.env("POP3_TESTBED", release("pop3-testbed")?)
                .env("POP3_BENCH", release("pop3-bench")?)
                .env("POP3_PROXY", release("pop3-proxy")?);
            node
        }
    };
    finish(command.args(arguments))?;
    println!("figures: {}", output.display());
    Ok(())
}

/// Tables and plots of the figures that are there.
fn draw(arguments: &[&str]) -> Result<()> {
    let mut report = program("node");
    report.arg("tests/bench/report.js");
    finish(report.arg(target()?.join("bench")).args(arguments))?;
    if arguments.contains(&"--write-readme") {
        finish(node_tool("prettier").args(["--write", "README.md", ".github/BENCHMARKS.md"]))?;
    }
    Ok(())
}

/// Many sessions with faults on both sides, for minutes.
pub(crate) fn soak(arguments: &[&str]) -> Result<()> {
    step("compile the proxy and the soak", || compile(&["pop3-soak"]))?;
    let mut soak = program(release("pop3-soak")?);
    soak.arg("--proxy").arg(release("pop3-proxy")?);
    finish(soak.args(arguments))
}

/// Compiles programs of `tests` for speed, and the proxy.
fn compile(names: &[&str]) -> Result<()> {
    let mut build = build::release()?;
    build.args([
        "--bin=pop3-proxy",
        "--package=pop3-proxy",
        "--package=pop3-tests",
    ]);
    finish(build.args(names.iter().map(|name| format!("--bin={name}"))))
}

fn release(name: &str) -> Result<PathBuf> {
    Ok(target()?.join("release").join(name))
}
