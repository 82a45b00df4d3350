//! One proxy behind a web server: nginx, and Caddy.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::front::{Certificate, Front, NAME, address};
use crate::program::{Serving, program, write_config};
use crate::sample;
use crate::support::{accepted, listener, soon};

/// The browser's machine; everything else is on 127.0.0.1.
const BROWSER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);

/// The proxy that a sample is written for, with a server that wants to know the client.
async fn proxy(name: &str, folder: &Path) -> (Serving, TcpListener) {
    let (upstream, upstream_address) = listener().await;
    let here = [("127.0.0.1:8110", "127.0.0.1:0")];
    let more = "proxy-protocol = true\n";
    write_config(
        folder,
        &sample::proxy_config(name, &here, upstream_address, more),
    );
    (Serving::start(&mut program(folder)).await, upstream)
}

/// Carries a session through the front, whose server is told the browser's address.
async fn carries_a_session(certificate: &Certificate, front: SocketAddr, upstream: &TcpListener) {
    let mut client = certificate.session(IpAddr::V4(BROWSER), front).await;
    let mut server = accepted(upstream).await;
    client.connected().await;
    // The header of PROXY protocol version 2 for TCP over IPv4, whose addresses begin at 16.
    let mut header = [0; 28];
    soon(server.read_exact(&mut header)).await.unwrap();
    assert_eq!(&header[..12], b"\r\n\r\n\0\r\nQUIT\n");
    assert_eq!(header[16..20], BROWSER.octets());

    soon(server.write_all(b"+OK\r\n")).await.unwrap();
    client.expect(b"+OK\r\n").await;
    // More than any buffer on the way.
    let mail: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    client.send(b"RETR 1\r\n").await;
    soon(server.read_exact(&mut [0; 8])).await.unwrap();
    let (mut reader, mut writer) = server.into_split();
    let sent = mail.clone();
    let sending = tokio::spawn(async move {
        writer.write_all(&sent).await.unwrap();
        writer
    });
    client.expect(&mail).await;
    let writer = soon(sending).await.unwrap();
    client.send(b"QUIT\r\n").await;
    soon(reader.read_exact(&mut [0; 6])).await.unwrap();
    drop((reader, writer));
    client.expect_close(1000, "upstream-closed").await;
}

/// The head and the beginning of the body of an answer over HTTPS.
async fn answer(certificate: &Certificate, front: SocketAddr, path: &str) -> String {
    let mut stream = certificate.connect(IpAddr::V4(BROWSER), front).await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
    soon(stream.write_all(request.as_bytes())).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn serves_the_page_but_no_figures(certificate: &Certificate, front: SocketAddr) {
    let list = answer(certificate, front, "/servers.json").await;
    assert!(list.starts_with("HTTP/1.1 200"), "{list}");
    assert!(list.contains("\"name\":\"plain\""), "{list}");
    let figures = answer(certificate, front, "/metrics").await;
    assert!(figures.starts_with("HTTP/1.1 404"), "{figures}");
}

#[tokio::test]
async fn nginx_carries_sessions_and_tells_the_clients_address() {
    let folder = tempfile::tempdir().unwrap();
    let (proxy, upstream) = proxy("nginx.conf", folder.path()).await;
    let certificate = Certificate::new();
    let (pem, key) = (folder.path().join("pem"), folder.path().join("key"));
    std::fs::write(&pem, &certificate.certificate).unwrap();
    std::fs::write(&key, &certificate.key).unwrap();
    let front = address(3);
    let site = sample::with(
        "nginx.conf",
        &[
            ("127.0.0.1:8110", &proxy.address.to_string()),
            ("listen 443 ssl", &format!("listen {front} ssl")),
            ("/etc/ssl/certs/mail.example.org.pem", pem.to_str().unwrap()),
            (
                "/etc/ssl/private/mail.example.org.key",
                key.to_str().unwrap(),
            ),
        ],
    );
    // Debian's nginx.conf takes the files of conf.d in like this.
    let shown = folder.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {shown}/{name};\n"))
        .concat();
    let whole = format!(
        "daemon off;\nmaster_process off;\npid {shown}/pid;\nerror_log stderr;\n\
         events {{}}\nhttp {{\naccess_log off;\n{temporary}{site}}}\n"
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, whole).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-e").arg("stderr").arg("-c").arg(file);
    let _nginx = Front::start(&mut command, folder.path(), front, &certificate).await;

    carries_a_session(&certificate, front, &upstream).await;
    serves_the_page_but_no_figures(&certificate, front).await;
}

#[tokio::test]
async fn caddy_carries_sessions_and_tells_the_clients_address() {
    let folder = tempfile::tempdir().unwrap();
    let (proxy, upstream) = proxy("Caddyfile", folder.path()).await;
    let certificate = Certificate::new();
    let (pem, key) = (folder.path().join("pem"), folder.path().join("key"));
    std::fs::write(&pem, &certificate.certificate).unwrap();
    std::fs::write(&key, &certificate.key).unwrap();
    let front = address(4);
    let (ip, port) = (front.ip(), front.port());
    let (pem, key) = (pem.display(), key.display());
    let site = sample::with(
        "Caddyfile",
        &[
            ("127.0.0.1:8110", &proxy.address.to_string()),
            (
                "mail.example.org {\n",
                // In the place of a certificate from the network.
                &format!("mail.example.org:{port} {{\n\tbind {ip}\n\ttls {pem} {key}\n"),
            ),
        ],
    );
    let options = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n";
    let file = folder.path().join("Caddyfile");
    std::fs::write(&file, format!("{options}{site}")).unwrap();
    let mut command = Command::new("/usr/bin/caddy");
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file)
        .env("HOME", folder.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME");
    let _caddy = Front::start(&mut command, folder.path(), front, &certificate).await;

    carries_a_session(&certificate, front, &upstream).await;
    serves_the_page_but_no_figures(&certificate, front).await;
}

#[tokio::test]
async fn caddy_finds_its_sample_valid_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("/usr/bin/caddy")
        .args(["validate", "--adapter", "caddyfile", "--config"])
        .arg(sample::folder().join("Caddyfile"))
        .env("HOME", folder.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .output();
    let output = soon(output).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Told of a file that `caddy fmt` would write otherwise.
    assert!(!said.contains("not formatted"), "{said}");
}
