//! The race and the rule on a network of the tests' own, with a clock that runs only while nothing
//! else does.

use std::collections::HashMap;
use std::sync::Mutex;

use futures_util::future::{BoxFuture, FutureExt};
use tokio::net::TcpListener;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;

use super::*;

/// What an address does.
#[derive(Debug, Clone, Copy)]
enum Conduct {
    Accepts(Duration),
    Fails(Duration, io::ErrorKind),
    Swallows,
}

use Conduct::{Accepts, Fails, Swallows};

const AT_ONCE: Duration = Duration::ZERO;
const DEADLINE: Duration = Duration::from_secs(10);

/// A network with one host, whose addresses behave as told.
#[derive(Debug)]
struct Script {
    addresses: Vec<(IpAddr, Conduct)>,
    begun: Instant,
    /// What was dialled, and when.
    dialled: Mutex<Vec<(IpAddr, Duration)>>,
    /// Attempts that are neither lost nor won nor given up.
    open: Arc<()>,
    looked_up: Mutex<Vec<String>>,
    /// Connections to hand out.
    streams: Mutex<HashMap<IpAddr, TcpStream>>,
}

impl Script {
    async fn new(addresses: &[(&str, Conduct)]) -> Self {
        let addresses: Vec<(IpAddr, Conduct)> = addresses
            .iter()
            .map(|(ip, conduct)| (ip.parse().unwrap(), *conduct))
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut streams = HashMap::new();
        for (ip, conduct) in &addresses {
            if matches!(conduct, Accepts(_)) {
                let stream = TcpStream::connect(listener.local_addr().unwrap()).await;
                streams.insert(*ip, stream.unwrap());
            }
        }
        Self {
            addresses,
            begun: Instant::now(),
            dialled: Mutex::default(),
            open: Arc::default(),
            looked_up: Mutex::default(),
            streams: Mutex::new(streams),
        }
    }

    async fn dial(&self, reach: &Reach) -> Result<TcpStream, Reason> {
        let deadline = self.begun + DEADLINE;
        let outcome = dial(self, reach, "mail.example", 995, deadline).await;
        assert_eq!(
            Arc::strong_count(&self.open),
            1,
            "an attempt outlived the race"
        );
        outcome.map_err(|e| e.reason)
    }

    /// The addresses that were dialled, and after how many milliseconds.
    fn dialled(&self) -> Vec<(String, u128)> {
        let dialled = self.dialled.lock().unwrap();
        let shown = dialled.iter();
        shown
            .map(|(ip, at)| (ip.to_string(), at.as_millis()))
            .collect()
    }
}

impl Network for Script {
    fn look_up(
        &self,
        host: &str,
        place: Option<OwnedSemaphorePermit>,
    ) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.looked_up.lock().unwrap().push(host.to_owned());
        let found = self.addresses.iter().map(|(ip, _)| *ip).collect();
        drop(place);
        async move { Ok(found) }.boxed()
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<TcpStream>> {
        assert_eq!(address.port(), 995);
        let ip = address.ip();
        let now = self.begun.elapsed();
        self.dialled.lock().unwrap().push((ip, now));
        let conduct = self.addresses.iter().find(|(known, _)| *known == ip);
        let conduct = conduct.map_or(REFUSES, |(_, conduct)| *conduct);
        let stream = self.streams.lock().unwrap().remove(&ip);
        let open = Arc::clone(&self.open);
        async move {
            let _open = open;
            match conduct {
                Accepts(after) => {
                    sleep(after).await;
                    stream.ok_or_else(|| io::Error::other("dialled twice"))
                }
                Fails(after, kind) => {
                    sleep(after).await;
                    Err(kind.into())
                }
                Swallows => std::future::pending().await,
            }
        }
        .boxed()
    }
}

fn public_only() -> Reach {
    Reach::Public(Arc::new(PublicOnly {
        except: vec!["217.160.0.0/16".parse().unwrap()],
        look_ups: Arc::new(Semaphore::new(1)),
    }))
}

