//! Skipping a slow step whose inputs have not changed since it last succeeded.

use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::run::{root, step, target};

/// Folders that hold what is made, not what it is made from.
const MADE: [&str; 4] = ["node_modules", "target", ".git", "dist"];

/// A step with named inputs and outputs, paths relative to the root (or absolute).
pub(crate) struct Step<'a> {
    pub(crate) title: &'a str,
    /// Files, or folders read through and through except for what was made.
    pub(crate) inputs: &'a [&'a Path],
    pub(crate) outputs: &'a [&'a Path],
}

impl Step<'_> {
    /// Does the work unless every output stands and no input has changed since.
    pub(crate) fn run(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let mark = self.mark();
        let current = self.current()?;
        let done = fs::read_to_string(&mark).is_ok_and(|earlier| earlier == current);
        if done && self.outputs.iter().all(|path| root().join(path).exists()) {
            eprintln!("==> {}: unchanged", self.title);
            return Ok(());
        }
        // A step that is cut short must not look done.
        let _ = fs::remove_file(&mark);
        step(self.title, work)?;
        if let Some(folder) = mark.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&mark, current).with_context(|| format!("write {}", mark.display()))
    }

    fn mark(&self) -> PathBuf {
        target().join("xtask").join(
            self.title
                .replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
        )
    }

    fn current(&self) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        // A newer xtask may do the step in another way.
        if let Ok(program) = std::env::current_exe() {
            fs::read(program)?.hash(&mut hasher);
        }
        for input in self.inputs {
            hash(&root().join(input), &mut hasher)?;
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let context = || format!("read {}", path.display());
    path.hash(hasher);
    if !path.is_dir() {
        fs::read(path).with_context(context)?.hash(hasher);
        return Ok(());
    }
    let mut entries = fs::read_dir(path)
        .with_context(context)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        let made = entry
            .file_name()
            .is_some_and(|name| MADE.iter().any(|made| name == *made));
        if !made {
            hash(&entry, hasher)?;
        }
    }
    Ok(())
}
