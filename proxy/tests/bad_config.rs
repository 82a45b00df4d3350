//! Every key of the configuration with values that are wrong for it: one line that names the key, and
//! says what would be right in words that are not Rust's.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use pop3_proxy::Config;
use tempfile::TempDir;
use toml::{Table, Value};

const EXAMPLE: &str = include_str!("../pop3-proxy.example.toml");

/// What no key takes, or few.
const VALUES: [&str; 11] = [
    "\"\"",
    "\"\\u0007x\"",
    "\"no: such thing\"",
    "-1",
    "99999999999999",
    "1.5",
    "true",
    "[1]",
    "[[]]",
    "{}",
    "2026-11-25",
];

/// Words of the libraries that tell an administrator nothing.
const JARGON: [&str; 10] = [
    "usize",
    "u16",
    "struct",
    "sequence",
    "variant",
    "field",
    "map",
    "invalid type",
    "wanted",
    "enum",
];

/// What it takes for a line to say what would be right.
const RIGHT: [&str; 9] = [
    "expected",
    "must be",
    "needs ",
    "is for ",
    "names no ",
    "cannot read ",
    "holds no ",
    "missing key",
    "has 1 to 64 ",
];

/// All keys of the example, those that are commented out too, by their table.
fn keys() -> BTreeMap<String, Vec<String>> {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in EXAMPLE.lines() {
        let line = line.strip_prefix('#').unwrap_or(line);
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            table = name.to_owned();
        } else if let Some((key, _)) = line.split_once(" = ")
            && key
                .bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet == b'-')
        {
            keys.entry(table.clone()).or_default().push(key.to_owned());
        }
    }
    keys
}

/// The keys that a table must have, with good values.
fn needed(table: &str) -> Vec<(&'static str, String)> {
    match table {
        "servers.work" => vec![("host", "\"a\"".to_owned())],
        "https" => {
            let (certificate, key) = pair();
            vec![("certificate", certificate), ("key", key)]
        }
        _ => Vec::new(),
    }
}

/// The paths of a certificate and its key, as TOML. They stay as long as the tests run.
fn pair() -> (String, String) {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let pair = rcgen::generate_simple_self_signed(vec!["a".to_owned()]).unwrap();
        std::fs::write(folder.path().join("pem"), pair.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key"), pair.signing_key.serialize_pem()).unwrap();
        folder
    });
    let path = |name| format!("{:?}", FOLDER.path().join(name));
    (path("pem"), path("key"))
}

/// A configuration that would be good, but for this value.
fn with(table: &str, key: &str, value: &str) -> String {
    let mut text = String::new();
    if table.is_empty() {
        text.push_str(&format!("{key} = {value}\n"));
    }
    for name in BTreeSet::from(["servers.work", table]) {
        if name.is_empty() {
            continue;
        }
        text.push_str(&format!("[{name}]\n"));
        for (other, good) in needed(name) {
            if (name, other) != (table, key) {
                text.push_str(&format!("{other} = {good}\n"));
            }
        }
        if name == table {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    text
}

#[test]
fn every_key_with_a_wrong_value_is_told_in_one_line_with_what_would_be_right() {
    let keys = keys();
    assert!(
        keys[""].len() > 10 && keys["servers.work"].len() > 4,
        "{keys:?}"
    );
    for (table, keys) in keys {
        for key in keys {
            let mut refused = 0;
            for value in VALUES {
                let text = with(&table, &key, value);
                let Err(error) = Config::from_toml(&text) else {
                    continue;
                };
                refused += 1;
                let line = error.to_string();
                assert!(!line.contains(char::is_control), "{line:?}");
                assert!(line.contains(&key), "{text}{line}");
                assert!(error.line().is_some(), "{text}{line}");
                let told = RIGHT.iter().any(|words| line.contains(words));
                assert!(told, "{key} = {value}: {line}");
                for word in JARGON {
                    let found = line
                        .split(|c: char| !c.is_alphanumeric())
                        .any(|w| w == word);
                    assert!(!found, "{key} = {value}: {line}");
                }
            }
            // Any text is good for a title, and either word for a switch.
            assert!(refused >= 7, "{key} takes nearly everything");
        }
    }
}

#[test]
fn types_are_told_in_words_of_the_file() {
    for (key, value, said) in [
        (
            "max-sessions",
            "\"x\"",
            "expected a whole number such as 1024, not string \"x\"",
        ),
        (
            "max-sessions",
            "-1",
            "expected a whole number such as 1024, not the number -1",
        ),
        (
            "idle-timeout",
            "10",
            "expected a text in quotes, not the number 10",
        ),
        (
            "origins",
            "\"https://a\"",
            "expected a list such as [\"…\", \"…\"], not string",
        ),
        (
            "metrics-listen",
            "\"9110\"",
            "expected a socket address such as \"127.0.0.1:9110\"",
        ),
        ("log", "5", "expected a word in quotes"),
        (
            "log",
            "\"loud\"",
            "unknown value `loud`, expected one of `error`, `warn`",
        ),
        ("servers", "[]", "expected a table, not a list"),
        (
            "lissen",
            "1",
            "unknown key `lissen`, expected one of `listen`",
        ),
    ] {
        let text = match key {
            "servers" => format!("servers = {value}\n"),
            _ => with("", key, value),
        };
        let line = Config::from_toml(&text).unwrap_err().to_string();
        let expected = format!("line 1: {key}: {said}");
        assert!(line.starts_with(&expected), "{line}");
    }
    let line = Config::from_toml(&with("servers.work", "port", "99999")).unwrap_err();
    let expected = "line 3: servers.work.port: expected a port of 1 to 65535, not the number 99999";
    assert_eq!(line.to_string(), expected);
}

#[test]
fn what_a_terminal_would_obey_is_shown_as_text() {
    for text in [
        "\"\\u001b[31m\" = 1\n",
        "[servers.\"a\\u0007\"]\nhost = \"a\"\n",
        "log = \"\\u001b[2J\"\n",
        "origins = [\"\\r\\nforged\"]\n",
    ] {
        let parsed: Result<Value, _> = text.parse();
        assert!(parsed.is_ok() || text.parse::<Table>().is_ok(), "{text}");
        let line = Config::from_toml(text).unwrap_err().to_string();
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}
