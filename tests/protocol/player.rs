//! Plays a conversation against a session, and writes down the events as lines.

use std::collections::BTreeSet;

use pop3_proto::{AuthFailure, CommandId, Error, Event, Millis, Reply, Session, Status, Violation};
use pop3_trials::transcript::{Conversation, Step, command};

/// How the server's octets reach the session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Delivery {
    /// As one piece, up to the next thing the client does.
    Whole,
    /// Likewise, with one more cut after this many octets of the conversation.
    CutAt(usize),
    /// Octet by octet, with the events fetched after each.
    Single,
    /// Octet by octet, with the events fetched only when the server pauses.
    SingleUnfetched,
}

/// Plays the conversation. The error shows how it went, against how it should have.
pub(crate) fn play(conversation: &Conversation, delivery: Delivery) -> Result<(), String> {
    let mut player = Player::new(conversation);
    let mut delivered = 0;
    for step in &conversation.steps {
        // Whatever the client sent must be in the transcript before the world outside goes on.
        if !matches!(
            step,
            Step::Client(_) | Step::Submit(_) | Step::Cancel(_) | Step::Release(_)
        ) {
            player.expect_sent(b"")?;
        }
        match step {
            Step::Client(octets) => player.expect_sent(octets)?,
            _ => player.act(step, delivery, delivered),
        }
        if let Step::Server(octets) = step {
            delivered += octets.len();
        }
    }
    player.expect_sent(b"")?;
    let events = player.lines();
    if events == conversation.expected {
        Ok(())
    } else {
        let show = |lines: &[String]| lines.join("\n  ");
        Err(format!(
            " expected\n  {}\n got\n  {}",
            show(&conversation.expected),
            show(&events)
        ))
    }
}

/// Plays the conversation until the server has sent this much, and ends the connection there. Every
/// command must have ended once, and the session.
pub(crate) fn play_until(conversation: &Conversation, octets: usize) -> Result<(), String> {
    let mut player = Player::new(conversation);
    let mut left = octets;
    for step in &conversation.steps {
        if let Step::Server(sent) = step {
            let (sent, cut) = sent.split_at(left.min(sent.len()));
            left -= sent.len();
            player.deliver(sent, Delivery::Whole, 0);
            if !cut.is_empty() {
                break;
            }
        } else {
            player.act(step, Delivery::Whole, 0);
        }
    }
    player.act(&Step::End, Delivery::Whole, 0);
    let mut done: Vec<CommandId> = player
        .events
        .iter()
        .filter_map(|event| {
            if let Event::Done { id, .. } = event {
                Some(*id)
            } else {
                None
            }
        })
        .collect();
    // Those that were cancelled end out of turn.
    done.sort();
    let submitted: Vec<CommandId> = player.commands.iter().map(|(id, _)| *id).collect();
    let closed = player
        .events
        .iter()
        .filter(|event| matches!(event, Event::Closed(_)))
        .count();
    if done == submitted && closed == 1 && player.session.poll_timeout().is_none() {
        Ok(())
    } else {
        Err(format!(
            " cut off after {octets} octets, got\n  {}",
            player.lines().join("\n  ")
        ))
    }
}

struct Player {
    session: Session,
    now: Millis,
    commands: Vec<(CommandId, String)>,
    sent: Vec<u8>,
    events: Vec<Event>,
    begun: BTreeSet<CommandId>,
}

impl Player {
    fn new(conversation: &Conversation) -> Self {
        Self {
            session: Session::new(conversation.config.clone(), Millis(0)),
            now: Millis(0),
            commands: Vec::new(),
            sent: Vec::new(),
            events: Vec::new(),
            begun: BTreeSet::new(),
        }
    }

    fn act(&mut self, step: &Step, delivery: Delivery, delivered: usize) {
        match step {
            Step::Submit(text) => {
                let id = self.session.submit(command(text).expect(text), self.now);
                self.commands.push((id, text.clone()));
            }
            Step::Client(_) => {}
            Step::Server(octets) => self.deliver(octets, delivery, delivered),
            Step::Cancel(text) => self.session.cancel(self.last(text), self.now),
            Step::Release(text) => self.session.release(self.last(text), self.now),
            Step::Pause => self.session.handle_paused(self.now),
            Step::Resume => self.session.handle_resumed(self.now),
            Step::Tls => self.session.handle_tls_started(self.now),
            Step::Wait(milliseconds) => {
                self.now = self.now.after(*milliseconds);
                self.session.handle_timeout(self.now);
            }
            Step::End => self.session.handle_closed(),
        }
        self.fetch();
    }

    fn last(&self, text: &str) -> CommandId {
        let last = self.commands.iter().rfind(|(_, known)| known == text);
        last.expect("a submitted command").0
    }

    fn deliver(&mut self, octets: &[u8], delivery: Delivery, delivered: usize) {
        let (size, cut) = match delivery {
            Delivery::Whole => (octets.len().max(1), 0),
            Delivery::CutAt(at) => (octets.len(), at.saturating_sub(delivered).min(octets.len())),
            Delivery::Single | Delivery::SingleUnfetched => (1, 0),
        };
        let (first, second) = octets.split_at(cut);
        for piece in first.chunks(size).chain(second.chunks(size)) {
            self.session.handle_input(piece, self.now);
            if !matches!(delivery, Delivery::SingleUnfetched) {
                self.fetch();
            }
        }
    }

