//! Why a proxy ended a session: the application close codes of `pop3.v1`.

/// A reason as the proxy gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProxyReason {
    close_code: u16,
    /// The close reason on the wire, and the `code` of the error in JavaScript.
    pub(crate) word: &'static str,
    /// The same in words for people.
    pub(crate) sentence: &'static str,
}

const fn reason(close_code: u16, word: &'static str, sentence: &'static str) -> ProxyReason {
    ProxyReason {
        close_code,
        word,
        sentence,
    }
}

const REASONS: [ProxyReason; 20] = [
    reason(
        4000,
        "unknown-server",
        "The proxy knows no mail server of that name.",
    ),
    reason(
        4001,
        "not-allowed",
        "The proxy does not allow this connection.",
    ),
    reason(
        4002,
        "rate-limited",
        "The proxy has seen too many connections from here.",
    ),
    reason(
        4003,
        "dns",
        "The proxy found no address for the mail server.",
    ),
    reason(
        4004,
        "refused",
        "The mail server refused the proxy's connection.",
    ),
    reason(
        4005,
        "unreachable",
        "The proxy has no route to the mail server.",
    ),
    reason(
        4006,
        "connect-timeout",
        "The mail server did not answer the proxy in time.",
    ),
    reason(
        4007,
        "tls-certificate",
        "The proxy does not trust the mail server's certificate.",
    ),
    reason(
        4008,
        "tls-handshake",
        "The proxy and the mail server could not agree on TLS.",
    ),
    reason(
        4009,
        "stls-unsupported",
        "The mail server does not offer STLS, so there is no safe way to it.",
    ),
    reason(
        4010,
        "idle-timeout",
        "The proxy ended the session because nothing was sent for too long.",
    ),
    reason(
        4011,
        "draining",
        "The proxy is shutting down or restarting.",
    ),
    reason(4012, "too-large", "The proxy was sent too much at once."),
    reason(
        4013,
        "upstream-closed",
        "The mail server broke the connection to the proxy.",
    ),
    reason(
        4014,
        "unauthorized",
        "The proxy wants to know who asks: a token is missing or wrong.",
    ),
    reason(
        4015,
        "upstream-stalled",
        "The mail server stopped taking what it was sent.",
    ),
    reason(
        4016,
        "client-stalled",
        "The proxy gave up because nothing that it sent was taken.",
    ),
    reason(
        4017,
        "session-expired",
        "The session lasted as long as the proxy lets one last.",
    ),
    reason(
        4018,
        "end-to-end-required",
        "The proxy does no TLS with this mail server; connect end-to-end.",
    ),
    reason(
        4019,
        "end-to-end-forbidden",
        "The proxy lets nobody but itself do TLS with this mail server.",
    ),
];

/// The close code of a server that ended the connection in good order.
const NORMAL: u16 = 1000;

impl ProxyReason {
    /// Reads a close frame; `None` if it is none of `pop3.v1`. The word decides, and the code only
    /// where the word is one that this version does not know.
    pub(crate) fn of(close_code: u16, word: &str) -> Option<Self> {
        if close_code == NORMAL {
            return None;
        }
        REASONS
            .iter()
            .find(|reason| reason.word == word)
            .or_else(|| {
                REASONS
                    .iter()
                    .find(|reason| reason.close_code == close_code)
            })
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(close_code: u16, reason: &str) -> Option<&'static str> {
        ProxyReason::of(close_code, reason).map(|reason| reason.word)
    }

    #[test]
    fn each_close_code_has_the_word_of_the_protocol() {
        let words = [
            "unknown-server",
            "not-allowed",
            "rate-limited",
            "dns",
            "refused",
            "unreachable",
            "connect-timeout",
            "tls-certificate",
            "tls-handshake",
            "stls-unsupported",
            "idle-timeout",
            "draining",
            "too-large",
            "upstream-closed",
            "unauthorized",
            "upstream-stalled",
            "client-stalled",
            "session-expired",
            "end-to-end-required",
            "end-to-end-forbidden",
        ];
        for (close_code, expected) in (4000..).zip(words) {
            assert_eq!(word(close_code, expected), Some(expected));
            assert_eq!(word(close_code, ""), Some(expected));
            assert_eq!(word(close_code, "a later version's"), Some(expected));
        }
        assert_eq!(word(4020, ""), None);
    }

    #[test]
    fn the_word_wins_over_the_code() {
        assert_eq!(word(4000, "draining"), Some("draining"));
        assert_eq!(word(4099, "draining"), Some("draining"));
    }

    #[test]
    fn a_normal_end_and_a_lost_connection_are_no_reason() {
        assert_eq!(word(1000, "upstream-closed"), None);
        assert_eq!(word(1006, ""), None);
    }
}
