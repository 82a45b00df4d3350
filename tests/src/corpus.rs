//! Messages of every kind: the project's own fixtures, and some that no file can well hold.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// A message and what it is.
pub struct Sample {
    /// The name of its file, or what is special about it.
    pub name: String,
    /// Its octets, with the line ends that it happens to have.
    pub octets: Vec<u8>,
}

/// All of them, in the order of their names.
///
/// # Errors
/// When the fixtures are not where they should be.
pub fn samples() -> Result<Vec<Sample>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut samples = Vec::new();
    for folder in ["tests/mail/fixtures", "proxy/src/demo/messages"] {
        let folder = root.join(folder);
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                samples.push(Sample {
                    name: name.into_owned(),
                    octets: fs::read(&path)?,
                });
            }
        }
    }
    let header = b"From: a@tests.example\r\nSubject: sample\r\n\r\n".as_slice();
    let long = "x".repeat(100_000);
    let everything: Vec<u8> = (0..=255).collect();
    for (name, body) in [
        ("dots", b".\r\n..\r\n...\r\n.b\r\na.\r\n.\r\n".as_slice()),
        ("dot at the end", b"a\r\n."),
        ("no final line end", b"a\r\nb"),
        ("blank lines at the end", b"a\r\n\r\n\r\n"),
        ("bare line feeds", b"a\nb\n.\n..\nc\n"),
        ("every octet", &everything),
        ("one long line", long.as_bytes()),
        (
            "lines that look like answers",
            b"+OK\r\n-ERR [IN-USE] no\r\n",
        ),
    ] {
        samples.push(Sample {
            name: name.to_owned(),
            octets: [header, body].concat(),
        });
    }
    samples.push(Sample {
        name: "nothing at all".to_owned(),
        octets: Vec::new(),
    });
    samples.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(samples)
}

/// The lines of a message with this line end after each, the last one included.
#[must_use]
pub fn with_line_ends(message: &[u8], end: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(end);
    }
    out
}
