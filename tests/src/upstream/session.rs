//! Plays a script to one connection.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::watch;

use super::wire::Wire;
use super::{Conduct, Ending, Observed, Retr, Script, Security, Stls};

const GREETING: &[u8] = b"+OK fake server ready\r\n";

/// Octets that begin no TLS record.
const GARBAGE: &[u8] = b"* OK this is another protocol altogether\r\n";

/// Enough at once to fill every buffer quickly.
const FLOOD: usize = 64 * 1024;

pub(super) async fn play(
    stream: TcpStream,
    script: &Script,
    observed: &Arc<watch::Sender<Observed>>,
) -> Ending {
    let wire = Wire::new(Box::new(stream), observed);
    match converse(wire, script).await {
        Ok(ending) => ending,
        // The peer is gone, or cannot do TLS with us.
        Err(_) => Ending::PeerFailed,
    }
}

async fn converse(mut wire: Wire, script: &Script) -> io::Result<Ending> {
    match &script.security {
        Security::Plain => {}
        Security::Implicit(config) => wire = wire.secure(config).await?,
        Security::ImplicitGarbage => {
            wire.send(GARBAGE).await?;
            wire.drain().await?;
            return Ok(Ending::PeerClosed);
        }
        Security::Stls(_) => {}
    }
    match &script.conduct {
        Conduct::Silent => {
            wire.drain().await?;
            Ok(Ending::PeerClosed)
        }
        Conduct::HangsUp => {
            wire.close().await?;
            Ok(Ending::HungUp)
        }
        Conduct::Says(text) => {
            wire.send(text.as_bytes()).await?;
            wire.close().await?;
            Ok(Ending::HungUp)
        }
        Conduct::FloodsLine => {
            wire.send(b"+OK ").await?;
            loop {
                wire.send(&[b'a'; FLOOD]).await?;
            }
        }
        greeting_first => {
            wire.send(GREETING).await?;
            if let Security::Stls(answer) = &script.security {
                wire = match offer_stls(wire, answer).await? {
                    Some(wire) => wire,
                    None => return Ok(Ending::PeerClosed),
                };
            }
            after_greeting(wire, greeting_first).await
        }
    }
}

/// Answers until STLS is done. `None` when the peer has left.
async fn offer_stls(mut wire: Wire, answer: &Stls) -> io::Result<Option<Wire>> {
    while let Some(line) = wire.line().await? {
        match line.to_ascii_uppercase().as_str() {
            "CAPA" => wire.send(b"+OK\r\nUSER\r\nSTLS\r\n.\r\n").await?,
            "STLS" => match answer {
                Stls::Upgrades(config) => {
                    wire.send(b"+OK begin TLS\r\n").await?;
                    return wire.secure(config).await.map(Some);
                }
                Stls::Injects(config) => {
                    wire.send(b"+OK begin TLS\r\n+OK injected\r\n").await?;
                    return wire.secure(config).await.map(Some);
                }
                Stls::Refuses => wire.send(b"-ERR not now\r\n").await?,
                Stls::Garbage => {
                    wire.send(b"+OK begin TLS\r\n").await?;
                    wire.send(GARBAGE).await?;
                    wire.drain().await?;
                    return Ok(None);
                }
                Stls::Stalls => {
                    wire.send(b"+OK begin TLS\r\n").await?;
                    wire.drain().await?;
                    return Ok(None);
                }
                Stls::Ignores => {
                    wire.drain().await?;
                    return Ok(None);
                }
            },
            "QUIT" => {
                wire.send(b"+OK bye\r\n").await?;
                wire.close().await?;
                return Ok(None);
            }
            _ => wire.send(b"-ERR STLS first\r\n").await?,
        }
    }
    Ok(None)
}

async fn after_greeting(mut wire: Wire, conduct: &Conduct) -> io::Result<Ending> {
    match conduct {
        Conduct::Mailbox(messages, retr) => mailbox(wire, messages, *retr).await,
        // Until the test is over, and this task with it.
        Conduct::NeverReads => std::future::pending().await,
        _ => {
            wire.drain().await?;
            Ok(Ending::PeerClosed)
        }
    }
}

