//! The C compiler for ring, on which end-to-end TLS is built: of the common ones only clang makes
//! WebAssembly.

use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{on_path, output, program};
use crate::setup::is_root;
use crate::unpack;

/// Where the `cc` crate looks for the compiler and the archiver of that target.
const CC: &str = "CC_wasm32_unknown_unknown";
const AR: &str = "AR_wasm32_unknown_unknown";

/// Has this run of Cargo compile C for WebAssembly by clang: the one that the caller names, one that is
/// installed, or one that is unpacked.
///
/// # Errors
/// What to install, where there is none and none can be had.
pub(crate) fn compile_with(cargo: &mut Command) -> Result<()> {
    if std::env::var_os(CC).is_some() {
        return Ok(());
    }
    cargo.env(CC, find()?);
    // The archives are read by rustc, which needs no index of their symbols.
    let archiver = ["llvm-ar", "ar"].into_iter().find(|name| on_path(name));
    if let (Some(archiver), None) = (archiver, std::env::var_os(AR)) {
        cargo.env(AR, archiver);
    }
    Ok(())
}

/// clang, installed or unpacked.
pub(crate) fn find() -> Result<PathBuf> {
    let installed = Path::new("clang");
    let targets = on_path("clang").then(|| output(program(installed).arg("--print-targets")));
    if targets.is_some_and(|told| told.is_ok_and(|told| told.contains("wasm32"))) {
        return Ok(installed.into());
    }
    unpack::clang(is_root()?)
}
