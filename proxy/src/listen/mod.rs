//! Where connections come in: the listeners, TLS and the PROXY protocol before HTTP, and who the
//! client is.

mod arrival;
mod certificate;
mod client_address;
mod forwarded;
mod listener;
mod proxy_protocol;
mod stream;
#[cfg(unix)]
mod unix_socket;

pub(crate) use self::arrival::{Arrival, arrive};
pub(crate) use self::client_address::{ClientAddress, MalformedForwarded, Trust};
pub use self::listener::ListenError;
pub(crate) use self::listener::{Listener, Listeners, OpenError, Place};
pub(crate) use self::stream::{Socket, Stream};

/// What is known of a connection before anything is read from it as HTTP. It goes with each of its
/// requests, as an extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    /// The other end of the socket, or whom the PROXY protocol names.
    pub(crate) peer: ClientAddress,
    /// Whether a trusted peer may name the client in a header. It may not where the PROXY protocol
    /// said that the client is unknown: the headers are then the client's own.
    pub(crate) may_forward: bool,
    /// Whether the connection is protected by our TLS.
    pub(crate) https: bool,
}

impl Connection {
    /// Whether requests on this connection come from a proxy that is believed.
    pub(crate) fn fronted(&self, trust: &Trust) -> bool {
        self.may_forward && trust.believes(self.peer)
    }

    /// The client of a request on this connection.
    pub(crate) fn client(
        &self,
        trust: &Trust,
        headers: &axum::http::HeaderMap,
    ) -> Result<ClientAddress, MalformedForwarded> {
        if self.may_forward {
            trust.client(self.peer, headers)
        } else {
            Ok(self.peer)
        }
    }
}
