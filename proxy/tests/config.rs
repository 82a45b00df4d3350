//! Configurations, right and wrong: each error names its line and its key, in one line.

use std::time::Duration;

use pop3_proxy::Config;
use pop3_proxy::config::{Hint, LogLevel, Tls};

const SERVER: &str = "[servers.work]\nhost = \"pop.example.org\"\n";

/// Text before the server's table, text inside it, the line at fault, what the message must hold.
const WRONG: &[(&str, &str, usize, &[&str])] = &[
    (
        "listen = \"here\"\n",
        "",
        1,
        &["listen: ", "socket address"],
    ),
    ("listen = 8110\n", "", 1, &["listen: ", "8110"]),
    ("listen = []\n", "", 1, &["listen: ", "no address"]),
    (
        "listen = \"unix:proxy.sock\"\n",
        "",
        1,
        &["listen: ", "absolute path"],
    ),
    (
        "listen = [\"127.0.0.1:0\",\n\"127.0.0.1\"]\n",
        "",
        2,
        &["listen[1]: ", "such as \"127.0.0.1:8110\""],
    ),
    (
        "listen = [\"127.0.0.1:1\",\n\"127.0.0.1:1\"]\n",
        "",
        2,
        &["listen[1]: ", "twice"],
    ),
    (
        "listen = [{ adress = \"127.0.0.1:1\" }]\n",
        "",
        1,
        &["listen[0]", "adress", "expected one of `address`"],
    ),
    (
        "listen = [{ https = true }]\n",
        "",
        1,
        &["listen[0]: ", "missing key `address`"],
    ),
    (
        "listen = [\"[::1]:1\", { address = \"127.0.0.1:1\",\nhttps = true }]\n",
        "",
        2,
        &["listen[1].https: ", "[https]", "certificate"],
    ),
    (
        "listen = { address = \"127.0.0.1:1\", https = 1 }\n",
        "",
        1,
        &["listen.https: ", "true or false"],
    ),
    (
        "listen = { address = \"127.0.0.1:1\", mode = \"660\" }\n",
        "",
        1,
        &["listen.mode: ", "Unix sockets"],
    ),
    (
        "listen = [{ address = \"unix:/a\", mode = \"rw\" }]\n",
        "",
        1,
        &["listen[0].mode: ", "octal such as \"660\""],
    ),
    (
        "listen = [{ address = \"unix:/a\", mode = \"1777\" }]\n",
        "",
        1,
        &["listen[0].mode: ", "octal"],
    ),
    (
        "listen = [{ address = \"127.0.0.1:1\", proxy-protocol = true }]\n",
        "",
        1,
        &["listen.proxy-protocol: ", "address in trusted-proxies"],
    ),
    (
        "trusted-proxies = [\"127.0.0.1\"]\n\
         listen = [{ address = \"unix:/a\", proxy-protocol = true }]\n",
        "",
        2,
        &["listen.proxy-protocol: ", "\"unix\" in trusted-proxies"],
    ),
    (
        "trusted-proxies = [\"10.0.0.0/8\", \"balancer\"]\n",
        "",
        1,
        &["trusted-proxies[1]: ", "such as \"10.0.0.0/8\""],
    ),
    (
        "trusted-proxies = [\"10.0.0.0/33\"]\n",
        "",
        1,
        &["trusted-proxies[0]: ", "network"],
    ),
    (
        "trusted-proxies = [\"10.0.0.1/8\"]\n",
        "",
        1,
        &["trusted-proxies[0]: ", "prefix"],
    ),
    (
        "forwarded-header = \"x-real-ip\"\n",
        "",
        1,
        &["forwarded-header: ", "x-forwarded-for", "forwarded"],
    ),
    (
        "[https]\nkey = \"key.pem\"\n",
        "",
        1,
        &["https: ", "missing key `certificate`"],
    ),
    (
        "[https]\ncertificate = \"/nowhere/a.pem\"\nkey = \"key.pem\"\n",
        "",
        2,
        &["https.certificate: ", "cannot read /nowhere/a.pem"],
    ),
    (
        "[https]\ncertificate = \"a\"\nkey = \"b\"\nhsts = \"ever\"\n",
        "",
        4,
        &["https.hsts: ", "such as \"10s\""],
    ),
    (
        "",
        "proxy-protocol = 2\n",
        3,
        &["servers.work.proxy-protocol: ", "true or false"],
    ),
    (
        "metrics-listen = \"9110\"\n",
        "",
        1,
        &["metrics-listen: ", "socket address"],
    ),
    (
        "\nmetrics-listen = \"127.0.0.1:8110\"\n",
        "",
        2,
        &["metrics-listen: ", "another address than the key listen"],
    ),
    (
        "log-format = \"xml\"\n",
        "",
        1,
        &["log-format: ", "`text` or `json`"],
    ),
    (
        "\nlissen = \"127.0.0.1:0\"\n",
        "",
        2,
        &["lissen", "unknown key"],
    ),
    (
        "origins = [\"mail.example.org\"]\n",
        "",
        1,
        &["origins[0]: ", "expected an origin"],
    ),
    (
        "origins = [\"https://a.example\", \"null\"]\n",
        "",
        1,
        &["origins[1]: "],
    ),
    (
        "origins = [\"https://a.example/inbox\"]\n",
        "",
        1,
        &["origins[0]: "],
    ),
    (
        "origins = [\"https://*.example\"]\n",
        "",
        1,
        &["origins[0]: "],
    ),
    (
        "origins = [\"https://u@a.example\"]\n",
        "",
        1,
        &["origins[0]: "],
    ),
    (
        "origins = [\"ftp://a.example\"]\n",
        "",
        1,
        &["origins[0]: "],
    ),
    (
        "origins = [\"https://a:99999\"]\n",
        "",
        1,
        &["origins[0]: ", "port"],
    ),
    (
        "origins = [\"https://a:\"]\n",
        "",
        1,
        &["origins[0]: ", "port"],
    ),
    (
        "origins = [\"https://a:0\"]\n",
        "",
        1,
        &["origins[0]: ", "port"],
    ),
    ("origins = [\"https://a:+80\"]\n", "", 1, &["origins[0]: "]),
    (
        "origins = [\"https://[::1]:x\"]\n",
        "",
        1,
        &["origins[0]: "],
    ),
    (
        "connect-timeout = \"400000000000y\"\n",
        "",
        1,
        &["connect-timeout: ", "7 days"],
    ),
    (
        "handshake-timeout = \"8days\"\n",
        "",
        1,
        &["handshake-timeout: ", "7 days"],
    ),
    (
        "idle-timeout = \"7days 1ns\"\n",
        "",
        1,
        &["idle-timeout: ", "7 days"],
    ),
    (
        "shutdown-grace = \"400000000000y\"\n",
        "",
        1,
        &["shutdown-grace: ", "7 days"],
    ),
    (
        "idle-timeout = \"99999999999999999999y\"\n",
        "",
        1,
        &["idle-timeout: "],
    ),
    (
        "connect-timeout = \"10\"\n",
        "",
        1,
        &["connect-timeout: ", "unit"],
    ),
    ("connect-timeout = 10\n", "", 1, &["connect-timeout: "]),
    (
        "connect-timeout = \"0s\"\n",
        "",
        1,
        &["connect-timeout: ", "longer"],
    ),
    (
        "# two\n# lines\nhandshake-timeout = \"0s\"\n",
        "",
        3,
        &["handshake-timeout: "],
    ),
    ("idle-timeout = \"0m\"\n", "", 1, &["idle-timeout: "]),
    (
        "max-sessions = 0\n",
        "",
        1,
        &["max-sessions: ", "1 or more"],
    ),
    ("max-sessions = -1\n", "", 1, &["max-sessions: "]),
    (
        "stall-timeout = \"0s\"\n",
        "",
        1,
        &["stall-timeout: ", "longer"],
    ),
    (
        "session-lifetime = \"8days\"\n",
        "",
        1,
        &["session-lifetime: ", "7 days"],
    ),
    (
        "max-frame = 16383\n",
        "",
        1,
        &["max-frame: ", "16384 to 1048576"],
    ),
    (
        "max-backlog = 1048577\n",
        "",
        1,
        &["max-backlog: ", "16384 to 1048576"],
    ),
    ("shutdown-grace = \"soon\"\n", "", 1, &["shutdown-grace: "]),
    ("log = \"loud\"\n", "", 1, &["log: ", "loud"]),
    ("", "port = 0\n", 3, &["servers.work.port: ", "65535"]),
    ("", "port = 65536\n", 3, &["servers.work.port: "]),
    ("", "port = \"995\"\n", 3, &["servers.work.port: "]),
    (
        "",
        "tls = \"plain\"\n",
        3,
        &["servers.work.tls: ", "plain", "insecure-plaintext"],
    ),
    ("", "tls = false\n", 3, &["servers.work.tls: "]),
    ("", "prot = 995\n", 3, &["servers.work.prot", "unknown key"]),
    (
        "",
        "server-name = \"a b\"\n",
        3,
        &["servers.work.server-name: "],
    ),
    (
        "",
        "ca-file = \"/no/such/ca.pem\"\n",
        3,
        &["servers.work.ca-file: ", "/no/such/ca.pem"],
    ),
    (
        "",
        "tls = \"insecure-plaintext\"\nserver-name = \"a.example\"\n",
        4,
        &["servers.work.server-name: ", "makes no sense"],
    ),
    (
        "",
        "pins = [\"sha256:00\"]\n",
        3,
        &["servers.work.pins[0]: ", "spki-sha256:", "64 hexadecimal"],
    ),
    (
        "",
        "pins = \"spki-sha256:00\"\n",
        3,
        &["servers.work.pins: "],
    ),
    (
        "",
        "pins-suffice = true\n",
        3,
        &["servers.work.pins-suffice: ", "needs a pin"],
    ),
    (
        "",
        "tls = \"insecure-plaintext\"\npins = [\"cert-sha256:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99\"]\n",
        4,
        &["servers.work.pins: ", "makes no sense"],
    ),
    (
        "",
        "max-sessions = 0\n",
        3,
        &["servers.work.max-sessions: ", "1 or more"],
    ),
    (
        "",
        "[access]\ntokens = { anna = \"the token itself\" }\n",
        4,
        &["access.tokens.anna: ", "sha256sum"],
    ),
    (
        "",
        "[access]\ntokens = { \"a b\" = \"sha256:00\" }\n",
        4,
        &["access.tokens", "letters, digits"],
    ),
    (
        "",
        "[access]\nuser-header = \"X-Remote-User\"\n",
        4,
        &["access.user-header: ", "trusted-proxies"],
    ),
    (
        "trusted-proxies = [\"::1\"]\n",
        "[access]\nuser-header = \"X Remote\"\n",
        5,
        &["access.user-header: ", "name of a header"],
    ),
    (
        "",
        "[per-client]\nmax-sessions = 0\n",
        4,
        &["per-client.max-sessions: ", "1 or more"],
    ),
    (
        "",
        "[per-client]\nnew-sessions-burst = 0\n",
        4,
        &["per-client.new-sessions-burst: ", "1 or more"],
    ),
    (
        "",
        "[per-client]\nnew-sessions-per-second = -1\n",
        4,
        &["per-client.new-sessions-per-second: "],
    ),
    (
        "",
        "[per-client]\nmax-connections = 0\n",
        4,
        &["per-client.max-connections: ", "1 or more"],
    ),
    (
        "",
        "[typed-hosts]\nenabled = 1\n",
        4,
        &["typed-hosts.enabled: "],
    ),
    (
        "",
        "[typed-hosts]\nports = [25]\n",
        4,
        &["typed-hosts.ports", "unknown key"],
    ),
    (
        "",
        "[typed-hosts]\nallow-domains = [\"*.example.org\"]\n",
        4,
        &["typed-hosts.allow-domains[0]: ", "without \"*.\""],
    ),
    (
        "",
        "[typed-hosts]\ndeny-domains = [\"example.org.\"]\n",
        4,
        &["typed-hosts.deny-domains[0]: ", "expected a domain"],
    ),
    (
        "",
        "[typed-hosts]\ndeny-networks = [\"10.0.0.1/8\"]\n",
        4,
        &["typed-hosts.deny-networks: ", "10.0.0.1/8", "bits"],
    ),
    (
        "",
        "[typed-hosts]\ndeny-networks = [\"ten\"]\n",
        4,
        &["typed-hosts.deny-networks: ", "expected a network"],
    ),
    (
        "",
        "[typed-hosts]\nca-file = \"/no/such/ca.pem\"\n",
        4,
        &["typed-hosts.ca-file: ", "/no/such/ca.pem"],
    ),
    (
        "",
        "[typed-hosts]\nmax-sessions-per-host = 0\n",
        4,
        &["typed-hosts.max-sessions-per-host: ", "1 or more"],
    ),
    ("", "hint = \"x\"\n", 3, &["unknown key `hint`"]),
    (
        "",
        "[servers.\"a b\"]\nhost = \"x\"\n",
        3,
        &["servers", "letters, digits"],
    ),
    (
        "",
        "[servers.two]\n",
        3,
        &["servers.two", "missing key `host`"],
    ),
    (
        "",
        "[servers.\"a.b\"]\nhost = \"x\"\nport = 0\n",
        5,
        &["servers.a.b.port: "],
    ),
    (
        "",
        "[servers.x]\nhost = \"x:995\"\n",
        4,
        &["servers.x.host: ", "without port"],
    ),
    ("", "[servers.x]\nhost = \"\"\n", 4, &["servers.x.host: "]),
    ("", "= 5\n", 3, &[]),
    ("", "host = \"again\"\n", 3, &["3: host: duplicate key"]),
    (
        "log = \"info\"\nlog = \"warn\"\n",
        "",
        2,
        &["2: log: duplicate key"],
    ),
    (
        "",
        "[servers.work]\nhost = \"b\"\n",
        3,
        &["3: work: duplicate key"],
    ),
];

#[test]
fn each_error_names_line_and_key_in_one_line() {
    for (before, inside, line, parts) in WRONG {
        // The lines inside the server's table are counted from a text without any before it.
        let text = format!("{before}{SERVER}{inside}");
        let error = match Config::from_toml(&text) {
            Ok(_) => panic!("accepted:\n{text}"),
            Err(error) => error,
        };
        let message = error.to_string();
        assert_eq!(error.line(), Some(*line), "{text}\n{message}");
        assert!(!message.contains('\n'), "{message}");
        for part in *parts {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}

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
    let text = include_str!("../pop3-proxy.example.toml");
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
        .replace("\n#pins", "\npins");
    let all = Config::from_toml(&all).unwrap();
    assert_eq!(all.origins.unwrap().len(), 1);
    assert!(all.servers.values().next().unwrap().server_name.is_some());
    let server = all.servers.values().next().unwrap();
    assert_eq!((server.pins.len(), server.pins_suffice), (1, false));
    let error = Config::from_toml(&text.replace("\n#ca-file", "\nca-file")).unwrap_err();
    assert_eq!(error.key(), Some("servers.work.ca-file"));
}
