//! What may be typed, and what is made of it.

use super::*;
use crate::config::Config;

fn policy(more: &str) -> TypedPolicy {
    let authority = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&authority)
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate.pem()).unwrap();
    let ca = file.path().to_str().unwrap();
    let text = format!("[typed-hosts]\nenabled = true\nca-file = {ca:?}\n{more}");
    let config = Config::from_toml(&text).unwrap();
    TypedPolicy::new(&config.typed_hosts).unwrap().unwrap()
}

/// What is typed, what the session is called then, and the host that is dialled.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "pop.example.org:995",
        "pop.example.org:995",
        "pop.example.org",
    ),
    (
        "pop.example.org:110",
        "pop.example.org:110",
        "pop.example.org",
    ),
    (
        "POP.Example.ORG:995",
        "pop.example.org:995",
        "pop.example.org",
    ),
    (
        "pop.example.org.:995",
        "pop.example.org:995",
        "pop.example.org",
    ),
    (
        "xn--bcher-kva.example:995",
        "xn--bcher-kva.example:995",
        "xn--bcher-kva.example",
    ),
    ("a_b.example:995", "a_b.example:995", "a_b.example"),
    ("1.2.3.example:995", "1.2.3.example:995", "1.2.3.example"),
    // A name that only begins like an address; what it resolves to is judged when it is dialled.
    (
        "127.0.0.1.nip.example:995",
        "127.0.0.1.nip.example:995",
        "127.0.0.1.nip.example",
    ),
    ("8.8.8.8:995", "8.8.8.8:995", "8.8.8.8"),
    ("[2a00::1]:110", "[2a00::1]:110", "2a00::1"),
    ("[2A00:0:0::1]:995", "[2a00::1]:995", "2a00::1"),
    ("[::ffff:8.8.8.8]:995", "8.8.8.8:995", "8.8.8.8"),
    (
        "[64:ff9b::8.8.8.8]:995",
        "[64:ff9b::808:808]:995",
        "64:ff9b::808:808",
    ),
];

/// Everything else, with a part of what the log says of it.
const REFUSED: &[(&str, &str)] = &[
    (":", "port"),
    (":995", "neither"),
    ("pop.example.org:", "port"),
    ("pop.example.org:25", "port"),
    ("pop.example.org:143", "port"),
    ("pop.example.org:80", "port"),
    ("pop.example.org:0995", "port"),
    ("pop.example.org:+995", "port"),
    ("pop.example.org: 995", "port"),
    ("pop.example.org:995 ", "port"),
    ("pop.example.org:65536", "port"),
    ("pop.example.org:995:22", "port"),
    ("pop.example.org:22:995", "neither"),
    ("pop.example.org:995/", "port"),
    ("//pop.example.org:995", "neither"),
    ("user@pop.example.org:995", "neither"),
    ("pop.example.org\u{0}:995", "neither"),
    ("pop.example.org\r\n:995", "neither"),
    ("pop example.org:995", "neither"),
    ("pop..example.org:995", "neither"),
    ("pop.example.org..:995", "neither"),
    (".example.org:995", "neither"),
    ("-pop.example.org:995", "neither"),
    ("b\u{fc}cher.example:995", "neither"),
    ("\u{ff11}\u{ff12}\u{ff17}.0.0.1:995", "neither"),
    // Somebody in the proxy's own domain.
    ("localhost:995", "neither"),
    ("mail:110", "neither"),
    ("localhost.:995", "neither"),
    // Addresses in spellings that resolvers take.
    ("127.1:995", "neither"),
    ("2130706433:995", "neither"),
    ("017700000001:995", "neither"),
    ("0177.0.0.1:995", "neither"),
    ("0x7f.0.0.1:995", "neither"),
    ("0x7f000001:995", "neither"),
    ("127.0.0.0x1:995", "neither"),
    ("127.0.0.1.:995", "neither"),
    ("127.000.000.001:995", "neither"),
    ("08.8.8.8:995", "neither"),
    ("8.8.2056:995", "neither"),
    ("1.2.3.4.5:995", "neither"),
    // Addresses that are not public.
    ("127.0.0.1:995", "loopback"),
    ("0.0.0.0:995", "unspecified"),
    ("10.0.0.1:995", "private"),
    ("169.254.169.254:995", "link-local"),
    ("100.100.100.200:110", "carrier"),
    ("168.63.129.16:110", "metadata"),
    ("[::]:995", "unspecified"),
    ("[::1]:995", "loopback"),
    ("[0:0:0:0:0:0:0:1]:995", "loopback"),
    ("[::ffff:127.0.0.1]:995", "loopback"),
    ("[::ffff:a9fe:a9fe]:995", "link-local"),
    ("[::127.0.0.1]:995", "IPv4-compatible"),
    ("[64:ff9b::127.0.0.1]:995", "loopback"),
    ("[64:ff9b:1::1]:995", "NAT64"),
    ("[2002:7f00:1::1]:995", "6to4"),
    ("[2001:0:1::1]:995", "Teredo"),
    ("[fe80::1]:995", "link-local"),
    ("[fd00:ec2::254]:995", "unique local"),
    ("[ff02::1]:995", "multicast"),
    // IPv6 that is none, or has no brackets.
    ("[fe80::1%25eth0]:995", "neither"),
    ("[2a00::1%eth0]:995", "neither"),
    ("2a00::1:995", "neither"),
    ("[8.8.8.8]:995", "neither"),
    ("[pop.example.org]:995", "neither"),
    ("[]:995", "neither"),
];

