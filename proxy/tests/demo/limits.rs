//! What the server does not take, and when it ends.

use std::time::Duration;

use pop3_proxy::demo::Server;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::client::{Client, DEADLINE, Demo};

#[tokio::test]
async fn lines_that_are_no_commands_do_no_harm() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    let lines: [&[u8]; 7] = [
        b"\r\n",
        b"XYZZY\r\n",
        b"AUTH PLAIN\r\n",
        b"STLS\r\n",
        b"RETR\0 1\r\n",
        b"\xff\xfe\xfd\r\n",
        b"\r\r\n",
    ];
    for line in lines {
        client.send(line).await;
        let answer = client.line().await;
        assert_eq!(answer, "-ERR unknown command", "{}", line.escape_ascii());
    }
    client.ok("NOOP").await;
}

#[tokio::test]
async fn the_length_of_a_line_has_an_end() {
    let demo = Demo::start().await;
    let mut client = demo.connect().await;
    // 255 octets with the CRLF are allowed.
    let longest = format!("USER {}", "x".repeat(255 - 2 - 5));
    client.ok(&longest).await;
    client.refused(&format!("{longest}x")).await;
    let too_long = client.answer(&"x".repeat(60_000)).await;
    assert_eq!(too_long, "-ERR the line is too long");
    client.ok("USER demo").await;
    client.ok("PASS demo").await;

    // A line without an end ends the connection. How it does so depends on what is still on its
    // way: the end of the stream, or a reset.
    let mut client = demo.connect().await;
    let flood = async { while client.0.write_all(&[b'x'; 4096]).await.is_ok() {} };
    timeout(DEADLINE, flood).await.unwrap();
}

#[tokio::test]
async fn clients_beyond_the_limit_are_turned_away() {
    let demo = Demo::start().await;
    let mut crowd = Vec::new();
    for _ in 0..32 {
        crowd.push(demo.connect().await);
    }
    let mut late = Client::new(demo.address).await;
    let answer = late.line().await;
    assert!(answer.starts_with("-ERR [SYS/TEMP] "), "{answer}");
    late.closed().await;

    crowd.pop();
    let end = Instant::now() + DEADLINE;
    while !Client::new(demo.address)
        .await
        .line()
        .await
        .starts_with("+OK")
    {
        assert!(Instant::now() < end, "the place was not given back");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn it_listens_for_this_machine_alone() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0"] {
        let refused = Server::bind(address.parse().unwrap()).await.err().unwrap();
        assert_eq!(
            refused.kind(),
            std::io::ErrorKind::InvalidInput,
            "{address}"
        );
    }
}

#[tokio::test]
async fn the_end_of_the_server_is_the_end_of_its_sessions() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    demo.stop.send(()).unwrap();
    timeout(DEADLINE, demo.running).await.unwrap().unwrap();
    client.closed().await;
    assert!(TcpStream::connect(demo.address).await.is_err());
}
