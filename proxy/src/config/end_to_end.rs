//! Whether clients may do TLS with a mail server themselves, through the proxy.

use serde::Deserialize;

/// What the key `end-to-end` says about the sessions of one server: whether the client does TLS with
/// it, so that the proxy carries ciphertext, or the proxy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndToEnd {
    /// As each client asks.
    Allowed,
    /// The client, always: the proxy never sees mail of this server.
    Required,
    /// The proxy, always.
    Forbidden,
}
