//! The protocol core against real servers of three families: the same jobs on each.
#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by ending"
)]

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use pop3_proto::{
    Capabilities, Command, Config, Credentials, Error, Hop, ListEntry, Mechanism, MessageNumber,
    Method, Reply, Secret, SignIn, Stat, UidlEntry, UserName, Window,
};
use pop3_tests::STEP;
use pop3_tests::certificates::Authorities;
use pop3_tests::client::{Client, by_password, nonce};
use pop3_tests::dovecot::Dovecot;
use pop3_tests::servers::{Cyrus, Delivery, MailServer, Mailutils};

/// One for each test, since mailboxes are locked, and a list of them, since not every server takes
/// new ones while it runs.
const USERS: [&str; 8] = [
    "methods",
    "strongest",
    "tls",
    "lists",
    "messages",
    "deletes",
    "drops",
    "batch",
];

const SIMPLE: [Method; 2] = [Method::UserPass, Method::Apop];

/// All ways to use a password.
const EVERY: [Method; 7] = [
    Method::UserPass,
    Method::Apop,
    Method::Sasl(Mechanism::Plain),
    Method::Sasl(Mechanism::Login),
    Method::Sasl(Mechanism::CramMd5),
    Method::Sasl(Mechanism::ScramSha1),
    Method::Sasl(Mechanism::ScramSha256),
];

/// The message `number` of a mailbox, with dots where they matter.
fn message(number: u32) -> Vec<u8> {
    let lines = ".\r\n..leading\r\ncaf\u{e9}\r\n".repeat(number as usize);
    format!("From: a@tests.example\r\nSubject: number {number}\r\n\r\n{lines}").into_bytes()
}

/// What must come after the header, which servers add to.
fn body(number: u32) -> Vec<u8> {
    let message = message(number);
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    message[end.map_or(0, |at| at + 2)..].to_vec()
}

fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).unwrap_or_else(|error| panic!("{error}"))
}

/// A session with the server, before the sign-in.
fn connect(server: &dyn MailServer, config: Config) -> Result<Client> {
    Client::connect(server.address(), config)
}

/// A session of this user. A session that has just ended may hold the mailbox for a moment still.
fn signed_in_with(server: &dyn MailServer, user: &str, config: &Config) -> Result<(Client, Stat)> {
    let account = server.account(user)?;
    let deadline = Instant::now() + STEP;
    loop {
        let mut client = connect(server, config.clone())?;
        let mut last = Ok(Reply::List(Vec::new()));
        for command in by_password(Method::UserPass, &account.name, &account.password)? {
            last = client.run(command)?;
        }
        match last {
            Ok(Reply::Login(login)) => return Ok((client, login.stat)),
            Err(error) if error.code() == "in-use" && Instant::now() < deadline => {}
            outcome => anyhow::bail!("{outcome:?}; {}", server.log()),
        }
    }
}

fn signed_in(server: &dyn MailServer, user: &str) -> Result<(Client, Stat)> {
    signed_in_with(server, user, &Config::default())
}

/// A session of this user, whose mailbox has this many messages.
fn with_messages(server: &dyn MailServer, user: &str, count: u32) -> Result<Client> {
    server.account(user)?;
    for number in 1..=count {
        let delivery = server.deliver(user, &message(number))?;
        ensure!(
            delivery == Delivery::Stored,
            "message {number} was not taken"
        );
    }
    let (client, stat) = signed_in(server, user)?;
    assert_eq!(stat.count, count, "{}", server.log());
    Ok(client)
}

fn stat(client: &mut Client) -> Result<Stat> {
    match client.run(Command::Stat)?? {
        Reply::Stat(stat) => Ok(stat),
        reply => anyhow::bail!("{reply:?}"),
    }
}

fn list(client: &mut Client) -> Result<Vec<ListEntry>> {
    match client.run(Command::List(None))?? {
        Reply::List(entries) => Ok(entries),
        reply => anyhow::bail!("{reply:?}"),
    }
}

fn uidl(client: &mut Client) -> Result<Vec<UidlEntry>> {
    match client.run(Command::Uidl(None))?? {
        Reply::Uidl(entries) => Ok(entries),
        reply => anyhow::bail!("{reply:?}"),
    }
}

