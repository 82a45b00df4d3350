//! What the configuration comes to while the proxy runs. A reload replaces it as a whole; a session
//! keeps the one that it was admitted under.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::access::Access;
use crate::close::Reason;
use crate::config::{Config, Name, Origin, PerClient};
use crate::limits::Pace;
use crate::listen::{Place, Trust};
use crate::session::Target;
use crate::tunnel;
use crate::typed_hosts::{NotAllowed, TypedPolicy};
use crate::upstream::{Connector, Limits, PlatformRootsError, Reach};

/// How much of an unknown text is worth a place in the log, in characters.
const SHOWN: usize = 80;

/// Everything that may differ after a reload. It never changes once made.
pub(crate) struct Settings {
    pub(crate) targets: BTreeMap<Name, Arc<Target>>,
    pub(crate) typed: Option<TypedPolicy>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) trust: Trust,
    /// `None` where everybody may open sessions.
    pub(crate) access: Option<Access>,
    /// How long a browser that came by HTTPS shall come by nothing else; nothing if this is zero.
    pub(crate) hsts: Duration,
    pub(crate) limits: Limits,
    pub(crate) tunnel: tunnel::Limits,
    pub(crate) max_sessions: usize,
    pub(crate) per_client: PerClient,
    pub(crate) pace: Pace,
    pub(crate) shutdown_grace: Duration,
}

impl Settings {
    /// Prepares each server. `places` are where the proxy listens, with the ports that they really
    /// have; where the configuration names no origins, they are those of the proxy's own page.
    pub(crate) fn new(config: &Config, places: &[Place]) -> Result<Self, PlatformRootsError> {
        let mut targets = BTreeMap::new();
        for (name, server) in &config.servers {
            let connector = Connector::new(name.as_str(), server)?;
            let target = Target {
                name: name.as_str().to_owned(),
                server: server.clone(),
                connector,
                reach: Reach::Any,
            };
            targets.insert(name.clone(), Arc::new(target));
        }
        let origins = match &config.origins {
            Some(origins) => origins.clone(),
            None => own_origins(places),
        };
        Ok(Self {
            targets,
            typed: TypedPolicy::new(&config.typed_hosts)?,
            origins,
            trust: Trust::new(config),
            access: Access::new(&config.access),
            hsts: config
                .https
                .as_ref()
                .map_or(Duration::ZERO, |https| https.hsts),
            limits: Limits::new(config),
            tunnel: tunnel::Limits {
                idle: config.idle_timeout,
                stall: config.stall_timeout,
                lifetime: config.session_lifetime,
                message: config.max_frame,
                backlog: config.max_backlog,
            },
            max_sessions: config.max_sessions,
            per_client: config.per_client.clone(),
            pace: Pace::new(&config.per_client),
            shutdown_grace: config.shutdown_grace,
        })
    }

    /// Sessions with this server at the same time; `None` where there is no limit of its own.
    pub(crate) fn most_sessions_with(&self, target: &Target) -> Option<usize> {
        match (&target.reach, &self.typed) {
            (Reach::Public(_), Some(policy)) => Some(policy.max_sessions_per_host()),
            _ => target.server.max_sessions,
        }
    }

    /// The server that a client asks for: a configured one by its name, or a typed one as
    /// `host:port`, which no name can be.
    pub(crate) fn target(&self, asked: &str) -> Result<Arc<Target>, Reason> {
        if let Some(target) = self.targets.get(asked) {
            return Ok(Arc::clone(target));
        }
        // Whatever it is: enough of it to be known again.
        let shown: String = asked.chars().take(SHOWN).collect();
        match &self.typed {
            Some(policy) if asked.contains(':') => match policy.target(asked) {
                Ok(target) => Ok(Arc::new(target)),
                Err(NotAllowed(why)) => {
                    tracing::info!(host = ?shown, %why, "refused a typed host");
                    Err(Reason::NotAllowed)
                }
            },
            _ => {
                tracing::info!(name = ?shown, "refused an unknown server");
                Err(Reason::UnknownServer)
            }
        }
    }
}

/// The origins under which the proxy's own page may be open. They come from the addresses, never
/// from a request's Host header: with a name of his own that points here, an attacker's page could
/// send any.
fn own_origins(places: &[Place]) -> Vec<Origin> {
    let mut origins = Vec::new();
    let mut reachable = true;
    for place in places {
        let Some(address) = place.address else {
            continue;
        };
        let ip = address.ip();
        let mut hosts = Vec::new();
        if ip.is_loopback() || ip.is_unspecified() {
            hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
        }
        if ip.is_unspecified() {
            reachable = false;
        } else {
            hosts.push(match ip {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            });
        }
        let (scheme, port) = (place.scheme(), address.port());
        let named = hosts
            .into_iter()
            .map(|host| Origin::try_from(format!("{scheme}://{host}:{port}")));
        origins.extend(named.filter_map(Result::ok));
    }
    if !reachable {
        tracing::warn!(
            "listening on all addresses, but only pages opened from this machine may open \
             sessions; name the page's address in the key origins"
        );
    }
    if origins.is_empty() {
        tracing::warn!(
            "no page may open sessions, since no address is known for the proxy's own; name the \
             page's address in the key origins"
        );
    }
    origins
}
