//! From an accepted socket to a connection on which HTTP can be spoken.

use super::certificate::H2;
use super::proxy_protocol::{self, HeaderError, Origin};
use super::{ClientAddress, Connection, Listener, Socket, Stream, Trust};

/// A connection on which HTTP begins with the next octet.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) stream: Stream,
    pub(crate) connection: Connection,
    /// Whether the client chose HTTP/2.
    pub(crate) http2: bool,
}

/// Why a connection goes no further.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TurnedAway {
    #[error("it is not in trusted-proxies, and this listener is for the PROXY protocol")]
    NotTrusted,
    #[error(transparent)]
    ProxyProtocol(#[from] HeaderError),
    #[error("TLS failed: {0}")]
    Tls(std::io::Error),
}

impl TurnedAway {
    /// Whether it is a mistake in somebody's configuration, and not what strangers send all day.
    pub(crate) fn is_ours_to_mend(&self) -> bool {
        !matches!(self, Self::Tls(_))
    }
}

/// Reads the PROXY protocol's header where the listener demands one, and does the TLS handshake
/// where it speaks HTTPS. The caller sets a limit to the time.
pub(crate) async fn arrive(
    listener: &Listener,
    mut socket: Socket,
    peer: ClientAddress,
    trust: &Trust,
) -> Result<Arrival, TurnedAway> {
    let mut connection = Connection {
        peer,
        may_forward: true,
        https: listener.tls().is_some(),
    };
    if listener.proxy_protocol {
        // Before a single octet is read: a stranger could name any client.
        if !trust.believes(peer) {
            return Err(TurnedAway::NotTrusted);
        }
        match proxy_protocol::read(&mut socket).await? {
            Origin::Client(client) => connection.peer = client.into(),
            Origin::Balancer => {}
            Origin::Unknown => connection.may_forward = false,
        }
    }
    let Some(tls) = listener.tls() else {
        return Ok(Arrival {
            stream: Stream::Plain(socket),
            connection,
            http2: false,
        });
    };
    let stream = tls.accept(socket).await.map_err(TurnedAway::Tls)?;
    let http2 = stream.get_ref().1.alpn_protocol() == Some(H2);
    Ok(Arrival {
        stream: Stream::Tls(Box::new(stream)),
        connection,
        http2,
    })
}
