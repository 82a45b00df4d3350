//! Configurations: what the keys mean, and which file and line an error names.

mod wrong;

use std::time::Duration;

use pop3_proxy::Config;
use pop3_proxy::config::{Hint, LogLevel, Tls};

const SERVER: &str = "[servers.work]\nhost = \"pop.example.org\"\n";

#[test]
fn a_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.toml");
    std::fs::write(&path, format!("\nmax-sessions = 0\n{SERVER}")).unwrap();
    let message = Config::load(&path).unwrap_err().to_string();
    let expected = format!("{}:2: max-sessions: must be 1 or more", path.display());
    assert_eq!(message, expected);
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load("/no/such/proxy.toml".as_ref()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/no/such/proxy.toml: cannot read it"),
        "{error}"
    );
}

#[test]
fn a_configuration_without_servers_is_refused() {
    let error = Config::from_toml("").unwrap_err();
    assert_eq!(error.key(), Some("servers"));
}

#[test]
fn a_configuration_without_servers_may_let_people_type_hosts() {
    assert!(Config::from_toml("[typed-hosts]\nenabled = true\n").is_ok());
    let error = Config::from_toml("[typed-hosts]\nenabled = false\n").unwrap_err();
    assert_eq!(error.key(), Some("servers"));
}

#[test]
fn a_ca_file_is_found_beside_the_configuration_and_must_hold_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.toml");
    std::fs::write(&path, format!("{SERVER}ca-file = \"ca.pem\"\n")).unwrap();

    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, "nothing of use\n").unwrap();
    let error = Config::load(&path).unwrap_err();
    assert_eq!(error.key(), Some("servers.work.ca-file"));
    assert!(
        error
            .to_string()
            .ends_with("holds no certificate in PEM form"),
        "{error}"
    );

    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(&ca, broken).unwrap();
    let error = Config::load(&path).unwrap_err();
    assert_eq!(
        (error.key(), error.line()),
        (Some("servers.work.ca-file"), Some(3))
    );

    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    std::fs::write(&ca, certificate.pem()).unwrap();
    let config = Config::load(&path).unwrap();
    let read = config.servers.values().next().unwrap().ca.as_ref().unwrap();
    assert_eq!(read.path(), ca);
}

#[test]
fn missing_keys_have_the_documented_defaults() {
    let config = Config::from_toml(SERVER).unwrap();
    assert_eq!(config.listen[0].address.to_string(), "127.0.0.1:8110");
    assert!(config.origins.is_none());
    assert_eq!(config.connect_timeout, Duration::from_secs(10));
    assert_eq!(config.handshake_timeout, Duration::from_secs(10));
    assert_eq!(config.idle_timeout, Duration::from_secs(660));
    assert_eq!(config.stall_timeout, Duration::from_secs(60));
    assert_eq!(config.session_lifetime, Duration::from_secs(86_400));
    assert_eq!((config.max_frame, config.max_backlog), (65_536, 65_536));
    assert_eq!(config.max_sessions, 1024);
    assert_eq!(config.shutdown_grace, Duration::from_secs(5));
    assert_eq!(config.log, LogLevel::Info);
    let (name, server) = config.servers.iter().next().unwrap();
    assert_eq!(
        (name.as_str(), server.tls, server.port()),
        ("work", Tls::Implicit, 995)
    );
    for mode in ["starttls", "insecure-plaintext"] {
        let config = Config::from_toml(&format!("{SERVER}tls = \"{mode}\"\n")).unwrap();
        assert_eq!(config.servers.values().next().unwrap().port(), 110);
    }
}

#[test]
fn times_may_be_as_long_as_a_week() {
    let text = format!("idle-timeout = \"7days\"\nshutdown-grace = \"0s\"\n{SERVER}");
    let config = Config::from_toml(&text).unwrap();
    assert_eq!(config.idle_timeout, Duration::from_secs(604_800));
    assert_eq!(config.shutdown_grace, Duration::ZERO);
}

#[test]
fn a_hint_shows_no_password_in_debug_output() {
    let hint = Hint {
        user: "visitor".to_owned(),
        password: "canary".to_owned(),
    };
    let config = Config::for_demo("127.0.0.1:110".parse().unwrap(), hint.clone());
    for shown in [format!("{hint:?}"), format!("{config:#?}")] {
        assert!(shown.contains("visitor"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[test]
fn origins_are_kept_as_browsers_write_them() {
    let list = r#"["HTTPS://Mail.Example.org:443", "http://[::1]:08110", "http://a.example:80"]"#;
    let config = Config::from_toml(&format!("origins = {list}\n{SERVER}")).unwrap();
    let origins: Vec<_> = config
        .origins
        .as_ref()
        .unwrap()
        .iter()
        .map(|o| o.as_str())
        .collect();
    assert_eq!(
        origins,
        [
            "https://mail.example.org",
            "http://[::1]:8110",
            "http://a.example"
        ]
    );
}

#[test]
fn the_example_loads_and_says_what_the_defaults_are() {
    let text = include_str!("../../pop3-proxy.example.toml");
    let example = Config::from_toml(text).unwrap();
    let defaults = Config::from_toml(SERVER).unwrap();
    assert_eq!(example.listen, defaults.listen);
    assert_eq!(example.connect_timeout, defaults.connect_timeout);
    assert_eq!(example.handshake_timeout, defaults.handshake_timeout);
    assert_eq!(example.idle_timeout, defaults.idle_timeout);
    assert_eq!(example.stall_timeout, defaults.stall_timeout);
    assert_eq!(example.session_lifetime, defaults.session_lifetime);
    assert_eq!(example.max_frame, defaults.max_frame);
    assert_eq!(example.max_backlog, defaults.max_backlog);
    assert_eq!(example.max_sessions, defaults.max_sessions);
    assert_eq!(example.shutdown_grace, defaults.shutdown_grace);
    assert_eq!(example.log, defaults.log);
    let typed = [&example, &defaults].map(|config| format!("{:?}", config.typed_hosts));
    assert_eq!(typed[0], typed[1]);
    assert!(!example.typed_hosts.enabled);
    assert_eq!(example.per_client, defaults.per_client);

    // The keys that are commented out are right as well, but for the file that is not there.
    let all = text
        .replace("\n#origins", "\norigins")
        .replace("\n#server-name", "\nserver-name")
        .replace("\n#end-to-end", "\nend-to-end")
        .replace("\n#pins", "\npins");
    let all = Config::from_toml(&all).unwrap();
    assert_eq!(all.origins.unwrap().len(), 1);
    assert!(all.servers.values().next().unwrap().server_name.is_some());
    let server = all.servers.values().next().unwrap();
    assert_eq!((server.pins.len(), server.pins_suffice), (1, false));
    let error = Config::from_toml(&text.replace("\n#ca-file", "\nca-file")).unwrap_err();
    assert_eq!(error.key(), Some("servers.work.ca-file"));
}
