//! The configuration: a TOML file, read once at the start.

mod access;
mod end_to_end;
mod error;
mod https;
mod listen;
mod per_client;
mod pin;
mod server;
mod trust;
mod typed_hosts;
mod values;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

pub use self::access::{Access, TokenDigest, UserHeader};
pub use self::end_to_end::EndToEnd;
pub use self::error::ConfigError;
pub use self::https::Https;
pub use self::listen::{Listen, ListenAddress, Mode};
pub use self::per_client::PerClient;
pub use self::pin::{Pin, Pinned};
pub use self::server::{Hint, Server};
pub use self::trust::{ForwardedHeader, TrustedProxy};
pub use self::typed_hosts::{Domain, TypedHosts};
pub use self::values::{CaFile, Host, LogFormat, LogLevel, Name, Origin, Tls};

/// The longest of all times. It is far beyond use, and far from where adding it to a clock fails.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What the largest frame and the backlog may be, in octets. A token of SASL has 12,000 and more; and
/// each session may hold as much as this.
const SIZES: RangeInclusive<usize> = 16 * 1024..=1024 * 1024;

/// Everything that the proxy can be told. `pop3-proxy.example.toml` shows each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen.
    #[serde(deserialize_with = "listen::one_or_many")]
    pub listen: Vec<Listen>,
    /// The certificate for HTTPS; without it there is HTTP alone.
    pub https: Option<Https>,
    /// Proxies in front that are believed about a client's address; by default none.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The header in which they name the client.
    pub forwarded_header: ForwardedHeader,
    /// Where to listen for `/metrics`, `/healthz` and `/readyz` besides, apart from the public
    /// address, which has no `/metrics`. `None` means nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// The web origins whose pages may open sessions. `None` means the proxy's own page: the
    /// address it listens on, and for a loopback address also the other names of loopback.
    pub origins: Option<Vec<Origin>>,
    /// The time that look-up and connection may take together.
    #[serde(deserialize_with = "values::duration")]
    pub connect_timeout: Duration,
    /// The time that greeting, STLS and TLS handshake may take together, once connected.
    #[serde(deserialize_with = "values::duration")]
    pub handshake_timeout: Duration,
    /// A session in which no POP3 octet moves for this long is closed. More than the ten minutes
    /// after which a server may hang up ([RFC 1939 section 3]), so that the reason is the true one.
    ///
    /// [RFC 1939 section 3]: https://www.rfc-editor.org/rfc/rfc1939#section-3
    #[serde(deserialize_with = "values::duration")]
    pub idle_timeout: Duration,
    /// The time in which the client, or the server, may take nothing of what there is for it.
    #[serde(deserialize_with = "values::duration")]
    pub stall_timeout: Duration,
    /// The time that a session may last, whatever happens in it.
    #[serde(deserialize_with = "values::duration")]
    pub session_lifetime: Duration,
    /// The largest frame, and the largest message, that a client may send, in octets.
    pub max_frame: usize,
    /// Octets that are kept of what a client sends before its server is reached; one frame more at
    /// most.
    pub max_backlog: usize,
    /// Sessions at the same time; more are refused as `rate-limited`.
    pub max_sessions: usize,
    /// How long sessions may go on after the proxy was told to stop.
    #[serde(deserialize_with = "values::duration")]
    pub shutdown_grace: Duration,
    /// How much to log.
    pub log: LogLevel,
    /// How a line of the log is written.
    pub log_format: LogFormat,
    /// The servers that pages may ask for, by name. There are no others, unless [`TypedHosts`] are
    /// enabled: this is no open relay.
    pub servers: BTreeMap<Name, Server>,
    /// Who may open sessions at all.
    pub access: Access,
    /// What each client may have of it.
    pub per_client: PerClient,
    /// The policy for hosts that people type themselves.
    pub typed_hosts: TypedHosts,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8110)).into()],
            https: None,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            metrics_listen: None,
            origins: None,
            connect_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(11 * 60),
            stall_timeout: Duration::from_secs(60),
            session_lifetime: Duration::from_secs(24 * 60 * 60),
            max_frame: 64 * 1024,
            max_backlog: 64 * 1024,
            max_sessions: 1024,
            shutdown_grace: Duration::from_secs(5),
            log: LogLevel::default(),
            log_format: LogFormat::default(),
            servers: BTreeMap::new(),
            access: Access::default(),
            per_client: PerClient::default(),
            typed_hosts: TypedHosts::default(),
        }
    }
}

