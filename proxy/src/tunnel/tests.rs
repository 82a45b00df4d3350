//! The tunnel over pipes in memory, with a clock that runs only while nothing else does.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{CLIENT_SILENCE, Early, Ended, Limits, PING_EVERY, Traffic, carry, watch};
use crate::close::Reason;
use crate::metrics::Metrics;
use crate::wire::{LARGEST_FRAME, Wire};

type Socket = WebSocketStream<DuplexStream>;

const IDLE: Duration = Duration::from_secs(600);
const STALL: Duration = Duration::from_secs(60);
const LIFETIME: Duration = Duration::from_secs(3600);
const BACKLOG: usize = 64 * 1024;

const LIMITS: Limits = Limits {
    idle: IDLE,
    stall: STALL,
    lifetime: LIFETIME,
    message: 64 * 1024,
    backlog: BACKLOG,
};

/// Both ends of a WebSocket over a pipe that holds so many octets.
async fn sockets(width: usize) -> (WebSocketStream<Wire<DuplexStream>>, Socket) {
    let (near, far) = duplex(width);
    let server = WebSocketStream::from_raw_socket(Wire::new(near), Role::Server, None).await;
    (
        server,
        WebSocketStream::from_raw_socket(far, Role::Client, None).await,
    )
}

fn traffic() -> Traffic {
    Traffic::new(&Metrics::new().session("test"))
}

/// A tunnel between pipes of that width: the client, the mail server, and the outcome.
async fn tunnel(width: usize, early: Early) -> (Socket, DuplexStream, JoinHandle<Ended>) {
    let (mut proxy, client) = sockets(width).await;
    let (upstream, server) = duplex(width);
    let task =
        tokio::spawn(async move { carry(&mut proxy, upstream, early, LIMITS, &traffic()).await });
    (client, server, task)
}

async fn octets(client: &mut Socket, count: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    while octets.len() < count {
        match client.next().await.unwrap().unwrap() {
            Message::Binary(more) => octets.extend_from_slice(&more),
            other => assert!(other.is_ping(), "{other:?}"),
        }
    }
    octets
}

