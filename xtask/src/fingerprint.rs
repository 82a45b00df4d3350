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
        let mark = self.mark()?;
        let made = self.outputs.iter().all(|path| root().join(path).exists());
        if made && fs::read_to_string(&mark).is_ok_and(|earlier| self.is(&earlier)) {
            eprintln!("==> {}: unchanged", self.title);
            return Ok(());
        }
        // A step that is cut short must not look done.
        let _ = fs::remove_file(&mark);
        step(self.title, work)?;
        if let Some(folder) = mark.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&mark, self.current()?).with_context(|| format!("write {}", mark.display()))
    }

    /// What cannot be read now is no reason to stop: the work will say what is wrong.
    fn is(&self, earlier: &str) -> bool {
        self.current().is_ok_and(|current| current == earlier)
    }

    fn mark(&self) -> Result<PathBuf> {
        let name = self
            .title
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        Ok(target()?.join("xtask").join(name))
    }

    /// Inputs and outputs: the outputs lie outside the target folder, so another target folder's
    /// build may have replaced them.
    fn current(&self) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        // A newer xtask may do the step in another way.
        if let Ok(program) = std::env::current_exe() {
            fs::read(program)?.hash(&mut hasher);
        }
        for path in self.inputs.iter().chain(self.outputs) {
            hash(&root().join(path), &mut hasher)?;
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
