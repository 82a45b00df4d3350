//! A real web server or balancer in front, and HTTPS through it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::{Child, Command};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Client, soon};

/// The name that all samples are written for.
pub(crate) const NAME: &str = "mail.example.org";

/// An address of this machine that no other test uses. On an address of its own even a port that is
/// let go again stays free: outgoing connections take theirs on 127.0.0.1.
pub(crate) fn address(last: u8) -> SocketAddr {
    let id = std::process::id();
    let octet = |shift: u32| u8::try_from((id >> shift) % 254 + 1).unwrap();
    let ip = Ipv4Addr::new(127, octet(8), octet(0), last);
    let probe = std::net::TcpListener::bind((ip, 0)).unwrap();
    probe.local_addr().unwrap()
}

/// A certificate for [`NAME`], and who trusts it.
pub(crate) struct Certificate {
    pub(crate) certificate: String,
    pub(crate) key: String,
    connector: TlsConnector,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            connector: TlsConnector::from(Arc::new(config)),
        }
    }

    /// Connects as a browser of the machine at `from`.
    pub(crate) async fn connect(&self, from: IpAddr, front: SocketAddr) -> TlsStream<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        let stream = soon(socket.connect(front)).await.unwrap();
        soon(self.handshake(stream)).await.unwrap()
    }

    async fn handshake(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(NAME).unwrap();
        self.connector.connect(name, stream).await
    }

    /// Does a program at `front` take part in TLS by now?
    async fn is_shown(&self, front: SocketAddr) -> bool {
        match TcpStream::connect(front).await {
            Ok(stream) => self.handshake(stream).await.is_ok(),
            Err(_) => false,
        }
    }

    /// A session with the server `plain`, opened by the page.
    pub(crate) async fn session(
        &self,
        from: IpAddr,
        front: SocketAddr,
    ) -> Client<TlsStream<TcpStream>> {
        let url = format!("wss://{NAME}/pop3?server=plain");
        let origin = format!("https://{NAME}");
        let headers = [
            ("origin", origin.as_str()),
            // What a client says of itself must not count.
            ("x-forwarded-for", "203.0.113.9"),
        ];
        let stream = self.connect(from, front).await;
        Client::over(stream, &url, &headers).await.unwrap()
    }
}

/// A program that ends with its value.
pub(crate) struct Front(Child);

impl Front {
    /// Starts a program, and waits until it shows the certificate at `front`. That it listens is not
    /// enough: a connection that it finds on its way up may be reset.
    pub(crate) async fn start(
        command: &mut Command,
        folder: &Path,
        front: SocketAddr,
        certificate: &Certificate,
    ) -> Self {
        let log = folder.join("front.log");
        let file = std::fs::File::create(&log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut started = Self(child);
        soon(async {
            while !certificate.is_shown(front).await {
                if let Some(status) = started.0.try_wait().unwrap() {
                    let said = std::fs::read_to_string(&log).unwrap();
                    panic!("{status}: {said}");
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        started
    }
}
