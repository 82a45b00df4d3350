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
            key: Some(shown(&key.into())),
            problem: one_line(problem),
        }
    }

    /// What the reader of TOML found wrong with the value of `key`.
    pub(super) fn wrong_value(key: &str, found: &str) -> Self {
        Self::at(key, in_plain_words(found))
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
    shown(&lines.join("; "))
}

/// Without characters that a terminal would obey: keys and values may hold any.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The words of the TOML library for types, and words for those who write the file.
const WORDS: [(&str, &str); 12] = [
    ("usize", "a whole number such as 1024"),
    ("u16", "a port of 1 to 65535"),
    ("a boolean", "true or false"),
    ("a string", "a text in quotes"),
    ("path string", "a path in quotes"),
    ("a sequence", "a list such as [\"…\", \"…\"]"),
    ("a map", "a table"),
    (
        "socket address",
        "a socket address such as \"127.0.0.1:9110\" or \"[::1]:9110\"",
    ),
    // What is found instead.
    ("floating point", "the number"),
    ("integer", "the number"),
    ("sequence", "a list"),
    ("map", "a table"),
];

/// Turns `invalid type: A, expected B` around, and puts it into other words.
fn in_plain_words(message: &str) -> String {
    let word = |library: &str| {
        let known = WORDS.iter().find(|(theirs, _)| *theirs == library);
        known.map_or_else(|| library.to_owned(), |(_, ours)| (*ours).to_owned())
    };
    let of_type = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .or_else(|| message.strip_prefix("invalid length "));
    if let Some((found, expected)) = of_type.and_then(|rest| rest.rsplit_once(", expected ")) {
        let expected = match expected.strip_prefix("struct ") {
            Some(_) => "a table".to_owned(),
            None => word(expected),
        };
        // Such as "integer `5`".
        let found = match found.split_once(" `") {
            Some((kind, value)) => format!("{} {}", word(kind), value.trim_end_matches('`')),
            None => word(found),
        };
        return format!("expected {expected}, not {found}");
    }
    match message {
        "invalid socket address syntax" => format!("expected {}", word("socket address")),
        // Of a choice of words.
        message if message.starts_with("wanted ") => "expected a word in quotes".to_owned(),
        message => message
            .replace("unknown field", "unknown key")
            .replace("unknown variant", "unknown value")
            .replace("missing field", "missing key"),
    }
}
