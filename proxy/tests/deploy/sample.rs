//! A file of `deploy/` with the addresses and paths of a test in the place of those of a real machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::support::plain;

/// The folder of the samples.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

/// A sample's text as it stands in the repository.
pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The sample with each `(old, new)` exchanged, wherever `old` stands. It must stand somewhere, so
/// that a sample and its test cannot part.
pub(crate) fn with(name: &str, exchanges: &[(&str, &str)]) -> String {
    let mut text = text(name);
    for (old, new) in exchanges {
        assert!(text.contains(old), "{name} has no {old}");
        text = text.replace(old, new);
    }
    text
}

/// The proxy's configuration that the sample's own comments ask for, with other addresses and one
/// server without TLS, called `plain`.
pub(crate) fn proxy_config(
    name: &str,
    exchanges: &[(&str, &str)],
    upstream: SocketAddr,
    more: &str,
) -> String {
    let text = with(name, exchanges);
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#     "))
        .collect();
    assert!(keys.len() > 2, "{name} tells no configuration: {keys:?}");
    format!("{}\n{}{more}", keys.join("\n"), plain(upstream))
}
