//! How fast one session carries mail, and how much of a processor that takes, beside the raw socket
//! and beside programs that do a part of the job.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pop3_tests::program::{Program, ProxyProgram, free_port};
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::websocket::{Dial, Tunnel};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::Server;
use crate::sessions::listening;

/// One measurement.
#[derive(Debug, Serialize)]
struct Row {
    path: &'static str,
    octets: u64,
    seconds: f64,
    /// Processor time of the program in between, for a thousand million octets.
    processor_seconds_a_gigabyte: Option<f64>,
}

pub(crate) async fn measure(octets: u64, proxy: &Path, output: &Path) -> Result<()> {
    let server = Server::start()?;
    let addresses = &server.addresses;
    println!(
        "{octets} octets of mail through one session.\n\n{:<34} {:>8} {:>18}",
        "path", "MB/s", "processor s a GB"
    );
    let mut rows = vec![raw(addresses.endless, octets).await?];
    rows.extend(through_proxy(proxy, &server, octets).await?);
    rows.push(through_websockify(addresses.endless, octets).await?);
    for front in &FRONTS {
        rows.push(through_front(front, proxy, &server, octets).await?);
    }
    crate::write(output, &rows)
}

fn row(path: &'static str, octets: u64, time: Duration, processor: Option<Duration>) -> Row {
    let gigabytes = octets as f64 / 1e9;
    let row = Row {
        path,
        octets,
        seconds: time.as_secs_f64(),
        processor_seconds_a_gigabyte: processor.map(|time| time.as_secs_f64() / gigabytes),
    };
    let cost = row.processor_seconds_a_gigabyte;
    println!(
        "{path:<34} {:>8.0} {:>18}",
        octets as f64 / 1e6 / row.seconds,
        cost.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.2}"))
    );
    row
}

async fn raw(server: SocketAddr, octets: u64) -> Result<Row> {
    let mut stream = TcpStream::connect(server).await?;
    stream
        .write_all(b"USER anyone\r\nPASS anything\r\nRETR 1\r\n")
        .await?;
    let mut buffer = vec![0; 64 * 1024];
    let begun = Instant::now();
    let mut taken = 0;
    while taken < octets {
        let count = stream.read(&mut buffer).await?;
        ensure!(count > 0, "the server hung up");
        taken += count as u64;
    }
    Ok(row(
        "socket, nothing in between",
        taken,
        begun.elapsed(),
        None,
    ))
}

fn setup(server: &Server) -> Setup {
    let addresses = &server.addresses;
    let tls = Hop::Implicit(&addresses.ca);
    Setup::new()
        .server("plain", addresses.endless, Hop::Plain)
        .server("implicit", addresses.endless_implicit, tls)
}

async fn through_proxy(program: &Path, server: &Server, octets: u64) -> Result<Vec<Row>> {
    let proxy = ProxyProgram::start(program, &setup(server))?;
    let mut rows = Vec::new();
    for (hop, path) in [
        ("plain", "pop3-proxy"),
        ("implicit", "pop3-proxy, TLS to the server"),
    ] {
        let tunnel = proxy.dial(hop).session().await?.0;
        rows.push(through(proxy.program(), tunnel, octets, path).await?);
    }
    Ok(rows)
}

async fn through_websockify(server: SocketAddr, octets: u64) -> Result<Row> {
    let address = free_port()?;
    let mut command = Command::new("websockify");
    command
        .args([address, server].map(|address| address.to_string()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let program = Program::start(&mut command).context("install the Debian package websockify")?;
    listening("websockify", address).await?;
    let dial = Dial::target(address, "/").subprotocols(Some("binary"));
    let tunnel = dial.connect().await?;
    through(&program, tunnel, octets, "websockify").await
}

/// A web server that passes WebSockets on, here to this proxy: what a sysadmin runs in front.
struct Front {
    program: &'static str,
    arguments: &'static [&'static str],
    /// Its configuration, to listen at the first address and pass on to the second.
    config: fn(SocketAddr, SocketAddr) -> String,
    path: &'static str,
}

const FRONTS: [Front; 2] = [
    Front {
        program: "haproxy",
        arguments: &["-db", "-q", "-f"],
        config: |listen, proxy| {
            format!(
                "defaults\n mode http\n timeout connect 5s\n timeout client 1m\n \
                 timeout server 1m\n timeout tunnel 1m\nlisten all\n bind {listen}\n \
                 server proxy {proxy}\n"
            )
        },
        path: "HAProxy in front (its part alone)",
    },
    Front {
        program: "nginx",
        arguments: &["-e", "stderr", "-c"],
        config: |listen, proxy| {
            format!(
                "daemon off; master_process off; pid /dev/null; events {{}}\n\
                 http {{ access_log off; server {{ listen {listen}; location / {{\n\
                 proxy_pass http://{proxy}; proxy_http_version 1.1; proxy_buffering off;\n\
                 proxy_set_header Host $http_host; proxy_set_header Connection upgrade;\n\
                 proxy_set_header Upgrade $http_upgrade; }} }} }}\n"
            )
        },
        path: "nginx in front (its part alone)",
    },
];

/// Only the processor time of the web server counts.
async fn through_front(front: &Front, program: &Path, server: &Server, octets: u64) -> Result<Row> {
    let proxy = ProxyProgram::start(program, &setup(server))?;
    let address = free_port()?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("front.cfg");
    fs::write(&config, (front.config)(address, proxy.address()))?;
    let mut command = Command::new(front.program);
    command
        .args(front.arguments)
        .arg(&config)
        .stdin(Stdio::null());
    let running = Program::start(&mut command)
        .with_context(|| format!("install the Debian package {}", front.program))?;
    listening(front.program, address).await?;
    let tunnel = Dial::new(address, "plain").session().await?.0;
    through(&running, tunnel, octets, front.path).await
}

/// Takes so much of the endless message, and measures the program in between. A program's process
/// for the session is there while the session is.
async fn through(
    program: &Program,
    mut tunnel: Tunnel,
    octets: u64,
    path: &'static str,
) -> Result<Row> {
    tunnel.log_in("anyone", "anything").await?;
    let before = program.footprint()?.processor;
    let begun = Instant::now();
    tunnel.send(b"RETR 1\r\n").await?;
    let mut taken = 0;
    while taken < octets {
        tunnel.wait_for_octets(1).await?;
        taken += tunnel.discard() as u64;
    }
    let time = begun.elapsed();
    let processor = program.footprint()?.processor - before;
    Ok(row(path, taken, time, Some(processor)))
}
