//! The client's own tests, compiled to WebAssembly for the browsers: the same code as the native
//! ones, whose names go along so that none can be left out.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use std::fs;
use std::path::PathBuf;
use wasm_bindgen_cli_support::Bindgen;

use crate::run::{cargo, output, program, step, target};

/// The crates whose tests run in browsers as well.
const PACKAGES: [&str; 2] = ["--package=pop3-proto", "--package=pop3-mail"];

/// Test binaries that are native alone: one reads the whole repository, for the other an allocator
/// counts.
const NATIVE: [&str; 2] = ["documents", "memory"];

/// Where the compiled tests lie: of each test binary a module and its glue, and in `tests.json` the
/// names of its tests.
pub(crate) fn folder() -> Result<PathBuf> {
    Ok(target()?.join("wasm-tests"))
}

/// Compiles the tests into [`folder`].
pub(crate) fn tests() -> Result<()> {
    let folder = folder()?;
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let modules = step("compile the tests to WebAssembly", || {
        // The transcripts, cut at each octet, are slow without optimisation.
        binaries(&[
            "--target=wasm32-unknown-unknown",
            "--config=profile.dev.opt-level=1",
        ])
    })?;
    let programs = binaries(&[])?;
    ensure!(
        modules
            .iter()
            .map(|(name, _)| name)
            .eq(programs.iter().map(|(name, _)| name)),
        "the tests for WebAssembly are not the native ones"
    );
    let mut names = Map::new();
    for ((name, module), (_, native)) in modules.iter().zip(&programs) {
        let listed = output(program(native).args(["--list", "--format=terse"]))?;
        let tests: Vec<Value> = listed
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
            .map(Value::from)
            .collect();
        // A crate may have none of its own.
        if tests.is_empty() {
            continue;
        }
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(module)
            .out_name(name)
            .web(true)?
            .typescript(false)
            // A test binary has a `main` of its own, which would run nothing.
            .emit_start(false);
        bindgen
            .generate(&folder)
            .with_context(|| format!("wasm-bindgen {name}"))?;
        names.insert(name.clone(), tests.into());
    }
    fs::write(folder.join("tests.json"), Value::from(names).to_string())?;
    Ok(())
}

/// The test binaries of the packages by name, in order.
fn binaries(options: &[&str]) -> Result<Vec<(String, PathBuf)>> {
    let messages = output(
        cargo()
            .args([
                "test",
                "--locked",
                "--no-run",
                "--message-format=json-render-diagnostics",
            ])
            .args(PACKAGES)
            .args(options),
    )?;
    let mut found = Vec::new();
    for message in messages.lines() {
        let message: Value = serde_json::from_str(message)?;
        let name = message.pointer("/target/name").and_then(Value::as_str);
        let path = message.get("executable").and_then(Value::as_str);
        let test = message.pointer("/profile/test") == Some(&Value::Bool(true));
        if let (Some(name), Some(path), true) = (name, path, test)
            && !NATIVE.contains(&name)
        {
            found.push((name.to_owned(), path.into()));
        }
    }
    found.sort();
    Ok(found)
}
