//! The mailbox, its messages, and the exclusive right to it that a session holds.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Mutex, OwnedMutexGuard, TryLockError};

/// A message: its unique-id and its octets, in lines that end in CRLF.
#[derive(Clone)]
pub(super) struct Message {
    uid: String,
    octets: Bytes,
}

impl Message {
    /// A message whose unique-id is made of its name and its octets: the same in every process,
    /// another one as soon as the message is written anew.
    pub(super) fn new(name: &str, octets: Bytes) -> Self {
        Self {
            uid: format!("{name}.{:016x}", fingerprint(&octets)),
            octets,
        }
    }

    /// One to 70 printable ASCII characters
    /// ([RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)).
    pub(super) fn uid(&self) -> &str {
        &self.uid
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn size(&self) -> usize {
        self.octets.len()
    }

    /// The header, the empty line, and the first `lines` lines of the body.
    pub(super) fn top(&self, lines: usize) -> &[u8] {
        let mut end = 0;
        let mut left: Option<usize> = None;
        for line in self.octets.split_inclusive(|&octet| octet == b'\n') {
            match left.as_mut() {
                Some(0) => break,
                Some(left) => *left -= 1,
                None if line == b"\r\n" => left = Some(lines),
                None => {}
            }
            end += line.len();
        }
        self.octets.get(..end).unwrap_or_default()
    }
}

/// FNV-1a, 64 bits. It tells versions of our own messages apart; nobody forges them.
fn fingerprint(octets: &[u8]) -> u64 {
    octets.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The mailbox between sessions. The mutex is the exclusive-access lock of
/// [RFC 1939 section 4](https://www.rfc-editor.org/rfc/rfc1939#section-4).
#[derive(Clone)]
pub(super) struct Mailbox(Arc<Mutex<Vec<Message>>>);

impl Mailbox {
    pub(super) fn new(messages: Vec<Message>) -> Self {
        Self(Arc::new(Mutex::new(messages)))
    }

    /// Takes the lock for a session.
    ///
    /// # Errors
    /// Another session has it.
    pub(super) fn open(&self) -> Result<Maildrop, TryLockError> {
        let messages = Arc::clone(&self.0).try_lock_owned()?;
        let deleted = vec![false; messages.len()];
        Ok(Maildrop { messages, deleted })
    }
}

/// The mailbox in the hands of one session, which gives it back when dropped. Message numbers stay
/// what they are throughout; deletions are marks until [`Maildrop::commit`].
pub(super) struct Maildrop {
    messages: OwnedMutexGuard<Vec<Message>>,
    deleted: Vec<bool>,
}

impl Maildrop {
    /// The messages that are not marked, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Message)> {
        let all = (1..).zip(self.messages.iter()).zip(&self.deleted);
        all.filter(|(_, deleted)| !**deleted)
            .map(|(numbered, _)| numbered)
    }

    /// How many messages are not marked, and their octets together.
    pub(super) fn count_and_size(&self) -> (usize, usize) {
        self.iter().fold((0, 0), |(count, size), (_, message)| {
            (count + 1, size + message.size())
        })
    }

    /// A message by its number; none if there never was one, or if it is marked.
    pub(super) fn message(&self, number: usize) -> Option<&Message> {
        let index = number.checked_sub(1)?;
        if *self.deleted.get(index)? {
            None
        } else {
            self.messages.get(index)
        }
    }

    /// Marks a message. Is there one of that number, not marked yet?
    pub(super) fn delete(&mut self, number: usize) -> bool {
        let mark = number
            .checked_sub(1)
            .and_then(|index| self.deleted.get_mut(index));
        match mark {
            Some(mark) if !*mark => {
                *mark = true;
                true
            }
            _ => false,
        }
    }

    /// Takes all marks away.
    pub(super) fn reset(&mut self) {
        self.deleted.fill(false);
    }

    /// Removes what is marked, gives the mailbox back, and says how many messages are left.
    pub(super) fn commit(mut self) -> usize {
        let mut deleted = std::mem::take(&mut self.deleted).into_iter();
        self.messages.retain(|_| !deleted.next().unwrap_or(false));
        self.messages.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(octets: &'static [u8]) -> Message {
        Message::new("m", Bytes::from_static(octets))
    }

    #[test]
    fn top_cuts_after_lines() {
        let table: &[(&'static [u8], usize, &[u8])] = &[
            (b"A: 1\r\n\r\none\r\ntwo\r\n", 0, b"A: 1\r\n\r\n"),
            (b"A: 1\r\n\r\none\r\ntwo\r\n", 1, b"A: 1\r\n\r\none\r\n"),
            (
                b"A: 1\r\n\r\none\r\ntwo\r\n",
                9,
                b"A: 1\r\n\r\none\r\ntwo\r\n",
            ),
            (b"A: 1\r\n\r\n\r\n\r\ntwo\r\n", 1, b"A: 1\r\n\r\n\r\n"),
            (b"A: 1\r\nno body\r\n", 0, b"A: 1\r\nno body\r\n"),
            (b"\r\nno header\r\n", 0, b"\r\n"),
            (b"", usize::MAX, b""),
        ];
        for (octets, lines, expected) in table {
            assert_eq!(
                message(octets).top(*lines),
                *expected,
                "{}",
                octets.escape_ascii()
            );
        }
    }

    #[test]
    fn a_unique_id_depends_on_name_and_octets_alone() {
        // The value is FNV-1a's own test vector for "foobar".
        assert_eq!(message(b"foobar").uid(), "m.85944171f73967e8");
        assert_ne!(message(b"foobaz").uid(), message(b"foobar").uid());
    }

    #[test]
    fn one_session_at_a_time() {
        let mailbox = Mailbox::new(vec![message(b"1\r\n")]);
        let first = mailbox.open().ok();
        assert!(first.is_some());
        assert!(mailbox.open().is_err());
        drop(first);
        assert!(mailbox.open().is_ok());
    }

    #[test]
    fn marks_are_kept_until_reset_or_commit() {
        let mailbox = Mailbox::new(vec![
            message(b"1\r\n"),
            message(b"22\r\n"),
            message(b"\r\n"),
        ]);
        let mut maildrop = mailbox.open().unwrap();
        assert!(maildrop.delete(2));
        assert!(!maildrop.delete(2), "it is marked already");
        assert!(!maildrop.delete(0) && !maildrop.delete(4), "there is none");
        assert!(maildrop.message(2).is_none() && maildrop.message(0).is_none());
        assert_eq!(maildrop.count_and_size(), (2, 5));
        assert_eq!(
            maildrop
                .iter()
                .map(|(number, _)| number)
                .collect::<Vec<_>>(),
            [1, 3]
        );
        maildrop.reset();
        assert_eq!(maildrop.count_and_size(), (3, 9));

        maildrop.delete(1);
        drop(maildrop);
        let mut maildrop = mailbox.open().unwrap();
        assert_eq!(maildrop.count_and_size(), (3, 9), "dropped without commit");

        maildrop.delete(1);
        assert_eq!(maildrop.commit(), 2);
        let maildrop = mailbox.open().unwrap();
        assert_eq!(
            maildrop.message(1).unwrap().octets(),
            b"22\r\n",
            "renumbered from 1"
        );
    }
}
