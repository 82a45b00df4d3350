//! Why a session ends, as the client is told: WebSocket close code and machine word.

use std::fmt;

use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// The reason in the close frame. Codes and words are those of PROTOCOL.md, and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No server of that name is configured.
    UnknownServer,
    /// The request asks for what this proxy does not allow.
    NotAllowed,
    /// As many sessions as configured are open.
    RateLimited,
    /// The server's host name has no address.
    Dns,
    /// The server refused the connection, or greeted with -ERR before STLS.
    Refused,
    /// No route to the server.
    Unreachable,
    /// The server did not answer in time: to the connection, or during the handshake.
    ConnectTimeout,
    /// The server's certificate is not to be trusted.
    TlsCertificate,
    /// TLS failed otherwise, or something was slipped in before it.
    TlsHandshake,
    /// The server does not do STLS.
    StlsUnsupported,
    /// No POP3 octet moved for too long.
    IdleTimeout,
    /// The proxy is stopping.
    Draining,
    /// A frame or message from the client is over the limit.
    TooLarge,
    /// The server broke the connection off.
    UpstreamClosed,
    /// The request is nobody's who may open sessions.
    Unauthorized,
    /// The server takes no octets.
    UpstreamStalled,
    /// The client takes no octets.
    ClientStalled,
    /// The session lasted as long as a session may.
    SessionExpired,
    /// The proxy does no TLS with this server: the client has to.
    EndToEndRequired,
    /// Only the proxy does TLS with this server.
    EndToEndForbidden,
    /// The server ended the connection in good order: a normal closure, not an error.
    UpstreamFinished,
    /// The client sent a text frame; only binary frames carry POP3.
    BinaryOnly,
    /// The client broke the WebSocket protocol.
    ProtocolError,
}

impl Reason {
    /// The close code: 4000 and up for the proxy's own, below for those of RFC 6455 section 7.4.1.
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::UnknownServer => 4000,
            Self::NotAllowed => 4001,
            Self::RateLimited => 4002,
            Self::Dns => 4003,
            Self::Refused => 4004,
            Self::Unreachable => 4005,
            Self::ConnectTimeout => 4006,
            Self::TlsCertificate => 4007,
            Self::TlsHandshake => 4008,
            Self::StlsUnsupported => 4009,
            Self::IdleTimeout => 4010,
            Self::Draining => 4011,
            Self::TooLarge => 4012,
            Self::UpstreamClosed => 4013,
            Self::Unauthorized => 4014,
            Self::UpstreamStalled => 4015,
            Self::ClientStalled => 4016,
            Self::SessionExpired => 4017,
            Self::EndToEndRequired => 4018,
            Self::EndToEndForbidden => 4019,
            Self::UpstreamFinished => 1000,
            Self::BinaryOnly => 1003,
            Self::ProtocolError => 1002,
        }
    }

    /// The word in the close frame's reason.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::UnknownServer => "unknown-server",
            Self::NotAllowed => "not-allowed",
            Self::RateLimited => "rate-limited",
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::ConnectTimeout => "connect-timeout",
            Self::TlsCertificate => "tls-certificate",
            Self::TlsHandshake => "tls-handshake",
            Self::StlsUnsupported => "stls-unsupported",
            Self::IdleTimeout => "idle-timeout",
            Self::Draining => "draining",
            Self::TooLarge => "too-large",
            Self::UpstreamClosed | Self::UpstreamFinished => "upstream-closed",
            Self::Unauthorized => "unauthorized",
            Self::UpstreamStalled => "upstream-stalled",
            Self::ClientStalled => "client-stalled",
            Self::SessionExpired => "session-expired",
            Self::EndToEndRequired => "end-to-end-required",
            Self::EndToEndForbidden => "end-to-end-forbidden",
            Self::BinaryOnly => "binary-only",
            Self::ProtocolError => "protocol-error",
        }
    }

    /// The close frame itself.
    pub(crate) fn frame(self) -> CloseFrame {
        CloseFrame {
            code: CloseCode::from(self.code()),
            reason: self.word().into(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    const ALL: [Reason; 23] = [
        Reason::UpstreamFinished,
        Reason::ProtocolError,
        Reason::BinaryOnly,
        Reason::UnknownServer,
        Reason::NotAllowed,
        Reason::RateLimited,
        Reason::Dns,
        Reason::Refused,
        Reason::Unreachable,
        Reason::ConnectTimeout,
        Reason::TlsCertificate,
        Reason::TlsHandshake,
        Reason::StlsUnsupported,
        Reason::IdleTimeout,
        Reason::Draining,
        Reason::TooLarge,
        Reason::UpstreamClosed,
        Reason::Unauthorized,
        Reason::UpstreamStalled,
        Reason::ClientStalled,
        Reason::SessionExpired,
        Reason::EndToEndRequired,
        Reason::EndToEndForbidden,
    ];

    #[test]
    fn codes_and_words_are_those_of_the_protocol_document() {
        let rows = include_str!("../PROTOCOL.md").lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let code: u16 = cells.next()?.parse().ok()?;
            let word = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((code, word))
        });
        let ours = ALL.map(|reason| (reason.code(), reason.word()));
        assert_eq!(rows.collect::<Vec<_>>(), ours);
    }
}
