//! What is counted, and shown to Prometheus: how many sessions there are, how long they took to
//! begin, what they carried, and why they ended.
//!
//! Labels have values from the configuration and from this program alone. What a stranger types
//! never becomes one, so that nobody can fill the memory of the proxy or of whoever collects.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::runtime::Handle;

/// The label of what ended before it was clear which server it is about. No server can be called
/// so: [`Name`](crate::config::Name) allows no brackets.
pub(crate) const NO_SERVER: &str = "(none)";

/// The label of all hosts that people type. No server can be called so either.
pub(crate) const TYPED_HOST: &str = "(typed)";

/// The upper ends of the histograms, in seconds: from a neighbour's millisecond to the default
/// limit of ten seconds, and one above.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServerLabel {
    server: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OctetsLabels {
    server: String,
    direction: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClosesLabels {
    server: String,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: u16,
}

type Times = Family<ServerLabel, Histogram, fn() -> Histogram>;

/// All counters, by server where they are about one.
pub(crate) struct Metrics {
    registry: Registry,
    open: Family<ServerLabel, Gauge>,
    begun: Family<ServerLabel, Counter>,
    octets: Family<OctetsLabels, Counter>,
    connect: Times,
    handshake: Times,
    closes: Family<ClosesLabels, Counter>,
    refusals: Family<StatusLabel, Counter>,
    draining: Gauge,
    tasks: Gauge,
}

/// A session that is open for as long as this exists, and what it carries.
pub(crate) struct OpenSession {
    open: Gauge,
    pub(crate) to_server: Counter,
    pub(crate) to_client: Counter,
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        self.open.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let times: fn() -> Histogram = || Histogram::new(SECONDS);
        let metrics = Self {
            registry: Registry::with_prefix("pop3_proxy"),
            open: Family::default(),
            begun: Family::default(),
            octets: Family::default(),
            connect: Family::new_with_constructor(times),
            handshake: Family::new_with_constructor(times),
            closes: Family::default(),
            refusals: Family::default(),
            draining: Gauge::default(),
            tasks: Gauge::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", version);
        registry.register(
            "sessions_open",
            "Sessions that are open now",
            self.open.clone(),
        );
        registry.register(
            "sessions",
            "Sessions that were admitted",
            self.begun.clone(),
        );
        registry.register(
            "octets",
            "POP3 octets carried, by direction",
            self.octets.clone(),
        );
        registry.register_with_unit(
            "connect",
            "Time of the look-up of a server and the connection to it, where it came about",
            Unit::Seconds,
            self.connect.clone(),
        );
        registry.register_with_unit(
            "handshake",
            "Time of STLS and the TLS handshake with a server, where it came about",
            Unit::Seconds,
            self.handshake.clone(),
        );
        registry.register(
            "closes",
            "Sessions that ended, and refused ones, by reason",
            self.closes.clone(),
        );
        registry.register(
            "upgrades_refused",
            "Requests for a session that were answered by an HTTP status instead",
            self.refusals.clone(),
        );
        registry.register(
            "draining",
            "1 while the proxy is stopping, otherwise 0",
            self.draining.clone(),
        );
        registry.register(
            "tasks",
            "Tasks of the runtime that are alive",
            self.tasks.clone(),
        );
        self
    }

    /// Makes the server's counters, so that they are seen as 0 before its first session.
    pub(crate) fn announce(&self, server: &str) {
        let label = server_label(server);
        drop(self.open.get_or_create(&label));
        drop(self.begun.get_or_create(&label));
        drop(self.connect.get_or_create(&label));
        drop(self.handshake.get_or_create(&label));
        self.direction(server, "to-server");
        self.direction(server, "to-client");
    }

    /// Counts a session with this server, as open until the result is dropped.
    pub(crate) fn session(&self, server: &str) -> OpenSession {
        let label = server_label(server);
        self.begun.get_or_create(&label).inc();
        let open = self.open.get_or_create_owned(&label);
        open.inc();
        OpenSession {
            open,
            to_server: self.direction(server, "to-server"),
            to_client: self.direction(server, "to-client"),
        }
    }

    fn direction(&self, server: &str, direction: &'static str) -> Counter {
        self.octets.get_or_create_owned(&OctetsLabels {
            server: server.to_owned(),
            direction,
        })
    }

    /// A server was reached. `handshake` is `None` where there is no TLS.
    pub(crate) fn reached(&self, server: &str, connect: Duration, handshake: Option<Duration>) {
        let label = server_label(server);
        let connects = self.connect.get_or_create(&label);
        connects.observe(connect.as_secs_f64());
        if let Some(time) = handshake {
            let handshakes = self.handshake.get_or_create(&label);
            handshakes.observe(time.as_secs_f64());
        }
    }

    /// A session ended, or was refused, with this word of PROTOCOL.md or of the log.
    pub(crate) fn closed(&self, server: &str, reason: &'static str) {
        let closes = self.closes.get_or_create_owned(&ClosesLabels {
            server: server.to_owned(),
            reason,
        });
        closes.inc();
    }

    /// A request for a session was answered with this HTTP status.
    pub(crate) fn upgrade_refused(&self, status: u16) {
        self.refusals.get_or_create(&StatusLabel { status }).inc();
    }

    /// Everything in the text format of OpenMetrics.
    ///
    /// # Errors
    /// None that can come about, since it writes into memory.
    pub(crate) fn encode(&self, draining: bool) -> Result<String, fmt::Error> {
        self.draining.set(i64::from(draining));
        if let Ok(runtime) = Handle::try_current() {
            let alive = runtime.metrics().num_alive_tasks();
            self.tasks.set(i64::try_from(alive).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn server_label(server: &str) -> ServerLabel {
    ServerLabel {
        server: server.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Metrics, NO_SERVER};
    use crate::config::Name;

    #[test]
    fn a_session_is_open_while_it_lasts_and_counted_for_ever() {
        let metrics = Metrics::new();
        metrics.announce("work");
        let lines = |metrics: &Metrics| metrics.encode(false).unwrap();
        assert!(lines(&metrics).contains("pop3_proxy_sessions_open{server=\"work\"} 0\n"));

        let session = metrics.session("work");
        session.to_client.inc_by(17);
        metrics.reached("work", Duration::from_millis(3), None);
        let text = lines(&metrics);
        for line in [
            "pop3_proxy_sessions_open{server=\"work\"} 1\n",
            "pop3_proxy_sessions_total{server=\"work\"} 1\n",
            "pop3_proxy_octets_total{server=\"work\",direction=\"to-client\"} 17\n",
            "pop3_proxy_octets_total{server=\"work\",direction=\"to-server\"} 0\n",
            "pop3_proxy_connect_seconds_bucket{le=\"0.0025\",server=\"work\"} 0\n",
            "pop3_proxy_connect_seconds_bucket{le=\"0.005\",server=\"work\"} 1\n",
            "pop3_proxy_handshake_seconds_count{server=\"work\"} 0\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }

        drop(session);
        metrics.closed("work", "idle-timeout");
        let text = lines(&metrics);
        for line in [
            "pop3_proxy_sessions_open{server=\"work\"} 0\n",
            "pop3_proxy_sessions_total{server=\"work\"} 1\n",
            "pop3_proxy_closes_total{server=\"work\",reason=\"idle-timeout\"} 1\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn no_server_can_have_the_name_of_a_fixed_label() {
        assert!(Name::try_from(NO_SERVER.to_owned()).is_err());
    }
}
