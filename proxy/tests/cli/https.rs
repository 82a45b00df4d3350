//! What the program says of certificates: at the start, and when they change.

use std::path::Path;
use std::time::Duration;

use crate::program::{Serving, outcome, program, write_config};
use crate::support::PATIENCE;
use crate::tls::{Issued, shown};

const SERVER: &str = "[servers.a]\nhost = \"192.0.2.1\"\ntls = \"insecure-plaintext\"\n";

/// The configuration, with a second address that speaks HTTP, by which `Serving` finds the program.
fn configure(issued: &Issued) {
    let listen = "listen = [{ address = \"127.0.0.1:0\", https = false }, \"127.0.0.1:0\"]\n";
    let config = format!("{listen}{}\n{SERVER}", issued.config());
    write_config(issued.folder.path(), &config);
}

#[tokio::test]
async fn a_pair_of_no_use_is_one_line_at_the_start_that_names_the_key() {
    let issued = Issued::new();
    configure(&issued);
    let good = issued.issue();
    let other = issued.issue();
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let (certificate, key) = (good.certificate.as_str(), good.key.as_str());
    for (certificate, key, said) in [
        (
            certificate,
            other.key.as_str(),
            &[
                "https.key: ",
                "key.pem is not the key of the first certificate in",
            ][..],
        ),
        (
            certificate,
            "",
            &["https.key: ", "holds no private key in PEM form"],
        ),
        (
            certificate,
            certificate,
            &["https.key: ", "holds no private key"],
        ),
        (
            certificate,
            encrypted,
            &["https.key: ", "is encrypted", "without a passphrase"],
        ),
        (
            "",
            key,
            &["https.certificate: ", "holds no certificate in PEM form"],
        ),
        (key, key, &["https.certificate: ", "holds no certificate"]),
        (
            no_certificate,
            key,
            &["https.certificate: ", "cannot be used"],
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAA",
            key,
            &["https.certificate: ", "no PEM file"],
        ),
    ] {
        std::fs::write(issued.path("certificate.pem"), certificate).unwrap();
        std::fs::write(issued.path("key.pem"), key).unwrap();
        for flags in [&[][..], &["--check-config"]] {
            let (code, stdout, stderr) = outcome(program(issued.folder.path()).args(flags)).await;
            assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            for part in said {
                assert!(stderr.contains(part), "{stderr}");
            }
            assert!(!stderr.contains("BEGIN"), "{stderr}");
        }
    }
}

/// The certificate that is shown at the program's second address.
async fn certificate(issued: &Issued, url: &str) -> Vec<u8> {
    let address = url.strip_prefix("https://").unwrap();
    let address = address.strip_suffix('/').unwrap().parse().unwrap();
    shown(&issued.connect(address, &[]).await.unwrap())
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[tokio::test]
async fn a_broken_renewal_is_one_line_and_the_old_pair_stays() {
    let issued = Issued::new();
    configure(&issued);
    let folder = issued.folder.path();
    let (old, new) = (issued.issue(), issued.issue());
    old.write(folder);
    let (mut serving, urls) =
        Serving::start_with_urls(program(folder).args(["--log", "info"])).await;

    // The certificate comes first, and its key only later.
    write(folder, "certificate.pem", &new.certificate);
    let line = serving.logged("https.key: ").await;
    assert!(line.contains("is not the key of"), "{line}");
    assert!(line.contains("read before stays in use"), "{line}");
    assert_eq!(certificate(&issued, &urls[1]).await, old.der);
    // It is looked at every two seconds; said it is once.
    tokio::time::sleep(Duration::from_secs(5)).await;
    write(folder, "key.pem", &new.key);
    serving.logged("the certificate was renewed").await;
    assert_eq!(certificate(&issued, &urls[1]).await, new.der);

    std::fs::remove_file(folder.join("key.pem")).unwrap();
    let line = serving.logged("https.key: ").await;
    assert!(line.contains("cannot read"), "{line}");
    assert_eq!(certificate(&issued, &urls[1]).await, new.der);

    serving.signal("TERM").await;
    let ended = tokio::time::timeout(PATIENCE, serving.ended()).await;
    let (code, _, log) = ended.unwrap();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches("https.key: ").count(), 2, "{log}");
    assert!(!log.contains("PRIVATE"), "{log}");
}