fn rows(dialled: &[(&str, u128)]) -> Vec<(String, u128)> {
    let rows = dialled.iter();
    rows.map(|(ip, at)| ((*ip).to_owned(), *at)).collect()
}

const REFUSES: Conduct = Fails(AT_ONCE, io::ErrorKind::ConnectionRefused);
const NO_ROUTE: Conduct = Fails(AT_ONCE, io::ErrorKind::NetworkUnreachable);

type Case<'a> = (
    &'a [(&'a str, Conduct)],
    Result<(), Reason>,
    &'a [(&'a str, u128)],
);

/// The addresses as they are found, how the race ends, and what is dialled after how long.
const RACES: &[Case<'_>] = &[
    // Families in turn, each 250 ms after the one before while that one has not answered.
    (
        &[
            ("2a00::1", Swallows),
            ("2a00::2", Swallows),
            ("8.8.8.1", Swallows),
            ("8.8.8.2", Accepts(AT_ONCE)),
        ],
        Ok(()),
        &[
            ("2a00::1", 0),
            ("8.8.8.1", 250),
            ("2a00::2", 500),
            ("8.8.8.2", 750),
        ],
    ),
    // The first address that the resolver names decides which family begins.
    (
        &[("8.8.8.1", Swallows), ("2a00::1", Accepts(AT_ONCE))],
        Ok(()),
        &[("8.8.8.1", 0), ("2a00::1", 250)],
    ),
    // A failure makes the next begin at once.
    (
        &[
            ("2a00::1", NO_ROUTE),
            ("8.8.8.1", REFUSES),
            ("8.8.8.2", Accepts(AT_ONCE)),
        ],
        Ok(()),
        &[("2a00::1", 0), ("8.8.8.1", 0), ("8.8.8.2", 0)],
    ),
    // One that is slow has not lost: here it is still the first to answer.
    (
        &[
            ("2a00::1", Accepts(Duration::from_millis(300))),
            ("8.8.8.1", Accepts(Duration::from_millis(100))),
        ],
        Ok(()),
        &[("2a00::1", 0), ("8.8.8.1", 250)],
    ),
    // The first answers in time: no other hears of it.
    (
        &[
            ("2a00::1", Accepts(Duration::from_millis(249))),
            ("8.8.8.1", Swallows),
        ],
        Ok(()),
        &[("2a00::1", 0)],
    ),
    // An address that comes twice is tried once.
    (
        &[("8.8.8.1", REFUSES), ("8.8.8.1", REFUSES)],
        Err(Reason::Refused),
        &[("8.8.8.1", 0)],
    ),
    // Of several failures the client hears the one that says most.
    (
        &[("8.8.8.1", REFUSES), ("2a00::1", NO_ROUTE)],
        Err(Reason::Refused),
        &[("8.8.8.1", 0), ("2a00::1", 0)],
    ),
    (
        &[("2a00::1", NO_ROUTE)],
        Err(Reason::Unreachable),
        &[("2a00::1", 0)],
    ),
    (
        &[("8.8.8.1", REFUSES), ("8.8.8.2", Swallows)],
        Err(Reason::ConnectTimeout),
        &[("8.8.8.1", 0), ("8.8.8.2", 0)],
    ),
    (&[], Err(Reason::Dns), &[]),
];

