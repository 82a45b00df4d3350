//! From a host to a connection: looked up once, and every address raced that may be dialled, as
//! "happy eyeballs" do ([RFC 8305]).
//!
//! [RFC 8305]: https://www.rfc-editor.org/rfc/rfc8305

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use super::public::public;
use super::{ConnectError, Network, reason_of};
use crate::close::Reason;

/// The head start of an address before the next one is tried beside it (RFC 8305 section 8).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// Addresses of one host that are tried. Names with more are not for finding a mail server.
const MOST_ADDRESSES: usize = 16;

/// Which of a host's addresses may be dialled.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// Any: the host is from the configuration.
    Any,
    /// Public ones: the host was typed by a stranger.
    Public(Arc<PublicOnly>),
}

/// The rule for hosts that strangers type.
#[derive(Debug)]
pub(crate) struct PublicOnly {
    /// Networks that look public, and are not for strangers either.
    pub(crate) except: Vec<IpNet>,
    /// Look-ups of such hosts at the same time. Each keeps a thread busy, for as long as somebody
    /// else's DNS server likes.
    pub(crate) look_ups: Arc<Semaphore>,
}

impl PublicOnly {
    /// The address to dial for this one.
    ///
    /// # Errors
    /// What the address is that it may not be dialled, in words for the log.
    pub(crate) fn check(&self, address: IpAddr) -> Result<IpAddr, String> {
        let checked = public(address).map_err(|what| what.to_string())?;
        match self
            .except
            .iter()
            .find(|network| network.contains(&checked))
        {
            Some(network) => Err(format!("in {network} of deny-networks")),
            None => Ok(checked),
        }
    }
}

/// Connects to the first of the host's addresses that answers.
pub(super) async fn dial(
    network: &dyn Network,
    reach: &Reach,
    host: &str,
    port: u16,
    deadline: Instant,
) -> Result<TcpStream, ConnectError> {
    let found = match timeout_at(deadline, look_up(network, reach, host)).await {
        Ok(Ok(found)) => found,
        Ok(Err(e)) => return Err(ConnectError::new(Reason::Dns, e.to_string())),
        Err(_) => return Err(ConnectError::new(Reason::Dns, "no answer in time")),
    };
    // From here on the name is forgotten: what is dialled is what was checked, though a second
    // look-up might say otherwise.
    let addresses = match reach {
        Reach::Any => found,
        Reach::Public(rule) => public_ones(rule, found)?,
    };
    let mut addresses = interleave(addresses);
    addresses.truncate(MOST_ADDRESSES);
    let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, port));
    match timeout_at(deadline, race(network, addresses)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ConnectError::new(
            Reason::ConnectTimeout,
            "no answer in time",
        )),
    }
}

async fn look_up(network: &dyn Network, reach: &Reach, host: &str) -> io::Result<Vec<IpAddr>> {
    // No address is looked up: resolvers take odd spellings for one.
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    match reach {
        Reach::Any => network.look_up(host, None).await,
        Reach::Public(rule) => {
            let place = Arc::clone(&rule.look_ups).acquire_owned().await;
            // With the dot at the end no domain of this network is tried behind the name.
            let place = place.map_err(io::Error::other)?;
            network.look_up(&format!("{host}."), Some(place)).await
        }
    }
}

/// What of it may be dialled. A name that has both kinds, as in a network with two faces, keeps the
/// public ones.
///
/// A stranger hears the same of a name without public addresses as of one that does not exist, lest
/// the proxy tell which names there are inside.
fn public_ones(rule: &PublicOnly, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, ConnectError> {
    let mut kept = Vec::new();
    let mut refused = None;
    for address in found {
        match rule.check(address) {
            Ok(address) => kept.push(address),
            Err(what) => refused = Some(format!("{address} is {what}")),
        }
    }
    match refused {
        Some(refused) if kept.is_empty() => Err(ConnectError::new(
            Reason::Dns,
            format!("the name has no public address: {refused}"),
        )),
        _ => Ok(kept),
    }
}

/// The families in turn, beginning with that of the first address, the order within each kept
/// (RFC 8305 section 4). Each address comes once.
fn interleave(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let first_is_v4 = addresses.first().is_some_and(IpAddr::is_ipv4);
    let (first, second): (Vec<IpAddr>, Vec<IpAddr>) = addresses
        .into_iter()
        .partition(|ip| ip.is_ipv4() == first_is_v4);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut mixed = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return mixed;
        }
        for ip in pair.into_iter().flatten() {
            if !mixed.contains(&ip) {
                mixed.push(ip);
            }
        }
    }
}

/// Tries one address after the other, each beside those that have not failed yet, and takes the
/// first connection (RFC 8305 section 5). The others are closed by being dropped.
async fn race(
    network: &dyn Network,
    mut waiting: impl ExactSizeIterator<Item = SocketAddr>,
) -> Result<TcpStream, ConnectError> {
    let mut attempts = FuturesUnordered::new();
    let mut failure = ConnectError::new(Reason::Dns, "the name has no address");
    loop {
        if let Some(address) = waiting.next() {
            attempts.push(network.connect(address));
        }
        let outcome = if waiting.len() == 0 {
            attempts.next().await
        } else {
            match timeout(ATTEMPT_DELAY, attempts.next()).await {
                Ok(outcome) => outcome,
                Err(_) => continue,
            }
        };
        match outcome {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(e)) => failure = more_telling(failure, &e),
            None => return Err(failure),
        }
    }
}

/// Of two failures the one that says more. That there is no way is often true of one family alone.
fn more_telling(before: ConnectError, error: &io::Error) -> ConnectError {
    let reason = reason_of(error);
    match (before.reason, reason) {
        (Reason::Refused | Reason::ConnectTimeout, Reason::Unreachable)
        | (Reason::Refused, Reason::ConnectTimeout) => before,
        _ => ConnectError::new(reason, error.kind().to_string()),
    }
}

#[cfg(test)]
mod tests;
