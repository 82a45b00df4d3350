//! The `connected` event of `pop3.v1`: what the proxy says of its hop to the mail server.

use serde::{Deserialize, Serialize};

/// The hop from the proxy to the mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connected {
    server: String,
    tls: Tls,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cipher: Option<String>,
    /// The proxy keeps octets back while it is told to pause.
    #[serde(default, skip_serializing)]
    pub(crate) pause: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tls {
    None,
    Implicit,
    Starttls,
}

/// An event of the proxy, told apart by its `event` member.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Announcement {
    Connected(Connected),
}

impl Connected {
    /// Reads a text frame; `None` if it is no such event.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Announcement::Connected(connected) = serde_json::from_str(text).ok()?;
        Some(connected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_hop_has_its_version_and_cipher() {
        let text = r#"{"event":"connected","server":"work","tls":"starttls",
            "version":"TLSv1.3","cipher":"TLS13_AES_128_GCM_SHA256","later":[1]}"#;
        let expected = Connected {
            server: "work".to_owned(),
            tls: Tls::Starttls,
            version: Some("TLSv1.3".to_owned()),
            cipher: Some("TLS13_AES_128_GCM_SHA256".to_owned()),
            pause: false,
        };
        assert_eq!(Connected::parse(text), Some(expected));
    }

    #[test]
    fn a_proxy_that_can_pause_says_so() {
        let text = r#"{"event":"connected","server":"s","tls":"none","pause":true}"#;
        assert!(Connected::parse(text).is_some_and(|connected| connected.pause));
    }

    #[test]
    fn a_plain_hop_has_none() {
        let connected = Connected::parse(r#"{"event":"connected","server":"s","tls":"none"}"#);
        let connected = connected.expect("a valid event");
        assert_eq!(connected.tls, Tls::None);
        assert_eq!((connected.version, connected.cipher), (None, None));
    }

    #[test]
    fn other_frames_are_no_connected_event() {
        for text in [
            "",
            "+OK hello",
            "[]",
            "null",
            r#"{"server":"s","tls":"none"}"#,
            r#"{"event":"quota","server":"s","tls":"none"}"#,
            r#"{"event":"connected","server":"s","tls":"rot13"}"#,
            r#"{"event":"connected","server":7,"tls":"none"}"#,
            r#"{"event":"connected","server":"s","tls":"none"} {}"#,
            &"[".repeat(100_000),
        ] {
            assert_eq!(Connected::parse(text), None, "{:.40}", text);
        }
    }
}
