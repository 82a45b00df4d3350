//! HTTP/2: the page, and WebSockets by extended CONNECT (RFC 8441), with hyper's client.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use hyper::client::conn::http2::SendRequest;
use hyper::ext::Protocol;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::support::{Client, Running, accepted, listener, plain, soon};
use crate::tls::Issued;

type Session = Client<TokioIo<Upgraded>>;

async fn connect(issued: &Issued, proxy: &Running) -> SendRequest<Body> {
    connect_and_watch(issued, proxy).await.0
}

/// The same, with a task that ends when the connection does.
async fn connect_and_watch(
    issued: &Issued,
    proxy: &Running,
) -> (SendRequest<Body>, JoinHandle<hyper::Result<()>>) {
    let stream = issued.connect(proxy.address, &[b"h2"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let handshake =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (requests, connection) = soon(handshake).await.unwrap();
    (requests, tokio::spawn(connection))
}

fn get(path: &str) -> Request<Body> {
    let url = format!("https://localhost{path}");
    Request::get(url).body(Body::empty()).unwrap()
}

/// The request for a session, as a browser sends it.
fn opening(server: &str, origin: Option<&str>) -> Request<Body> {
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(format!("https://localhost/pop3?server={server}"))
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "pop3.v1")
        .extension(Protocol::from_static("websocket"));
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    request.body(Body::empty()).unwrap()
}

async fn open(requests: &mut SendRequest<Body>, request: Request<Body>) -> Session {
    let response = soon(requests.send_request(request)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["sec-websocket-protocol"], "pop3.v1");
    let upgraded = soon(hyper::upgrade::on(response)).await.unwrap();
    let io = TokioIo::new(upgraded);
    Client(WebSocketStream::from_raw_socket(io, Role::Client, None).await)
}

#[tokio::test]
async fn page_and_sessions_share_a_connection() {
    let issued = Issued::new();
    let (upstream, address) = listener().await;
    let proxy = Running::start(&format!("{}\n{}", issued.config(), plain(address))).await;
    let mut requests = connect(&issued, &proxy).await;
    // The server's settings have come with its first answer.
    let list = soon(requests.send_request(get("/servers.json")))
        .await
        .unwrap();
    assert_eq!(list.status(), StatusCode::OK);
    assert!(list.headers().contains_key("strict-transport-security"));

    let origin = format!("https://localhost:{}", proxy.address.port());
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let mut client = open(&mut requests, opening("plain", Some(&origin))).await;
        let server = accepted(&upstream).await;
        client.connected().await;
        sessions.push((client, server));
    }
    // Mail in both, at the same time, past every window.
    let mail = vec![b'x'; 300_000];
    for (client, server) in &mut sessions {
        let sending = async { server.write_all(&mail).await.unwrap() };
        tokio::join!(sending, client.expect(&mail));
        client.send(b"QUIT\r\n").await;
        let mut quit = [0; 6];
        soon(server.read_exact(&mut quit)).await.unwrap();
        assert_eq!(&quit, b"QUIT\r\n");
    }
    // One ends, the other goes on.
    let (mut first, server) = sessions.remove(0);
    drop(server);
    first.expect_close(1000, "upstream-closed").await;
    let (client, server) = &mut sessions[0];
    server.write_all(b"+OK still here\r\n").await.unwrap();
    client.expect(b"+OK still here\r\n").await;
}

