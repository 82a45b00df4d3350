//! How fast one session carries mail, and how much of a processor that takes, beside the raw socket
//! and beside programs that do a part of the job.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use pop3_tests::program::{Program, ProxyProgram};
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::websocket::Tunnel;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fronts::{FRONTS, Front, websockify};
use crate::server::Server;

/// One measurement.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
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

fn row(path: &str, octets: u64, time: Duration, processor: Option<Duration>) -> Row {
    let gigabytes = octets as f64 / 1e9;
    let row = Row {
        path: path.to_owned(),
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
    let (program, dial) = websockify(server).await?;
    let tunnel = dial.connect().await?;
    through(&program, tunnel, octets, "websockify").await
}

/// Only the processor time of the web server counts.
async fn through_front(front: &Front, program: &Path, server: &Server, octets: u64) -> Result<Row> {
    let proxy = ProxyProgram::start(program, &setup(server))?;
    let running = front.start(&proxy).await?;
    let tunnel = running.dial("plain").session().await?.0;
    let path = format!("{} in front (its part alone)", front.name);
    through(&running.program, tunnel, octets, &path).await
}

/// Takes so much of the endless message, and measures the program in between. A program's process
/// for the session is there while the session is.
async fn through(program: &Program, mut tunnel: Tunnel, octets: u64, path: &str) -> Result<Row> {
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
