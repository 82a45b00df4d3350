//! Every test there is, and a closing line that counts them.

use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::build;
use crate::instructions;
use crate::run::{cargo, finish, root, step, target};
use crate::setup;
use crate::wasm;

/// How many passed, and how many did not: a test that was left out has not passed.
#[derive(Clone, Copy, Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// A part of the tests.
struct Part {
    /// For the command line.
    name: &'static str,
    /// It tests what [`build`] makes, or with its help.
    built: bool,
    run: fn() -> Result<Tally>,
}

impl Part {
    const fn new(name: &'static str, run: fn() -> Result<Tally>) -> Self {
        Self {
            name,
            built: true,
            run,
        }
    }
}

const PARTS: [Part; 7] = [
    Part::new("rust", rust),
    Part {
        name: "instructions",
        built: false,
        run: counted,
    },
    Part {
        name: "wasm",
        built: false,
        run: || {
            wasm::tests()?;
            node("tests/e2e/wasm")
        },
    },
    Part::new("packaging", || node("tests/packaging")),
    Part::new("package", || node("tests/e2e/package")),
    Part::new("units", || node("www/test")),
    Part::new("page", || node("tests/e2e/page")),
];

/// Every test in Rust, also of the part of the client that only one of its builds has.
const RUST: [&str; 4] = [
    "test",
    "--locked",
    "--workspace",
    "--features=pop3-wasm/tls",
];

/// All parts; goes on after a failure, so that one run shows every one.
pub(crate) fn everything() -> Result<()> {
    run(&PARTS)
}

/// One part by its name.
pub(crate) fn part(name: &str) -> Result<()> {
    match PARTS.iter().find(|part| part.name == name) {
        Some(found) => run(std::slice::from_ref(found)),
        None => {
            let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
            bail!(
                "no part of the tests is called {name}; there are: {}",
                names.join(", ")
            )
        }
    }
}

fn run(parts: &[Part]) -> Result<()> {
    setup::for_build()?;
    setup::for_tests()?;
    if parts.iter().any(|part| part.built) {
        build::everything()?;
        step("compile the tests", || {
            finish(cargo().args(RUST).arg("--no-run"))
        })?;
    }
    let mut sum = Tally::default();
    for Part { name, run, .. } in parts {
        let tally = step(&format!("test {name}"), run)?;
        if tally.passed + tally.failed == 0 {
            bail!("test {name}: ran no test");
        }
        sum.passed += tally.passed;
        sum.failed += tally.failed;
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 {
        bail!("{} tests failed", sum.failed);
    }
    Ok(())
}

fn rust() -> Result<Tally> {
    let mut tests = cargo();
    tests.args(RUST).arg("--no-fail-fast");
    watch(tests, |line, tally| {
        // test result: ok. 3 passed; 0 failed; 0 ignored; …
        if line.starts_with("test result:") {
            tally.passed += number_before(line, " passed");
            tally.failed += number_before(line, " failed") + number_before(line, " ignored");
        }
    })
}

/// The protocol core's instructions beside those that are kept.
fn counted() -> Result<Tally> {
    let (count, off) = instructions::compare()?;
    for line in &off {
        println!("{line}");
    }
    let failed = off.len();
    Ok(Tally {
        passed: u64::try_from(count - failed)?,
        failed: u64::try_from(failed)?,
    })
}

/// The files `*.test.js` of a folder, by Node's own test runner.
fn node(folder: &str) -> Result<Tally> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(folder)).with_context(|| format!("read {folder}"))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.js") {
            files.push(path);
        }
    }
    files.sort();
    let mut tests = Command::new("node");
    tests
        .current_dir(root())
        // Two browsers at once are enough for two cores.
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(files)
        .env("POP3_TESTBED", target()?.join("debug/pop3-testbed"))
        .env("POP3_PROXY", target()?.join("release/pop3-proxy"))
        .env("POP3_NPM", target()?.join("npm"))
        .env("POP3_WASM_TESTS", wasm::folder()?);
    watch(tests, |line, tally| {
        if let Some(count) = summary(line, "pass") {
            tally.passed += count;
        }
        for word in ["fail", "cancelled", "skipped", "todo"] {
            tally.failed += summary(line, word).unwrap_or(0);
        }
    })
}

/// Runs a test program, shows what it prints as it comes, and counts.
fn watch(mut program: Command, mut count: impl FnMut(&str, &mut Tally)) -> Result<Tally> {
    let name = Path::new(program.get_program()).display().to_string();
    let mut child = program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name}: cannot be started"))?;
    let mut tally = Tally::default();
    if let Some(printed) = child.stdout.take() {
        for line in BufReader::new(printed).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            count(&line, &mut tally);
        }
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        // It broke down before or after its tests, a compile error for one.
        bail!("{name}: {status}");
    }
    Ok(tally)
}

/// The number that stands right before `word`.
fn number_before(line: &str, word: &str) -> u64 {
    line.split(word)
        .next()
        .and_then(|before| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// Node's closing lines: `ℹ pass 12` in colour or not.
fn summary(line: &str, word: &str) -> Option<u64> {
    let line = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    line.strip_prefix(word)?
        .strip_prefix(' ')?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{number_before, summary};

    #[test]
    fn counts_are_read_from_the_runners_closing_lines() {
        let cargo = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured";
        assert_eq!(number_before(cargo, " passed"), 12);
        assert_eq!(number_before(cargo, " failed"), 3);
        assert_eq!(summary("ℹ pass 41", "pass"), Some(41));
        assert_eq!(summary("ℹ fail 0", "fail"), Some(0));
        assert_eq!(summary("ℹ passed over 3", "pass"), None);
    }
}
