//! Every failure as the plain object that `js/error.js` makes a `Pop3Error` of.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use pop3_proto::{Blame, Error};
use wasm_bindgen::JsValue;

use crate::convert;
#[cfg(feature = "tls")]
use crate::transport::Certificate;
use crate::transport::Ending;

/// The fields of `Pop3Error` in `js/index.d.ts`.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure {
    code: &'static str,
    blame: &'static str,
    message: String,
    server_text: Option<String>,
    response_code: Option<String>,
    undone_deletions: Vec<u32>,
    unknown_deletions: Vec<u32>,
    #[cfg(feature = "tls")]
    certificate: Option<Certificate>,
}

impl Failure {
    /// Describes an error of the session. Where the session knows no more than that its connection
    /// is lost, the end of the transport says why.
    pub(crate) fn new(error: &Error, ending: Option<&Ending>) -> Self {
        let told = ending.filter(|_| matches!(error, Error::ConnectionLost { .. }));
        let (code, blame, message) = told.and_then(reason).map_or_else(
            || (error.code(), blame(error.blame()), sentence(error)),
            |(code, blame, message)| (code, blame, message.into_owned()),
        );
        Self {
            code,
            blame,
            message,
            server_text: error.server_text().map(str::to_owned),
            response_code: error.response_code().map(str::to_owned),
            undone_deletions: error.undone_deletions().to_vec(),
            unknown_deletions: error.unknown_deletions().to_vec(),
            #[cfg(feature = "tls")]
            certificate: match told {
                Some(Ending::Tls(failure)) => failure.certificate().cloned(),
                _ => None,
            },
        }
    }

    pub(crate) fn into_js(self) -> JsValue {
        convert::object(&[
            ("code", self.code.into()),
            ("blame", self.blame.into()),
            ("message", self.message.into()),
            ("serverText", convert::optional(self.server_text.as_deref())),
            (
                "responseCode",
                convert::optional(self.response_code.as_deref()),
            ),
            ("undoneDeletions", convert::numbers(&self.undone_deletions)),
            (
                "unknownDeletions",
                convert::numbers(&self.unknown_deletions),
            ),
            #[cfg(feature = "tls")]
            (
                "certificate",
                self.certificate
                    .map_or(JsValue::UNDEFINED, |certificate| certificate.into_js()),
            ),
        ])
    }
}

fn reason(ending: &Ending) -> Option<(&'static str, &'static str, Cow<'static, str>)> {
    let (code, blame, message) = match ending {
        Ending::Proxy(reason) => (reason.word, "proxy", reason.sentence),
        Ending::NeverOpened => (
            "connect-failed",
            "transport",
            "No connection to the proxy could be made.",
        ),
        Ending::Abandoned => ("aborted", "caller", "The session was closed."),
        Ending::Locked => (
            "invalid-argument",
            "caller",
            "A stream is locked: someone else reads or writes it.",
        ),
        Ending::NotOctets => (
            "invalid-argument",
            "caller",
            "The readable stream gave something other than octets.",
        ),
        Ending::Finished | Ending::Lost => return None,
        #[cfg(feature = "tls")]
        Ending::Tls(failure) => {
            return Some((failure.code(), failure.blame(), failure.sentence().into()));
        }
    };
    Some((code, blame, message.into()))
}

fn blame(blame: Blame) -> &'static str {
    match blame {
        Blame::Caller => "caller",
        Blame::Server => "server",
        Blame::Protocol => "protocol",
        Blame::Transport => "transport",
        Blame::Limit => "limit",
    }
}

/// The error's own words as a sentence for people.
fn sentence(error: &Error) -> String {
    let words = error.to_string();
    let mut rest = words.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    let end = if words.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    first.into_iter().chain(rest).chain(end.chars()).collect()
}

#[cfg(test)]
mod tests {
    use pop3_proto::{Deletions, Keyword, Refusal, Status};

    use super::*;
    use crate::transport::ProxyReason;

    fn lost() -> Error {
        Error::ConnectionLost {
            farewell: None,
            deletions: Deletions::Undone([3, 1].into()),
        }
    }

    #[test]
    fn the_reason_of_the_transport_wins_over_a_lost_connection() {
        let idle = ProxyReason::of(4010, "idle-timeout").map(Ending::Proxy);
        for (ending, code, blame) in [
            (idle, "idle-timeout", "proxy"),
            (Some(Ending::NeverOpened), "connect-failed", "transport"),
            (Some(Ending::Abandoned), "aborted", "caller"),
            (Some(Ending::Locked), "invalid-argument", "caller"),
            (Some(Ending::NotOctets), "invalid-argument", "caller"),
            (Some(Ending::Finished), "connection-lost", "transport"),
            (Some(Ending::Lost), "connection-lost", "transport"),
            (None, "connection-lost", "transport"),
        ] {
            let failure = Failure::new(&lost(), ending.as_ref());
            assert_eq!((failure.code, failure.blame), (code, blame));
            assert_eq!(failure.undone_deletions, [3, 1]);
            assert!(failure.message.ends_with('.'), "{}", failure.message);
        }
    }

    #[test]
    fn an_error_of_the_session_stands_however_the_transport_ended() {
        let error = Error::Rejected {
            command: Some(Keyword::Pass),
            refusal: Refusal::InUse,
            status: Status {
                text: "Mailbox is locked.".to_owned(),
                code: Some("IN-USE".to_owned()),
            },
            deletions: Deletions::Untouched,
        };
        let failure = Failure::new(&error, Some(&Ending::Lost));
        let expected = Failure {
            code: "in-use",
            blame: "server",
            message: "The server refused PASS: Mailbox is locked.".to_owned(),
            server_text: Some("Mailbox is locked.".to_owned()),
            response_code: Some("IN-USE".to_owned()),
            undone_deletions: vec![],
            unknown_deletions: vec![],
            #[cfg(feature = "tls")]
            certificate: None,
        };
        assert_eq!(failure, expected);
    }
}
