//! Where `cargo xtask setup` has unpacked Debian's packages, and how to run what is in them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

const MISSING: &str = "Cyrus and GNU Mailutils are missing: cargo xtask setup";

pub(super) struct Unpacked {
    folder: PathBuf,
    libraries: OsString,
}

impl Unpacked {
    /// # Errors
    /// One line that says what to do where they are not there.
    pub(super) fn find() -> Result<Self> {
        let program = env::current_exe()?;
        // The tests are compiled somewhere below the target folder.
        let folder = program
            .ancestors()
            .map(|folder| folder.join("debian"))
            .find(|folder| folder.join("packages").is_file())
            .context(MISSING)?;
        let mut libraries = Vec::new();
        for above in ["usr/lib", "lib"] {
            for entry in fs::read_dir(folder.join(above))? {
                let path = entry?.path();
                if path.to_string_lossy().ends_with("-linux-gnu") {
                    libraries.push(path);
                }
            }
        }
        Ok(Self {
            libraries: env::join_paths(libraries)?,
            folder,
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A file in one of the folders of libraries.
    pub(super) fn library(&self, name: &str) -> Result<PathBuf> {
        env::split_paths(&self.libraries)
            .map(|folder| folder.join(name))
            .find(|path| path.exists())
            .with_context(|| format!("{MISSING}: {name}"))
    }

    /// A program with its libraries, and with these variables in its environment.
    pub(super) fn program(&self, name: &str, variables: &[(&str, OsString)]) -> Command {
        // `env` makes one command line of it, which is what the keeper of a server takes.
        let mut command = Command::new("env");
        let libraries = ("LD_LIBRARY_PATH", self.libraries.clone());
        for (name, value) in [&[libraries], variables].concat() {
            let mut variable = OsString::from(name);
            variable.push("=");
            variable.push(value);
            command.arg(variable);
        }
        command.arg(self.folder.join(name));
        command
    }
}
