//! How much one client, and how much everybody together, may have of the proxy.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::PerClient;
use crate::listen::ClientAddress;

/// Whom limits are counted for. One subscriber of IPv6 has a /64 and may take a new address out of
/// it for every connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ClientKey {
    Ipv4(Ipv4Addr),
    /// The first 64 bits.
    Ipv6(u64),
    /// Everybody who connects to a Unix socket and is named by no proxy.
    Unix,
}

impl From<ClientAddress> for ClientKey {
    fn from(client: ClientAddress) -> Self {
        match client.ip() {
            Some(IpAddr::V4(address)) => Self::Ipv4(address),
            // The shift leaves 64 bits, so nothing is lost.
            Some(IpAddr::V6(address)) => Self::Ipv6((address.to_bits() >> 64) as u64),
            None => Self::Unix,
        }
    }
}

/// Counts what is open, by whom or what it is for. It knows only those for whom something is, so it
/// is never larger than the number of places given.
#[derive(Debug)]
pub(crate) struct Census<K>(Arc<Mutex<HashMap<K, usize>>>);

/// One of the places of a key; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash> {
    key: K,
    counts: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash + Clone> Census<K> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// A place for `key`, while fewer than `most` are taken.
    pub(crate) fn enter(&self, key: K, most: usize) -> Option<Place<K>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = counts.get(&key).copied().unwrap_or_default();
        if taken >= most {
            return None;
        }
        counts.insert(key.clone(), taken + 1);
        Some(Place {
            key,
            counts: Arc::clone(&self.0),
        })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let left = counts.get_mut(&self.key).map(|taken| {
            *taken = taken.saturating_sub(1);
            *taken
        });
        if left == Some(0) {
            counts.remove(&self.key);
        }
    }
}

type Buckets<C> =
    RateLimiter<u16, HashMapStateStore<u16>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// How fast each client may open sessions: a bucket of `burst` tokens that fills by `per_second`.
///
/// There are 65,536 buckets at most, and a secret hash says whose is whose. So addresses by the
/// million take no more memory than that, and nobody can choose with whom to share a bucket.
pub(crate) struct Pace<C: Clock = DefaultClock> {
    buckets: Buckets<C>,
    hash: RandomState,
}

impl Pace {
    pub(crate) fn new(config: &PerClient) -> Self {
        // The configuration has no zero in it any more.
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let per_second = number(config.new_sessions_per_second);
        let burst = number(config.new_sessions_burst);
        Self::with_clock(per_second, burst, DefaultClock::default())
    }
}

impl<C: Clock> Pace<C> {
    fn with_clock(per_second: NonZeroU32, burst: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self {
            buckets: RateLimiter::new(quota, HashMapStateStore::default(), clock),
            hash: RandomState::new(),
        }
    }

    /// Takes a token, if there is one.
    pub(crate) fn allows(&self, client: ClientKey) -> bool {
        let bytes = self.hash.hash_one(client).to_ne_bytes();
        let [first, second, ..] = bytes;
        let bucket = u16::from_ne_bytes([first, second]);
        self.buckets.check_key(&bucket).is_ok()
    }
}

/// Which limit a session met, as the log says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    NewSessions,
    Sessions,
    PerClient,
    PerServer,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NewSessions => "per-client.new-sessions-per-second",
            Self::Sessions => "max-sessions",
            Self::PerClient => "per-client.max-sessions",
            Self::PerServer => "max-sessions of the server",
        })
    }
}

/// Keeps what strangers can cause at will from filling the log: after some lines in a row one a
/// second, which says how many were left out before it.
pub(crate) struct Seldom {
    pace: DefaultDirectRateLimiter,
    left_out: AtomicU64,
}

impl Seldom {
    const LINES_AT_ONCE: NonZeroU32 = NonZeroU32::new(20).unwrap();

    pub(crate) fn new() -> Self {
        let quota = Quota::per_second(NonZeroU32::MIN).allow_burst(Self::LINES_AT_ONCE);
        Self {
            pace: RateLimiter::direct(quota),
            left_out: AtomicU64::new(0),
        }
    }

    /// How many lines were left out since the last, if one may be written now.
    pub(crate) fn line(&self) -> Option<u64> {
        if self.pace.check().is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.left_out.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv6Addr, SocketAddr};
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn key(ip: &str) -> ClientKey {
        let address = SocketAddr::new(ip.parse().unwrap(), 4711);
        ClientKey::from(ClientAddress::from(address))
    }

    fn number(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    #[test]
    fn ipv6_counts_by_its_first_half_and_ipv4_by_all_of_it() {
        assert_eq!(key("2a00:1:2:3::1"), key("2a00:1:2:3:ffff::9"));
        assert_ne!(key("2a00:1:2:3::1"), key("2a00:1:2:4::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_ne!(key("::1"), key("0.0.0.1"));
        assert_eq!(ClientKey::from(ClientAddress::Unix), ClientKey::Unix);
    }

    #[test]
    fn places_are_counted_by_key_and_forgotten_when_all_are_given_back() {
        let census = Census::new();
        let first = census.enter("a", 2).unwrap();
        let second = census.enter("a", 2).unwrap();
        assert!(census.enter("a", 2).is_none());
        let other = census.enter("b", 2).unwrap();
        drop(first);
        let again = census.enter("a", 2).unwrap();
        assert!(census.enter("a", 2).is_none());
        // A limit that was lowered in the meantime lets nobody in, and throws nobody out.
        assert!(census.enter("b", 1).is_none());
        drop((second, other, again));
        assert!(census.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_client_may_burst_and_then_keeps_the_pace() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::with_clock(number(2), number(5), clock.clone());
        let (hasty, calm) = (key("192.0.2.1"), key("2a00::1"));
        assert_eq!((0..100).filter(|_| pace.allows(hasty)).count(), 5);
        assert!(pace.allows(calm), "another client is unharmed");
        clock.advance(Duration::from_millis(500));
        assert_eq!((0..100).filter(|_| pace.allows(hasty)).count(), 1);
        clock.advance(Duration::from_secs(60));
        assert_eq!((0..100).filter(|_| pace.allows(hasty)).count(), 5);
    }

    #[test]
    fn very_many_addresses_take_no_more_memory_than_some() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::with_clock(number(1), number(1), clock);
        let mut allowed = 0;
        for n in 0..300_000_u128 {
            let address = Ipv6Addr::from_bits(0x2a00 << 112 | n << 64);
            allowed += usize::from(pace.allows(key(&address.to_string())));
        }
        assert!(pace.buckets.len() <= 1 << 16);
        assert_eq!(allowed, pace.buckets.len(), "each bucket had one token");
    }

    #[test]
    fn a_flood_of_lines_is_thinned_and_counted() {
        let seldom = Seldom::new();
        let lines: Vec<u64> = (0..10_000).filter_map(|_| seldom.line()).collect();
        let most = Seldom::LINES_AT_ONCE.get() as usize;
        assert!((most..most + 10).contains(&lines.len()), "{lines:?}");
        let left_out = seldom.left_out.load(Ordering::Relaxed) + lines.iter().sum::<u64>();
        assert_eq!(left_out + lines.len() as u64, 10_000);
    }
}
