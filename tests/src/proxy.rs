//! The proxy, run in this process from a configuration made here.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use pop3_proxy::{Config, Network, Proxy, SystemNetwork};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::certificates::Fault;
use crate::dovecot::Dovecot;
use crate::websocket::Dial;
use crate::within;

/// A configuration in the making: TOML, as an administrator writes it.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    general: String,
    servers: String,
}

/// Every test of a file, and every session of a benchmark, comes from the same address.
const ONE_CLIENT: &str = "[per-client]\nmax-sessions = 1000000\nmax-connections = 1000000\n\
                          new-sessions-per-second = 1000000\nnew-sessions-burst = 1000000\n";

/// How the proxy is to reach a server.
#[derive(Debug, Clone, Copy)]
pub enum Hop<'a> {
    /// As `insecure-plaintext`.
    Plain,
    /// By `starttls`, verified by the authority in this file.
    Starttls(&'a Path),
    /// By `implicit`, verified by the authority in this file.
    Implicit(&'a Path),
    /// By `implicit`, verified by the platform's authorities.
    Platform,
    /// With TLS between client and server alone, which begins as this word of the configuration says.
    EndToEnd(&'a str),
}

impl Setup {
    /// A proxy on a port that the system chooses, with no server yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default().option("log", "\"error\"")
    }

    /// Sets a key at the top; `value` is TOML.
    #[must_use]
    pub fn option(mut self, key: &str, value: &str) -> Self {
        self.general.push_str(&format!("{key} = {value}\n"));
        self
    }

    /// Adds a server.
    #[must_use]
    pub fn server(self, name: &str, address: SocketAddr, hop: Hop<'_>) -> Self {
        self.host(name, &address.ip().to_string(), address.port(), hop)
    }

    /// Sets a key of the server that was added last; `value` is TOML.
    #[must_use]
    pub fn server_option(mut self, key: &str, value: &str) -> Self {
        self.servers.push_str(&format!("{key} = {value}\n"));
        self
    }

    /// Adds every way to a Dovecot: `plain`, `starttls`, `implicit`, and by `implicit` the
    /// certificates that must not be accepted: `bad-certificate`, `wrong-name`, `expired`.
    #[must_use]
    pub fn dovecot(self, dovecot: &Dovecot) -> Self {
        let ca = dovecot.ca_file();
        self.server("plain", dovecot.pop3(Fault::None), Hop::Plain)
            .server("starttls", dovecot.pop3(Fault::None), Hop::Starttls(&ca))
            .server("implicit", dovecot.pop3s(Fault::None), Hop::Implicit(&ca))
            .server(
                "bad-certificate",
                dovecot.pop3s(Fault::UntrustedAuthority),
                Hop::Implicit(&ca),
            )
            .server(
                "wrong-name",
                dovecot.pop3s(Fault::WrongName),
                Hop::Implicit(&ca),
            )
            .server("expired", dovecot.pop3s(Fault::Expired), Hop::Implicit(&ca))
    }

    /// Adds the ways to a Dovecot on which the client alone does TLS: `end-to-end`,
    /// `end-to-end-starttls`, and with certificates that it must not accept
    /// `end-to-end-bad-certificate` and so on; and `either`, where it does if it likes.
    #[must_use]
    pub fn end_to_end(self, dovecot: &Dovecot) -> Self {
        let implicit = Hop::EndToEnd("implicit");
        let ca = dovecot.ca_file();
        let setup = self
            .server("either", dovecot.pop3s(Fault::None), Hop::Implicit(&ca))
            .server_option("end-to-end", "\"allowed\"")
            .server("end-to-end", dovecot.pop3s(Fault::None), implicit)
            .server(
                "end-to-end-starttls",
                dovecot.pop3(Fault::None),
                Hop::EndToEnd("starttls"),
            );
        [Fault::UntrustedAuthority, Fault::WrongName, Fault::Expired]
            .into_iter()
            .fold(setup, |setup, fault| {
                let name = format!("end-to-end-{}", fault.word());
                setup.server(&name, dovecot.pop3s(fault), implicit)
            })
    }

    /// Adds a section of its own, which no server's follows.
    #[must_use]
    pub fn section(mut self, toml: &str) -> Self {
        self.servers.push_str(toml);
        self
    }

    /// Adds a server by its host's name.
    #[must_use]
    pub fn host(mut self, name: &str, host: &str, port: u16, hop: Hop<'_>) -> Self {
        let (tls, ca) = match hop {
            Hop::Plain => ("insecure-plaintext", None),
            Hop::Starttls(ca) => ("starttls", Some(ca)),
            Hop::Implicit(ca) => ("implicit", Some(ca)),
            Hop::Platform => ("implicit", None),
            Hop::EndToEnd(tls) => (tls, None),
        };
        let servers = &mut self.servers;
        servers.push_str(&format!(
            "[servers.{name}]\nhost = \"{host}\"\nport = {port}\ntls = \"{tls}\"\n"
        ));
        if let Some(ca) = ca {
            servers.push_str(&format!("ca-file = \"{}\"\n", ca.display()));
        }
        if let Hop::EndToEnd(_) = hop {
            servers.push_str("end-to-end = \"required\"\n");
        }
        self
    }

    /// The configuration of a proxy that listens there.
    ///
    /// # Errors
    /// None that can come about, since it writes into memory.
    pub fn toml(&self, listen: SocketAddr) -> Result<String> {
        let mut text = format!("listen = \"{listen}\"\n");
        write!(text, "{}{}{ONE_CLIENT}", self.general, self.servers)?;
        Ok(text)
    }

    /// Starts the proxy, on a port that the system chooses.
    ///
    /// # Errors
    /// When the configuration is wrong, or the system gives no port.
    pub async fn start(&self) -> Result<RunningProxy> {
        self.start_on(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts the proxy at this address.
    ///
    /// # Errors
    /// When the configuration is wrong, or the address is taken.
    pub async fn start_on(&self, listen: SocketAddr) -> Result<RunningProxy> {
        self.start_with(listen, Arc::new(SystemNetwork)).await
    }

    /// Starts the proxy at this address, among servers that are on this network.
    ///
    /// # Errors
    /// When the configuration is wrong, or the address is taken.
    pub async fn start_with(
        &self,
        listen: SocketAddr,
        network: Arc<dyn Network>,
    ) -> Result<RunningProxy> {
        let config = Config::from_toml(&self.toml(listen)?).context("the proxy's configuration")?;
        let proxy = within("starting the proxy", Proxy::bind_on(config, network)).await?;
        let address = proxy.local_addr().context("no address")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            // A sender that is gone means stop as well.
            proxy.run(async move { drop(stopped.await) }).await;
        });
        Ok(RunningProxy {
            address,
            stop: Some(stop),
            task,
        })
    }
}

/// A proxy that runs. It ends at once when this is dropped.
pub struct RunningProxy {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl RunningProxy {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin of its own page.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A request for a session with the server of this name.
    #[must_use]
    pub fn dial(&self, server: &str) -> Dial {
        Dial::new(self.address, server)
    }

    /// Tells it to stop, and does not wait.
    pub fn tell_to_stop(&mut self) {
        self.stop = None;
    }

    /// Tells it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it does not stop, or panicked.
    pub async fn stop(mut self) -> Result<()> {
        self.tell_to_stop();
        within("stopping the proxy", &mut self.task).await
    }
}

impl Drop for RunningProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
