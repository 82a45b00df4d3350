//! Messages in, expected values out. The fixtures are octet for octet what a server would send.

// A test that cannot go on says so by a panic, in its helper functions too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod attachments;
mod charsets;
mod damage;
mod demo_messages;
mod fields;
mod hostile;
mod machines;
mod parts;
mod random;
#[cfg(feature = "serde")]
mod serialised;

use pop3_mail::{HeaderField, Message, parse};

/// Octets of `fixtures/NAME.eml`.
fn octets(name: &str) -> &'static [u8] {
    let found = pop3_trials::messages()
        .iter()
        .find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no message {name}")).1
}

fn message(name: &str) -> Message<'static> {
    parse(octets(name))
}

/// The header fields, decoded.
fn headers(octets: &[u8]) -> Vec<HeaderField> {
    pop3_mail::header(octets, pop3_mail::encoding_rs).headers
}

/// Every fixture, by name.
fn all() -> &'static [(&'static str, &'static [u8])] {
    let all = pop3_trials::messages();
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
