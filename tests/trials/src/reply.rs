//! One answer: the first line of the input is a command, all else is what the server sends once it
//! has that command. What is understood must mean the same when it is written down again as the
//! standards have it.

use pop3_proto::{Config, Event, Limits, Reply, Status};

use crate::drive::{Cut, Ending, play};
use crate::session::small_limits;
use crate::transcript::{Conversation, Step, command, script};

/// Octets of an answer; a longer one finds nothing more.
const MOST_OCTETS: usize = 64 << 10;

/// The fuzz target.
///
/// # Panics
/// When the cuts change an answer, or it is not the same after it was written down and read again.
pub fn trial(input: &[u8]) {
    let line = input
        .split(|octet| *octet == b'\n')
        .next()
        .unwrap_or_default();
    let answer = input.get(line.len() + 1..).unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else {
        return;
    };
    if command(line).is_none() || answer.len() > MOST_OCTETS {
        return;
    }
    let conversation = asked(line, answer, small_limits());
    let whole = play(&conversation, Cut::AsWritten, Ending::Closed);
    let single = play(&conversation, Cut::Single, Ending::Closed);
    assert_eq!(whole.events, single.events, "the cuts show");
    for reply in replies(&whole.events) {
        let Some(written) = written(reply) else {
            continue;
        };
        // An octet that is no text becomes U+FFFD, which has three.
        let limits = Limits {
            status_line: 4 * small_limits().status_line,
            list_line: 4 * small_limits().list_line,
            ..small_limits()
        };
        let again = play(
            &asked(line, &written, limits),
            Cut::AsWritten,
            Ending::Closed,
        );
        let again: Vec<&Reply> = replies(&again.events).collect();
        assert_eq!(again, [reply], "written as {}", written.escape_ascii());
    }
}

/// The command in a session that is signed in, and what the server sends then.
fn asked(line: &str, answer: &[u8], limits: Limits) -> Conversation {
    let config = Config {
        limits,
        ..Config::default()
    };
    let mut conversation = script(&format!("signed-in SASL PLAIN\n> {line}"), config);
    conversation.steps.push(Step::Server(answer.to_vec()));
    conversation.steps.push(Step::End);
    conversation
}

/// The command is the third one, after USER and PASS.
fn replies(events: &[Event]) -> impl Iterator<Item = &Reply> {
    events.iter().filter_map(|event| match event {
        Event::Done {
            id,
            result: Ok(reply),
        } if id.get() == 2 => Some(reply),
        _ => None,
    })
}

/// The octets by which a server that keeps to the standards says this. `None` where the reply does
/// not hold all that was said.
fn written(reply: &Reply) -> Option<Vec<u8>> {
    let list = |lines: Vec<String>| {
        let mut text = "+OK\r\n".to_owned();
        for line in lines {
            let stuffing = if line.starts_with('.') { "." } else { "" };
            text += &format!("{stuffing}{line}\r\n");
        }
        text + ".\r\n"
    };
    let text = match reply {
        Reply::Status(status) => status_line(status),
        Reply::Stat(stat) => format!("+OK {} {}\r\n", stat.count, stat.size),
        Reply::ListEntry(entry) => format!("+OK {} {}\r\n", entry.number, entry.size),
        Reply::UidlEntry(entry) => format!("+OK {} {}\r\n", entry.number, entry.uid),
        Reply::Language(language) => format!("+OK {} {}\r\n", language.tag, language.text),
        Reply::List(entries) => {
            let lines = entries.iter();
            list(
                lines
                    .map(|entry| format!("{} {}", entry.number, entry.size))
                    .collect(),
            )
        }
        Reply::Uidl(entries) => {
            let lines = entries.iter();
            list(
                lines
                    .map(|entry| format!("{} {}", entry.number, entry.uid))
                    .collect(),
            )
        }
        Reply::Languages(entries) => {
            let lines = entries.iter();
            list(
                lines
                    .map(|entry| format!("{} {}", entry.tag, entry.text))
                    .collect(),
            )
        }
        Reply::Capabilities(capabilities) => {
            let lines = capabilities.iter();
            let line = |(name, arguments): (&str, &[String])| {
                [&[name.to_owned()], arguments].concat().join(" ")
            };
            list(lines.map(line).collect())
        }
        Reply::Login(_) | Reply::Message(_) => return None,
    };
    Some(text.into_bytes())
}

fn status_line(status: &Status) -> String {
    let code = status.code.iter().map(|code| format!("[{code}] "));
    format!("+OK {}{}\r\n", code.collect::<String>(), status.text)
}
