//! Where requests come from.

mod client_address;
mod forwarded;

pub(crate) use self::client_address::{ClientAddress, MalformedForwarded, Trust};

/// What is known of a connection before anything is read from it as HTTP. It goes with each of its
/// requests, as an extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    /// The other end of the socket.
    pub(crate) peer: ClientAddress,
}