async fn mailbox(mut wire: Wire, messages: &[Vec<u8>], retr: Retr) -> io::Result<Ending> {
    while let Some(line) = wire.line().await? {
        let mut words = line.split(' ');
        let command = words.next().unwrap_or_default().to_ascii_uppercase();
        let number = words.next().and_then(|word| word.parse::<usize>().ok());
        let message = number.and_then(|number| messages.get(number.checked_sub(1)?));
        match (command.as_str(), message) {
            ("CAPA", _) => {
                wire.send(b"+OK\r\nUSER\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n")
                    .await?
            }
            ("STAT", _) => {
                let octets: usize = messages.iter().map(Vec::len).sum();
                wire.send(format!("+OK {} {octets}\r\n", messages.len()).as_bytes())
                    .await?;
            }
            ("LIST", Some(message)) => {
                let number = number.unwrap_or_default();
                wire.send(format!("+OK {number} {}\r\n", message.len()).as_bytes())
                    .await?;
            }
            ("LIST", None) if number.is_none() => {
                listing(
                    &mut wire,
                    messages.iter().map(|message| message.len().to_string()),
                )
                .await?;
            }
            ("UIDL", Some(_)) => {
                let number = number.unwrap_or_default();
                wire.send(format!("+OK {number} uid-{number}\r\n").as_bytes())
                    .await?;
            }
            ("UIDL", None) if number.is_none() => {
                listing(&mut wire, (1..=messages.len()).map(|n| format!("uid-{n}"))).await?;
            }
            ("TOP", Some(message)) => {
                let count = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
                let mut reply = b"+OK\r\n".to_vec();
                reply.extend(stuffed(top(message, count)));
                reply.extend(b".\r\n");
                wire.send(&reply).await?;
            }
            ("RETR", Some(message)) => match retr {
                Retr::Whole => {
                    let mut reply = format!("+OK {} octets\r\n", message.len()).into_bytes();
                    reply.extend(stuffed(message));
                    reply.extend(b".\r\n");
                    wire.send(&reply).await?;
                }
                broken => return broken_retr(wire, message, broken).await,
            },
            ("QUIT", _) => {
                wire.send(b"+OK bye\r\n").await?;
                wire.close().await?;
                return Ok(Ending::HungUp);
            }
            ("USER" | "PASS" | "NOOP" | "RSET", _) | ("DELE", Some(_)) => {
                wire.send(b"+OK\r\n").await?;
            }
            _ => wire.send(b"-ERR no such command or message\r\n").await?,
        }
    }
    Ok(Ending::PeerClosed)
}

async fn broken_retr(mut wire: Wire, message: &[u8], retr: Retr) -> io::Result<Ending> {
    wire.send(format!("+OK {} octets\r\n", message.len()).as_bytes())
        .await?;
    let reply = stuffed(message);
    wire.send(reply.get(..reply.len() / 2).unwrap_or_default())
        .await?;
    match retr {
        Retr::Whole | Retr::Floods => {
            let line = [b"f".repeat(76).as_slice(), b"\r\n"].concat();
            let lines = line.repeat(FLOOD / line.len());
            loop {
                wire.send(&lines).await?;
            }
        }
        Retr::HangsUp => wire.close().await?,
        Retr::Resets => wire.reset()?,
        Retr::Truncates => wire.truncate().await?,
    }
    Ok(Ending::HungUp)
}

/// A multi-line answer with one line for each message.
async fn listing(wire: &mut Wire, values: impl Iterator<Item = String>) -> io::Result<()> {
    let lines: String = (1..)
        .zip(values)
        .map(|(number, value)| format!("{number} {value}\r\n"))
        .collect();
    wire.send(format!("+OK\r\n{lines}.\r\n").as_bytes()).await
}

/// The header, the empty line, and `count` lines of the body
/// ([RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)).
fn top(message: &[u8], count: usize) -> &[u8] {
    let mut body_lines = None;
    let mut end = 0;
    for line in message.split_inclusive(|&octet| octet == b'\n') {
        match body_lines {
            Some(seen) if seen == count => break,
            Some(seen) => body_lines = Some(seen + 1),
            None if line == b"\r\n" => body_lines = Some(0),
            None => {}
        }
        end += line.len();
    }
    message.get(..end).unwrap_or(message)
}

/// A dot before each line that begins with one
/// ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3)).
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(message.len() + message.len() / 64);
    for line in message.split_inclusive(|&octet| octet == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    stuffed
}
