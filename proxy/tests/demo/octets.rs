//! What the messages and the answers are, to the octet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{DEADLINE, Demo};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/messages")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name).with_extension("eml")).unwrap()
}

#[tokio::test]
async fn every_message_comes_as_it_was_written() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    let sizes = client.listing("LIST").await;
    let mut files = BTreeSet::new();
    for (number, uid) in client.listing("UIDL").await {
        assert_eq!(
            client.ok(&format!("RETR {number}")).await,
            format!("{} octets", sizes[&number])
        );
        let octets = client.body().await;
        assert_eq!(octets.len().to_string(), sizes[&number]);
        let name = uid.split('.').next().unwrap();
        if name == "picture" {
            assert!((4_900_000..5_200_000).contains(&octets.len()));
            assert!(octets.ends_with(b"\r\n--=_lake--\r\n"));
        } else {
            assert!(octets == file(name), "{name}");
            files.insert(format!("{name}.eml"));
        }
        let whole = client.multi(&format!("TOP {number} 999999999")).await;
        assert!(whole == octets, "the top with all lines of {name}");
    }
    let written = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".eml"));
    assert_eq!(files, written.collect(), "a file is not in the list");
}

#[tokio::test]
async fn tops() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    // Lines of the body asked for, and the expected octets: the file's up to these lines.
    let table = [
        ("dots", 0, Some("Content-Transfer-Encoding: 7bit\r\n\r\n")),
        (
            "dots",
            5,
            Some("that begins with one is sent with one more. Here are some to count:\r\n\r\n"),
        ),
        ("dots", 6, Some("to count:\r\n\r\n.\r\n")),
        ("no-header", 0, Some("")),
        ("no-header", 1, Some("with the empty line.\r\n")),
        ("empty", 0, None),
        ("empty", 5, None),
    ];
    for (name, lines, last) in table {
        let number = client.number_of(name).await;
        let top = client.multi(&format!("TOP {number} {lines}")).await;
        let file = file(name);
        let expected: &[u8] = match last {
            None => b"",
            Some("") => b"\r\n",
            Some(last) => {
                let found = file
                    .windows(last.len())
                    .position(|window| window == last.as_bytes());
                &file[..found.unwrap() + last.len()]
            }
        };
        assert_eq!(
            top.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "TOP {name} {lines}"
        );
    }
}

#[tokio::test]
async fn dots_are_stuffed_on_the_wire() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    let number = client.number_of("dots").await;
    client.ok(&format!("RETR {number}")).await;
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line| line != ".") {
        lines.push(client.line().await);
    }
    for line in [
        "..",
        "...",
        "....",
        ".. one dot, a space, and words",
        "..one dot and words",
        "...two dots and words",
        "        .",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line}");
    }
    // The message's last line is a dot; the answer's own comes after it.
    assert_eq!(lines[lines.len() - 2..], ["..", "."]);
}

/// Commands of every kind, good and bad.
const SCRIPT: &[u8] =
    b"CAPA\r\nSTAT\r\nUSER demo\r\nPASS wrong\r\nUSER demo\r\nPASS demo\r\nSTAT\r\n\
    LIST\r\nUIDL\r\nLIST 3\r\nUIDL 3\r\nTOP 28 5\r\nRETR 28\r\nRETR 49\r\nDELE 2\r\nRETR 2\r\n\
    RSET\r\nNOOP\r\nnonsense\r\nRETR 1 2\r\n\r\nRETR 1\nDELE 50\r\nQUIT\r\n";

/// All octets that the server sends for the script, which `pace` has cut into pieces.
async fn replay<'a>(pace: impl Iterator<Item = &'a [u8]>) -> String {
    let demo = Demo::start().await;
    let mut stream = TcpStream::connect(demo.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut reader, mut writer) = stream.split();
    let writing = async {
        for piece in pace {
            writer.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let mut answers = Vec::new();
    let both = async { tokio::join!(writing, reader.read_to_end(&mut answers)) };
    timeout(DEADLINE, both).await.unwrap().1.unwrap();
    answers.escape_ascii().to_string()
}

#[tokio::test]
async fn a_batch_is_answered_as_single_commands_are() {
    let whole = replay(std::iter::once(SCRIPT)).await;
    let octet_by_octet = replay(SCRIPT.chunks(1)).await;
    let line_by_line = replay(SCRIPT.split_inclusive(|&octet| octet == b'\n')).await;
    assert_eq!(whole, octet_by_octet);
    assert_eq!(whole, line_by_line);
    assert_eq!(whole.matches("-ERR ").count(), 6, "{whole}");
    assert!(whole.ends_with("+OK good-bye, 49 messages left\\r\\n"));
}
