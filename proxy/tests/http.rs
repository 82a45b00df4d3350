//! What the proxy answers over HTTP: statuses, headers, and who may upgrade.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use support::{Answer, Client, Running, http, listener, plain};

const SERVERS: &str = r#"
[servers.b]
title = "Second"
host = "secret-host.example.org"
port = 4321
end-to-end = "forbidden"
[servers.a]
host = "192.0.2.77"
tls = "starttls"
[servers.c]
host = "c.example.org"
tls = "insecure-plaintext"
"#;

const UPGRADE: [&str; 4] = [
    "connection: upgrade, close",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
];

const PAGE_CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; \
    frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types lit-html dompurify pop3-wasm-worker";

#[tokio::test]
async fn servers_are_listed_without_their_addresses() {
    let proxy = Running::start(SERVERS).await;
    let answer = http(proxy.address, "GET /servers.json", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let list: Value = serde_json::from_str(&answer.body).unwrap();
    let expected = json!({"servers": [
        {"name": "a", "title": "a", "tls": "starttls", "modes": ["proxy"]},
        {"name": "b", "title": "Second", "tls": "implicit", "modes": ["proxy"]},
        {"name": "c", "title": "c", "tls": "none", "modes": ["proxy"]},
    ], "typedHosts": false});
    assert_eq!(list, expected);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let proxy = Running::start(SERVERS).await;
    let expected = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-dns-prefetch-control", "off"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    let paths = [
        "/",
        "/index.html",
        "/servers.json",
        "/healthz",
        "/readyz",
        "/pop3",
        "/no/such",
        "/mail.html",
    ];
    for path in paths {
        for method in ["GET", "HEAD", "POST"] {
            let answer = http(proxy.address, &format!("{method} {path}"), &[]).await;
            for (name, value) in expected {
                assert_eq!(
                    answer.header(name),
                    Some(value),
                    "{method} {path}: {}",
                    answer.head
                );
            }
            let permissions = answer.header("permissions-policy").unwrap();
            assert!(permissions.contains("camera=()"), "{permissions}");
        }
    }
}

#[tokio::test]
async fn the_page_and_the_mail_frames_have_policies_of_their_own() {
    let proxy = Running::start(SERVERS).await;
    let frame = |images: &str| {
        format!(
            "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; font-src data:; \
             form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
        )
    };
    for (path, csp) in [
        ("/", PAGE_CSP.to_owned()),
        ("/assets/x.js", PAGE_CSP.to_owned()),
        ("/mail.html", frame("data: blob:")),
        ("/mail-remote.html", frame("data: blob: https:")),
    ] {
        let answer = http(proxy.address, &format!("GET {path}"), &[]).await;
        assert_eq!(
            answer.header("content-security-policy"),
            Some(csp.as_str()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let proxy = Running::start(SERVERS).await;
    for (request, status) in [
        ("GET /no/such/file", 404),
        ("GET /../Cargo.toml", 404),
        ("GET /assets/../../Cargo.toml", 404),
        ("GET /%2e%2e/Cargo.toml", 404),
        ("GET //etc/passwd", 404),
        ("POST /", 405),
        ("PUT /servers.json", 405),
        ("DELETE /pop3", 405),
    ] {
        let answer = http(proxy.address, request, &[]).await;
        assert_eq!(answer.status, status, "{request}");
    }
}

#[tokio::test]
async fn what_differs_from_client_to_client_is_not_compressed() {
    let proxy = Running::start(SERVERS).await;
    for path in ["/servers.json", "/pop3", "/healthz"] {
        let header = "accept-encoding: br, gzip";
        let answer = http(proxy.address, &format!("GET {path}"), &[header]).await;
        assert_eq!(answer.header("content-encoding"), None, "{path}");
    }
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let proxy = Running::start(SERVERS).await;
    for (path, word) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = http(proxy.address, &format!("GET {path}"), &[]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, word));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

async fn upgrade(proxy: &Running, more: &[&str]) -> Answer {
    let headers: Vec<&str> = UPGRADE.iter().chain(more).copied().collect();
    http(proxy.address, "GET /pop3?server=a", &headers).await
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_told_so() {
    let proxy = Running::start(SERVERS).await;
    let answer = http(proxy.address, "GET /pop3?server=a", &[]).await;
    assert_eq!(
        (answer.status, answer.header("upgrade")),
        (426, Some("websocket"))
    );

    let offered = "sec-websocket-protocol: pop3.v1";
    let without = |part: &str| -> Vec<&str> {
        let kept = UPGRADE
            .iter()
            .filter(|header| !header.starts_with(part))
            .copied();
        kept.chain([offered]).collect()
    };
    for part in ["sec-websocket-version", "sec-websocket-key"] {
        let answer = http(proxy.address, "GET /pop3?server=a", &without(part)).await;
        assert_eq!(
            (answer.status, answer.header("sec-websocket-version")),
            (400, Some("13"))
        );
    }
}

#[tokio::test]
async fn the_subprotocol_must_be_offered() {
    let proxy = Running::start(SERVERS).await;
    for more in [
        &[][..],
        &["sec-websocket-protocol: binary, pop3.v2, pop3.v11"],
    ] {
        let answer = upgrade(&proxy, more).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains("pop3.v1"), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_subprotocol_is_found_among_others() {
    let (upstream, address) = listener().await;
    let proxy = Running::start(&plain(address)).await;
    let offers = [("sec-websocket-protocol", "binary, pop3.v1")];
    let opened = Client::try_open(proxy.address, "server=plain", &offers).await;
    support::accepted(&upstream).await;
    opened.unwrap().connected().await;
}

#[tokio::test]
async fn other_pages_are_refused_and_the_own_page_is_not() {
    let (upstream, address) = listener().await;
    let proxy = Running::start(&plain(address)).await;
    let port = proxy.address.port();
    for origin in [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        String::new(),
        format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1".to_owned(),
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://localhost.evil.example:{port}"),
    ] {
        // Also when Host agrees with it, as it would after DNS rebinding.
        let host = format!("host: {}", origin.rsplit('/').next().unwrap());
        let headers = [
            &format!("origin: {origin}"),
            "sec-websocket-protocol: pop3.v1",
            &host,
        ];
        let answer = upgrade(&proxy, &headers).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let origin = format!("http://{host}:{port}");
        let opened = Client::try_open(proxy.address, "server=plain", &[("origin", &origin)]).await;
        support::accepted(&upstream).await;
        opened.unwrap().connected().await;
    }
}

#[tokio::test]
async fn configured_origins_replace_the_own_one() {
    let (upstream, address) = listener().await;
    let config = format!(
        "origins = [\"https://mail.example.org\"]\n{}",
        plain(address)
    );
    let proxy = Running::start(&config).await;
    let own = format!("origin: {}", proxy.origin());
    let answer = upgrade(&proxy, &[&own, "sec-websocket-protocol: pop3.v1"]).await;
    assert_eq!(answer.status, 403);

    let origin = [("origin", "https://mail.example.org")];
    let opened = Client::try_open(proxy.address, "server=plain", &origin).await;
    support::accepted(&upstream).await;
    opened.unwrap().connected().await;
}

#[tokio::test]
async fn two_origins_in_one_request_are_refused() {
    let proxy = Running::start(SERVERS).await;
    let own = format!("origin: {}", proxy.origin());
    let answer = upgrade(&proxy, &[&own, &own, "sec-websocket-protocol: pop3.v1"]).await;
    assert_eq!(answer.status, 403);
}
