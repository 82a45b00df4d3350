//! What the configuration comes to while the proxy runs. A reload replaces it as a whole; a session
//! keeps the one that it was admitted under.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Name, Origin};
use crate::listen::Trust;
use crate::session::Target;
use crate::tunnel;
use crate::upstream::{Connector, Limits, PlatformRootsError};

/// Everything that may differ after a reload. It never changes once made.
pub(crate) struct Settings {
    pub(crate) targets: BTreeMap<Name, Arc<Target>>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) trust: Trust,
    pub(crate) limits: Limits,
    pub(crate) tunnel: tunnel::Limits,
    pub(crate) max_sessions: usize,
    pub(crate) shutdown_grace: Duration,
}

impl Settings {
    /// Prepares each server. `address` is where the proxy listens, with the port that it really has;
    /// where the configuration names no origins, they are those of the proxy's own page.
    pub(crate) fn new(config: &Config, address: SocketAddr) -> Result<Self, PlatformRootsError> {
        let mut targets = BTreeMap::new();
        for (name, server) in &config.servers {
            let connector = Connector::new(name.as_str(), server)?;
            let target = Target {
                name: name.clone(),
                server: server.clone(),
                connector,
            };
            targets.insert(name.clone(), Arc::new(target));
        }
        let origins = match &config.origins {
            Some(origins) => origins.clone(),
            None => own_origins(address),
        };
        Ok(Self {
            targets,
            origins,
            trust: Trust::new(config),
            limits: Limits::new(config),
            tunnel: tunnel::Limits {
                idle: config.idle_timeout,
                stall: config.stall_timeout,
                lifetime: config.session_lifetime,
                message: config.max_frame,
                backlog: config.max_backlog,
            },
            max_sessions: config.max_sessions,
            shutdown_grace: config.shutdown_grace,
        })
    }
}

/// The origins under which the proxy's own page may be open. They come from the address, never
/// from a request's Host header: with a name of his own that points here, an attacker's page could
/// send any.
fn own_origins(address: SocketAddr) -> Vec<Origin> {
    let ip = address.ip();
    let mut hosts = Vec::new();
    if ip.is_loopback() || ip.is_unspecified() {
        hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
    }
    if ip.is_unspecified() {
        tracing::warn!(
            "listening on all addresses, but only pages opened from this machine may open \
             sessions; name the page's address in the key origins"
        );
    } else {
        hosts.push(match ip {
            std::net::IpAddr::V4(ip) => ip.to_string(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        });
    }
    let port = address.port();
    let origins = hosts
        .into_iter()
        .map(|host| Origin::try_from(format!("http://{host}:{port}")));
    origins.filter_map(Result::ok).collect()
}
