//! STLS against scripted servers, each answer whole and then octet by octet.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

use super::{LONGEST_LINE, negotiate};
use crate::close::Reason;

const STLS: &[u8] = b"STLS\r\n";

/// Greeting, the answer to STLS, and what comes of it. After its last octet the server hangs up,
/// and so it does in the middle of a greeting without an end.
const SCRIPTS: &[(&str, &str, Result<(), Reason>)] = &[
    ("+OK ready\r\n", "+OK begin\r\n", Ok(())),
    ("+OK\r\n", "+OK\r\n", Ok(())),
    ("+OK <1.2@host>\n", "+OK\n", Ok(())),
    ("+OK \u{e4}\u{f6}\r\n", "+OK\r\n", Ok(())),
    (
        "+OK ready\r\n",
        "-ERR unknown command\r\n",
        Err(Reason::StlsUnsupported),
    ),
    ("+OK ready\r\n", "-ERR\r\n", Err(Reason::StlsUnsupported)),
    ("+OK ready\r\n", "", Err(Reason::StlsUnsupported)),
    ("+OK ready\r\n", "+OK no line", Err(Reason::UpstreamClosed)),
    ("+OK ready\r\n", "+OKAY\r\n", Err(Reason::TlsHandshake)),
    ("+OK ready\r\n", "\r\n", Err(Reason::TlsHandshake)),
    (
        "+OK ready\r\n",
        "\u{16}\u{3}\u{1}\n",
        Err(Reason::TlsHandshake),
    ),
    ("-ERR [SYS/TEMP] too busy\r\n", "", Err(Reason::Refused)),
    ("", "", Err(Reason::UpstreamClosed)),
    ("+OK half", "", Err(Reason::UpstreamClosed)),
    (
        "220 mail.example.org ESMTP\r\n",
        "",
        Err(Reason::TlsHandshake),
    ),
    ("* OK IMAP4rev1\r\n", "", Err(Reason::TlsHandshake)),
    ("+ok ready\r\n", "", Err(Reason::TlsHandshake)),
];

/// Plays a server; each piece goes out by itself.
async fn serve(mut stream: DuplexStream, greeting: Vec<u8>, reply: Vec<u8>, piece: usize) {
    for part in greeting.chunks(piece) {
        if stream.write_all(part).await.is_err() {
            return;
        }
    }
    if !greeting.ends_with(b"\n") {
        return;
    }
    let mut heard = [0; STLS.len()];
    if stream.read_exact(&mut heard).await.is_err() {
        return;
    }
    assert_eq!(heard, STLS);
    for part in reply.chunks(piece) {
        if stream.write_all(part).await.is_err() {
            return;
        }
    }
}

/// Runs one script. A pipe as narrow as a piece keeps the pieces apart.
async fn outcome(greeting: &[u8], reply: &[u8], piece: usize) -> Result<Vec<u8>, Reason> {
    let (mut stream, server) = tokio::io::duplex(piece);
    let script = serve(server, greeting.to_vec(), reply.to_vec(), piece);
    let script = tokio::spawn(script);
    let outcome = timeout(Duration::from_secs(10), negotiate(&mut stream))
        .await
        .unwrap();
    drop(stream);
    script.await.unwrap();
    outcome
        .map(|greeting| greeting.to_vec())
        .map_err(|e| e.reason)
}

#[tokio::test]
async fn each_script_has_its_outcome_however_it_is_cut() {
    for (greeting, reply, expected) in SCRIPTS {
        for piece in [4096, 1] {
            let outcome = outcome(greeting.as_bytes(), reply.as_bytes(), piece).await;
            let expected = expected.map(|()| greeting.as_bytes().to_vec());
            assert_eq!(
                outcome, expected,
                "{greeting:?}, {reply:?}, pieces of {piece}"
            );
        }
    }
}

#[tokio::test]
async fn octets_beyond_a_line_end_the_session() {
    for (greeting, reply) in [
        ("+OK ready\r\n", "+OK begin\r\n+OK you are signed in\r\n"),
        ("+OK ready\r\n", "+OK begin\r\n\u{16}"),
        ("+OK ready\r\n+OK begin\r\n", ""),
    ] {
        let outcome = outcome(greeting.as_bytes(), reply.as_bytes(), 4096).await;
        assert_eq!(
            outcome,
            Err(Reason::TlsHandshake),
            "{greeting:?}, {reply:?}"
        );
    }
}

#[tokio::test]
async fn lines_without_an_end_are_cut_off_at_the_limit() {
    let long = |length: usize| {
        let mut line = b"+OK ".to_vec();
        line.resize(length - 2, b'x');
        [line, b"\r\n".to_vec()].concat()
    };
    for (length, good) in [
        (LONGEST_LINE, true),
        (LONGEST_LINE + 1, false),
        (1 << 20, false),
    ] {
        for piece in [1 << 16, 100] {
            let greeting = outcome(&long(length), b"+OK\r\n", piece).await;
            let expected = if good {
                Ok(long(length))
            } else {
                Err(Reason::TlsHandshake)
            };
            assert_eq!(
                greeting, expected,
                "greeting of {length}, pieces of {piece}"
            );
            let reply = outcome(b"+OK\r\n", &long(length), piece).await;
            let expected = if good {
                Ok(b"+OK\r\n".to_vec())
            } else {
                Err(Reason::TlsHandshake)
            };
            assert_eq!(reply, expected, "reply of {length}, pieces of {piece}");
        }
    }
}
