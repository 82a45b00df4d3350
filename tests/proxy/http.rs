//! What the proxy answers over HTTP: who may open a session, and what else there is to see.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use pop3_tests::proxy::{Hop, RunningProxy, Setup};
use pop3_tests::upstream::{Conduct, Upstream};
use pop3_tests::websocket::{Dial, HttpRefusal};
use pop3_tests::within;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Bed {
    upstream: Upstream,
    proxy: RunningProxy,
}

async fn start(setup: Setup) -> Result<Bed> {
    let upstream = Upstream::plain(Conduct::Stalls)?;
    let proxy = setup
        .server("work", upstream.address(), Hop::Plain)
        .start()
        .await?;
    Ok(Bed { upstream, proxy })
}

/// The status of a request that the proxy does not upgrade; `None` where it does.
async fn refusal(dial: Dial) -> Result<Option<u16>> {
    match dial.connect().await {
        Ok(_) => Ok(None),
        Err(error) => {
            let status = error.downcast_ref::<HttpRefusal>().map(|refusal| refusal.0);
            status
                .map(Some)
                .with_context(|| format!("no answer: {error:#}"))
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() -> Result<()> {
    let bed = start(Setup::new()).await?;
    let port = bed.proxy.address().port();
    for origin in [
        "https://evil.example",
        "null",
        "",
        &format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1",
        &format!("http://127.0.0.1:{}", port.wrapping_add(1)),
        &format!("http://127.0.0.1:{port}.evil.example"),
        &format!("http://evil.example#http://127.0.0.1:{port}"),
        &format!("http://127.0.0.1:{port}/"),
        &format!("http://127.0.0.1:{port}, https://evil.example"),
        "*",
    ] {
        let status = refusal(bed.proxy.dial("work").origin(origin))
            .await
            .context(origin.to_owned())?;
        assert_eq!(status, Some(403), "{origin:?}");
    }
    assert_eq!(bed.upstream.observed().connections, 0);
    Ok(())
}

#[tokio::test]
async fn the_own_page_and_programs_are_allowed() -> Result<()> {
    let bed = start(Setup::new()).await?;
    let port = bed.proxy.address().port();
    for origin in [bed.proxy.origin(), format!("http://localhost:{port}")] {
        bed.proxy
            .dial("work")
            .origin(&origin)
            .session()
            .await
            .context(origin)?;
    }
    bed.proxy
        .dial("work")
        .session()
        .await
        .context("no origin")?;
    Ok(())
}

#[tokio::test]
async fn configured_origins_replace_the_own() -> Result<()> {
    let setup = Setup::new().option("origins", r#"["https://mail.example.org"]"#);
    let bed = start(setup).await?;
    bed.proxy
        .dial("work")
        .origin("https://mail.example.org")
        .session()
        .await?;
    let own = bed.proxy.origin();
    assert_eq!(
        refusal(bed.proxy.dial("work").origin(&own)).await?,
        Some(403)
    );
    Ok(())
}

#[tokio::test]
async fn the_subprotocol_must_be_offered() -> Result<()> {
    let bed = start(Setup::new()).await?;
    for offered in [
        None,
        Some("binary"),
        Some("pop3.v2"),
        Some("POP3.V1"),
        Some("pop3.v1x"),
    ] {
        let status = refusal(bed.proxy.dial("work").subprotocols(offered)).await?;
        assert_eq!(status, Some(400), "{offered:?}");
    }
    for offered in ["pop3.v1, binary", "binary,pop3.v1"] {
        let dial = bed.proxy.dial("work").subprotocols(Some(offered));
        let (tunnel, _) = dial.session().await.context(offered)?;
        assert_eq!(tunnel.subprotocol(), Some("pop3.v1"));
    }
    Ok(())
}

/// An answer to a request written by hand.
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Sends octets as they are, and reads until the proxy closes.
async fn exchange(proxy: SocketAddr, request: &[u8]) -> Result<Answer> {
    let mut stream = within("connecting", TcpStream::connect(proxy)).await?;
    within("sending", stream.write_all(request)).await?;
    let mut answer = Vec::new();
    within("the answer", stream.read_to_end(&mut answer)).await?;
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .context("no end of headers")?;
    let (head, body) = answer.split_at(end + 4);
    let head = String::from_utf8(head.to_vec())?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("no status")?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    Ok(Answer {
        status: status.parse()?,
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_vec(),
    })
}

async fn get(proxy: SocketAddr, target: &str) -> Result<Answer> {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {proxy}\r\nConnection: close\r\n\r\n");
    exchange(proxy, request.as_bytes()).await
}

#[tokio::test]
async fn the_list_of_servers_says_names_and_never_addresses() -> Result<()> {
    let bed = start(Setup::new()).await?;
    let answer = get(bed.proxy.address(), "/servers.json").await?;
    assert_eq!(answer.status, 200);
    let list: Value = serde_json::from_slice(&answer.body)?;
    let work = json!({ "name": "work", "title": "work", "tls": "none", "modes": ["proxy"] });
    assert_eq!(list, json!({ "servers": [work], "typedHosts": false }));
    Ok(())
}

/// Whatever is asked for, the answer carries the page's protection.
#[tokio::test]
async fn security_headers_are_on_every_answer() -> Result<()> {
    let bed = start(Setup::new()).await?;
    for target in ["/", "/servers.json", "/nothing-there", "/pop3", "/readyz"] {
        let answer = get(bed.proxy.address(), target).await?;
        let header = |name: &str| {
            answer
                .headers
                .get(name)
                .map(String::as_str)
                .unwrap_or_default()
        };
        assert_eq!(header("x-content-type-options"), "nosniff", "{target}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{target}");
        assert_eq!(
            header("cross-origin-opener-policy"),
            "same-origin",
            "{target}"
        );
        let csp = header("content-security-policy");
        assert!(csp.starts_with("default-src 'none';"), "{target}: {csp}");
        assert!(csp.contains("frame-ancestors 'none'"), "{target}: {csp}");
        assert!(!csp.contains("unsafe-inline"), "{target}: {csp}");
    }
    for target in ["/mail.html", "/mail-remote.html"] {
        let answer = get(bed.proxy.address(), target).await?;
        let csp = answer
            .headers
            .get("content-security-policy")
            .context("no policy")?;
        assert!(csp.starts_with("default-src 'none';"), "{csp}");
        assert!(!csp.contains("script-src"), "{csp}");
        assert_eq!(csp.contains("https:"), target.contains("remote"), "{csp}");
    }
    Ok(())
}

#[tokio::test]
async fn files_outside_the_page_cannot_be_had() -> Result<()> {
    let bed = start(Setup::new()).await?;
    for target in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/assets/../../package.json",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/index.html%00",
    ] {
        let answer = get(bed.proxy.address(), target).await?;
        assert!(
            (400..500).contains(&answer.status),
            "{target}: {}",
            answer.status
        );
        assert!(
            !answer.body.windows(5).any(|five| five == b"root:"),
            "{target}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn requests_that_are_no_handshake_are_refused() -> Result<()> {
    let bed = start(Setup::new()).await?;
    let proxy = bed.proxy.address();
    assert_eq!(get(proxy, "/pop3?server=work").await?.status, 426);

    let upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: pop3.v1\r\n";
    let sound = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let old = "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (method, rest, status) in [
        ("GET", "", 400),
        ("GET", old, 400),
        ("GET", "Sec-WebSocket-Version: 13\r\n", 400),
        ("POST", sound, 405),
    ] {
        let request = format!(
            "{method} /pop3?server=work HTTP/1.1\r\nHost: {proxy}\r\n{upgrade}{rest}\
             Content-Length: 0\r\n\r\n"
        )
        .replace("Connection: Upgrade", "Connection: close, Upgrade");
        let answer = exchange(proxy, request.as_bytes())
            .await
            .context(request.clone())?;
        assert_eq!(answer.status, status, "{request}");
    }
    assert_eq!(bed.upstream.observed().connections, 0);
    Ok(())
}

#[tokio::test]
async fn octets_that_are_no_http_end_the_connection() -> Result<()> {
    let bed = start(Setup::new()).await?;
    let proxy = bed.proxy.address();
    let endless = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(5_000));
    for (octets, statuses) in [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not a hello".as_slice(),
            [400, 400],
        ),
        (b"USER alice\r\nPASS secret\r\n\r\n", [400, 400]),
        (endless.as_bytes(), [431, 400]),
        (many.as_bytes(), [431, 400]),
    ] {
        // A connection that is reset while we still send is closed as well.
        if let Ok(answer) = exchange(proxy, octets).await {
            assert!(statuses.contains(&answer.status), "{}", answer.status);
        }
    }
    // And the proxy is still there for others.
    bed.proxy.dial("work").session().await?;
    Ok(())
}

/// A client that sends its headers one by one, for ever, is cut off.
#[tokio::test]
async fn headers_that_never_end() -> Result<()> {
    let bed = start(Setup::new()).await?;
    let mut stream = TcpStream::connect(bed.proxy.address()).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nX: ").await?;
    let mut answer = Vec::new();
    // The proxy's limit is ten seconds.
    let _ = within("the end", async {
        Ok::<_, anyhow::Error>(stream.read_to_end(&mut answer).await)
    })
    .await?;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
    Ok(())
}
