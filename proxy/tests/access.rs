//! Who may open sessions, where the configuration says who.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pop3_proxy::Config;
use sha2::{Digest, Sha256};
use support::log::Log;
use support::{Client, Running, listener, plain};
use tokio::net::TcpListener;

/// A token that must not be found in a log.
const TOKEN: &str = "canary-5b1d/8+e";

/// A proxy that knows `anna` by her token, with more keys at the top and in the table.
async fn start(general: &str, access: &str) -> (Running, TcpListener) {
    let (upstream, address) = listener().await;
    let digest: String = Sha256::digest(TOKEN)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let config = format!(
        "{general}\n{}[access]\ntokens = {{ anna = \"sha256:{digest}\" }}\n{access}\n",
        plain(address)
    );
    (Running::start(&config).await, upstream)
}

async fn open(proxy: &Running, headers: &[(&'static str, &str)]) -> Client {
    Client::try_open(proxy.address, "server=plain", headers)
        .await
        .unwrap()
}

fn subprotocols(token: &str) -> String {
    format!("pop3.v1, bearer.{}", URL_SAFE_NO_PAD.encode(token))
}

#[tokio::test]
async fn a_token_opens_sessions_in_a_header_or_among_the_subprotocols() {
    let (proxy, _upstream) = start("", "").await;
    for headers in [
        ("authorization", format!("Bearer {TOKEN}")),
        ("sec-websocket-protocol", subprotocols(TOKEN)),
    ] {
        // The test's client checks that the subprotocol chosen is pop3.v1, whatever is offered.
        let mut client = open(&proxy, &[(headers.0, &headers.1)]).await;
        client.connected().await;
    }
}

#[tokio::test]
async fn without_a_token_that_is_known_nothing_is_told_but_that() {
    let (proxy, upstream) = start("", "").await;
    let wrong = subprotocols("canary-5b1d");
    let refused: &[&[(&'static str, &str)]] = &[
        &[],
        &[("authorization", "Bearer canary-5b1d")],
        &[("authorization", "Basic canary-5b1d/8+e")],
        &[("sec-websocket-protocol", &wrong)],
        &[("cookie", "token=canary-5b1d/8+e")],
        &[("x-remote-user", "anna")],
    ];
    for headers in refused {
        let mut client = open(&proxy, headers).await;
        client.expect_close(4014, "unauthorized").await;
    }
    // A token in the URL is none, and not even the names of servers are told.
    for query in ["server=nobody", &format!("server=plain&token={TOKEN}")] {
        let mut client = Client::open(proxy.address, query).await;
        client.expect_close(4014, "unauthorized").await;
    }
    let dialled = tokio::time::timeout(std::time::Duration::from_millis(50), upstream.accept());
    assert!(dialled.await.is_err());
}

#[tokio::test]
async fn a_user_is_believed_from_a_trusted_proxy_alone() {
    let header = "user-header = \"X-Remote-User\"";
    let (proxy, _upstream) = start("trusted-proxies = [\"127.0.0.1\"]", header).await;
    let mut client = open(&proxy, &[("x-remote-user", "anna")]).await;
    client.connected().await;
    let mut nobody = open(&proxy, &[]).await;
    nobody.expect_close(4014, "unauthorized").await;
    let mut both = open(&proxy, &[("x-remote-user", "")]).await;
    both.expect_close(4014, "unauthorized").await;
    // The same request to a proxy that trusts somebody else.
    let (proxy, _upstream) = start("trusted-proxies = [\"192.0.2.1\"]", header).await;
    let mut forged = open(&proxy, &[("x-remote-user", "anna")]).await;
    forged.expect_close(4014, "unauthorized").await;
}

#[tokio::test]
async fn guesses_cost_as_much_as_sessions() {
    let pace = "[per-client]\nnew-sessions-per-second = 1\nnew-sessions-burst = 2\n";
    let (proxy, _upstream) = start("", pace).await;
    let tries = (0..40).map(|_| async {
        let mut client = open(&proxy, &[("authorization", "Bearer guess")]).await;
        client.next().await
    });
    let ends = futures_util::future::join_all(tries).await;
    let limited = support::Seen::Closed(4002, "rate-limited".to_owned());
    let told = support::Seen::Closed(4014, "unauthorized".to_owned());
    assert!(ends.contains(&limited));
    assert!(
        ends.iter().all(|end| *end == limited || *end == told),
        "{ends:?}"
    );
}

#[tokio::test]
async fn the_log_names_the_holder_and_never_the_token() {
    let log = Log::capture();
    let (proxy, _upstream) = start("", "").await;
    let offered = subprotocols(TOKEN);
    let mut client = open(&proxy, &[("sec-websocket-protocol", &offered)]).await;
    client.connected().await;
    client.0.close(None).await.unwrap();
    client.next().await;
    let mut refused = open(&proxy, &[("authorization", "Bearer canary-wrong")]).await;
    refused.expect_close(4014, "unauthorized").await;
    assert!(
        log.line("refused a session").contains("table access"),
        "{}",
        log.text()
    );
    assert!(log.text().contains("user=\"anna\""), "{}", log.text());
    // What this crate logs: the client's library, which runs here as well, shows what it sends.
    let encoded = URL_SAFE_NO_PAD.encode(TOKEN);
    for line in log
        .text()
        .lines()
        .filter(|line| line.contains("pop3_proxy"))
    {
        assert!(
            !line.contains("canary") && !line.contains(&encoded),
            "{line}"
        );
    }
    // And the configuration in Debug.
    let config = Config::from_toml(&format!(
        "[servers.a]\nhost = \"a\"\n[access]\ntokens = {{ anna = \"sha256:{}\" }}\n",
        "ab".repeat(32)
    ));
    assert!(!format!("{:?}", config.unwrap()).contains("171, 171"));
}