fn capabilities(client: &mut Client) -> Result<Capabilities> {
    match client.run(Command::Capa)?? {
        Reply::Capabilities(capabilities) => Ok(capabilities),
        reply => anyhow::bail!("{reply:?}"),
    }
}

/// Each method that the server offers takes the right password, and refuses a wrong one by a
/// typed error after which the session goes on.
fn methods(server: &dyn MailServer, expected: &[Method]) -> Result<()> {
    let account = server.account("methods")?;
    let told = capabilities(&mut connect(server, Config::default())?)?;
    for method in EVERY {
        let offered = match method {
            Method::Sasl(mechanism) => told.offers(mechanism),
            Method::UserPass => told.user(),
            _ => {
                let mut client = connect(server, Config::default())?;
                capabilities(&mut client)?;
                let greeting = client.session().greeting();
                greeting.is_some_and(|greeting| greeting.timestamp().is_some())
            }
        };
        assert_eq!(offered, expected.contains(&method), "{method}");
    }
    for &method in expected {
        let mut client = connect(server, Config::default())?;
        let mut wrong = Ok(Reply::List(Vec::new()));
        for command in by_password(method, &account.name, "not the password")? {
            wrong = client.run(command)?;
        }
        let error = wrong.err().context("a wrong password was accepted")?;
        assert_eq!(error.code(), "auth-failed", "{method}: {error:?}");
        assert_eq!(error.response_code(), Some("AUTH"), "{method}: {error:?}");

        let mut right = Ok(Reply::List(Vec::new()));
        for command in by_password(method, &account.name, &account.password)? {
            right = client.run(command)?;
        }
        match right {
            Ok(Reply::Login(login)) => assert_eq!((login.method, login.stat.count), (method, 0)),
            outcome => panic!("{method}: {outcome:?}"),
        }
        client.run(Command::Quit)??;
    }
    Ok(())
}

fn strongest(server: &dyn MailServer, expected: Method) -> Result<()> {
    let account = server.account("strongest")?;
    let credentials = Credentials::password(
        UserName::new(account.name)?,
        Secret::new(account.password)?,
        nonce("strongest")?,
    );
    let hop = Hop::default();
    let mut client = connect(server, Config::default())?;
    let login = client.sign_in(Command::Login(SignIn { credentials, hop }))?;
    assert_eq!(login.method, expected);
    Ok(())
}

/// STLS with a real handshake, then a password in clear; and one mailbox for two sessions.
fn tls(server: &dyn MailServer, locks: bool) -> Result<()> {
    let account = server.account("tls")?;
    let mut client = connect(server, Config::default())?;
    assert!(capabilities(&mut client)?.stls());
    client.run(Command::Stls)??;
    client.start_tls(&server.ca_file(), server.address().ip())?;
    assert!(!capabilities(&mut client)?.stls());
    let again = client.run(Command::Stls)?;
    assert_eq!(again.err().map(|error| error.code()), Some("wrong-state"));
    for command in by_password(Method::UserPass, &account.name, &account.password)? {
        client.run(command)??;
    }

    let mut other = connect(server, Config::default())?;
    let mut second = Ok(Reply::List(Vec::new()));
    for command in by_password(Method::UserPass, &account.name, &account.password)? {
        second = other.run(command)?;
    }
    let code = second.err().map(|error| error.code());
    assert_eq!(code, locks.then_some("in-use"));
    client.run(Command::Quit)??;
    Ok(())
}

