//! What carries the octets of a session, and the one seam to it.

mod connected;
mod reason;
mod websocket;

use std::rc::Rc;

pub(crate) use connected::Connected;
pub(crate) use reason::ProxyReason;
pub(crate) use websocket::WebSocketTransport;

/// Carries octets to the server. Dropping it closes it at once, and nothing is signalled any more.
pub(crate) trait Transport {
    /// Sends octets, in order. Not called before the first octets have come, since in POP3 the
    /// server speaks first. A failure is signalled as [`Signal::Ended`] later, not here.
    fn send(&self, octets: &[u8]);
}

/// Where a transport reports to. Never called from inside [`Transport::send`].
pub(crate) type Listener = Rc<dyn Fn(Signal)>;

/// What happened on a transport.
pub(crate) enum Signal {
    /// The proxy described its hop to the server.
    Connected(Connected),
    /// Octets from the server, cut anywhere.
    Octets(Vec<u8>),
    /// The transport is gone; nothing follows.
    Ended(Ending),
}

/// How a transport came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The server hung up in good order.
    Finished,
    /// It never stood, for a reason that nobody told.
    NeverOpened,
    /// It broke, for a reason that nobody told.
    Lost,
    /// The caller closed it.
    Abandoned,
    /// The proxy ended it and gave its reason.
    Proxy(ProxyReason),
}
