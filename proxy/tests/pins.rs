//! Pinned certificates: besides the authorities, and instead of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use sha2::{Digest, Sha256};
use support::authority::{Authority, acceptor, before_tls};
use support::log::Log;
use support::{Client, Running, accepted, listener, soon};

fn hex(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The pin of the whole certificate.
fn cert(certificate: &CertificateDer<'_>) -> String {
    format!("cert-sha256:{}", hex(certificate))
}

/// The pin of the key, as OpenSSL writes digests.
fn spki(key: &KeyPair) -> String {
    let digits = hex(&key.subject_public_key_info()).to_uppercase();
    let pairs: Vec<&str> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).unwrap())
        .collect();
    format!("spki-sha256:{}", pairs.join(":"))
}

/// Opens a session with a server that shows this certificate. Gives what the client is told: 0 for
/// `connected`, or the close code.
async fn outcome(
    config: impl Fn(u16) -> String,
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
) -> u16 {
    let mut codes = Vec::new();
    for (mode, version) in [
        ("implicit", &TLS13),
        ("implicit", &TLS12),
        ("starttls", &TLS13),
    ] {
        let (upstream, address) = listener().await;
        let config = config(address.port()).replace("MODE", mode);
        let proxy = Running::start(&config).await;
        let mut client = Client::open(proxy.address, "server=mail").await;
        let mut stream = accepted(&upstream).await;
        if mode == "starttls" {
            before_tls(&mut stream).await;
        }
        let server = acceptor(certificate.clone(), key, version).accept(stream);
        let _server = soon(server).await;
        codes.push(match client.next().await {
            support::Seen::Event(_) => 0,
            support::Seen::Closed(code, _) => code,
            other => panic!("{other:?}"),
        });
    }
    assert!(codes.windows(2).all(|pair| pair[0] == pair[1]), "{codes:?}");
    codes[0]
}

/// The server `mail`, with more keys.
fn mail(more: String) -> impl Fn(u16) -> String {
    move |port| {
        format!("[servers.mail]\nhost = \"localhost\"\nport = {port}\ntls = \"MODE\"\n{more}")
    }
}

#[tokio::test]
async fn pins_are_asked_for_besides_the_authorities() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (key, next) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let good = authority.issue("localhost", 2999, &key);
    let renewed = authority.issue("localhost", 2998, &key);
    let ca = authority.file.path().to_str().unwrap().to_owned();
    let pinned = |pins: &[&str]| mail(format!("ca-file = {ca:?}\npins = {pins:?}\n"));

    assert_eq!(outcome(pinned(&[&cert(&good)]), &good, &key).await, 0);
    assert_eq!(outcome(pinned(&[&spki(&key)]), &good, &key).await, 0);
    // The next key's pin is there already, so that it can be changed without an outage.
    assert_eq!(
        outcome(pinned(&[&spki(&next), &spki(&key)]), &good, &key).await,
        0
    );
    // With the same key renewed: the key is the same, the certificate another.
    assert_eq!(outcome(pinned(&[&spki(&key)]), &renewed, &key).await, 0);
    assert_eq!(outcome(pinned(&[&cert(&good)]), &renewed, &key).await, 4007);
    // Vouched for, and not the pinned one.
    let replaced = authority.issue("localhost", 2999, &next);
    assert_eq!(
        outcome(pinned(&[&spki(&key)]), &replaced, &next).await,
        4007
    );
    // The pinned key, and not vouched for, out of date, or another's name.
    for (certificate, what) in [
        (other.issue("localhost", 2999, &key), "another authority"),
        (authority.issue("localhost", 2002, &key), "expired"),
        (authority.issue("example.org", 2999, &key), "another name"),
    ] {
        let pins = [&*spki(&key), &cert(&certificate)];
        assert_eq!(
            outcome(pinned(&pins), &certificate, &key).await,
            4007,
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_pin_may_suffice_for_a_server_that_signs_its_own() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["somebody.example".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let own = params.self_signed(&key).unwrap().der().clone();
    let suffices = |pin: &str| mail(format!("pins = [{pin:?}]\npins-suffice = true\n"));
    assert_eq!(outcome(suffices(&spki(&key)), &own, &key).await, 0);
    assert_eq!(outcome(suffices(&cert(&own)), &own, &key).await, 0);
    // Another certificate, even one in good order.
    let (authority, next) = (Authority::new(), KeyPair::generate().unwrap());
    let other = authority.issue("localhost", 2999, &next);
    assert_eq!(outcome(suffices(&spki(&key)), &other, &next).await, 4007);
}

/// Who shows the pinned certificate must also have its key: a certificate is no secret.
#[tokio::test]
async fn a_pinned_certificate_without_its_key_is_refused() {
    let (key, thief) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let own = own.self_signed(&key).unwrap().der().clone();
    for version in [&TLS13, &TLS12] {
        let (upstream, address) = listener().await;
        let config = mail(format!("pins = [{:?}]\npins-suffice = true\n", cert(&own)));
        let config = config(address.port()).replace("MODE", "implicit");
        let proxy = Running::start(&config).await;
        let mut client = Client::open(proxy.address, "server=mail").await;
        let signing = support::authority::unmatched(own.clone(), &thief, version);
        assert!(
            soon(signing.accept(accepted(&upstream).await))
                .await
                .is_err()
        );
        client.expect_close(4007, "tls-certificate").await;
    }
}

#[tokio::test]
async fn the_log_names_the_mismatch_and_what_was_shown() {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let own = own.self_signed(&key).unwrap().der().clone();
    let pin = format!("cert-sha256:{}", "00".repeat(32));
    let log = Log::capture();
    let config = mail(format!("pins = [{pin:?}]\npins-suffice = true\n"));
    let (upstream, address) = listener().await;
    let proxy = Running::start(&config(address.port()).replace("MODE", "implicit")).await;
    let mut client = Client::open(proxy.address, "server=mail").await;
    let server = acceptor(own.clone(), &key, &TLS13);
    let _ = soon(server.accept(accepted(&upstream).await)).await;
    client.expect_close(4007, "tls-certificate").await;
    let line = log.line("server not reached");
    assert!(line.contains("none of the pins matches"), "{line}");
    // What to put in the configuration, if it is right.
    assert!(line.contains(&cert(&own)), "{line}");
    let key = spki(&key)
        .to_lowercase()
        .replace(':', "")
        .replace("sha256", "sha256:");
    assert!(line.contains(&key), "{line}");
}
