//! Fixed work for the protocol core, against a server in memory. `cargo xtask instructions` runs it
//! under callgrind: times are noisy, instructions are not.
//!
//! usage: pop3-instructions fetch | list

use std::process::ExitCode;

use pop3_proto::{
    Command, Config, Event, Login, MessageNumber, Millis, Reply, Secret, Session, UserName,
};

/// Octets that come at once.
const PIECE: usize = 16 << 10;
const NOW: Millis = Millis(0);

/// A server that has so many messages, all of them the same.
struct Server {
    count: usize,
    message: Vec<u8>,
}

impl Server {
    fn new(count: usize, octets: usize) -> Self {
        let mut message = b"Subject: fixed\r\n\r\n".to_vec();
        for number in 0_u32.. {
            if message.len() >= octets {
                break;
            }
            let dot = if number % 16 == 0 { ".." } else { "" };
            message.extend(format!("{dot}Line {number:06} {}\r\n", "words ".repeat(9)).bytes());
        }
        Self { count, message }
    }

    /// The answer to a command.
    fn answer(&self, command: &str) -> Vec<u8> {
        let listing = |entry: &dyn Fn(usize) -> String| {
            let entries: String = (1..=self.count).map(entry).collect();
            format!("+OK\r\n{entries}.\r\n").into_bytes()
        };
        let size = self.message.len();
        match command.split(' ').next().unwrap_or_default() {
            "CAPA" => b"+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\nUSER\r\n.\r\n".to_vec(),
            "STAT" => format!("+OK {} {}\r\n", self.count, self.count * size).into_bytes(),
            "LIST" => listing(&|number| format!("{number} {size}\r\n")),
            "UIDL" => listing(&|number| format!("{number} {number:08x}5f3759df\r\n")),
            "RETR" => [b"+OK\r\n".as_slice(), &self.message, b".\r\n"].concat(),
            _ => b"+OK\r\n".to_vec(),
        }
    }
}

/// What came of the commands.
#[derive(Default)]
struct Outcome {
    messages: usize,
    entries: usize,
    octets: usize,
    failures: usize,
}

/// Runs a session until it has nothing more to send.
fn run(server: &Server, commands: impl Iterator<Item = Command>) -> Outcome {
    let mut session = Session::new(Config::default(), NOW);
    session.handle_input(b"+OK ready\r\n", NOW);
    for command in commands {
        session.submit(command, NOW);
    }
    let mut outcome = Outcome::default();
    loop {
        let mut answers = Vec::new();
        while let Some(octets) = session.poll_transmit() {
            for line in String::from_utf8_lossy(&octets).lines() {
                answers.extend(server.answer(line));
            }
        }
        if answers.is_empty() {
            return outcome;
        }
        for piece in answers.chunks(PIECE) {
            session.handle_input(piece, NOW);
            while let Some(event) = session.poll_event() {
                outcome.take(event);
            }
        }
    }
}

impl Outcome {
    fn take(&mut self, event: Event) {
        match event {
            Event::Data { octets, .. } => self.octets += octets.len(),
            Event::Done { result, .. } => match result {
                Ok(Reply::Message(_)) => self.messages += 1,
                Ok(Reply::List(entries)) => self.entries += entries.len(),
                Ok(Reply::Uidl(entries)) => self.entries += entries.len(),
                Ok(Reply::Login(Login { .. }) | Reply::Status(_)) => {}
                _ => self.failures += 1,
            },
            Event::Closed(_) => self.failures += 1,
            _ => {}
        }
    }
}

fn work(job: &str) -> Result<bool, pop3_proto::Error> {
    let sign_in = [
        Command::User(UserName::new("user")?),
        Command::Pass(Secret::new("secret")?),
        Command::List(None),
        Command::Uidl(None),
    ];
    Ok(match job {
        "fetch" => {
            let server = Server::new(200, 9_000);
            let numbers = (1..=200)
                .map(MessageNumber::new)
                .collect::<Result<Vec<_>, _>>()?;
            let fetching = numbers.into_iter().map(Command::Retr);
            let outcome = run(&server, sign_in.into_iter().chain(fetching));
            outcome.messages == 200 && outcome.octets > 200 * 8_900 && outcome.failures == 0
        }
        "list" => {
            let outcome = run(&Server::new(20_000, 100), sign_in.into_iter());
            outcome.entries == 40_000 && outcome.failures == 0
        }
        _ => false,
    })
}

fn main() -> ExitCode {
    let job = std::env::args().nth(1).unwrap_or_default();
    match work(&job) {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
