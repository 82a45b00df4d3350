//! One session: its states, and the answer to each command.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use super::command::{Command, Mistake, Number};
use super::mailbox::{Mailbox, Maildrop};
use super::wire::{Line, Wire};
use super::{PASSWORD, USER};

/// [RFC 2449 section 6](https://www.rfc-editor.org/rfc/rfc2449#section-6), and
/// [RFC 3206](https://www.rfc-editor.org/rfc/rfc3206) for AUTH-RESP-CODE.
const CAPABILITIES: [&str; 8] = [
    "TOP",
    "UIDL",
    "USER",
    "PIPELINING",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "EXPIRE NEVER",
    concat!("IMPLEMENTATION pop3-proxy-demo-", env!("CARGO_PKG_VERSION")),
];

const NO_SUCH_MESSAGE: &str = "-ERR no such message";
const WRONG_STATE: &str = "-ERR not in this state";

/// The states of [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3). The last
/// one, UPDATE, is over as soon as it is entered.
enum State {
    Authorization { user: Option<Vec<u8>> },
    Transaction(Maildrop),
}

struct Session<S> {
    wire: Wire<S>,
    mailbox: Mailbox,
    state: State,
}

/// Greets, answers commands until QUIT or until the client is gone, and closes.
///
/// # Errors
/// The connection ended in another way: it broke, or the client was silent, or took nothing, for
/// longer than the wire's patience. Deletions are dropped then.
pub(super) async fn run<S>(wire: Wire<S>, mailbox: Mailbox) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut session = Session {
        wire,
        mailbox,
        state: State::Authorization { user: None },
    };
    session
        .wire
        .write_line("+OK the demo mailbox is ready")
        .await?;
    while let Some(line) = session.wire.read_line().await? {
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong => {
                session.wire.write_line("-ERR the line is too long").await?;
                continue;
            }
        };
        match Command::parse(&line) {
            Ok(Command::Quit) => {
                session.quit().await?;
                break;
            }
            Ok(command) => session.answer(command).await?,
            Err(Mistake::Unknown) => session.wire.write_line("-ERR unknown command").await?,
            Err(Mistake::Arguments) => session.wire.write_line("-ERR wrong arguments").await?,
        }
    }
    session.wire.close().await
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    async fn answer(&mut self, command: Command<'_>) -> io::Result<()> {
        if command == Command::Capa {
            return self.capa().await;
        }
        match &mut self.state {
            State::Authorization { user } => match command {
                Command::User(name) => {
                    *user = Some(name.to_vec());
                    // The same for every name: which ones exist is nobody's business yet.
                    self.wire.write_line("+OK send the password").await
                }
                Command::Pass(password) => {
                    let user = user.take();
                    self.sign_in(user.as_deref(), password.0).await
                }
                _ => self.wire.write_line(WRONG_STATE).await,
            },
            State::Transaction(maildrop) => transact(&mut self.wire, maildrop, command).await,
        }
    }

    async fn capa(&mut self) -> io::Result<()> {
        self.wire.write_line("+OK capabilities follow").await?;
        for capability in CAPABILITIES {
            self.wire.write_line(capability).await?;
        }
        self.wire.write_line(".").await
    }

    async fn sign_in(&mut self, user: Option<&[u8]>, password: &[u8]) -> io::Result<()> {
        let Some(user) = user else {
            return self.wire.write_line("-ERR send USER first").await;
        };
        if user != USER.as_bytes() || password != PASSWORD.as_bytes() {
            return self
                .wire
                .write_line("-ERR [AUTH] wrong user or password")
                .await;
        }
        let Ok(maildrop) = self.mailbox.open() else {
            return self
                .wire
                .write_line("-ERR [IN-USE] another session has the mailbox")
                .await;
        };
        let (count, size) = maildrop.count_and_size();
        self.state = State::Transaction(maildrop);
        self.wire
            .write_line(&format!("+OK {count} messages ({size} octets)"))
            .await
    }

    async fn quit(&mut self) -> io::Result<()> {
        // The mailbox is free before the client hears of it, so that it may sign in again at once.
        match std::mem::replace(&mut self.state, State::Authorization { user: None }) {
            State::Authorization { .. } => self.wire.write_line("+OK good-bye").await,
            State::Transaction(maildrop) => {
                let left = maildrop.commit();
                self.wire
                    .write_line(&format!("+OK good-bye, {left} messages left"))
                    .await
            }
        }
    }
}

