//! What is wrong with a configuration: each error names its line and its key, in one line.

use pop3_proxy::Config;

use crate::SERVER;

/// Text before the server's table, text inside it, the line at fault, what the message must hold.
const WRONG: &[(&str, &str, usize, &[&str])] = &[
    (
        "listen = \"here\"\n",
        "",
        1,
        &["listen: ", "socket address"],
    ),
    ("listen = 8110\n", "", 1, &["listen: ", "8110"]),
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
    ("", "end-to-end = true\n", 3, &["servers.work.end-to-end: "]),
    (
        "",
        "end-to-end = \"maybe\"\n",
        3,
        &[
            "servers.work.end-to-end: ",
            "allowed",
            "required",
            "forbidden",
        ],
    ),
    (
        "",
        "tls = \"insecure-plaintext\"\nend-to-end = \"allowed\"\n",
        4,
        &["servers.work.end-to-end: ", "insecure-plaintext"],
    ),
    (
        "",
        "end-to-end = \"required\"\npins = [\"cert-sha256:00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\"]\n",
        4,
        &["servers.work.pins: ", "clients verify the server"],
    ),
    (
        "",
        "[typed-hosts]\nend-to-end = \"never\"\n",
        4,
        &["typed-hosts.end-to-end: ", "forbidden"],
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
