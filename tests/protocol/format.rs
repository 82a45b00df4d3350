//! Reads transcript files; see `tests/transcripts/README.md`.

use std::path::Path;

use pop3_proto::{Command, Config, MessageNumber, Secret, UserName};

/// One conversation and what it must come to.
pub(crate) struct Conversation {
    /// File and title.
    pub(crate) name: String,
    /// Names of the quirks it shows.
    pub(crate) quirks: Vec<String>,
    pub(crate) config: Config,
    pub(crate) steps: Vec<Step>,
    /// The events, each as a line.
    pub(crate) expected: Vec<String>,
}

/// One thing that happens.
pub(crate) enum Step {
    /// A command is submitted. It is kept as text, since commands cannot be cloned.
    Submit(String),
    /// The client must have sent exactly this since the step before.
    Client(Vec<u8>),
    /// The server sends.
    Server(Vec<u8>),
    /// Milliseconds pass.
    Wait(u64),
    /// The connection ends.
    End,
}

impl Conversation {
    pub(crate) fn octets_from_server(&self) -> usize {
        self.steps
            .iter()
            .map(|step| {
                if let Step::Server(octets) = step {
                    octets.len()
                } else {
                    0
                }
            })
            .sum()
    }
}

/// Reads a file of conversations, each under a title.
pub(crate) fn read(path: &Path) -> Vec<Conversation> {
    let text = std::fs::read_to_string(path).expect("a transcript");
    let file = path.file_stem().unwrap().to_string_lossy();
    let mut conversations: Vec<Conversation> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let place = format!("{file}, line {}", at + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(title) = line.strip_prefix("== ") {
            conversations.push(Conversation {
                name: format!("{file}: {title}"),
                quirks: Vec::new(),
                config: Config::default(),
                steps: Vec::new(),
                expected: Vec::new(),
            });
            continue;
        }
        let current = conversations
            .last_mut()
            .unwrap_or_else(|| panic!("{place}: no title yet"));
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        match mark {
            "quirk" => current.quirks.push(rest.to_owned()),
            "config" => set(&mut current.config, rest, &place),
            ">" => current.steps.push(Step::Submit(rest.to_owned())),
            "C:" => client(
                &mut current.steps,
                &[&unescape(rest, &place), &b"\r\n"[..]].concat(),
            ),
            "S:" => server(
                &mut current.steps,
                &[&unescape(rest, &place), &b"\r\n"[..]].concat(),
            ),
            "S|" => server(&mut current.steps, &unescape(rest, &place)),
            "wait" => current.steps.push(Step::Wait(rest.parse().expect(&place))),
            "end" => current.steps.push(Step::End),
            "=" => current.expected.push(rest.to_owned()),
            "signed-in" => sign_in(current, rest),
            _ => panic!("{place}: what is {mark}?"),
        }
    }
    conversations
}

/// The usual beginning, up to the answer of PASS, with these capabilities offered.
fn sign_in(conversation: &mut Conversation, capabilities: &str) {
    let steps = &mut conversation.steps;
    server(steps, b"+OK ready\r\n");
    steps.push(Step::Submit("USER alice".into()));
    client(steps, b"USER alice\r\n");
    server(steps, b"+OK\r\n");
    steps.push(Step::Submit("PASS secret".into()));
    client(steps, b"PASS secret\r\n");
    server(steps, b"+OK\r\n");
    client(steps, b"CAPA\r\n");
    server(steps, b"+OK\r\n");
    for capability in capabilities.split_ascii_whitespace() {
        server(steps, format!("{capability}\r\n").as_bytes());
    }
    server(steps, b".\r\n");
    client(steps, b"STAT\r\n");
    server(steps, b"+OK 3 600\r\n");
    conversation.expected.extend(
        [
            "greeting: ready",
            "USER alice: +OK",
            "PASS: +OK, 3 messages, 600 octets",
        ]
        .map(str::to_owned),
    );
}

fn client(steps: &mut Vec<Step>, octets: &[u8]) {
    match steps.last_mut() {
        Some(Step::Client(earlier)) => earlier.extend_from_slice(octets),
        _ => steps.push(Step::Client(octets.to_vec())),
    }
}

fn server(steps: &mut Vec<Step>, octets: &[u8]) {
    match steps.last_mut() {
        Some(Step::Server(earlier)) => earlier.extend_from_slice(octets),
        _ => steps.push(Step::Server(octets.to_vec())),
    }
}

fn set(config: &mut Config, settings: &str, place: &str) {
    for setting in settings.split_ascii_whitespace() {
        let (key, value) = setting.split_once('=').expect(place);
        let value: u64 = value.parse().expect(place);
        match key {
            "greeting_timeout" => config.greeting_timeout = value,
            "command_timeout" => config.command_timeout = value,
            "window.commands" => config.window.commands = value as usize,
            "window.command_octets" => config.window.command_octets = value as usize,
            "window.answer_octets" => config.window.answer_octets = value,
            "window.assumed_message" => config.window.assumed_message = value,
            "limits.status_line" => config.limits.status_line = value as usize,
            "limits.list_line" => config.limits.list_line = value as usize,
            "limits.list_lines" => config.limits.list_lines = value as usize,
            "limits.capabilities" => config.limits.capabilities = value as usize,
            "limits.message" => config.limits.message = value,
            _ => panic!("{place}: no setting {key}"),
        }
    }
}

/// A command as it stands after `>`.
pub(crate) fn command(text: &str) -> Command {
    let (keyword, argument) = text.split_once(' ').unwrap_or((text, ""));
    let number = |text: &str| MessageNumber::new(text.parse().expect(text)).expect(text);
    let optional = || (!argument.is_empty()).then(|| number(argument));
    match keyword {
        "USER" => Command::User(UserName::new(argument).expect(text)),
        "PASS" => Command::Pass(Secret::new(argument).expect(text)),
        "STAT" => Command::Stat,
        "LIST" => Command::List(optional()),
        "UIDL" => Command::Uidl(optional()),
        "RETR" => Command::Retr(number(argument)),
        "TOP" => {
            let (message, lines) = argument.split_once(' ').expect(text);
            Command::Top {
                number: number(message),
                lines: lines.parse().expect(text),
            }
        }
        "DELE" => Command::Dele(number(argument)),
        "RSET" => Command::Rset,
        "NOOP" => Command::Noop,
        "QUIT" => Command::Quit,
        "CAPA" => Command::Capa,
        _ => panic!("no command {text}"),
    }
}

/// The octets of a line: `\r \n \t \0 \\ \xHH`, and `\{N*text}` for a text N times over.
fn unescape(text: &str, place: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        octets.extend_from_slice(plain.as_bytes());
        let (kind, mut after) = escape.split_at_checked(1).expect(place);
        match kind {
            "r" => octets.push(b'\r'),
            "n" => octets.push(b'\n'),
            "t" => octets.push(b'\t'),
            "0" => octets.push(0),
            "\\" => octets.push(b'\\'),
            "x" => {
                let (hex, behind) = after.split_at_checked(2).expect(place);
                octets.push(u8::from_str_radix(hex, 16).expect(place));
                after = behind;
            }
            "{" => {
                let (times, behind) = after.split_once('*').expect(place);
                let (text, behind) = behind.split_once('}').expect(place);
                octets.extend(text.as_bytes().repeat(times.parse().expect(place)));
                after = behind;
            }
            _ => panic!("{place}: no escape \\{kind}"),
        }
        rest = after;
    }
    octets.extend_from_slice(rest.as_bytes());
    octets
}
