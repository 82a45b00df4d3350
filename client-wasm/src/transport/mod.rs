//! What carries the octets of a session, and the one seam to it.
//!
//! A transport is made by its own `open`, which gets a [`Listener`] and reports to it until it is
//! dropped: first that octets can be sent, by [`Signal::Connected`] if it has a proxy and else by
//! [`Signal::Ready`]; then [`Signal::Octets`] any number of times; last, once, [`Signal::Ended`]. The
//! first may come from inside of `open`. The driver calls [`Transport::send`] in between, perhaps
//! from inside a report, then [`Transport::finish`] if the session came to a good end, and drops
//! it. It never asks which transport it has.

mod connected;
mod reason;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod websocket;

use alloc::rc::Rc;
use alloc::vec::Vec;

pub(crate) use connected::Connected;
pub(crate) use reason::ProxyReason;
pub(crate) use streams::StreamsTransport;
#[cfg(feature = "tls")]
pub(crate) use tls::{
    Certificate, Failure as TlsFailure, Mode, Options as TlsOptions, Secured, TlsTransport, Trust,
};
pub(crate) use websocket::{Wanted, WebSocketTransport};

/// Carries octets to the server. Dropping it closes it at once, and nothing is signalled any more.
pub(crate) trait Transport {
    /// Sends octets, in order, once they can be sent. A failure is signalled as [`Signal::Ended`] later, not here.
    fn send(&self, octets: &[u8]);

    /// Keeps octets from the server back as far as it can, until [`resume`](Self::resume). What is
    /// on its way may still come.
    fn pause(&self);

    /// Lets octets come again.
    fn resume(&self);

    /// Says that the session came to a good end: whatever was sent may still go out after the
    /// drop, which follows.
    fn finish(&self) {}

    /// Is the session to ask for TLS before anything else?
    #[cfg(feature = "tls")]
    fn needs_stls(&self) -> bool {
        false
    }

    /// The server waits for the handshake. That it is done is signalled as [`Signal::Secured`]. May
    /// report from inside.
    #[cfg(feature = "tls")]
    fn start_tls(&self) {}
}

/// Where a transport reports to. Never called from inside [`Transport::send`].
pub(crate) type Listener = Rc<dyn Fn(Signal)>;

/// What happened on a transport.
pub(crate) enum Signal {
    /// Octets can be sent, and nobody describes the way.
    Ready,
    /// The proxy described its hop to the server.
    Connected(Connected),
    /// TLS with the mail server stands.
    #[cfg(feature = "tls")]
    Secured(Box<Secured>),
    /// Octets from the server, cut anywhere.
    Octets(Vec<u8>),
    /// The transport is gone; nothing follows.
    Ended(Ending),
}

/// How a transport came to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// The server hung up in good order.
    Finished,
    /// It never stood, for a reason that nobody told.
    NeverOpened,
    /// It broke, for a reason that nobody told.
    Lost,
    /// The caller closed it.
    Abandoned,
    /// It never stood, because one of the caller's streams is in use by someone else.
    Locked,
    /// The caller's stream gave something that is no octets.
    NotOctets,
    /// The proxy ended it and gave its reason.
    Proxy(ProxyReason),
    /// TLS with the mail server failed, or was never begun.
    #[cfg(feature = "tls")]
    Tls(TlsFailure),
}
