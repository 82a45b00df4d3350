//! What `-ERR` means, by its response code or its words.

use crate::command::Keyword;
use crate::quirks;
use crate::reply::Status;

/// What a refusal means, as far as the server told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing more precise is known.
    Other,
    /// The credentials are wrong: `[AUTH]`, or a sign-in refused without a code.
    Credentials,
    /// Another session holds the mailbox: `[IN-USE]`.
    InUse,
    /// The user signed in too recently: `[LOGIN-DELAY]`.
    LoginDelay,
    /// A failure of the server that may pass: `[SYS/TEMP]`.
    Temporary,
    /// A failure of the server that needs its administrator: `[SYS/PERM]`.
    Permanent,
    /// The mailbox can be read only after UTF8: `[UTF8]`
    /// ([RFC 6856 section 4](https://www.rfc-editor.org/rfc/rfc6856#section-4)).
    Utf8,
}

impl Refusal {
    /// What a negative answer to this command means; `None` stands for the greeting.
    pub(super) fn of(command: Option<Keyword>, status: &Status) -> Self {
        let Some(code) = &status.code else {
            return match command {
                Some(Keyword::Pass | Keyword::Apop | Keyword::Rpop | Keyword::Auth) => {
                    quirks::refusal_in_words(&status.text).unwrap_or(Self::Credentials)
                }
                _ => Self::Other,
            };
        };
        // A server may add levels of its own below those that are known.
        let mut levels = code.split('/').map(str::to_ascii_uppercase);
        let (first, second) = (levels.next(), levels.next());
        match (first.as_deref(), second.as_deref()) {
            (Some("AUTH"), _) => Self::Credentials,
            (Some("IN-USE"), _) => Self::InUse,
            (Some("LOGIN-DELAY"), _) => Self::LoginDelay,
            (Some("SYS"), Some("TEMP")) => Self::Temporary,
            (Some("SYS"), Some("PERM")) => Self::Permanent,
            (Some("UTF8"), _) => Self::Utf8,
            _ => Self::Other,
        }
    }
}
