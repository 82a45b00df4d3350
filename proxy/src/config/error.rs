//! What is wrong with a configuration, in one line that names file, line and key.

use std::fmt;
use std::path::{Path, PathBuf};

/// A configuration that cannot be used.
///
/// Its `Display` is one line: `FILE:LINE: KEY: what is wrong`, without the parts that are unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    file: Option<PathBuf>,
    line: Option<usize>,
    key: Option<String>,
    problem: String,
}

impl ConfigError {
    /// An error in the value of `key`, a dotted path such as `servers.work.port`.
    pub(crate) fn at(key: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self {
            file: None,
            line: None,
            key: Some(key.into()),
            problem: one_line(problem),
        }
    }

    /// An error of the file as a whole: it cannot be read, or is not TOML.
    pub(crate) fn general(problem: impl fmt::Display) -> Self {
        Self {
            file: None,
            line: None,
            key: None,
            problem: one_line(problem),
        }
    }

    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    pub(crate) fn on_line(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }

    /// The dotted path of the key at fault, such as `servers.work.port`, where there is one. Of a key
    /// that is given twice it is the key without its path.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The line at fault, counted from 1, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The file that was read, if the configuration came from one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line}: ", file.display())?,
            (Some(file), None) => write!(f, "{}: ", file.display())?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// Parsers explain themselves over several lines; a log wants one.
fn one_line(problem: impl fmt::Display) -> String {
    let text = problem.to_string();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("; ")
}
