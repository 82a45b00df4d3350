//! The data files of the suite, as part of the program.

include!(concat!(env!("OUT_DIR"), "/data.rs"));

/// The messages in `tests/mail/fixtures`, each under its name.
pub fn messages() -> &'static [(&'static str, &'static [u8])] {
    MESSAGES
}

/// The messages of the demo mailbox.
pub fn demo_messages() -> &'static [(&'static str, &'static [u8])] {
    DEMO_MESSAGES
}
