//! Formatting, lints, types, and the rules that a compiler does not know.

use anyhow::{Context, Result, bail};
use std::fs;

use crate::run::{cargo, finish, node_tool, output, program, root, step};
use crate::setup;
use crate::{clang, edges, page_edges, threats};

/// The names that may stand at the top of the repository.
const TOP: [&str; 21] = [
    ".cargo",
    ".ci",
    ".github",
    ".gitignore",
    ".prettierignore",
    ".prettierrc.json",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "client-wasm",
    "clippy.toml",
    "package-lock.json",
    "package.json",
    "proxy",
    "tests",
    "www",
    "xtask",
];

/// The longest a source file may be; longer ones are split by subject.
const LINES: usize = 600;

/// Everything that can be said of the code without running it.
pub(crate) fn everything() -> Result<()> {
    setup::for_check()?;
    step("crates of Cargo.lock", setup::crates)?;
    step("cargo fmt", || {
        finish(cargo().args(["fmt", "--all", "--check"]))?;
        // A workspace of its own.
        finish(cargo().args(["fmt", "--manifest-path=tests/fuzz/Cargo.toml", "--check"]))
    })?;
    step("repository's rules", rules)?;
    step("tests of the threat model", threats::check)?;
    step("crate edges", edges::check)?;
    step("the page's edges", page_edges::check)?;
    step("clippy", || {
        finish(
            cargo()
                .args(["clippy", "--locked", "--workspace", "--all-targets", TLS])
                .args(DENY),
        )
    })?;
    step("clippy for WebAssembly", || {
        let wasm = [
            "--package=pop3-wasm",
            "--package=pop3-wasm-message",
            "--target=wasm32-unknown-unknown",
        ];
        finish(cargo().args(["clippy", "--locked"]).args(wasm).args(DENY))?;
        let mut with_tls = cargo();
        clang::compile_with(&mut with_tls)?;
        finish(
            with_tls
                .args(["clippy", "--locked", TLS])
                .args(wasm)
                .args(DENY),
        )
    })?;
    step("rustdoc", || {
        finish(
            cargo()
                .args(["doc", "--locked", "--no-deps", "--workspace", TLS])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    })?;
    step("prettier", || {
        finish(node_tool("prettier").args(["--check", "."]))
    })?;
    step("reference of the npm package", || {
        // It fails where something exported has no comment, and leaves target/reference.
        finish(
            program("node")
                .arg("tests/packaging/node_modules/typedoc/bin/typedoc")
                .args(["--options", "client-wasm/typedoc.json"]),
        )
    })?;
    step("types of the page", || {
        finish(node_tool("tsc").args(["--noEmit", "--project", "www"]))
    })
}

/// The client has a part that only one of its builds has.
const TLS: &str = "--features=pop3-wasm/tls";

const DENY: [&str; 3] = ["--", "-D", "warnings"];

/// The layout, and what no file of ours may hold.
fn rules() -> Result<()> {
    let listed =
        output(program("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let mut broken = Vec::new();
    for path in listed.lines() {
        let top = path.split('/').next().unwrap_or(path);
        if !TOP.contains(&top) {
            broken.push(format!(
                "{path}: {top} has no place at the top of the repository"
            ));
        }
        broken.extend(file_rules(path)?);
    }
    broken.dedup();
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(())
}

fn file_rules(path: &str) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let source = [".rs", ".ts", ".js", ".css"]
        .iter()
        .any(|ending| path.ends_with(ending));
    let full = root().join(path);
    // A file that was removed but not yet committed is still listed.
    if !source || !full.exists() {
        return Ok(broken);
    }
    let text = fs::read_to_string(&full).with_context(|| format!("read {path}"))?;
    let lines = text.lines().count();
    if lines > LINES {
        broken.push(format!(
            "{path}: {lines} lines; past {LINES}, split it by subject"
        ));
    }
    // Spelt apart so that this very file passes.
    for word in [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ] {
        if text.contains(word) {
            broken.push(format!("{path}: holds {word}; do it, or file an issue"));
        }
    }
    Ok(broken)
}