    fn fetch(&mut self) {
        while let Some(octets) = self.session.poll_transmit() {
            self.sent.extend(octets);
        }
        while let Some(event) = self.session.poll_event() {
            match (self.events.last_mut(), event) {
                // Where a message begins shows in its octets or its end.
                (_, Event::Begun { id, .. }) => {
                    let first = self.begun.insert(id);
                    assert!(first, "a message begins twice");
                }
                (_, Event::Data { id, .. }) if !self.begun.contains(&id) => {
                    panic!("octets of a message that has not begun");
                }
                // Where the octets of a message are cut is the delivery's affair.
                (
                    Some(Event::Data { id, octets }),
                    Event::Data {
                        id: same,
                        octets: more,
                    },
                ) if *id == same => {
                    octets.extend(more);
                }
                (_, event) => self.events.push(event),
            }
        }
    }

    fn expect_sent(&mut self, expected: &[u8]) -> Result<(), String> {
        let sent = std::mem::take(&mut self.sent);
        if sent == expected {
            Ok(())
        } else {
            let show = |octets: &[u8]| octets.escape_ascii().to_string();
            let so_far = self.lines().join("\n  ");
            let (sent, expected) = (show(&sent), show(expected));
            Err(format!(
                " expected the client to send {expected:?}\n it sent {sent:?}\n after\n  {so_far}"
            ))
        }
    }

    fn lines(&self) -> Vec<String> {
        self.events
            .iter()
            .map(|event| match event {
                Event::Greeting(greeting) => format!("greeting: {}", status(&greeting.status))
                    .trim_end()
                    .to_owned(),
                Event::Data { id, octets } => {
                    format!("{}: {}", self.name(*id), octets.escape_ascii())
                }
                Event::Done {
                    id,
                    result: Ok(answer),
                } => {
                    let name = self.name(*id);
                    let method = match answer {
                        Reply::Login(login) if name != "PASS" => format!(", by {}", login.method),
                        _ => String::new(),
                    };
                    format!("{name}: {}{method}", reply(answer))
                }
                Event::Done {
                    id,
                    result: Err(failure),
                } => {
                    format!("{}: {}", self.name(*id), error(failure))
                }
                Event::Begun { id, .. } => format!("{}: begun", self.name(*id)),
                Event::StartTls => "start-tls".to_owned(),
                Event::Closed(None) => "closed".to_owned(),
                Event::Closed(Some(failure)) => format!("closed: {}", error(failure)),
            })
            .collect()
    }

    /// The command as it was submitted, without what signs in.
    fn name(&self, id: CommandId) -> &str {
        let (_, text) = self
            .commands
            .iter()
            .find(|(known, _)| *known == id)
            .expect("a known id");
        let keyword = text.split(' ').next().unwrap_or_default();
        match keyword {
            "PASS" | "APOP" | "AUTH" | "LOGIN" => keyword,
            _ => text,
        }
    }
}

fn status(status: &Status) -> String {
    let code = status.code.iter().map(|code| format!("[{code}]"));
    let text = Some(status.text.clone()).filter(|text| !text.is_empty());
    code.chain(text).collect::<Vec<_>>().join(" ")
}

fn ok(answer: &Status) -> String {
    format!("+OK {}", status(answer)).trim_end().to_owned()
}

fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Status(answer) => ok(answer),
        Reply::Login(login) => {
            let stat = login.stat;
            format!(
                "{}, {} messages, {} octets",
                ok(&login.status),
                stat.count,
                stat.size
            )
        }
        Reply::Stat(stat) => format!("{} messages, {} octets", stat.count, stat.size),
        Reply::List(entries) => {
            let lines = entries
                .iter()
                .map(|entry| format!("{}={}", entry.number, entry.size));
            format!("[{}]", lines.collect::<Vec<_>>().join(", "))
        }
        Reply::ListEntry(entry) => format!("{}={}", entry.number, entry.size),
        Reply::Uidl(entries) => {
            let lines = entries
                .iter()
                .map(|entry| format!("{}={}", entry.number, entry.uid));
            format!("[{}]", lines.collect::<Vec<_>>().join(", "))
        }
        Reply::UidlEntry(entry) => format!("{}={}", entry.number, entry.uid),
        Reply::Languages(entries) => {
            let lines = entries
                .iter()
                .map(|entry| format!("{}={}", entry.tag, entry.text));
            format!("[{}]", lines.collect::<Vec<_>>().join(", "))
        }
        Reply::Language(language) => format!("{}={}", language.tag, language.text),
        Reply::Message(message) => format!("{}, {} octets", ok(&message.status), message.size),
        Reply::Capabilities(capabilities) => {
            let lines = capabilities
                .iter()
                .map(|(name, arguments)| [&[name.to_owned()], arguments].concat().join(" "));
            format!("[{}]", lines.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Code, blame, what went wrong where that is not told by the code, the server's words, and what becomes of the deletions.
fn error(error: &Error) -> String {
    let mut line = format!("{} ({:?})", error.code(), error.blame());
    match error {
        Error::AuthFailed {
            failure: AuthFailure::Token { status },
            ..
        } => line += &format!(" token={}", status.as_deref().unwrap_or("?")),
        Error::AuthFailed {
            failure: AuthFailure::ServerSignature,
            ..
        } => line += " server-signature",
        Error::Protocol {
            violation:
                violation @ (Violation::Challenge
                | Violation::Iterations
                | Violation::Exchange
                | Violation::InjectedBeforeTls),
            ..
        } => line += &format!(" {violation:?}"),
        _ => {}
    }
    if let Some(code) = error.response_code() {
        line += &format!(" [{code}]");
    }
    if let Some(text) = error.server_text() {
        line += &format!(" {text}");
    }
    if !error.undone_deletions().is_empty() {
        line += &format!(" undone={:?}", error.undone_deletions());
    }
    if !error.unknown_deletions().is_empty() {
        line += &format!(" unknown={:?}", error.unknown_deletions());
    }
    line
}
