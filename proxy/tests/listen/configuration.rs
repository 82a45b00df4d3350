//! What is wrong with a configuration of listeners, HTTPS and trusted proxies: each error names its
//! line and its key, in one line.

use pop3_proxy::Config;

const SERVER: &str = "[servers.work]\nhost = \"pop.example.org\"\n";

/// Text before the server's table, text inside it, the line at fault, what the message must hold.
const WRONG: &[(&str, &str, usize, &[&str])] = &[
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
];

#[test]
fn each_error_names_line_and_key_in_one_line() {
    for (before, inside, line, parts) in WRONG {
        let text = format!("{before}{SERVER}{inside}");
        let Err(error) = Config::from_toml(&text) else {
            panic!("accepted:\n{text}");
        };
        let message = error.to_string();
        assert_eq!(error.line(), Some(*line), "{text}\n{message}");
        assert!(!message.contains('\n'), "{message}");
        for part in *parts {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}
