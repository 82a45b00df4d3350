//! Conversations as text: the files in `tests/transcripts`, whose README tells what each line means,
//! and the inputs of the fuzz target `session`.

use base64ct::{Base64, Encoding};
use pop3_proto::{
    Apop, Auth, Command, Config, Credentials, Hop, LanguageTag, MessageNumber, Nonce, Secret,
    SignIn, UserName,
};

use crate::data::TRANSCRIPTS;

/// One conversation and what it must come to.
#[derive(Default)]
pub struct Conversation {
    /// File and title.
    pub name: String,
    /// Names of the quirks it shows.
    pub quirks: Vec<String>,
    /// Settings of the session.
    pub config: Config,
    /// What happens, in this order.
    pub steps: Vec<Step>,
    /// The events, each as a line.
    pub expected: Vec<String>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
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
    /// Likewise, but its answer may take what it takes.
    Release(String),
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
    /// Octets that the server sends.
    pub fn octets_from_server(&self) -> usize {
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

/// All conversations in `tests/transcripts`.
///
/// # Panics
/// When a line means nothing, with its place.
pub fn all() -> Vec<Conversation> {
    let files = TRANSCRIPTS.iter().map(|(name, octets)| {
        let text = std::str::from_utf8(octets).expect(name);
        read(name, text)
    });
    files.flatten().collect()
}

/// Reads a file of conversations, each under a title.
fn read(file: &str, text: &str) -> Vec<Conversation> {
    let mut conversations: Vec<Conversation> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let place = format!("{file}, line {}", at + 1);
        if let Some(title) = line.strip_prefix("== ") {
            conversations.push(Conversation {
                name: format!("{file}: {title}"),
                ..Conversation::default()
            });
        } else if !line.is_empty() && !line.starts_with('#') {
            let current = conversations.last_mut();
            let current = current.unwrap_or_else(|| panic!("{place}: no title yet"));
            current
                .add(line, STRICT)
                .unwrap_or_else(|| panic!("{place}: what is {line}?"));
        }
    }
    conversations
}

/// Reads one conversation, with these settings to begin with, out of any text: a line that means
/// nothing is passed over.
pub fn script(text: &str, config: Config) -> Conversation {
    let mut conversation = Conversation {
        config,
        ..Conversation::default()
    };
    for line in text.lines() {
        conversation.add(line, LENIENT);
    }
    conversation
}

/// Octets that one line may stand for, in the files of the suite.
const STRICT: usize = 64 << 20;

/// The same where nobody has looked at the text.
const LENIENT: usize = 64 << 10;

impl Conversation {
    /// Takes one line, if it means something.
    fn add(&mut self, line: &str, most: usize) -> Option<()> {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        let octets = || unescape(rest, most);
        match mark {
            "quirk" => self.quirks.push(rest.to_owned()),
            "config" => set(&mut self.config, rest)?,
            ">" => {
                command(rest)?;
                self.steps.push(Step::Submit(rest.to_owned()));
            }
            "C:" => client(&mut self.steps, &[&octets()?, &b"\r\n"[..]].concat()),
            "S:" => server(&mut self.steps, &[&octets()?, &b"\r\n"[..]].concat()),
            "S|" => server(&mut self.steps, &octets()?),
            "wait" => self.steps.push(Step::Wait(rest.parse().ok()?)),
            "cancel" => self.steps.push(Step::Cancel(rest.to_owned())),
            "release" => self.steps.push(Step::Release(rest.to_owned())),
            "pause" => self.steps.push(Step::Pause),
            "resume" => self.steps.push(Step::Resume),
            "tls" => self.steps.push(Step::Tls),
            "end" => self.steps.push(Step::End),
            "=" => self.expected.push(rest.to_owned()),
            "signed-in" => begin_signed_in(self, rest),
            _ => return None,
        }
        Some(())
    }
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

fn set(config: &mut Config, settings: &str) -> Option<()> {
    for setting in settings.split_ascii_whitespace() {
        let (key, value) = setting.split_once('=')?;
        let value: u64 = value.parse().ok()?;
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
            "window.first_answer_octets" => config.window.first_answer_octets = value,
            "window.assumed_message" => config.window.assumed_message = value,
            "limits.status_line" => config.limits.status_line = value as usize,
            "limits.challenge" => config.limits.challenge = value as usize,
            "limits.list_line" => config.limits.list_line = value as usize,
            "limits.list_lines" => config.limits.list_lines = value as usize,
            "limits.capabilities" => config.limits.capabilities = value as usize,
            "limits.message" => config.limits.message = value,
            _ => return None,
        }
    }
    Some(())
}

/// A command as it stands after `>`.
pub fn command(text: &str) -> Option<Command> {
    let (keyword, argument) = text.split_once(' ').unwrap_or((text, ""));
    let optional = || {
        let given = Some(argument).filter(|argument| !argument.is_empty());
        given
            .map(number)
            .map_or(Some(None), |given| given.map(Some))
    };
    Some(match keyword {
        "USER" => Command::User(UserName::new(argument).ok()?),
        "PASS" => Command::Pass(Secret::new(argument).ok()?),
        "APOP" => {
            let (user, password) = user_and_secret(argument)?;
            Command::Apop(Apop::new(user, password).ok()?)
        }
        "RPOP" => Command::Rpop(UserName::new(argument).ok()?),
        "AUTH" => Command::Auth(auth(argument)?),
        "LOGIN" => Command::Login(sign_in(argument)?),
        "STLS" => Command::Stls,
        "UTF8" => Command::Utf8,
        "LANG" if argument.is_empty() => Command::Lang(None),
        "LANG" => Command::Lang(Some(LanguageTag::new(argument).ok()?)),
        "STAT" => Command::Stat,
        "LIST" => Command::List(optional()?),
        "UIDL" => Command::Uidl(optional()?),
        "RETR" => Command::Retr(number(argument)?),
        "TOP" => {
            let (message, lines) = argument.split_once(' ')?;
            Command::Top {
                number: number(message)?,
                lines: lines.parse().ok()?,
            }
        }
        "DELE" => Command::Dele(number(argument)?),
        "RSET" => Command::Rset,
        "NOOP" => Command::Noop,
        "QUIT" => Command::Quit,
        "CAPA" => Command::Capa,
        _ => return None,
    })
}

fn number(text: &str) -> Option<MessageNumber> {
    MessageNumber::new(text.parse().ok()?).ok()
}

fn user_and_secret(text: &str) -> Option<(UserName, Secret)> {
    let (user, secret) = text.split_once(' ')?;
    let secret = String::from_utf8(unescape(secret, LENIENT)?).ok()?;
    Some((UserName::new(user).ok()?, Secret::new(secret).ok()?))
}

/// The random octets that are this in base64.
fn nonce(base64: &str) -> Option<Nonce> {
    Nonce::new(&Base64::decode_vec(base64).ok()?).ok()
}

/// The nonce of the example in RFC 5802.
const NONCE: &str = "fyko+d2lbbFgONRv9qkxdawL";

/// `MECHANISM ARGUMENTS`; with `later` before it, without an initial response.
fn auth(text: &str) -> Option<Auth> {
    if let Some(text) = text.strip_prefix("later ") {
        return Some(auth(text)?.without_initial_response());
    }
    let (mechanism, arguments) = text.split_once(' ').unwrap_or((text, ""));
    match mechanism {
        "EXTERNAL" if arguments.is_empty() => return Some(Auth::external(None)),
        "EXTERNAL" => return Some(Auth::external(Some(UserName::new(arguments).ok()?))),
        "ANONYMOUS" => return Auth::anonymous(arguments).ok(),
        "SCRAM-SHA-256" => {
            let (rest, random) = arguments.rsplit_once(' ')?;
            let (user, password) = user_and_secret(rest)?;
            return Some(Auth::scram_sha_256(user, password, nonce(random)?));
        }
        _ => {}
    }
    let (user, secret) = user_and_secret(arguments)?;
    match mechanism {
        "PLAIN" => Some(Auth::plain(None, user, secret)),
        "LOGIN" => Some(Auth::login(user, secret)),
        "CRAM-MD5" => Some(Auth::cram_md5(user, secret)),
        "SCRAM-SHA-1" => Some(Auth::scram_sha_1(user, secret, nonce(NONCE)?)),
        "XOAUTH2" => Auth::xoauth2(user, secret).ok(),
        "OAUTHBEARER" => Auth::oauthbearer(user, secret).ok(),
        _ => None,
    }
}

/// `HOP KIND ARGUMENTS`.
fn sign_in(text: &str) -> Option<SignIn> {
    let (hop, rest) = text.split_once(' ')?;
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
        _ => return None,
    };
    let (kind, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
    let credentials = match kind {
        "password" => {
            let (user, password) = user_and_secret(arguments)?;
            Credentials::password(user, password, nonce(NONCE)?)
        }
        "token" => {
            let (user, token) = user_and_secret(arguments)?;
            Credentials::token(user, token).ok()?
        }
        "external" => Credentials::external(None),
        "anonymous" => Credentials::anonymous(arguments).ok()?,
        _ => return None,
    };
    Some(SignIn { credentials, hop })
}

/// The octets of a line, if there are no more than `most`: `\r \n \t \0 \\ \xHH`, and
/// `\{N*text}` for a text N times over, `\[text]` for a text in base64.
pub fn unescape(text: &str, most: usize) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        octets.extend_from_slice(plain.as_bytes());
        let (kind, mut after) = escape.split_at_checked(1)?;
        match kind {
            "r" => octets.push(b'\r'),
            "n" => octets.push(b'\n'),
            "t" => octets.push(b'\t'),
            "0" => octets.push(0),
            "\\" => octets.push(b'\\'),
            "x" => {
                let (hex, behind) = after.split_at_checked(2)?;
                octets.push(u8::from_str_radix(hex, 16).ok()?);
                after = behind;
            }
            "[" => {
                let (text, behind) = after.split_once(']')?;
                let encoded = Base64::encode_string(&unescape(text, most)?);
                octets.extend(encoded.into_bytes());
                after = behind;
            }
            "{" => {
                let (times, behind) = after.split_once('*')?;
                let (text, behind) = behind.split_once('}')?;
                let times = times.parse().ok()?;
                if text.len().saturating_mul(times) > most {
                    return None;
                }
                octets.extend(text.as_bytes().repeat(times));
                after = behind;
            }
            _ => return None,
        }
        rest = after;
        if octets.len() > most {
            return None;
        }
    }
    octets.extend_from_slice(rest.as_bytes());
    (octets.len() <= most).then_some(octets)
}
