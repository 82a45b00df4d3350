//! What is shipped names its sources as any machine would: messages of panics hold file names.

use anyhow::Result;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Where Cargo unpacks crates of each registry.
fn registries() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home.map(|home| home.join("registry/src"));
    let Some(sources) = sources.filter(|sources| sources.is_dir()) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(sources)? {
        found.push(entry?.path());
    }
    found.sort();
    Ok(found)
}

/// Has this `cargo build` for `key`, `build` or `target.TRIPLE`, write `crates/NAME-VERSION/...` for
/// the source files of other crates.
pub(crate) fn source_names(build: &mut Command, key: &str) -> Result<()> {
    for registry in registries()? {
        let flag = format!("--remap-path-prefix={}=crates", registry.display());
        let flags = serde_json::json!([flag]);
        build
            .arg("--config")
            .arg(format!("{key}.rustflags={flags}"));
    }
    Ok(())
}
