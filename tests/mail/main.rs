//! Messages in, expected values out. The fixtures are octet for octet what a server would send.

// A test that cannot go on says so by a panic, in its helper functions too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod attachments;
mod charsets;
mod damage;
mod demo_messages;
mod fields;
mod hostile;
mod parts;
mod random;
#[cfg(feature = "serde")]
mod serialised;

use std::{fs, path::PathBuf};

use pop3_mail::{HeaderField, Message, parse};

/// Octets of `fixtures/NAME.eml`.
fn octets(name: &str) -> Vec<u8> {
    let path = fixtures().join(name).with_extension("eml");
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn message(name: &str) -> Message<'static> {
    parse(octets(name).leak())
}

/// The header fields, decoded.
fn headers(octets: &[u8]) -> Vec<HeaderField> {
    pop3_mail::header(octets, pop3_mail::encoding_rs).headers
}

fn fixtures() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../tests/mail/fixtures"]
        .iter()
        .collect()
}

/// Every fixture, by name.
fn all() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    all.sort();
    assert!(all.len() >= 25, "fixtures are missing: {}", all.len());
    all
}

/// Addresses as `name <address>`, or `<address>` where there is no name.
fn mailboxes(list: &[pop3_mail::Address]) -> Vec<String> {
    let show = |mailbox: &pop3_mail::Address| match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => format!("<{}>", mailbox.address),
    };
    list.iter().map(show).collect()
}