#[test]
fn names_and_public_addresses_may_be_typed() {
    let policy = policy("");
    for (typed, name, host) in ALLOWED {
        let target = policy
            .target(typed)
            .unwrap_or_else(|why| panic!("{typed}: {why:?}"));
        assert_eq!(
            (target.name.as_str(), target.server.host.as_str()),
            (*name, *host)
        );
        // The port decides how TLS begins, and there is TLS in any case.
        let (port, tls) = match typed.ends_with(":995") {
            true => (995, Tls::Implicit),
            false => (110, Tls::Starttls),
        };
        assert_eq!(
            (target.server.port(), target.server.tls),
            (port, tls),
            "{typed}"
        );
        assert!(matches!(target.connector, Connector::Tls { .. }), "{typed}");
        assert!(matches!(target.reach, Reach::Public(_)), "{typed}");
    }
}

#[test]
fn nothing_else_may_be_typed() {
    let policy = policy("");
    for (typed, why) in REFUSED {
        match policy.target(typed) {
            Ok(target) => panic!("{typed:?} became {}", target.name),
            Err(NotAllowed(told)) => assert!(told.contains(why), "{typed:?}: {told}"),
        }
    }
    let long = format!("{}.example:995", "a.".repeat(130));
    assert!(policy.target(&long).is_err());
}

/// The lists, what is typed, and whether it may be.
const LISTS: &[(&str, &str, bool)] = &[
    (
        "allow-domains = [\"Example.org\"]",
        "pop.example.org:995",
        true,
    ),
    ("allow-domains = [\"example.org\"]", "example.org:995", true),
    (
        "allow-domains = [\"example.org\"]",
        "a.b.example.org.:995",
        true,
    ),
    (
        "allow-domains = [\"example.org\"]",
        "badexample.org:995",
        false,
    ),
    (
        "allow-domains = [\"example.org\"]",
        "example.org.evil.example:995",
        false,
    ),
    (
        "allow-domains = [\"example.org\"]",
        "example.net:995",
        false,
    ),
    ("allow-domains = [\"example.org\"]", "8.8.8.8:995", false),
    (
        "allow-domains = [\"example.org\", \"example.net\"]",
        "pop.example.net:995",
        true,
    ),
    (
        "deny-domains = [\"example.org\"]",
        "pop.example.org:995",
        false,
    ),
    (
        "deny-domains = [\"example.org\"]",
        "POP.EXAMPLE.ORG.:995",
        false,
    ),
    (
        "deny-domains = [\"example.org\"]",
        "pop.example.net:995",
        true,
    ),
    ("deny-domains = [\"example.org\"]", "8.8.8.8:995", true),
    (
        "allow-domains = [\"example.org\"]\ndeny-domains = [\"in.example.org\"]",
        "pop.in.example.org:995",
        false,
    ),
    (
        "allow-domains = [\"example.org\"]\ndeny-domains = [\"in.example.org\"]",
        "pop.example.org:995",
        true,
    ),
    (
        "deny-networks = [\"8.8.0.0/16\", \"2a00::1\"]",
        "8.8.8.8:995",
        false,
    ),
    (
        "deny-networks = [\"8.8.0.0/16\", \"2a00::1\"]",
        "[::ffff:8.8.8.8]:995",
        false,
    ),
    (
        "deny-networks = [\"8.8.0.0/16\", \"2a00::1\"]",
        "[2a00::1]:995",
        false,
    ),
    (
        "deny-networks = [\"8.8.0.0/16\", \"2a00::1\"]",
        "[2a00::2]:995",
        true,
    ),
];

#[test]
fn lists_narrow_it_down() {
    for (lists, typed, allowed) in LISTS {
        assert_eq!(
            policy(lists).target(typed).is_ok(),
            *allowed,
            "{lists}: {typed}"
        );
    }
}

#[test]
fn typed_hosts_are_off_unless_enabled() {
    for text in ["", "[typed-hosts]\n", "[typed-hosts]\nenabled = false\n"] {
        let text = format!("{text}[servers.work]\nhost = \"pop.example.org\"\n");
        let config = Config::from_toml(&text).unwrap();
        assert!(TypedPolicy::new(&config.typed_hosts).unwrap().is_none());
    }
}