/// Answers a command of the TRANSACTION state.
async fn transact<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
    maildrop: &mut Maildrop,
    command: Command<'_>,
) -> io::Result<()> {
    match command {
        Command::Stat => {
            let (count, size) = maildrop.count_and_size();
            wire.write_line(&format!("+OK {count} {size}")).await
        }
        Command::List(Some(Number(number))) => match maildrop.message(number) {
            Some(message) => {
                wire.write_line(&format!("+OK {number} {}", message.size()))
                    .await
            }
            None => wire.write_line(NO_SUCH_MESSAGE).await,
        },
        Command::List(None) => {
            let (count, size) = maildrop.count_and_size();
            wire.write_line(&format!("+OK {count} messages ({size} octets)"))
                .await?;
            for (number, message) in maildrop.iter() {
                wire.write_line(&format!("{number} {}", message.size()))
                    .await?;
            }
            wire.write_line(".").await
        }
        Command::Uidl(Some(Number(number))) => match maildrop.message(number) {
            Some(message) => {
                wire.write_line(&format!("+OK {number} {}", message.uid()))
                    .await
            }
            None => wire.write_line(NO_SUCH_MESSAGE).await,
        },
        Command::Uidl(None) => {
            wire.write_line("+OK unique-ids follow").await?;
            for (number, message) in maildrop.iter() {
                wire.write_line(&format!("{number} {}", message.uid()))
                    .await?;
            }
            wire.write_line(".").await
        }
        Command::Retr(Number(number)) => match maildrop.message(number) {
            Some(message) => {
                wire.write_line(&format!("+OK {} octets", message.size()))
                    .await?;
                wire.write_message(message.octets()).await
            }
            None => wire.write_line(NO_SUCH_MESSAGE).await,
        },
        Command::Top(Number(number), lines) => match maildrop.message(number) {
            Some(message) => {
                wire.write_line("+OK the top of the message follows")
                    .await?;
                wire.write_message(message.top(lines)).await
            }
            None => wire.write_line(NO_SUCH_MESSAGE).await,
        },
        Command::Dele(Number(number)) => {
            let answer = if maildrop.delete(number) {
                "+OK deleted at QUIT"
            } else {
                NO_SUCH_MESSAGE
            };
            wire.write_line(answer).await
        }
        Command::Rset => {
            maildrop.reset();
            wire.write_line("+OK nothing is deleted").await
        }
        Command::Noop => wire.write_line("+OK").await,
        Command::User(_) | Command::Pass(_) | Command::Capa | Command::Quit => {
            wire.write_line(WRONG_STATE).await
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::super::mailbox::Message;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(600);
    const SIGN_IN: &[u8] = b"USER demo\r\nPASS demo\r\n";

    fn mailbox() -> Mailbox {
        Mailbox::new(vec![Message::new(
            "one",
            Bytes::from_static(b"A: 1\r\n\r\none\r\n"),
        )])
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_not_read_either() {
        const COMMANDS: usize = 10_000;
        let (client, server) = duplex(4096);
        let session = tokio::spawn(run(Wire::new(server, PATIENCE), mailbox()));
        let (mut answers, mut commands) = tokio::io::split(client);
        let mut sending = tokio::spawn(async move {
            commands.write_all(SIGN_IN).await?;
            commands.write_all(&b"RETR 1\r\n".repeat(COMMANDS)).await?;
            commands.write_all(b"QUIT\r\n").await
        });
        // Time stands still until nobody can go on: then the sender is stuck, with most of its
        // commands unsent.
        assert!(timeout(Duration::from_secs(1), &mut sending).await.is_err());
        assert!(!session.is_finished());

        let mut all = String::new();
        answers.read_to_string(&mut all).await.unwrap();
        sending.await.unwrap().unwrap();
        session.await.unwrap().unwrap();
        assert_eq!(
            all.matches("+OK 13 octets\r\nA: 1\r\n\r\none\r\n.\r\n")
                .count(),
            COMMANDS
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_session_ends_without_a_word_and_deletes_nothing() {
        let mailbox = mailbox();
        let (mut client, server) = duplex(4096);
        let session = tokio::spawn(run(Wire::new(server, PATIENCE), mailbox.clone()));
        client.write_all(SIGN_IN).await.unwrap();
        client.write_all(b"DELE 1\r\n").await.unwrap();
        let mut answers = String::new();
        let until_the_end = client.read_to_string(&mut answers);
        timeout(PATIENCE * 2, until_the_end).await.unwrap().unwrap();
        assert!(answers.ends_with("+OK deleted at QUIT\r\n"), "{answers}");
        assert_eq!(
            session.await.unwrap().unwrap_err().kind(),
            io::ErrorKind::TimedOut
        );
        assert_eq!(mailbox.open().unwrap().count_and_size(), (1, 13));
    }

    #[tokio::test]
    async fn the_mailbox_is_free_when_quit_is_answered() {
        let mailbox = mailbox();
        let (mut client, server) = duplex(4096);
        let _session = tokio::spawn(run(Wire::new(server, PATIENCE), mailbox.clone()));
        client.write_all(SIGN_IN).await.unwrap();
        client.write_all(b"DELE 1\r\nQUIT\r\n").await.unwrap();
        let mut answers = Vec::new();
        while !answers.ends_with(b"+OK good-bye, 0 messages left\r\n") {
            assert_ne!(client.read_buf(&mut answers).await.unwrap(), 0);
        }
        assert_eq!(mailbox.open().unwrap().count_and_size(), (0, 0));
    }
}
