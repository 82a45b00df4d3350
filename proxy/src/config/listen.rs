//! Where to listen: `listen` is one address, or a list of them; an address is a text, or a table
//! where there is more to say about it.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{ConfigError, TrustedProxy};

/// One place to listen at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Where.
    pub address: ListenAddress,
    /// Whether HTTPS is spoken there. `None` means: where the table `[https]` is, except on a Unix
    /// socket.
    pub https: Option<bool>,
    /// Whether each connection begins with a PROXY protocol header, of version 1 or 2.
    pub proxy_protocol: bool,
    /// The permissions of a Unix socket.
    pub mode: Option<Mode>,
}

/// An address to listen at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ListenAddress {
    /// A TCP port of one address, or of all; 0 lets the system choose.
    Inet(SocketAddr),
    /// A Unix socket at an absolute path.
    Unix(PathBuf),
    /// Whatever sockets systemd hands over (`LISTEN_FDS`).
    Systemd,
}

const NOT_AN_ADDRESS: &str = "expected a socket address such as \"127.0.0.1:8110\" or \
     \"[::]:8110\", \"unix:/path\", or \"systemd\"";

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "systemd" {
            return Ok(Self::Systemd);
        }
        if let Some(path) = text.strip_prefix("unix:") {
            if cfg!(not(unix)) {
                return Err("this system has no Unix sockets; expected a socket address");
            }
            let path = Path::new(path);
            if !path.is_absolute() {
                return Err("expected an absolute path after \"unix:\"");
            }
            return Ok(Self::Unix(path.to_owned()));
        }
        text.parse().map(Self::Inet).map_err(|_| NOT_AN_ADDRESS)
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Systemd => f.write_str("systemd"),
        }
    }
}

impl From<ListenAddress> for Listen {
    fn from(address: ListenAddress) -> Self {
        Self {
            address,
            https: None,
            proxy_protocol: false,
            mode: None,
        }
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(address)
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        ListenAddress::from(address).into()
    }
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(ListenAddress::into)
    }
}

/// The permissions of a Unix socket, in octal as chmod has them: who may write may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Mode(u32);

impl Mode {
    /// The permission bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }
}

impl Default for Mode {
    /// The user and the group of the proxy, such as a web server that was put into that group.
    fn default() -> Self {
        Self(0o660)
    }
}

impl TryFrom<String> for Mode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let octal =
            (3..=4).contains(&text.len()) && text.bytes().all(|c| (b'0'..=b'7').contains(&c));
        let bits = u32::from_str_radix(&text, 8).ok().filter(|_| octal);
        bits.filter(|&bits| bits <= 0o777)
            .map(Self)
            .ok_or("expected permissions in octal such as \"660\"")
    }
}

/// A listener with more than its address.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    address: ListenAddress,
    https: Option<bool>,
    #[serde(default)]
    proxy_protocol: bool,
    mode: Option<Mode>,
}

impl From<Table> for Listen {
    fn from(table: Table) -> Self {
        let Table {
            address,
            https,
            proxy_protocol,
            mode,
        } = table;
        Self {
            address,
            https,
            proxy_protocol,
            mode,
        }
    }
}

struct OneVisitor;

impl<'de> Visitor<'de> for OneVisitor {
    type Value = Listen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a socket address such as \"127.0.0.1:8110\", or a table with an address")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Listen, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Listen, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(map)).map(Listen::from)
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(OneVisitor)
    }
}

struct OneOrManyVisitor;

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = Vec<Listen>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a socket address such as \"127.0.0.1:8110\", or a list of them")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<Listen>, E> {
        OneVisitor.visit_str(text).map(|one| vec![one])
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Listen>, A::Error> {
        OneVisitor.visit_map(map).map(|one| vec![one])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Listen>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(all)
    }
}

/// Reads one listener, or a list.
pub(super) fn one_or_many<'de, D>(input: D) -> Result<Vec<Listen>, D::Error>
where
    D: Deserializer<'de>,
{
    input.deserialize_any(OneOrManyVisitor)
}

/// Checks each listener against the others, and against what it needs.
pub(super) fn check(
    all: &[Listen],
    has_certificate: bool,
    trusted: &[TrustedProxy],
) -> Result<(), ConfigError> {
    if all.is_empty() {
        return Err(ConfigError::at("listen", "names no address to listen at"));
    }
    for (number, listen) in all.iter().enumerate() {
        let is_like = |other: &Listen| other.address == listen.address;
        let twice = !listen.is_any_port() && all.iter().take(number).any(is_like);
        let problem = if twice {
            Some(("", "is in the list twice"))
        } else {
            listen.problem(has_certificate, trusted)
        };
        if let Some((key, problem)) = problem {
            let key = match all.len() {
                1 => format!("listen{key}"),
                _ => format!("listen[{number}]{key}"),
            };
            return Err(ConfigError::at(key, problem));
        }
    }
    Ok(())
}

impl Listen {
    fn is_any_port(&self) -> bool {
        matches!(self.address, ListenAddress::Inet(address) if address.port() == 0)
    }

    /// The key at fault, with its dot, and what is wrong with it.
    fn problem(
        &self,
        has_certificate: bool,
        trusted: &[TrustedProxy],
    ) -> Option<(&'static str, &'static str)> {
        if self.https == Some(true) && !has_certificate {
            return Some((".https", "needs a table [https] with certificate and key"));
        }
        let unix = matches!(self.address, ListenAddress::Unix(_));
        if self.mode.is_some() && !unix {
            return Some((".mode", "is for Unix sockets alone"));
        }
        let may_come = |proxy: &TrustedProxy| match self.address {
            ListenAddress::Inet(_) => *proxy != TrustedProxy::Unix,
            ListenAddress::Unix(_) => *proxy == TrustedProxy::Unix,
            ListenAddress::Systemd => true,
        };
        if self.proxy_protocol && !trusted.iter().any(may_come) {
            let problem = if unix {
                "needs \"unix\" in trusted-proxies; nobody else connects here"
            } else {
                "needs the load balancer's address in trusted-proxies; nobody else is believed"
            };
            return Some((".proxy-protocol", problem));
        }
        None
    }
}
