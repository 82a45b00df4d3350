//! Everything at once: Dovecot, servers that misbehave, and the proxy in front of them.

mod commands;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::certificates::{Authorities, Fault, PUBLIC};
use crate::dovecot::{Dovecot, FAULTS};
use crate::network::Internet;
use crate::proxy::{Hop, RunningProxy, Setup};
use crate::relay::Relay;
use crate::servers::MailServer;
use crate::upstream::{Conduct, RefusedPort, Retr, Script, Security, Upstream, message};

/// The user that is there from the start, with an empty mailbox.
pub const USER: &str = "alice";

/// What the proxy for typed hosts wants to see.
const TOKEN: &str = "b0c1d2e3f4a5b6c7d8e9";

/// A whole test bed. All of it ends when this is dropped.
pub struct TestBed {
    // Dropped in this order, so that sessions end before the servers they are with.
    proxy: Option<RunningProxy>,
    /// The same by HTTPS, which is never stopped.
    secure: RunningProxy,
    /// One without servers, for hosts that people type once they have shown a token.
    typed: RunningProxy,
    _upstreams: Vec<Upstream>,
    _refused: RefusedPort,
    setup: Setup,
    address: SocketAddr,
    password: String,
    dovecot: Dovecot,
    /// Servers of other families, which are started when a test wants them.
    families: Vec<Box<dyn MailServer + Send>>,
    /// More Dovecots, with chains of a test's own.
    shown: Vec<Dovecot>,
    /// Longer ways to a server.
    relays: Vec<Relay>,
}

impl TestBed {
    /// Starts everything.
    ///
    /// # Errors
    /// As [`Dovecot::start`] and [`Setup::start`].
    pub async fn start() -> Result<Self> {
        let dovecot = tokio::task::spawn_blocking(|| {
            let authorities = Authorities::generate()?;
            Dovecot::start(&authorities)
        });
        let dovecot = dovecot.await??;
        let password = dovecot.mailboxes().create(USER)?;

        let refused = RefusedPort::take()?;
        let silent = Upstream::plain(Conduct::Silent)?;
        let three = [400, 4_000, 400_000].map(message).into();
        let drops = Upstream::plain(Conduct::Mailbox(three, Retr::HangsUp))?;
        let floods = Upstream::plain(Conduct::FloodsLine)?;
        let no_stls = Upstream::start(Script {
            security: Security::Plain,
            conduct: Conduct::Mailbox([].into(), Retr::Whole),
        })?;

        let ca = dovecot.ca_file();
        let setup = Setup::new()
            .option("shutdown-grace", "\"1s\"")
            .dovecot(&dovecot)
            .server("refused", refused.address(), Hop::Plain)
            .host("unknown-host", "host.invalid", 110, Hop::Plain)
            .server("silent", silent.address(), Hop::Plain)
            .server("drops", drops.address(), Hop::Plain)
            .server("floods", floods.address(), Hop::Plain)
            .server("no-stls", no_stls.address(), Hop::Starttls(&ca))
            .end_to_end(&dovecot);
        let proxy = setup.start().await?;
        // Its folder goes even if this process is killed.
        let (pem, key) = dovecot.certificate();
        let https = format!("{{ certificate = {pem:?}, key = {key:?} }}");
        let secure = setup.clone().option("https", &https).start().await?;
        let typed = typed(&dovecot).await?;
        Ok(Self {
            secure,
            typed,
            address: proxy.address(),
            proxy: Some(proxy),
            _upstreams: vec![silent, drops, floods, no_stls],
            _refused: refused,
            setup,
            password,
            dovecot,
            families: Vec::new(),
            shown: Vec::new(),
            relays: Vec::new(),
        })
    }

    /// Where everything is, in the form in which the binary prints it first.
    ///
    /// # Errors
    /// When a file is gone that was there.
    pub fn description(&self) -> Result<Value> {
        let addresses = FAULTS.map(|fault| {
            let (pop3, pop3s) = (self.dovecot.pop3(fault), self.dovecot.pop3s(fault));
            let address = json!({
                "host": pop3.ip(),
                "pop3": pop3.port(),
                "pop3s": pop3s.port(),
            });
            (fault.word().to_owned(), address)
        });
        Ok(json!({
            "page": format!("http://{}/", self.address),
            "secure": format!("https://{}/", self.secure.address()),
            "endpoint": format!("ws://{}/pop3", self.address),
            "typed": {
                "page": format!("http://{}/", self.typed.address()),
                "host": PUBLIC,
                "token": TOKEN,
            },
            "user": USER,
            "password": self.password,
            "ca": std::fs::read_to_string(self.dovecot.ca_file())?,
            "addresses": serde_json::Map::from_iter(addresses),
        }))
    }

    /// Where the proxy listens, or did before it was stopped.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The real server.
    #[must_use]
    pub fn dovecot(&self) -> &Dovecot {
        &self.dovecot
    }

    /// Stops the proxy; everything else goes on.
    ///
    /// # Errors
    /// When it is stopped already, or does not stop.
    pub async fn stop_proxy(&mut self) -> Result<()> {
        self.proxy
            .take()
            .context("the proxy is stopped already")?
            .stop()
            .await
    }

    /// Starts the proxy again, on the port that it had.
    ///
    /// # Errors
    /// When it runs already, or its port has been taken.
    pub async fn start_proxy(&mut self) -> Result<()> {
        ensure!(self.proxy.is_none(), "the proxy runs already");
        self.proxy = Some(self.setup.start_on(self.address).await?);
        Ok(())
    }
}

async fn typed(dovecot: &Dovecot) -> Result<RunningProxy> {
    let digest = Sha256::digest(TOKEN);
    let digest: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    let access = format!("[access]\ntokens = {{ anna = \"sha256:{digest}\" }}\n");
    let ca = dovecot.ca_file();
    let hosts = format!("[typed-hosts]\nenabled = true\nca-file = {ca:?}\n");
    let servers = [
        (995, dovecot.pop3s(Fault::None)),
        (110, dovecot.pop3(Fault::None)),
    ];
    let internet = Arc::new(Internet::of(PUBLIC, servers));
    let setup = Setup::new().section(&access).section(&hosts);
    setup.start_with(([127, 0, 0, 1], 0).into(), internet).await
}
