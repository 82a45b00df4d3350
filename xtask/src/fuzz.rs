//! Fuzzing with cargo-fuzz: `tests/fuzz` is a workspace of its own, for the nightly compiler.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::PathBuf;

use crate::run::{finish, on_path, output, program, root, step, target};

const FOLDER: &str = "tests/fuzz";

/// How long one target runs unless told otherwise, in seconds.
const SECONDS: u32 = 60;

/// The longest input that is tried, in octets. What needs more is in the targets' own notation for
/// things that repeat.
const LONGEST: u32 = 4096;

/// An input that takes longer than this is a failure, in seconds. All of them take milliseconds, but
/// the clock on the wall counts, and the machine may be busy.
const TIMEOUT: u32 = 120;

/// `[TARGET...] [--seconds N] [--merge]`
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let mut names = Vec::new();
    let mut seconds = SECONDS;
    let mut merges = false;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--seconds" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                seconds = number.context("--seconds wants a number")?;
            }
            "--merge" => merges = true,
            option if option.starts_with('-') => bail!("fuzz: no option {option}"),
            name => names.push(name.to_owned()),
        }
    }
    let known = targets()?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!(
            "no fuzz target is called {unknown}; there are: {}",
            known.join(", ")
        );
    }
    if names.is_empty() {
        names = known;
    }
    tools()?;
    for name in &names {
        let target = Target::new(name)?;
        if merges {
            step(&format!("merge {name}"), || target.merge())?;
        } else {
            step(&format!("fuzz {name}"), || target.fuzz(seconds))?;
        }
    }
    Ok(())
}

/// The targets, each a file in `fuzz_targets`.
fn targets() -> Result<Vec<String>> {
    let folder = root().join(FOLDER).join("fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

/// A nightly compiler, and cargo-fuzz.
fn tools() -> Result<()> {
    ensure!(
        on_path("rustup"),
        "fuzzing needs a nightly compiler; install Rust by rustup"
    );
    if !output(program("rustup").args(["toolchain", "list"]))?.contains("nightly") {
        step("rustup toolchain install nightly", || {
            finish(program("rustup").args(["toolchain", "install", "nightly", "--profile=minimal"]))
        })?;
    }
    if !on_path("cargo-fuzz") {
        step("cargo install cargo-fuzz", || {
            finish(program("cargo").args(["install", "cargo-fuzz", "--locked"]))
        })?;
    }
    Ok(())
}

struct Target<'a> {
    name: &'a str,
    /// What fuzzing has found worth keeping, from one run to the next; not in the repository.
    corpus: PathBuf,
    /// The best of it, in the repository.
    seeds: PathBuf,
}

impl<'a> Target<'a> {
    fn new(name: &'a str) -> Result<Self> {
        let corpus = target()?.join("fuzz/corpus").join(name);
        fs::create_dir_all(&corpus)?;
        let seeds = root().join(FOLDER).join("seeds").join(name);
        Ok(Self {
            name,
            corpus,
            seeds,
        })
    }

    /// What brings the target down lies in `crashes` afterwards, where the test suite finds it.
    fn fuzz(&self, seconds: u32) -> Result<()> {
        let folder = root().join(FOLDER);
        let crashes = folder.join("crashes").join(self.name);
        fs::create_dir_all(&crashes)?;
        let dictionary = folder
            .join("dictionaries")
            .join(self.name)
            .with_extension("dict");
        let mut folders = vec![self.corpus.clone(), self.seeds.clone()];
        if self.name == "mime" {
            folders.push(root().join("tests/mail/fixtures"));
        }
        self.cargo_fuzz(
            &folders,
            &[
                format!("-max_total_time={seconds}"),
                format!("-artifact_prefix={}/", crashes.display()),
                format!("-dict={}", dictionary.display()),
                "-print_final_stats=1".to_owned(),
            ],
        )
    }

    /// Adds to the seeds those inputs of the corpus that reach what no seed does.
    fn merge(&self) -> Result<()> {
        self.cargo_fuzz(
            &[self.seeds.clone(), self.corpus.clone()],
            &["-merge=1".to_owned()],
        )
    }

    fn cargo_fuzz(&self, folders: &[PathBuf], options: &[String]) -> Result<()> {
        // Those of the proxy are compiled only where they are wanted.
        let targets = root().join(FOLDER).join("fuzz_targets");
        let source = fs::read_to_string(targets.join(self.name).with_extension("rs"))?;
        let proxy = source.contains("pop3_tests").then_some("--features=proxy");
        // mail-parser's own assertions are notes on damage that it survives; what ships has none.
        let as_shipped = (self.name == "mime").then_some("--release");
        let mut command = program("rustup");
        command
            .args([
                "run",
                "nightly",
                "cargo",
                "fuzz",
                "run",
                "--fuzz-dir",
                FOLDER,
            ])
            .args(proxy)
            .args(as_shipped)
            .arg("--target-dir")
            .arg(target()?.join("fuzz"))
            .arg(self.name)
            .args(folders)
            .arg("--")
            .args(options)
            .args([format!("-max_len={LONGEST}"), format!("-timeout={TIMEOUT}")])
            // Cargo has set it to the compiler that built this program.
            .env_remove("CARGO")
            .env_remove("RUSTUP_TOOLCHAIN");
        finish(&mut command)
    }
}
