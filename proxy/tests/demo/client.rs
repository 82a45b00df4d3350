//! A running server, and a client for it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use pop3_proxy::demo::{PASSWORD, Server, USER};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Nothing here takes so long, unless something is wrong.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A server that runs until it is told to stop, or until it is dropped.
pub(crate) struct Demo {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) running: JoinHandle<()>,
}

impl Demo {
    pub(crate) async fn start() -> Self {
        let server = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            running,
        }
    }

    /// A client that has read the greeting.
    pub(crate) async fn connect(&self) -> Client {
        let mut client = Client::new(self.address).await;
        assert!(client.line().await.starts_with("+OK "));
        client
    }

    /// A client that has signed in.
    pub(crate) async fn sign_in(&self) -> Client {
        let mut client = self.connect().await;
        client.ok(&format!("USER {USER}")).await;
        client.ok(&format!("PASS {PASSWORD}")).await;
        client
    }
}

/// A client in the manner of Python's poplib: lines, and lines up to a dot.
pub(crate) struct Client(pub(crate) BufReader<TcpStream>);

impl Client {
    pub(crate) async fn new(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    pub(crate) async fn send(&mut self, octets: &[u8]) {
        self.0.write_all(octets).await.unwrap();
    }

    /// A line without its CRLF; an empty one at the end of the connection.
    pub(crate) async fn octets_of_line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        let read = self.0.read_until(b'\n', &mut line);
        timeout(DEADLINE, read).await.unwrap().unwrap();
        match line.strip_suffix(b"\r\n") {
            Some(line) => line.to_vec(),
            None => {
                assert!(line.is_empty(), "a line without CRLF");
                line
            }
        }
    }

    pub(crate) async fn line(&mut self) -> String {
        String::from_utf8(self.octets_of_line().await).unwrap()
    }

    pub(crate) async fn answer(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes()).await;
        self.line().await
    }

    /// The text after "+OK".
    pub(crate) async fn ok(&mut self, command: &str) -> String {
        let answer = self.answer(command).await;
        let text = answer.strip_prefix("+OK");
        text.unwrap_or_else(|| panic!("{answer}"))
            .trim_start()
            .to_owned()
    }

    pub(crate) async fn refused(&mut self, command: &str) {
        let answer = self.answer(command).await;
        assert!(answer.starts_with("-ERR "), "{command}: {answer}");
    }

    /// The octets of a multi-line answer that has begun, unstuffed.
    pub(crate) async fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = self.octets_of_line().await;
            match line.strip_prefix(b".") {
                Some(b"") => return body,
                Some(unstuffed) => body.extend_from_slice(unstuffed),
                None => body.extend_from_slice(&line),
            }
            body.extend_from_slice(b"\r\n");
        }
    }

    pub(crate) async fn multi(&mut self, command: &str) -> Vec<u8> {
        self.ok(command).await;
        self.body().await
    }

    /// The lines of LIST or UIDL: what stands behind each message's number.
    pub(crate) async fn listing(&mut self, command: &str) -> BTreeMap<usize, String> {
        let body = String::from_utf8(self.multi(command).await).unwrap();
        let entry = |line: &str| {
            let (number, rest) = line.split_once(' ').unwrap();
            (number.parse().unwrap(), rest.to_owned())
        };
        body.lines().map(entry).collect()
    }

    /// The number of the message that the file of that name holds.
    pub(crate) async fn number_of(&mut self, name: &str) -> usize {
        let uids = self.listing("UIDL").await;
        let found = uids
            .iter()
            .find(|(_, uid)| uid.split('.').next() == Some(name));
        *found.unwrap().0
    }

    /// The server has closed.
    pub(crate) async fn closed(&mut self) {
        let mut rest = Vec::new();
        let read = self.0.read_to_end(&mut rest);
        timeout(DEADLINE, read).await.unwrap().unwrap();
        assert_eq!(rest.escape_ascii().to_string(), "");
    }
}
