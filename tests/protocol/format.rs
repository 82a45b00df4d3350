//! Reads transcript files; see `tests/transcripts/README.md`.

use std::path::Path;

use base64ct::{Base64, Encoding};
use pop3_proto::{
    Apop, Auth, Command, Config, Credentials, Hop, LanguageTag, MessageNumber, Nonce, Secret,
    SignIn, UserName,
};

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
    /// The TLS handshake is done.
    Tls,
    /// The last command of this text is cancelled.
    Cancel(String),
    /// The driver keeps input back.
    Pause,
    /// The driver hands in input again.
    Resume,
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
            "cancel" => current.steps.push(Step::Cancel(rest.to_owned())),
            "pause" => current.steps.push(Step::Pause),
            "resume" => current.steps.push(Step::Resume),
            "tls" => current.steps.push(Step::Tls),
            "end" => current.steps.push(Step::End),
            "=" => current.expected.push(rest.to_owned()),
            "signed-in" => begin_signed_in(current, rest),
            _ => panic!("{place}: what is {mark}?"),
        }
    }
    conversations
}

/// The usual beginning, up to the answer of PASS, with these capabilities offered.
fn begin_signed_in(conversation: &mut Conversation, capabilities: &str) {
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
            "session_timeout" => config.session_timeout = Some(value),
            "keep_alive" => config.keep_alive = Some(value),
            "pause_timeout" => config.pause_timeout = value,
            "drain.octets" => config.drain.octets = value,
            "drain.milliseconds" => config.drain.milliseconds = value,
            "window.commands" => config.window.commands = value as usize,
            "window.command_octets" => config.window.command_octets = value as usize,
            "window.answer_octets" => config.window.answer_octets = value,
            "window.assumed_message" => config.window.assumed_message = value,
            "limits.status_line" => config.limits.status_line = value as usize,
            "limits.challenge" => config.limits.challenge = value as usize,
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
        "APOP" => {
            let (user, password) = user_and_secret(argument);
            Command::Apop(Apop::new(user, password).expect(text))
        }
        "RPOP" => Command::Rpop(UserName::new(argument).expect(text)),
        "AUTH" => Command::Auth(auth(argument)),
        "LOGIN" => Command::Login(sign_in(argument)),
        "STLS" => Command::Stls,
        "UTF8" => Command::Utf8,
        "LANG" => {
            Command::Lang((!argument.is_empty()).then(|| LanguageTag::new(argument).expect(text)))
        }
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

fn user_and_secret(text: &str) -> (UserName, Secret) {
    let (user, secret) = text.split_once(' ').expect(text);
    let secret = unescape(secret, text);
    let secret = String::from_utf8(secret).expect(text);
    (
        UserName::new(user).expect(text),
        Secret::new(secret).expect(text),
    )
}

/// The random octets that are this in base64.
fn nonce(base64: &str) -> Nonce {
    Nonce::new(&Base64::decode_vec(base64).expect(base64)).expect(base64)
}

/// The nonce of the example in RFC 5802.
const NONCE: &str = "fyko+d2lbbFgONRv9qkxdawL";

/// `MECHANISM ARGUMENTS`; with `later` before it, without an initial response.
fn auth(text: &str) -> Auth {
    if let Some(text) = text.strip_prefix("later ") {
        return auth(text).without_initial_response();
    }
    let (mechanism, arguments) = text.split_once(' ').unwrap_or((text, ""));
    let named = || (!arguments.is_empty()).then(|| UserName::new(arguments).expect(text));
    match mechanism {
        "EXTERNAL" => return Auth::external(named()),
        "ANONYMOUS" => return Auth::anonymous(arguments).expect(text),
        "SCRAM-SHA-256" => {
            let (rest, random) = arguments.rsplit_once(' ').expect(text);
            let (user, password) = user_and_secret(rest);
            return Auth::scram_sha_256(user, password, nonce(random));
        }
        _ => {}
    }
    let (user, secret) = user_and_secret(arguments);
    match mechanism {
        "PLAIN" => Auth::plain(None, user, secret),
        "LOGIN" => Auth::login(user, secret),
        "CRAM-MD5" => Auth::cram_md5(user, secret),
        "SCRAM-SHA-1" => Auth::scram_sha_1(user, secret, nonce(NONCE)),
        "XOAUTH2" => Auth::xoauth2(user, secret).expect(text),
        "OAUTHBEARER" => Auth::oauthbearer(user, secret).expect(text),
        _ => panic!("no mechanism {text}"),
    }
}

/// `HOP KIND ARGUMENTS`.
fn sign_in(text: &str) -> SignIn {
    let (hop, rest) = text.split_once(' ').expect(text);
    let hop = match hop {
        "encrypted" => Hop {
            encrypted: true,
            allow_plaintext: false,
        },
        "clear" => Hop::default(),
        "clear-allowed" => Hop {
            encrypted: false,
            allow_plaintext: true,
        },
        _ => panic!("{text}: no hop {hop}"),
    };
    let (kind, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
    let credentials = match kind {
        "password" => {
            let (user, password) = user_and_secret(arguments);
            Credentials::password(user, password, nonce(NONCE))
        }
        "token" => {
            let (user, token) = user_and_secret(arguments);
            Credentials::token(user, token).expect(text)
        }
        "external" => Credentials::external(None),
        "anonymous" => Credentials::anonymous(arguments).expect(text),
        _ => panic!("{text}: no credentials {kind}"),
    };
    SignIn { credentials, hop }
}

/// The octets of a line: `\r \n \t \0 \\ \xHH`, and `\{N*text}` for a text N times over,
/// `\[text]` for a text in base64.
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
            "[" => {
                let (text, behind) = after.split_once(']').expect(place);
                let encoded = Base64::encode_string(&unescape(text, place));
                octets.extend(encoded.into_bytes());
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