fn lists(server: &dyn MailServer) -> Result<()> {
    let mut client = with_messages(server, "lists", 3)?;
    // A server that numbers its messages may change them when it is asked for the first time.
    uidl(&mut client)?;
    client.run(Command::Quit)??;
    let (mut client, told) = signed_in(server, "lists")?;

    let (sizes, ids) = (list(&mut client)?, uidl(&mut client)?);
    let numbers = |entries: Vec<u32>| assert_eq!(entries, [1, 2, 3]);
    numbers(sizes.iter().map(|entry| entry.number).collect());
    numbers(ids.iter().map(|entry| entry.number).collect());
    let distinct: BTreeSet<&str> = ids.iter().map(|entry| entry.uid.as_str()).collect();
    assert!(distinct.len() == 3 && !distinct.contains(""), "{ids:?}");
    let size = sizes.iter().map(|entry| entry.size).sum();
    assert_eq!(stat(&mut client)?, Stat { count: 3, size });
    assert_eq!(told, Stat { count: 3, size });

    for (size, id) in sizes.iter().zip(&ids) {
        let which = Some(number(size.number));
        assert_eq!(client.run(Command::List(which))??, Reply::ListEntry(*size));
        assert_eq!(
            client.run(Command::Uidl(which))??,
            Reply::UidlEntry(id.clone())
        );
    }
    for command in [
        Command::List(Some(number(4))),
        Command::Uidl(Some(number(4))),
        Command::Retr(number(4)),
        Command::Top {
            number: number(4),
            lines: 0,
        },
        Command::Dele(number(4)),
    ] {
        let keyword = command.keyword();
        let refused = client.run(command)?;
        let code = refused.err().map(|error| error.code());
        assert_eq!(code, Some("rejected"), "{keyword}");
    }
    client.run(Command::Noop)??;
    Ok(())
}

fn messages(server: &dyn MailServer) -> Result<()> {
    let mut client = with_messages(server, "messages", 3)?;
    for which in 1..=3 {
        let whole = client.retr(which)?;
        let ending = body(which);
        assert!(
            whole.ends_with(&ending),
            "{} does not end with {}",
            whole.escape_ascii(),
            ending.escape_ascii()
        );
        let id = client.submit(Command::Top {
            number: number(which),
            lines: 0,
        });
        let header = client.message(id)?;
        assert!(header.ends_with(b"\r\n\r\n"), "{}", header.escape_ascii());
        assert!(whole.starts_with(&header), "{}", header.escape_ascii());
        // The blank line between header and body is part of both.
        assert_eq!(whole.len() + 2, header.len() + ending.len());
    }
    Ok(())
}

fn deletes(server: &dyn MailServer) -> Result<()> {
    let mut client = with_messages(server, "deletes", 3)?;
    uidl(&mut client)?;
    client.run(Command::Quit)??;
    let (mut client, before) = signed_in(server, "deletes")?;
    let ids = uidl(&mut client)?;

    client.run(Command::Dele(number(1)))??;
    assert_eq!(client.session().pending_deletions(), [1]);
    assert_eq!(stat(&mut client)?.count, 2);
    assert_eq!(list(&mut client)?.len(), 2);
    client.run(Command::Rset)??;
    assert!(client.session().pending_deletions().is_empty());
    assert_eq!(stat(&mut client)?, before);
    assert_eq!(uidl(&mut client)?, ids);

    client.run(Command::Dele(number(2)))??;
    // A second time it is refused by some servers, and accepted by others.
    let _ = client.run(Command::Dele(number(2)))?;
    assert_eq!(client.session().pending_deletions(), [2]);
    client.run(Command::Quit)??;

    let (mut client, after) = signed_in(server, "deletes")?;
    assert_eq!(after.count, 2);
    let left: Vec<String> = uidl(&mut client)?.into_iter().map(|id| id.uid).collect();
    assert_eq!(left, [ids[0].uid.clone(), ids[2].uid.clone()]);
    assert!(client.retr(2)?.ends_with(&body(3)));
    Ok(())
}

fn drops(server: &dyn MailServer) -> Result<()> {
    let mut client = with_messages(server, "drops", 2)?;
    client.run(Command::Dele(number(1)))??;
    client.run(Command::Dele(number(2)))??;
    // The answer may be on its way when the connection ends.
    client.submit(Command::Uidl(None));
    client.send()?;
    drop(client);
    let (mut client, stat) = signed_in(server, "drops")?;
    assert_eq!(stat.count, 2);
    assert_eq!(list(&mut client)?.len(), 2);
    assert_eq!(uidl(&mut client)?.len(), 2);
    Ok(())
}

