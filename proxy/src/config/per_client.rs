//! How much each client may have, `[per-client]`.

use serde::Deserialize;

/// What one client may have at the most. A client is an IPv4 address, or a /64 of IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PerClient {
    /// Sessions at the same time.
    pub max_sessions: usize,
    /// New sessions in a second, in the long run.
    pub new_sessions_per_second: u32,
    /// New sessions at once, after a pause.
    pub new_sessions_burst: u32,
    /// HTTP connections at the same time; those that carry sessions do not count, nor do those of
    /// trusted proxies.
    pub max_connections: usize,
}

impl Default for PerClient {
    fn default() -> Self {
        Self {
            max_sessions: 128,
            new_sessions_per_second: 10,
            new_sessions_burst: 100,
            max_connections: 128,
        }
    }
}

impl PerClient {
    /// The key at fault, and what would be right.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let numbers = [
            ("max-sessions", self.max_sessions == 0),
            ("new-sessions-per-second", self.new_sessions_per_second == 0),
            ("new-sessions-burst", self.new_sessions_burst == 0),
            ("max-connections", self.max_connections == 0),
        ];
        match numbers.into_iter().find(|(_, nothing)| *nothing) {
            Some((key, _)) => Err((key, "must be 1 or more")),
            None => Ok(()),
        }
    }
}
