//! Sessions in which the client does TLS with the mail server itself: who may have them, and that the
//! proxy adds nothing, takes nothing and looks at nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use serde_json::{Value, json};
use support::log::Log;
use support::{Client, Running, accepted, http, listener, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The configuration of one server, `mail`.
fn config(tls: &str, port: u16, more: &str) -> String {
    format!("[servers.mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"{tls}\"\n{more}")
}

/// A mode that the configuration does not want is refused before anything is dialled, with a word of
/// its own, and never turned into the other.
#[tokio::test]
async fn one_mode_never_stands_in_for_the_other() {
    let required = (4018, "end-to-end-required");
    let forbidden = (4019, "end-to-end-forbidden");
    let by_name = "server-name = \"mail.example.org\"\n";
    let pinned = format!("{by_name}pins = [\"cert-sha256:{}\"]\n", "0".repeat(64));
    let key = |value: &str| format!("end-to-end = \"{value}\"\n");
    for (tls, more, query, refusal) in [
        ("implicit", key("required"), "", required),
        ("starttls", key("required"), "&tls=proxy", required),
        ("implicit", key("forbidden"), "&tls=end-to-end", forbidden),
        ("starttls", key("forbidden"), "&tls=end-to-end", forbidden),
        // Without the key, where a client could not verify the server as well as the proxy.
        (
            "insecure-plaintext",
            String::new(),
            "&tls=end-to-end",
            forbidden,
        ),
        ("implicit", String::new(), "&tls=end-to-end", forbidden),
        ("implicit", pinned, "&tls=end-to-end", forbidden),
        // Other words, whatever is allowed.
        (
            "implicit",
            key("allowed"),
            "&tls=End-To-End",
            (4001, "not-allowed"),
        ),
        (
            "implicit",
            key("required"),
            "&tls=none",
            (4001, "not-allowed"),
        ),
    ] {
        let (upstream, address) = listener().await;
        let proxy = Running::start(&config(tls, address.port(), &more)).await;
        let mut client = Client::open(proxy.address, &format!("server=mail{query}")).await;
        client.expect_close(refusal.0, refusal.1).await;
        let dialled = tokio::time::timeout(std::time::Duration::ZERO, upstream.accept()).await;
        assert!(dialled.is_err(), "{tls} {more} {query}");
    }
    for (more, query) in [
        (key("required"), "&tls=end-to-end"),
        (key("allowed"), "&tls=end-to-end"),
        (by_name.to_owned(), "&tls=end-to-end"),
    ] {
        let (upstream, address) = listener().await;
        let proxy = Running::start(&config("implicit", address.port(), &more)).await;
        let mut client = Client::open(proxy.address, &format!("server=mail{query}")).await;
        accepted(&upstream).await;
        client.connected().await;
    }
}

/// What is no TLS passes as well: the proxy neither begins TLS nor looks whether somebody does.
#[tokio::test]
async fn the_proxy_adds_nothing_and_looks_at_nothing() {
    let log = Log::capture();
    for tls in ["implicit", "starttls"] {
        let (upstream, address) = listener().await;
        let more = "end-to-end = \"required\"\nproxy-protocol = false\n";
        let proxy = Running::start(&config(tls, address.port(), more)).await;
        let mut client = Client::open(proxy.address, "server=mail&tls=end-to-end").await;
        // Sent before the server is reached, in part.
        let said = b"\x16\x03\x01\x00\x05canary\r\nSTLS\r\n\x00\xff\x80";
        client.send(&said[..4]).await;
        let mut server = accepted(&upstream).await;
        let expected = json!({
            "event": "connected",
            "server": "mail",
            "tls": "end-to-end",
            "upstream": tls,
            "pause": true,
        });
        assert_eq!(client.connected().await, expected);
        client.send(&said[4..]).await;
        let answer = b"-ERR canary\r\n\x15\x03\x03\x00\x02\x02\x28+OK\r\n";
        server.write_all(answer).await.unwrap();
        client.expect(answer).await;
        server.shutdown().await.unwrap();
        client.expect_close(1000, "upstream-closed").await;
        let mut heard = Vec::new();
        soon(server.read_to_end(&mut heard)).await.unwrap();
        assert_eq!(heard, said);
    }
    let text = log.text();
    assert!(text.contains("session ended"), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn the_server_is_told_the_client_before_anything_else() {
    let (upstream, address) = listener().await;
    let more = "end-to-end = \"required\"\nproxy-protocol = true\n";
    let proxy = Running::start(&config("implicit", address.port(), more)).await;
    let mut client = Client::open(proxy.address, "server=mail&tls=end-to-end").await;
    client.send(b"\x16hello").await;
    let mut server = accepted(&upstream).await;
    let mut heard = [0; 28 + 6];
    soon(server.read_exact(&mut heard)).await.unwrap();
    let (header, said) = heard.split_at(28);
    assert!(header.starts_with(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c"));
    assert_eq!(said, b"\x16hello");
}

#[tokio::test]
async fn the_list_says_the_modes_and_only_where_it_must_the_name_to_verify() {
    let proxy = Running::start(
        r#"
        [servers.a]
        host = "mx.inside.example"
        server-name = "pop.example.org"
        tls = "starttls"
        [servers.b]
        host = "192.0.2.7"
        [servers.c]
        host = "192.0.2.7"
        end-to-end = "required"
        [servers.d]
        host = "pop.example.net"
        end-to-end = "forbidden"
        [typed-hosts]
        enabled = true
        "#,
    )
    .await;
    let answer = http(proxy.address, "GET /servers.json", &[]).await;
    let list: Value = serde_json::from_str(&answer.body).unwrap();
    let (both, proxy_alone) = (json!(["end-to-end", "proxy"]), json!(["proxy"]));
    let expected = json!({
        "servers": [
            {"name": "a", "title": "a", "tls": "starttls", "modes": both, "host": "pop.example.org"},
            {"name": "b", "title": "b", "tls": "implicit", "modes": proxy_alone},
            {"name": "c", "title": "c", "tls": "implicit", "modes": ["end-to-end"], "host": "192.0.2.7"},
            {"name": "d", "title": "d", "tls": "implicit", "modes": proxy_alone},
        ],
        "typedHosts": true,
        "typedHostModes": both,
    });
    assert_eq!(list, expected);
}