impl Config {
    /// The defaults, with one server: a demo mailbox that listens on this machine.
    #[must_use]
    pub fn for_demo(mailbox: SocketAddr, hint: Hint) -> Self {
        let server = Server {
            title: Some("Demo mailbox".to_owned()),
            port: Some(mailbox.port()),
            hint: Some(hint),
            // It never leaves the process.
            ..Server::at(Host::from(mailbox.ip()), Tls::InsecurePlaintext)
        };
        Self {
            servers: BTreeMap::from([(Name::demo(), server)]),
            ..Self::default()
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`], with file, line and key where they are known.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| ConfigError::general(format_args!("cannot read it: {e}")).in_file(path))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder).map_err(|e| e.in_file(path))
    }

    /// Reads a text. Relative paths in it count from the current folder.
    ///
    /// # Errors
    /// [`ConfigError`], with line and key where they are known.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text, Path::new(""))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let input = toml::Deserializer::parse(text)
            .map_err(|e| not_toml(text, &e).on_line(line_of_error(text, &e)))?;
        let mut config: Self = serde_path_to_error::deserialize(input).map_err(|e| {
            let key = e.path().to_string();
            let inner = e.into_inner();
            let line = line_of_error(text, &inner);
            match key.as_str() {
                "" | "." => ConfigError::general(inner.message()).on_line(line),
                key => ConfigError::wrong_value(key, inner.message()).on_line(line),
            }
        })?;
        if let Some(https) = &mut config.https {
            https.resolve(folder);
        }
        config
            .read_ca_files(folder)
            .and_then(|()| config.check())
            .map_err(|e| {
                let line = e.key().and_then(|key| line_of_key(text, key));
                e.on_line(line)
            })?;
        Ok(config)
    }

    fn read_ca_files(&mut self, folder: &Path) -> Result<(), ConfigError> {
        for (name, server) in &mut self.servers {
            if let Some(path) = &server.ca_path {
                let ca = CaFile::read(&folder.join(path));
                server.ca =
                    Some(ca.map_err(|e| ConfigError::at(format!("servers.{name}.ca-file"), e))?);
            }
        }
        self.typed_hosts
            .read_ca_file(folder)
            .map_err(|e| ConfigError::at("typed-hosts.ca-file", e))
    }

    /// Checks what the types alone cannot: values that are well-formed, and make no sense.
    ///
    /// # Errors
    /// [`ConfigError`] with the key at fault.
    pub fn check(&self) -> Result<(), ConfigError> {
        listen::check(&self.listen, self.https.is_some(), &self.trusted_proxies)?;
        if let Some(https) = &self.https {
            https.load()?;
        }
        let limits = [
            ("connect-timeout", self.connect_timeout),
            ("handshake-timeout", self.handshake_timeout),
            ("idle-timeout", self.idle_timeout),
            ("stall-timeout", self.stall_timeout),
            ("session-lifetime", self.session_lifetime),
        ];
        for (key, limit) in limits {
            if limit.is_zero() {
                return Err(ConfigError::at(key, "must be longer than nothing"));
            }
        }
        let grace = ("shutdown-grace", self.shutdown_grace);
        for (key, limit) in limits.into_iter().chain([grace]) {
            if limit > LONGEST {
                return Err(ConfigError::at(key, "must be 7 days or less"));
            }
        }
        for (key, size) in [
            ("max-frame", self.max_frame),
            ("max-backlog", self.max_backlog),
        ] {
            if !SIZES.contains(&size) {
                return Err(ConfigError::at(key, "must be 16384 to 1048576 octets"));
            }
        }
        if let Some(address) = self.metrics_listen
            && address.port() != 0
            && self
                .listen
                .iter()
                .any(|listen| listen.address == address.into())
        {
            return Err(ConfigError::at(
                "metrics-listen",
                "must be another address than the key listen",
            ));
        }
        if self.max_sessions == 0 {
            return Err(ConfigError::at("max-sessions", "must be 1 or more"));
        }
        if self.access.user_header.is_some() && self.trusted_proxies.is_empty() {
            return Err(ConfigError::at(
                "access.user-header",
                "needs the key trusted-proxies: nobody else is believed about users",
            ));
        }
        self.per_client
            .check()
            .map_err(|(key, problem)| ConfigError::at(format!("per-client.{key}"), problem))?;
        if self.servers.is_empty() && !self.typed_hosts.enabled {
            return Err(ConfigError::at(
                "servers",
                "names no server; add a table [servers.NAME]",
            ));
        }
        if self.typed_hosts.max_sessions_per_host == 0 {
            let key = "typed-hosts.max-sessions-per-host";
            return Err(ConfigError::at(key, "must be 1 or more"));
        }
        if self.typed_hosts.ca.is_some() && self.typed_hosts.end_to_end() == EndToEnd::Required {
            return Err(ConfigError::at(
                "typed-hosts.ca-file",
                server::CLIENTS_VERIFY,
            ));
        }
        for (name, server) in &self.servers {
            server.check().map_err(|(key, problem)| {
                ConfigError::at(format!("servers.{name}.{key}"), problem)
            })?;
        }
        Ok(())
    }
}

impl Config {
    /// The keys that a running proxy cannot take over, of those whose value in `other` is another.
    pub(crate) fn fixed_keys_that_differ(&self, other: &Self) -> Vec<&'static str> {
        let files = |config: &Self| config.https.as_ref().map(Https::files);
        let fixed = [
            ("listen", self.listen != other.listen),
            ("https", files(self) != files(other)),
            (
                "metrics-listen",
                self.metrics_listen != other.metrics_listen,
            ),
            ("log-format", self.log_format != other.log_format),
        ];
        fixed
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(key, _)| key)
            .collect()
    }
}

/// A text that is not TOML. Of a key that is given twice the parser tells the place alone.
fn not_toml(text: &str, error: &toml::de::Error) -> ConfigError {
    let message = error.message();
    match error.span().and_then(|span| text.get(span)) {
        Some(key) if message == "duplicate key" => ConfigError::at(key, message),
        _ => ConfigError::general(message),
    }
}

fn line_of_error(text: &str, error: &toml::de::Error) -> Option<usize> {
    error.span().map(|span| line_at(text, span.start))
}

/// The line, counted from 1, of the octet at `offset`.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|&octet| octet == b'\n')
        .count()
        + 1
}

/// The line on which a dotted key stands; its last part that is in the text at all.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let (mut rest, mut found) = (key, None);
    loop {
        // A server's name may hold dots itself, so the key cannot simply be split.
        let step = table.iter().find_map(|(name, value)| {
            let after = rest.strip_prefix(name.get_ref().as_ref())?;
            let whole = after.is_empty() || after.starts_with(['.', '[']);
            whole.then_some((name.span().start, value, after))
        });
        let Some((start, value, after)) = step else {
            break;
        };
        found = Some(line_at(text, start));
        let (value, after) = match (value.get_ref(), index(after)) {
            (DeValue::Array(list), Some((number, after))) => {
                let Some(element) = list.get(number) else {
                    break;
                };
                found = Some(line_at(text, element.span().start));
                (element, after)
            }
            _ => (value, after),
        };
        let DeValue::Table(inner) = value.get_ref() else {
            break;
        };
        (table, rest) = (inner, after.strip_prefix('.').unwrap_or(after));
    }
    found
}

/// The number in brackets with which a text begins, and what follows it.
fn index(text: &str) -> Option<(usize, &str)> {
    let (number, after) = text.strip_prefix('[')?.split_once(']')?;
    Some((number.parse().ok()?, after))
}
