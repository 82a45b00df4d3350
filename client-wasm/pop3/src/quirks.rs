//! Deviations of real servers that the session bears with, each under a name.
//!
//! [`QUIRKS`] is the whole list. Whatever is not on it and breaks
//! [RFC 1939](https://www.rfc-editor.org/rfc/rfc1939) is an error. `tests/transcripts/quirks.txt`
//! has one conversation for each, in this order, and the suite fails where one is missing.
//!
//! One deviation is an error although its server is known: Exchange 2000 may end a message without
//! the line end before the final dot. Any line of text may end in a dot, so nothing can tell that
//! this was the end; the command fails when
//! [`command_timeout`](crate::Config::command_timeout) has passed.

use crate::error::Refusal;

/// A deviation that is borne with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quirk {
    /// Its name, as code and tests refer to it.
    pub name: &'static str,
    /// What the server does, and where it was seen.
    pub deviation: &'static str,
    /// What the session makes of it.
    pub borne: &'static str,
}

/// All that is borne with.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        name: "bare-lf",
        deviation: "Lines end with LF alone; in messages that come from Unix files, all of them.",
        borne: "Accepted in status lines and lists. In a message, if its first line ends so; else \
                a bare LF is an octet like others, and cannot fake the end of the message.",
    },
    Quirk {
        name: "blank-line-before-status",
        deviation: "An empty line before a status line, or after the reply (hMailServer).",
        borne: "Passed over, up to eight in a row.",
    },
    Quirk {
        name: "blank-answer-to-dele",
        deviation: "DELE is answered with an empty line and nothing else (Office 365).",
        borne: "After two seconds of silence that DELE fails as malformed, and the session goes \
                on. The message does not count as marked.",
    },
    Quirk {
        name: "dot-cr-ends-reply",
        deviation: "The final line is a dot and CR, without LF (Cyrus 3.4.6).",
        borne: "The reply ends at the CR; an LF after it is passed over.",
    },
    Quirk {
        name: "indicator-run-on",
        deviation: "No space between the status indicator and the text: `+OKready`.",
        borne: "The text starts right after the indicator.",
    },
    Quirk {
        name: "unstuffed-dot",
        deviation: "A line that starts with a dot is sent without a second one.",
        borne: "The dot is taken off, as RFC 1939 says of any line, unless the line is the end.",
    },
    Quirk {
        name: "extra-words",
        deviation: "Words after the numbers of STAT and LIST.",
        borne: "Ignored.",
    },
    Quirk {
        name: "several-spaces",
        deviation: "Several spaces or tabs between the words of STAT, LIST, UIDL and LANG, or \
                    around them.",
        borne: "Taken for one.",
    },
    Quirk {
        name: "ok-on-every-line",
        deviation: "Every line of LIST or UIDL starts with `+OK`.",
        borne: "Taken off.",
    },
    Quirk {
        name: "numbers-skipped",
        deviation: "LIST and UIDL leave messages out that were not deleted, or shuffle them.",
        borne: "The entries are given as they came.",
    },
    Quirk {
        name: "listed-in-part",
        deviation: "LIST and UIDL show fewer messages than STAT counts (Gmail, WildDuck).",
        borne: "Each answer is given as it came. A message that is not listed can be asked for.",
    },
    Quirk {
        name: "deleted-still-listed",
        deviation: "LIST and UIDL go on to show messages marked for deletion (Twisted).",
        borne: "Entries whose DELE was accepted in this session are left out.",
    },
    Quirk {
        name: "deleted-twice",
        deviation: "DELE is accepted for a message that is marked already (GNU Mailutils).",
        borne: "It counts once.",
    },
    Quirk {
        name: "uidl-without-number",
        deviation: "UIDL for one message is answered with the id alone (Twisted).",
        borne: "Taken for the id of the message asked for.",
    },
    Quirk {
        name: "uid-blank",
        deviation: "A line of UIDL has a number and no id.",
        borne: "Given as an empty id, which is no key to remember a message by.",
    },
    Quirk {
        name: "uid-repeated",
        deviation: "Two messages have the same id, as RFC 1939 allows for equal messages.",
        borne: "Both are given.",
    },
    Quirk {
        name: "uid-long",
        deviation: "An id of more than 70 octets, or with spaces in it.",
        borne: "Given whole, up to the limit for a line.",
    },
    Quirk {
        name: "uid-8bit",
        deviation: "An id with octets outside ASCII.",
        borne: "Read as UTF-8; where it is none, each octet becomes the character of its number.",
    },
    Quirk {
        name: "text-8bit",
        deviation: "Words with octets that are no UTF-8, or with control characters.",
        borne: "They become U+FFFD, and a tab becomes a blank.",
    },
    Quirk {
        name: "second-status-line",
        deviation: "TOP is answered with two lines `+OK` (FTGate).",
        borne: "The second one is dropped.",
    },
    Quirk {
        name: "top-too-much",
        deviation: "TOP gives the whole message (Stalwart), or ten lines whatever was asked for \
                    (usa.net).",
        borne: "Given as it comes.",
    },
    Quirk {
        name: "top-cut-short",
        deviation: "TOP gives fewer lines than were asked for, even within a line (Maillennium).",
        borne: "Given as it comes. TOP is not a way to fetch messages.",
    },
    Quirk {
        name: "size-guessed",
        deviation: "LIST's sizes are not those of the messages (Exchange, qmail).",
        borne: "They steer the window and nothing else; the end of a message is its dot.",
    },
    Quirk {
        name: "capa-refused",
        deviation: "CAPA is unknown.",
        borne: "The sign-in goes on, and commands are sent one by one.",
    },
    Quirk {
        name: "capability-repeated",
        deviation: "A capability comes on several lines.",
        borne: "The arguments are joined; a line that is there twice counts once.",
    },
    Quirk {
        name: "capability-blank",
        deviation: "An empty line among the capabilities.",
        borne: "Ignored.",
    },
    Quirk {
        name: "capability-run-on",
        deviation: "A capability has no space before its argument: `EXPIRENEVER` (GNU Mailutils).",
        borne: "It is a capability of that whole name, and the setting counts as not told.",
    },
    Quirk {
        name: "code-not-announced",
        deviation: "A response code from a server that does not offer RESP-CODES.",
        borne: "It counts.",
    },
    Quirk {
        name: "refusal-in-words",
        deviation: "A sign-in is refused without a response code because the mailbox is locked, \
                    the user came back too soon, or the service is down.",
        borne: "A few words in the text (`locked`, `wait`, `service unavailable`) tell these from \
                a wrong password.",
    },
    Quirk {
        name: "unsupported-in-words",
        deviation: "AUTH, APOP or USER is refused without a response code because the server does \
                    not know it, although it offers it.",
        borne: "A few words in the text (`unknown command`, `unsupported mechanism`) have a \
                sign-in try its next method.",
    },
    Quirk {
        name: "bare-plus",
        deviation: "A challenge of AUTH is `+` alone, without the space after it.",
        borne: "It is an empty challenge.",
    },
    Quirk {
        name: "ok-for-challenge",
        deviation: "`+OK` stands where `+` is due, to ask for a response of AUTH (Exchange 2003).",
        borne: "While the client has not said all there is, and the server need not prove \
                anything, it is a challenge: the words after it if they are base64, else an empty \
                one.",
    },
    Quirk {
        name: "user-not-announced",
        deviation: "CAPA does not list USER, and PASS is accepted all the same.",
        borne: "A sign-in that finds nothing else tries them.",
    },
    Quirk {
        name: "farewell",
        deviation: "The server says `-ERR` unasked before it hangs up on an idle session \
                    (Dovecot).",
        borne: "The session ends as by a lost connection, with the server's words.",
    },
    Quirk {
        name: "unterminated-status",
        deviation: "The connection ends within the line that refuses a command or answers QUIT.",
        borne: "The line counts as complete.",
    },
];