/// A batch gives the same with pipelining and without, and what fails in it fails alone.
fn batch(server: &dyn MailServer) -> Result<()> {
    const COUNT: u32 = 30;
    let mut client = with_messages(server, "batch", COUNT)?;
    assert!(capabilities(&mut client)?.pipelining());
    uidl(&mut client)?;
    client.run(Command::Quit)??;

    let serial = Window {
        commands: 1,
        ..Window::default()
    };
    let mut outcomes = Vec::new();
    for window in [Window::default(), serial] {
        let config = Config {
            window,
            ..Config::default()
        };
        let (mut client, _) = signed_in_with(server, "batch", &config)?;
        let mut ids = vec![client.submit(Command::List(None))];
        for which in 1..=COUNT {
            ids.push(client.submit(Command::Retr(number(which))));
            // There is no such message.
            ids.push(client.submit(Command::Retr(number(which + COUNT))));
            ids.push(client.submit(Command::Uidl(Some(number(which)))));
        }
        let mut outcome: Vec<Result<Reply, Error>> = Vec::new();
        for id in ids {
            outcome.push(client.wait(id)?);
        }
        for which in 1..=COUNT {
            assert!(client.retr(which)?.ends_with(&body(which)));
        }
        client.run(Command::Quit)??;
        outcomes.push(outcome);
    }
    let failed = outcomes.first().map(|outcome| {
        let failed = outcome.iter().filter(|result| result.is_err());
        failed.count()
    });
    assert_eq!(failed, Some(COUNT as usize));
    assert_eq!(outcomes.first(), outcomes.last());
    Ok(())
}

/// A server for all tests of one module; it ends with the process.
fn shared<S>(
    cell: &'static OnceLock<Result<S, String>>,
    start: impl FnOnce(&Authorities) -> Result<S>,
) -> Result<&'static S> {
    let start = || Authorities::generate().and_then(|authorities| start(&authorities));
    let server = cell.get_or_init(|| start().map_err(|error| format!("{error:#}")));
    server.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

macro_rules! jobs {
    ($family:ident, $server:ty, $start:expr, $methods:expr, $strongest:expr, $locks:expr) => {
        mod $family {
            use super::*;

            fn server() -> Result<&'static $server> {
                static SERVER: OnceLock<Result<$server, String>> = OnceLock::new();
                shared(&SERVER, $start)
            }

            #[test]
            fn each_method_takes_the_right_password_and_no_other() -> Result<()> {
                methods(server()?, $methods)
            }

            #[test]
            fn the_strongest_method_is_chosen() -> Result<()> {
                strongest(server()?, $strongest)
            }

            #[test]
            fn stls_encrypts_and_a_second_session_is_told_why_it_must_wait() -> Result<()> {
                tls(server()?, $locks)
            }

            #[test]
            fn stat_list_and_uidl_agree() -> Result<()> {
                lists(server()?)
            }

            #[test]
            fn retr_and_top_give_what_was_delivered() -> Result<()> {
                messages(server()?)
            }

            #[test]
            fn deletions_are_taken_back_by_rset_and_done_by_quit() -> Result<()> {
                deletes(server()?)
            }

            #[test]
            fn a_session_dropped_without_quit_deletes_nothing() -> Result<()> {
                drops(server()?)
            }

            #[test]
            fn a_batch_gives_the_same_as_one_by_one() -> Result<()> {
                batch(server()?)
            }
        }
    };
}

jobs!(
    dovecot,
    Dovecot,
    |authorities| Dovecot::start_with(
        authorities,
        "plain login cram-md5 scram-sha-1 scram-sha-256 apop"
    ),
    &EVERY,
    Method::Sasl(Mechanism::ScramSha256),
    // Dovecot lets several sessions in.
    false
);
jobs!(
    cyrus,
    Cyrus,
    |authorities| Cyrus::start(authorities, &USERS),
    &EVERY,
    Method::Sasl(Mechanism::ScramSha256),
    // And so does Cyrus.
    false
);
jobs!(
    mailutils,
    Mailutils,
    |authorities| Mailutils::start(authorities, &USERS),
    &SIMPLE,
    Method::Apop,
    true
);