#[tokio::test(start_paused = true)]
async fn octets_pass_through_the_narrowest_pipes_in_both_directions_at_once() {
    let (client, mut server, _task) = tunnel(1, Early::default()).await;
    let down: Vec<u8> = (0..=255).cycle().take(3 * LARGEST_FRAME / 2).collect();
    let up: Vec<u8> = down.iter().rev().copied().collect();
    let (expected_up, expected_down) = (up.clone(), down.clone());
    let serving = tokio::spawn(async move {
        let mut heard = vec![0; up.len()];
        let (mut read, mut write) = tokio::io::split(&mut server);
        let (sent, received) = tokio::join!(write.write_all(&down), read.read_exact(&mut heard));
        sent.unwrap();
        received.unwrap();
        heard
    });
    let (mut sink, stream) = client.split();
    let sending = expected_up.clone();
    let sending = tokio::spawn(async move {
        for part in sending.chunks(1000) {
            sink.send(Message::binary(part.to_vec())).await.unwrap();
        }
    });
    let mut received = Vec::new();
    let mut stream = stream;
    while received.len() < expected_down.len() {
        if let Message::Binary(more) = stream.next().await.unwrap().unwrap() {
            received.extend_from_slice(&more);
        }
    }
    assert!(received == expected_down);
    assert!(serving.await.unwrap() == expected_up);
    sending.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_came_early_goes_first() {
    let early = Early {
        from_server: Bytes::from_static(b"+OK greeting\r\n"),
        from_client: Bytes::from_static(b"CAPA\r\n"),
    };
    let (mut client, mut server, _task) = tunnel(64, early).await;
    server.write_all(b"+OK next\r\n").await.unwrap();
    client
        .send(Message::binary(&b"NOOP\r\n"[..]))
        .await
        .unwrap();
    assert_eq!(
        octets(&mut client, 24).await,
        b"+OK greeting\r\n+OK next\r\n"
    );
    let mut heard = [0; 12];
    server.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"CAPA\r\nNOOP\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_pauses_has_the_server_wait() {
    let (mut client, mut server, _task) = tunnel(64, Early::default()).await;
    server.write_all(b"+OK before\r\n").await.unwrap();
    assert_eq!(octets(&mut client, 12).await, b"+OK before\r\n");
    for pause in [
        r#"{"event":"pause"}"#,
        r#"{ "event": "pause", "later": 1 }"#,
    ] {
        client.send(Message::text(pause)).await.unwrap();
    }
    // The other direction goes on, and tells that the events were heard.
    client
        .send(Message::binary(&b"NOOP\r\n"[..]))
        .await
        .unwrap();
    let mut heard = [0; 6];
    server.read_exact(&mut heard).await.unwrap();
    // What the pipe holds can be written, and no more is taken out of it.
    let answer = [b'x'; 100];
    let written = timeout(STALL, server.write_all(&answer)).await;
    assert!(written.is_err(), "the proxy has read on");
    assert!(
        timeout(PING_EVERY / 3, octets(&mut client, 1))
            .await
            .is_err()
    );
    client
        .send(Message::text(r#"{"event":"resume"}"#))
        .await
        .unwrap();
    assert_eq!(octets(&mut client, 64).await, answer[..64]);
    server.write_all(b"+OK after\r\n").await.unwrap();
    assert_eq!(octets(&mut client, 11).await, b"+OK after\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_client_may_pause_and_resume_without_need() {
    let (mut client, mut server, _task) = tunnel(64, Early::default()).await;
    for event in [
        "resume", "resume", "pause", "resume", "pause", "pause", "resume",
    ] {
        let text = format!(r#"{{"event":"{event}"}}"#);
        client.send(Message::text(text)).await.unwrap();
    }
    server.write_all(b"+OK\r\n").await.unwrap();
    assert_eq!(octets(&mut client, 5).await, b"+OK\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_paused_session_is_idle_in_the_end() {
    let (mut client, _server, task) = tunnel(64, Early::default()).await;
    client
        .send(Message::text(r#"{"event":"pause"}"#))
        .await
        .unwrap();
    let reading = tokio::spawn(async move { while client.next().await.is_some() {} });
    assert_eq!(task.await.unwrap(), Ended::Closing(Reason::IdleTimeout));
    reading.abort();
}

#[tokio::test(start_paused = true)]
async fn any_other_text_of_a_client_ends_the_session() {
    for text in [
        "",
        "pause",
        "NOOP\r\n",
        "{}",
        r#"{"event":"stop"}"#,
        r#"{"event":1}"#,
        "[[[[",
    ] {
        let (mut client, _server, task) = tunnel(64, Early::default()).await;
        client.send(Message::text(text)).await.unwrap();
        let ended = task.await.unwrap();
        assert_eq!(ended, Ended::Closing(Reason::BinaryOnly), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn octets_are_kept_up_to_a_limit_while_the_server_is_looked_for() {
    let (mut proxy, mut client) = sockets(64).await;
    let sending = tokio::spawn(async move {
        for number in 0..=255_u8 {
            client
                .send(Message::binary(vec![number; 1000]))
                .await
                .unwrap();
        }
        client
    });
    let mut kept = BytesMut::new();
    let watching = tokio::time::timeout(IDLE, watch(&mut proxy, &mut kept, BACKLOG));
    assert!(
        watching.await.is_err(),
        "a client that waits is a client that is there"
    );
    assert_eq!(kept.len(), BACKLOG.next_multiple_of(1000));
    assert!(!sending.is_finished());
    // The rest is still there, and nothing in between was lost.
    while kept.len() < 256_000 {
        kept.extend_from_slice(&proxy.next().await.unwrap().unwrap().into_data());
    }
    let expected: Vec<u8> = (0..=255).flat_map(|number| [number; 1000]).collect();
    assert!(kept == expected);
    drop(sending.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_noticed_while_the_server_is_looked_for() {
    for early in [&[][..], &[&b""[..], b"USER a\r\n", b"CAPA\r\n"]] {
        for (ending, expected) in [
            (None, Ended::ClientGone),
            (Some(Message::Close(None)), Ended::ClientClosed),
            (
                Some(Message::text("{}")),
                Ended::Closing(Reason::BinaryOnly),
            ),
        ] {
            let (mut proxy, mut client) = sockets(1024).await;
            for frame in early {
                client.send(Message::binary(*frame)).await.unwrap();
            }
            match ending {
                Some(frame) => client.send(frame).await.unwrap(),
                None => drop(client),
            }
            let mut kept = BytesMut::new();
            assert_eq!(watch(&mut proxy, &mut kept, BACKLOG).await, expected);
            assert_eq!(kept, early.concat());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_no_ping_is_gone() {
    let begun = Instant::now();
    let (_client, mut server, task) = tunnel(1024, Early::default()).await;
    assert_eq!(task.await.unwrap(), Ended::ClientGone);
    assert!(begun.elapsed() >= CLIENT_SILENCE && begun.elapsed() < CLIENT_SILENCE + PING_EVERY);
    let mut heard = Vec::new();
    server.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"", "no QUIT in the client's name");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_pings_lives_until_it_is_idle() {
    let begun = Instant::now();
    let (mut client, _server, task) = tunnel(1024, Early::default()).await;
    let reading = tokio::spawn(async move {
        let mut pings = 0;
        while let Some(Ok(message)) = client.next().await {
            pings += usize::from(message.is_ping());
        }
        pings
    });
    assert_eq!(task.await.unwrap(), Ended::Closing(Reason::IdleTimeout));
    assert!(begun.elapsed() >= IDLE && begun.elapsed() < IDLE + PING_EVERY);
    let pings = reading.await.unwrap();
    assert!((18..=20).contains(&pings), "{pings} pings in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn empty_frames_do_not_put_idleness_off() {
    let begun = Instant::now();
    let (client, _server, task) = tunnel(1024, Early::default()).await;
    let (mut sink, mut stream) = client.split();
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
    let sending = tokio::spawn(async move {
        while sink.send(Message::binary(Bytes::new())).await.is_ok() {
            sleep(PING_EVERY).await;
        }
    });
    assert_eq!(task.await.unwrap(), Ended::Closing(Reason::IdleTimeout));
    assert!(begun.elapsed() < IDLE + PING_EVERY);
    sending.await.unwrap();
    reading.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn octets_in_either_direction_put_idleness_off() {
    let begun = Instant::now();
    let (mut client, mut server, task) = tunnel(1024, Early::default()).await;
    for _ in 0..3 {
        sleep(CLIENT_SILENCE / 2).await;
        client.send(Message::binary(&b"x"[..])).await.unwrap();
        server.read_exact(&mut [0]).await.unwrap();
    }
    let moved = begun.elapsed();
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = client.next().await {} });
    sleep(IDLE - Duration::from_secs(1)).await;
    server.write_all(b"y").await.unwrap();
    assert_eq!(task.await.unwrap(), Ended::Closing(Reason::IdleTimeout));
    assert!(begun.elapsed() >= moved + IDLE * 2 - Duration::from_secs(1));
    reading.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_no_octets_is_not_the_clients_fault() {
    let begun = Instant::now();
    let (mut client, _server, task) = tunnel(16, Early::default()).await;
    let frame = Message::binary(vec![b'x'; 1000]);
    let sending = tokio::spawn(async move {
        let _ = client.send(frame).await;
        client
    });
    let expected = Ended::Closing(Reason::UpstreamStalled);
    assert_eq!(task.await.unwrap(), expected);
    assert!(begun.elapsed() >= STALL && begun.elapsed() < STALL + PING_EVERY);
    drop(sending.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_octets_slowly_is_not_stalled() {
    let (client, mut server, task) = tunnel(16, Early::default()).await;
    let (mut sink, mut stream) = client.split();
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
    let sending = tokio::spawn(async move {
        sink.send(Message::binary(vec![b'x'; 112])).await.unwrap();
    });
    for _ in 0..7 {
        sleep(STALL - Duration::from_secs(1)).await;
        server.read_exact(&mut [0; 16]).await.unwrap();
    }
    sending.await.unwrap();
    assert!(!task.is_finished());
    drop(server);
    let expected = Ended::Closing(Reason::UpstreamFinished);
    assert_eq!(task.await.unwrap(), expected);
    reading.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_octets_is_stalled_though_it_talks() {
    let begun = Instant::now();
    let (client, mut server, task) = tunnel(64, Early::default()).await;
    let (mut sink, stream) = client.split();
    let talking = tokio::spawn(async move {
        while sink.send(Message::Ping(Bytes::new())).await.is_ok() {
            sleep(PING_EVERY).await;
        }
    });
    let serving = tokio::spawn(async move {
        let _ = server.write_all(&[b'x'; 500]).await;
    });
    let expected = Ended::Closing(Reason::ClientStalled);
    assert_eq!(task.await.unwrap(), expected);
    assert!(begun.elapsed() >= STALL && begun.elapsed() < STALL + PING_EVERY);
    serving.await.unwrap();
    drop(stream);
    talking.await.unwrap();
}

/// A frame may take many times the limit, if it goes on moving.
#[tokio::test(start_paused = true)]
async fn a_client_that_takes_a_large_frame_little_by_little_is_not_stalled() {
    let (near, far) = duplex(64);
    let mut proxy = WebSocketStream::from_raw_socket(Wire::new(near), Role::Server, None).await;
    let (upstream, mut server) = duplex(LARGEST_FRAME);
    let task = tokio::spawn(async move {
        let early = Early::default();
        carry(&mut proxy, upstream, early, LIMITS, &traffic()).await
    });
    server.write_all(&[b'x'; 500]).await.unwrap();
    let mut client = far;
    let mut taken = 0;
    // The octets, and the frame's header.
    while taken < 504 {
        sleep(STALL * 3 / 4).await;
        let count = client.read(&mut [0; 64]).await.unwrap();
        assert_ne!(count, 0, "the session ended after {taken} octets");
        taken += count;
    }
    assert!(!task.is_finished());
    drop(server);
    let expected = Ended::Closing(Reason::UpstreamFinished);
    assert_eq!(task.await.unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn no_session_outlasts_its_lifetime() {
    let begun = Instant::now();
    let (mut client, mut server, task) = tunnel(1024, Early::default()).await;
    let serving = tokio::spawn(async move {
        while server.write_all(b"x").await.is_ok() {
            sleep(PING_EVERY).await;
        }
    });
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = client.next().await {} });
    let expected = Ended::Closing(Reason::SessionExpired);
    assert_eq!(task.await.unwrap(), expected);
    assert_eq!(begun.elapsed().as_secs(), LIFETIME.as_secs());
    serving.await.unwrap();
    reading.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_octets_slowly_is_alive() {
    let (mut client, mut server, task) = tunnel(64, Early::default()).await;
    let serving = tokio::spawn(async move {
        server.write_all(&[b'x'; 640]).await.unwrap();
        server
    });
    // It never sends a frame, and is slow enough to be taken for gone.
    let connection = client.get_mut();
    let mut taken = 0;
    while taken < 640 {
        sleep(CLIENT_SILENCE / 3).await;
        taken += connection.read(&mut [0; 64]).await.unwrap();
    }
    assert!(!task.is_finished());
    drop(serving.await.unwrap());
    assert_eq!(
        task.await.unwrap(),
        Ended::Closing(Reason::UpstreamFinished)
    );
}
