//! The same mailbox read by Python's poplib and by the protocol core, on each server: everything
//! that both tell must be equal, messages to the octet.
#![allow(clippy::panic, reason = "a test says what is wrong by ending")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command as Program, Stdio};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pop3_proto::{Command, CommandId, Config, MessageNumber, Method, Reply};
use pop3_tests::certificates::Authorities;
use pop3_tests::client::{Client, by_password};
use pop3_tests::corpus::{Sample, samples, with_line_ends};
use pop3_tests::dovecot::Dovecot;
use pop3_tests::servers::{Account, Cyrus, Delivery, MailServer, Mailutils};
use serde::Deserialize;

const USER: &str = "reader";

/// What poplib has found; the fields as `poplib_reads.py` prints them.
#[derive(Deserialize)]
struct Found {
    stat: (u32, u64),
    list: Vec<(String, String)>,
    uidl: Vec<(String, String)>,
    #[serde(rename = "list one")]
    list_one: Vec<String>,
    #[serde(rename = "uidl one")]
    uidl_one: Vec<String>,
    retr: Vec<Octets>,
    #[serde(rename = "top 0")]
    top_0: Vec<Octets>,
    #[serde(rename = "top 5")]
    top_5: Vec<Octets>,
}

/// A message as poplib gives it.
#[derive(Deserialize)]
struct Octets {
    size: usize,
    octets: String,
}

fn poplib(server: &dyn MailServer, account: &Account) -> Result<Found> {
    let address = server.address();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocol/poplib_reads.py");
    let output = Program::new("/usr/bin/python3")
        .arg(script)
        .args([address.ip().to_string(), address.port().to_string()])
        .args([&account.name, &account.password])
        .stdin(Stdio::null())
        .output()
        .context("Python is missing: apt-get install python3")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "poplib: {said}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn sign_in(server: &dyn MailServer, account: &Account) -> Result<Client> {
    let mut client = Client::connect(server.address(), Config::default())?;
    for command in by_password(Method::UserPass, &account.name, &account.password)? {
        client.run(command)??;
    }
    Ok(client)
}

/// Fills a mailbox, reads it by both, and compares. Gives what the server has taken, and what it
/// has not.
fn compare(server: &dyn MailServer) -> Result<(Vec<Sample>, Vec<String>)> {
    let account = server.account(USER)?;
    let (mut stored, mut refused) = (Vec::new(), Vec::new());
    for sample in samples()? {
        match server.deliver(USER, &sample.octets)? {
            Delivery::Stored => stored.push(sample),
            Delivery::Refused => refused.push(sample.name),
        }
    }
    // Some servers write ids into messages that are asked for theirs.
    let mut client = sign_in(server, &account)?;
    client.run(Command::Uidl(None))??;
    client.run(Command::Quit)??;

    let theirs = poplib(server, &account)?;
    let mut client = sign_in(server, &account)?;
    let count = u32::try_from(stored.len())?;

    let Reply::Stat(stat) = client.run(Command::Stat)?? else {
        panic!("no answer to STAT");
    };
    assert_eq!((stat.count, stat.size), theirs.stat);
    assert_eq!(stat.count, count);

    let Reply::List(sizes) = client.run(Command::List(None))?? else {
        panic!("no answer to LIST");
    };
    let sizes = sizes
        .iter()
        .map(|entry| (entry.number.to_string(), entry.size.to_string()));
    assert_eq!(sizes.collect::<Vec<_>>(), theirs.list);

    let Reply::Uidl(ids) = client.run(Command::Uidl(None))?? else {
        panic!("no answer to UIDL");
    };
    let ids = ids
        .into_iter()
        .map(|entry| (entry.number.to_string(), entry.uid));
    assert_eq!(ids.collect::<Vec<_>>(), theirs.uidl);

    let numbers: Vec<MessageNumber> = (1..=count)
        .map(MessageNumber::new)
        .collect::<Result<_, _>>()?;
    for ((&number, size), uid) in numbers.iter().zip(&theirs.list_one).zip(&theirs.uidl_one) {
        let Reply::ListEntry(entry) = client.run(Command::List(Some(number)))?? else {
            panic!("no answer to LIST {number}");
        };
        assert_eq!(&format!("{} {}", entry.number, entry.size), size);
        let Reply::UidlEntry(entry) = client.run(Command::Uidl(Some(number)))?? else {
            panic!("no answer to UIDL {number}");
        };
        assert_eq!(&format!("{} {}", entry.number, entry.uid), uid);
    }

    // All at once, so that pipelining is part of the comparison.
    let mut wanted: Vec<(String, CommandId, &Octets)> = Vec::new();
    let all = theirs.retr.iter().zip(&theirs.top_0).zip(&theirs.top_5);
    let all: Vec<_> = all.collect();
    ensure!(
        all.len() == stored.len(),
        "poplib gave {} messages",
        all.len()
    );
    for ((&number, sample), ((retr, top_0), top_5)) in numbers.iter().zip(&stored).zip(all) {
        let name = &sample.name;
        let mut submit = |what: &str, command, octets| {
            wanted.push((format!("{name}, {what}"), client.submit(command), octets));
        };
        submit("RETR", Command::Retr(number), retr);
        submit("TOP 0", Command::Top { number, lines: 0 }, top_0);
        submit("TOP 5", Command::Top { number, lines: 5 }, top_5);
    }
    for (what, id, theirs) in wanted {
        let ours = client.message(id).with_context(|| what.clone())?;
        let expected = STANDARD.decode(&theirs.octets)?;
        assert_eq!(ours.len(), theirs.size, "{what}");
        assert!(
            ours == expected,
            "{what}:\n{}\n{}",
            ours.escape_ascii(),
            expected.escape_ascii()
        );
    }
    client.run(Command::Quit)??;
    Ok((stored, refused))
}

/// What our client fetches, by the name of the sample.
fn fetched(server: &dyn MailServer, stored: &[Sample]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut client = sign_in(server, &server.account(USER)?)?;
    let mut messages = BTreeMap::new();
    for (number, sample) in (1..).zip(stored) {
        messages.insert(sample.name.clone(), client.retr(number)?);
    }
    Ok(messages)
}

#[test]
fn on_dovecot_and_every_message_is_what_was_delivered() -> Result<()> {
    let server = Dovecot::start(&Authorities::generate()?)?;
    let (stored, refused) = compare(&server)?;
    assert!(refused.is_empty(), "{refused:?}");
    let messages = fetched(&server, &stored)?;
    for sample in &stored {
        let mut delivered = with_line_ends(&sample.octets, b"\r\n");
        if delivered.is_empty() {
            // The end of a header that has no field.
            delivered.extend(b"\r\n");
        }
        let fetched = messages.get(&sample.name).context("not fetched")?;
        assert!(
            *fetched == delivered,
            "{}: {}",
            sample.name,
            fetched.escape_ascii()
        );
    }
    Ok(())
}

#[test]
fn on_cyrus() -> Result<()> {
    let server = Cyrus::start(&Authorities::generate()?, &[USER])?;
    let (_, refused) = compare(&server)?;
    // It takes no NUL, and no header with a line that is no field.
    let expected = [
        "body-only.eml",
        "every octet",
        "header-without-body-separator.eml",
        "lf-only.eml",
        "nul-octets.eml",
        "stray-line-in-header.eml",
    ];
    assert_eq!(refused, expected);
    Ok(())
}

#[test]
fn on_mailutils() -> Result<()> {
    let server = Mailutils::start(&Authorities::generate()?, &[USER])?;
    let (_, refused) = compare(&server)?;
    assert!(refused.is_empty(), "{refused:?}");
    Ok(())
}