#[tokio::test]
async fn refusals_are_the_same_as_over_http_1_1() {
    let issued = Issued::new();
    let config = format!("{}\n[servers.a]\nhost = \"192.0.2.1\"\n", issued.config());
    let proxy = Running::start(&config).await;
    let mut requests = connect(&issued, &proxy).await;
    soon(requests.send_request(get("/"))).await.unwrap();

    let mut unknown = open(&mut requests, opening("nope", None)).await;
    unknown.expect_close(4000, "unknown-server").await;

    let mut without_version = opening("a", None);
    without_version
        .headers_mut()
        .remove("sec-websocket-version");
    let mut without_protocol = opening("a", None);
    without_protocol
        .headers_mut()
        .remove("sec-websocket-protocol");
    let mut another_protocol = opening("a", None);
    let elsewhere = Protocol::from_static("connect-udp");
    another_protocol.extensions_mut().insert(elsewhere);
    for (request, status) in [
        (opening("a", Some("https://evil.example")), 403),
        (without_version, 400),
        (without_protocol, 400),
        (another_protocol, 426),
        (get("/pop3?server=a"), 426),
    ] {
        let response = soon(requests.send_request(request)).await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_session_and_a_stop_ends_all() {
    let issued = Issued::new();
    let (upstream, address) = listener().await;
    let limits = "shutdown-grace = \"100ms\"";
    let config = format!("{limits}\n{}\n{}", issued.config(), plain(address));
    let mut proxy = Running::start(&config).await;
    let mut requests = connect(&issued, &proxy).await;
    soon(requests.send_request(get("/"))).await.unwrap();
    let mut left = open(&mut requests, opening("plain", None)).await;
    let mut server = accepted(&upstream).await;
    left.connected().await;
    let mut stays = open(&mut requests, opening("plain", None)).await;
    let _server = accepted(&upstream).await;
    stays.connected().await;

    drop(left);
    let mut rest = Vec::new();
    soon(server.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(rest, b"");

    proxy.stop();
    stays.expect_close(4011, "draining").await;
    proxy.ended().await;
}

/// While it carries a session it has no place among the connections, so it does not stay without one.
#[tokio::test]
async fn a_connection_ends_with_the_last_of_its_sessions() {
    let issued = Issued::new();
    let (upstream, address) = listener().await;
    let proxy = Running::start(&format!("{}\n{}", issued.config(), plain(address))).await;
    let (mut requests, connection) = connect_and_watch(&issued, &proxy).await;
    soon(requests.send_request(get("/"))).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let mut client = open(&mut requests, opening("plain", None)).await;
        let server = accepted(&upstream).await;
        client.connected().await;
        sessions.push((client, server));
    }
    let (mut first, server) = sessions.remove(0);
    drop(server);
    first.expect_close(1000, "upstream-closed").await;
    drop(first);
    let again = soon(requests.send_request(get("/healthz"))).await;
    assert_eq!(again.unwrap().status(), StatusCode::OK);
    let (mut last, server) = sessions.remove(0);
    drop(server);
    last.expect_close(1000, "upstream-closed").await;
    drop(last);
    soon(connection).await.unwrap().unwrap();
}

#[tokio::test]
async fn headers_and_streams_are_bounded() {
    let issued = Issued::new();
    let (upstream, address) = listener().await;
    let config = format!("{}\n{}", issued.config(), plain(address));
    let proxy = Running::start(&config).await;
    let mut requests = connect(&issued, &proxy).await;
    soon(requests.send_request(get("/"))).await.unwrap();
    let mut large = get("/");
    let value = "x".repeat(20_000).parse().unwrap();
    large.headers_mut().insert("x-large", value);
    // Either the answer 431 (RFC 6585), or the stream's end.
    if let Ok(response) = soon(requests.send_request(large)).await {
        assert_eq!(response.status(), 431);
    }
    // As many streams as are allowed, and one more, which has to wait until one of them ends.
    let mut sessions = Vec::new();
    for _ in 0..32 {
        let mut client = open(&mut requests, opening("plain", None)).await;
        let server = accepted(&upstream).await;
        client.connected().await;
        sessions.push((client, server));
    }
    let mut waiting = Box::pin(requests.send_request(get("/servers.json")));
    let some_time = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(some_time, &mut waiting).await.is_err());
    let (mut client, server) = sessions.remove(0);
    drop(server);
    client.expect_close(1000, "upstream-closed").await;
    drop(client);
    assert_eq!(soon(waiting).await.unwrap().status(), 200);
}
