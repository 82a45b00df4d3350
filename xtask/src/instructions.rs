//! How many instructions the protocol core takes for fixed work, by callgrind, beside those that are
//! kept in the repository: a guard against growing slower that does not depend on time.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::env::consts::ARCH;
use std::fs;
use std::path::PathBuf;

use crate::run::{cargo, finish, program, root, step, target};
use crate::setup;

/// What `tests/instructions` can do.
const JOBS: [&str; 2] = ["fetch", "list"];

/// The part by which a count may differ from the one that is kept; another release of the compiler
/// or of glibc takes a little more or less.
const TOLERANCE: f64 = 0.05;

/// Counts, and says how each stands to the one that is kept. Gives how many there are, and which of
/// them are off.
pub(crate) fn compare() -> Result<(usize, Vec<String>)> {
    let kept = kept()?;
    let kept = kept.get(ARCH).with_context(|| {
        format!("no counts are kept for {ARCH}; `cargo xtask instructions --keep` adds them")
    })?;
    let mut off = Vec::new();
    for (job, count) in counted()? {
        let known = kept.get(job).and_then(Value::as_u64);
        let known = known.with_context(|| format!("no count is kept of {job}"))?;
        println!(
            "{job}: {count} instructions, {known} are kept: {:.3} x",
            ratio(count, known)
        );
        off.extend(complaint(job, count, known));
    }
    Ok((JOBS.len(), off))
}

fn ratio(count: u64, known: u64) -> f64 {
    count as f64 / known as f64
}

/// What is wrong with a count, if it is further from the one that is kept than may be: more, or so much less
/// that the kept one guards nothing any more.
fn complaint(job: &str, count: u64, known: u64) -> Option<String> {
    let ratio = ratio(count, known);
    ((ratio - 1.0).abs() > TOLERANCE).then(|| {
        format!(
            "{job} takes {ratio:.2} times the instructions that are kept; if that is meant, \
             `cargo xtask instructions --keep`"
        )
    })
}

/// The command: compares, or keeps what it counts.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    setup::for_tests()?;
    match arguments {
        [] => {
            let (_, off) = compare()?;
            if !off.is_empty() {
                bail!("{}", off.join("\n"));
            }
            Ok(())
        }
        ["--keep"] => {
            let counts = counted()?.into_iter();
            let counts = counts.map(|(job, count)| (job.to_owned(), count.into()));
            let mut kept = kept()?;
            kept.insert(ARCH.to_owned(), Value::Object(counts.collect()));
            let text = serde_json::to_string_pretty(&kept)? + "\n";
            fs::write(file(), text).context("write the counts")
        }
        _ => bail!("cargo xtask instructions takes --keep, or nothing"),
    }
}

fn file() -> PathBuf {
    root().join("tests/instructions/counts.json")
}

fn kept() -> Result<Map<String, Value>> {
    let text = fs::read_to_string(file()).context("read the counts")?;
    Ok(serde_json::from_str(&text)?)
}

fn counted() -> Result<Vec<(&'static str, u64)>> {
    step("compile the work that is counted", || {
        // By itself: what others want of its libraries would change them.
        let package = ["--package=pop3-instructions"];
        finish(
            cargo()
                .args(["build", "--locked", "--release"])
                .args(package),
        )
    })?;
    let binary = target()?.join("release/pop3-instructions");
    let profile = target()?.join("callgrind.out");
    JOBS.into_iter()
        .map(|job| {
            let output = program("valgrind")
                .arg("--tool=callgrind")
                .arg(format!("--callgrind-out-file={}", profile.display()))
                .arg(&binary)
                .arg(job)
                .output()
                .context("valgrind: cannot be started")?;
            let told = String::from_utf8_lossy(&output.stderr);
            if !output.status.success() {
                bail!("{job}, under valgrind: {}\n{told}", output.status);
            }
            // ==123== Collected : 456
            let count = told
                .lines()
                .find_map(|line| line.split("Collected : ").nth(1));
            let count = count.with_context(|| format!("valgrind counted nothing:\n{told}"))?;
            Ok((job, count.trim().parse()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn a_count_may_differ_by_a_twentieth_and_no_more() {
        for count in [950_001, 1_000_000, 1_049_999] {
            assert_eq!(complaint("fetch", count, 1_000_000), None, "{count}");
        }
        for count in [0, 940_000, 1_060_000, 3_000_000] {
            let told = complaint("fetch", count, 1_000_000).expect("a complaint");
            assert!(told.contains("fetch") && told.contains("--keep"), "{told}");
        }
    }
}