#[tokio::test(start_paused = true)]
async fn addresses_are_raced() {
    for (addresses, outcome, dialled) in RACES {
        let script = Script::new(addresses).await;
        let ended = script.dial(&Reach::Any).await.map(|_| ());
        assert_eq!(ended, *outcome, "{addresses:?}");
        assert_eq!(script.dialled(), rows(dialled), "{addresses:?}");
        assert!(script.begun.elapsed() <= DEADLINE);
        assert_eq!(*script.looked_up.lock().unwrap(), ["mail.example"], "once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_with_very_many_addresses_is_not_tried_on_all_of_them() {
    let addresses: Vec<String> = (0..100).map(|n| format!("8.8.8.{n}")).collect();
    let addresses: Vec<_> = addresses.iter().map(|ip| (ip.as_str(), REFUSES)).collect();
    let script = Script::new(&addresses).await;
    assert_eq!(script.dial(&Reach::Any).await.err(), Some(Reason::Refused));
    assert_eq!(script.dialled().len(), MOST_ADDRESSES);
}

/// What a typed name resolves to, and what of it is dialled.
const TYPED: &[(&[&str], &[&str])] = &[
    (&["127.0.0.1"], &[]),
    (
        &["::1", "10.0.0.1", "169.254.169.254", "fe80::1", "fd00::1"],
        &[],
    ),
    (
        &["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"],
        &[],
    ),
    // In deny-networks.
    (&["217.160.0.1"], &[]),
    // Both kinds: the public ones are what remains.
    (&["127.0.0.1", "8.8.8.8", "::1", "10.1.1.1"], &["8.8.8.8"]),
    (
        &["8.8.8.8", "192.168.1.1", "2a00::1"],
        &["8.8.8.8", "2a00::1"],
    ),
    // What is dialled is the address inside.
    (&["::ffff:8.8.8.8"], &["8.8.8.8"]),
];

#[tokio::test(start_paused = true)]
async fn of_a_typed_name_only_public_addresses_are_dialled() {
    for (found, dialled) in TYPED {
        let addresses: Vec<_> = found.iter().map(|&ip| (ip, REFUSES)).collect();
        let script = Script::new(&addresses).await;
        let ended = script.dial(&public_only()).await.err();
        let expected = match dialled {
            [] => Reason::Dns,
            _ => Reason::Refused,
        };
        assert_eq!(ended, Some(expected), "{found:?}");
        let reached: Vec<String> = script.dialled().into_iter().map(|(ip, _)| ip).collect();
        assert_eq!(reached, *dialled, "{found:?}");
        // Once, and with no domain of the proxy's own behind it.
        assert_eq!(*script.looked_up.lock().unwrap(), ["mail.example."]);
    }
}

#[tokio::test(start_paused = true)]
async fn look_ups_of_typed_names_that_hang_do_not_hinder_those_of_servers() {
    /// A resolver that does not answer, and keeps its place until it does.
    #[derive(Debug, Default)]
    struct Hangs(Mutex<Vec<Option<OwnedSemaphorePermit>>>);
    impl Network for Hangs {
        fn look_up(
            &self,
            _: &str,
            place: Option<OwnedSemaphorePermit>,
        ) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            self.0.lock().unwrap().push(place);
            std::future::pending().boxed()
        }
        fn connect(&self, _: SocketAddr) -> BoxFuture<'static, io::Result<TcpStream>> {
            unreachable!("nothing was found")
        }
    }
    let network = Hangs::default();
    let reach = public_only();
    // The place is taken by the first, though nobody waits for it any more.
    for (asked, reach) in [(1, &reach), (1, &reach), (2, &Reach::Any), (2, &reach)] {
        let deadline = Instant::now() + DEADLINE;
        let ended = dial(&network, reach, "mail.example", 995, deadline).await;
        assert_eq!(ended.unwrap_err().reason, Reason::Dns);
        assert_eq!(network.0.lock().unwrap().len(), asked);
    }
}

#[tokio::test]
async fn the_system_looks_names_up_and_connects() {
    let network = super::super::SystemNetwork;
    let found = network.look_up("localhost", None).await.unwrap();
    assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
    let places = Arc::new(Semaphore::new(1));
    let place = Arc::clone(&places).try_acquire_owned().unwrap();
    assert!(network.look_up("host.invalid", Some(place)).await.is_err());
    assert_eq!(places.available_permits(), 1, "the place is given back");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stream = network.connect(address).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), address);
}