/// How many empty lines in a row are passed over where a status line is due.
pub(crate) const MOST_BLANK_LINES: u8 = 8;

/// How long to wait for a status line after DELE was answered with an empty line, in milliseconds.
pub(crate) const BLANK_ANSWER_GRACE: u64 = 2_000;

/// The quirk `refusal-in-words`: what PASS refused without a code means.
pub(crate) fn refusal_in_words(text: &str) -> Option<Refusal> {
    let has = |wanted: &[&str]| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| {
                wanted
                    .iter()
                    .any(|wanted| word.eq_ignore_ascii_case(wanted))
            })
    };
    // A locked account is a matter of credentials; a locked mailbox is one of another session.
    if has(&["lock", "locked"]) && !has(&["account", "user"]) {
        Some(Refusal::InUse)
    } else if has(&["wait"]) {
        Some(Refusal::LoginDelay)
    } else if says(text, "service unavailable") {
        Some(Refusal::Temporary)
    } else {
        None
    }
}

/// The quirk `unsupported-in-words`: is it the command or mechanism that is refused, and not what
/// was said by it?
pub(crate) fn unsupported_in_words(text: &str) -> bool {
    let has = |wanted: &[&str]| wanted.iter().any(|words| says(text, words));
    has(&["command", "mechanism", "method", "authentication type"])
        && has(&[
            "unknown",
            "unsupported",
            "not supported",
            "unrecognized",
            "unrecognised",
            "not recognized",
            "unimplemented",
            "not implemented",
            "invalid",
            "disabled",
        ])
}

/// Do these words stand in the text, in whatever case?
fn says(text: &str, words: &str) -> bool {
    let mut places = text.as_bytes().windows(words.len());
    places.any(|place| place.eq_ignore_ascii_case(words.as_bytes()))
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{refusal_in_words, unsupported_in_words};
    use crate::error::Refusal;

    #[test]
    fn words_of_a_refusal() {
        for (text, refusal) in [
            ("maildrop already locked", Some(Refusal::InUse)),
            ("Unable to lock maildrop: LOCKED", Some(Refusal::InUse)),
            ("Your account is locked", None),
            ("you are blocked", None),
            ("Please WAIT a minute.", Some(Refusal::LoginDelay)),
            ("Service unavailable", Some(Refusal::Temporary)),
            ("invalid password", None),
            ("", None),
        ] {
            assert_eq!(refusal_in_words(text), refusal, "{text}");
        }
    }

    #[test]
    fn words_for_what_is_not_known() {
        for text in [
            "Unknown command.",
            "Unsupported authentication mechanism",
            "5.7.4 Unrecognized authentication type",
            "Invalid command",
            "APOP: command not implemented",
        ] {
            assert!(unsupported_in_words(text), "{text}");
        }
        for text in [
            "",
            "Unknown user",
            "Invalid password",
            "authentication failed",
            "invalid credentials",
            "account disabled",
        ] {
            assert!(!unsupported_in_words(text), "{text}");
        }
    }
}
