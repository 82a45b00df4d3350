//! Which messages of a mailbox were seen in earlier sessions.
//!
//! The server's unique identifiers tell, where there are any
//! ([RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)). But UIDL is optional;
//! some servers leave an identifier blank, and equal messages may share one, as different ones do
//! on broken servers. There a digest of the header stands in, and equal ones are counted.
//!
//! The user remembers one string for each message, its id, and hands them all in again. An id holds
//! both the digest and the identifier, so that a message is known again when its identifier stops
//! or starts to be shared. What no id can tell is a server that gives the identifier of a message
//! that is gone to another one; and a copy to the octet that comes after the first is gone counts as
//! the same message where there are no identifiers.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use base64ct::{Base64UrlUnpadded, Encoding};
use memchr::memchr;
use sha2::{Digest, Sha256};

use crate::order;

/// Fields that servers and mail stores write into a message after its delivery, in lower case.
const VOLATILE: [&[u8]; 6] = [
    b"status",
    b"x-status",
    b"x-keywords",
    b"x-uid",
    b"x-uidl",
    b"content-length",
];

/// The SHA-256 of a message's header, in URL-safe base64. It is the same for RETR and for TOP with
/// any number of lines: the body does not count, nor do the fields that mail stores keep changing
/// (`Status`, `X-Status`, `X-Keywords`, `X-UID`, `X-UIDL`, `Content-Length`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeaderDigest(String);

impl HeaderDigest {
    /// Of a message, or of its beginning if that holds the whole header.
    pub fn of(message: &[u8]) -> Self {
        let mut hash = Sha256::new();
        let mut rest = message;
        let mut volatile = false;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            rest = after;
            if matches!(line, b"\r\n" | b"\n") {
                break;
            }
            // A line that starts with white space goes on with the field before it.
            if !line.starts_with(b" ") && !line.starts_with(b"\t") {
                volatile = is_volatile(line);
            }
            if !volatile {
                hash.update(line);
            }
        }
        Self(Base64UrlUnpadded::encode_string(&hash.finalize()))
    }
}

fn is_volatile(line: &[u8]) -> bool {
    let name = memchr(b':', line).and_then(|colon| line.get(..colon));
    name.is_some_and(|name| {
        let name = name.trim_ascii_end();
        VOLATILE
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    })
}

/// A message as the mailbox lists it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number in this session.
    pub number: u32,
    /// What UIDL tells of it; `None` or empty where it tells nothing.
    pub uid: Option<String>,
}

/// How a message can be known again. Ids of one digest, and among them those of one identifier,
/// stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    digest: String,
    /// The server's identifier; `None` where it told none, and the digest stands alone.
    uid: Option<String>,
    /// Which one it is among those of the same digest and identifier; `None` where the identifier
    /// was the message's own.
    copy: Option<u32>,
}

impl Id {
    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let (digest, rest) = match kind {
            "u" | "d" | "n" => rest.split_once(':')?,
            _ => return None,
        };
        let (copy, uid) = match kind {
            "u" => (None, Some(rest)),
            "d" => {
                let (copy, uid) = rest.split_once(':')?;
                (Some(copy), Some(uid))
            }
            _ => (Some(rest), None),
        };
        Some(Self {
            digest: digest.to_owned(),
            uid: uid.map(ToOwned::to_owned),
            copy: copy.map(str::parse).transpose().ok()?,
        })
    }

    fn text(&self) -> String {
        let (digest, copy) = (&self.digest, self.copy.unwrap_or_default());
        match &self.uid {
            Some(uid) if self.copy.is_none() => format!("u:{digest}:{uid}"),
            Some(uid) => format!("d:{digest}:{copy}:{uid}"),
            None => format!("n:{digest}:{copy}"),
        }
    }
}

/// A mailbox held against the ids of the messages that were seen before.
///
/// Make it of a listing; give it the digests that it [asks for](Self::undecided); then it knows
/// which messages are [new](Self::fresh). Of each that is fetched it gives the [id](Self::id) to
/// remember.
#[derive(Debug)]
pub struct Comparison {
    /// Ids handed in, in their order.
    seen: Vec<Seen>,
    /// Ids handed in that no version of this crate has made.
    unreadable: Vec<String>,
    /// By number.
    messages: Vec<Place>,
}

/// A message of an earlier session.
#[derive(Clone, Debug)]
struct Seen {
    id: Id,
    /// The message of the mailbox that it is.
    taken: Option<u32>,
}

/// A message of the mailbox.
#[derive(Clone, Debug)]
struct Place {
    number: u32,
    uid: Option<String>,
    /// The identifier is this message's alone.
    own: bool,
    verdict: Verdict,
    /// The digest, where the identifier does not decide and the header has been told.
    digest: Option<String>,
    /// For the id of a new message whose identifier is not its own.
    copy: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Seen,
    Fresh,
    /// The header decides.
    Undecided,
}

impl Comparison {
    /// Holds what the mailbox lists now against the ids of earlier sessions.
    pub fn new<'a>(
        seen: impl IntoIterator<Item = &'a str>,
        listing: impl IntoIterator<Item = Listed>,
    ) -> Self {
        let mut ids = Vec::new();
        let mut unreadable = Vec::new();
        for text in seen {
            match Id::parse(text) {
                Some(id) => ids.push(Seen { id, taken: None }),
                None => unreadable.push(text.to_owned()),
            }
        }
        let messages = listing.into_iter().map(|Listed { number, uid }| Place {
            number,
            uid: uid.filter(|uid| !uid.is_empty()),
            own: false,
            verdict: Verdict::Undecided,
            digest: None,
            copy: None,
        });
        let mut comparison = Self {
            seen: order::sorted(ids, |a, b| a.id.cmp(&b.id)),
            unreadable,
            messages: order::sorted(messages.collect(), |a, b| a.number.cmp(&b.number)),
        };
        comparison.judge_by_uid();
        comparison
    }

    /// What the identifiers alone can tell.
    fn judge_by_uid(&mut self) {
        // It may be a message whose identifier the server told only now.
        let nameless = self.seen.iter().any(|seen| seen.id.uid.is_none());
        let seen_uid = |at: usize| self.seen.get(at).and_then(|seen| seen.id.uid.as_deref());
        let seen_by_uid = order::indices(self.seen.len(), &|a, b| seen_uid(a).cmp(&seen_uid(b)));
        let uid = |at: usize| self.messages.get(at).and_then(|place| place.uid.as_deref());
        let by_uid = order::indices(self.messages.len(), &|a, b| uid(a).cmp(&uid(b)));
        let runs = by_uid.chunk_by(|a, b| uid(*a) == uid(*b));
        let own: Vec<usize> = runs
            .filter_map(|run| <[usize; 1]>::try_from(run).ok())
            .flatten()
            .collect();
        // Both in the order of the identifiers, so one look at each is enough.
        let mut left = seen_by_uid.into_iter().peekable();
        for at in own {
            let Some(place) = self.messages.get_mut(at) else {
                continue;
            };
            if place.uid.is_none() {
                continue;
            }
            place.own = true;
            let (mut known, mut shared_before) = (false, false);
            while let Some(seen) = left.peek().and_then(|at| self.seen.get_mut(*at)) {
                match seen.id.uid.cmp(&place.uid) {
                    Ordering::Less => {}
                    Ordering::Equal if seen.id.copy.is_none() => {
                        seen.taken = Some(place.number);
                        known = true;
                    }
                    Ordering::Equal => shared_before = true,
                    Ordering::Greater => break,
                }
                left.next();
            }
            if known {
                place.verdict = Verdict::Seen;
            } else if !nameless && !shared_before {
                place.verdict = Verdict::Fresh;
            }
        }
    }

    /// Messages of which nothing can be said before [`tell`](Self::tell) has their headers.
    pub fn undecided(&self) -> impl Iterator<Item = u32> {
        let undecided =
            |place: &&Place| place.verdict == Verdict::Undecided && place.digest.is_none();
        self.messages
            .iter()
            .filter(undecided)
            .map(|place| place.number)
    }

    /// Tells the digest of a message's header. For one that is not [undecided](Self::undecided) it
    /// does nothing.
    pub fn tell(&mut self, number: u32, digest: HeaderDigest) {
        if let Some(at) = self.at(number)
            && let Some(place) = self.messages.get_mut(at)
            && place.verdict == Verdict::Undecided
        {
            place.digest.get_or_insert(digest.0);
        }
    }

    /// Where a message stands.
    fn at(&self, number: u32) -> Option<usize> {
        let found = self
            .messages
            .binary_search_by_key(&number, |place| place.number);
        found.ok()
    }

    /// The messages that were not seen before, by their numbers. Those that are still undecided are
    /// left out, and stay so.
    pub fn fresh(&mut self) -> Vec<u32> {
        self.judge_by_digest(true);
        // What is left goes to those whose identifier has come, gone or changed.
        self.judge_by_digest(false);
        self.count_copies();
        let fresh = |place: &&Place| place.verdict == Verdict::Fresh;
        self.messages
            .iter()
            .filter(fresh)
            .map(|place| place.number)
            .collect()
    }

    /// Gives each undecided message an id of its digest that no other message has, if one is left.
    fn judge_by_digest(&mut self, same_uid: bool) {
        let mut left = 0;
        // The ids are in the same order, so one look at each is enough.
        for at in self.by_digest(same_uid) {
            let Some(place) = self.messages.get_mut(at) else {
                continue;
            };
            if place.verdict != Verdict::Undecided {
                continue;
            }
            let wanted = (
                place.digest.as_deref(),
                place.uid.as_deref().filter(|_| same_uid),
            );
            while let Some(seen) = self.seen.get_mut(left) {
                let id = &seen.id;
                let offered = (Some(&*id.digest), id.uid.as_deref().filter(|_| same_uid));
                match offered.cmp(&wanted) {
                    Ordering::Greater => break,
                    Ordering::Equal if seen.taken.is_none() => {
                        seen.taken = Some(place.number);
                        place.verdict = Verdict::Seen;
                        break;
                    }
                    Ordering::Equal | Ordering::Less => left += 1,
                }
            }
        }
    }

    /// Where the messages stand whose digests were told, in the order of these, of the identifiers
    /// if those count, and of the copies.
    fn by_digest(&self, same_uid: bool) -> Vec<usize> {
        let key = |at: usize| {
            let place = self.messages.get(at)?;
            let uid = place.uid.as_deref().filter(|_| same_uid);
            Some((
                place.digest.as_deref()?,
                uid,
                place.copy.is_none(),
                place.copy,
            ))
        };
        let mut order = order::indices(self.messages.len(), &|a, b| key(a).cmp(&key(b)));
        order.retain(|at| key(*at).is_some());
        order
    }

    /// What is still undecided is new. Where the identifier is not the message's own, it is counted
    /// among its likes, past the ids of earlier sessions.
    fn count_copies(&mut self) {
        let mut last: Option<Id> = None;
        for at in self.by_digest(true) {
            let Some(place) = self.messages.get_mut(at) else {
                continue;
            };
            if place.verdict == Verdict::Undecided {
                place.verdict = Verdict::Fresh;
            }
            let Some(digest) = &place.digest else {
                continue;
            };
            if place.own || place.verdict == Verdict::Seen {
                continue;
            }
            let alike = last
                .take()
                .filter(|id| id.digest == *digest && id.uid == place.uid);
            let mut id = alike.unwrap_or_else(|| Id {
                digest: digest.clone(),
                uid: place.uid.clone(),
                copy: None,
            });
            if place.copy.is_none() {
                loop {
                    place.copy = Some(id.copy.unwrap_or_default() + 1);
                    id.copy = place.copy;
                    if self.seen.binary_search_by(|seen| seen.id.cmp(&id)).is_err() {
                        break;
                    }
                }
            }
            id.copy = place.copy;
            last = Some(id);
        }
    }

    /// The id to remember for a message that was [new](Self::fresh), once it is stored, with the
    /// digest of what was stored. `None` for a number that is not listed, or not new.
    pub fn id(&self, number: u32, digest: &HeaderDigest) -> Option<String> {
        let place = self.messages.get(self.at(number)?)?;
        let (digest, copy) = if place.own {
            (&digest.0, None)
        } else {
            // By what it was judged, or it would be new for ever.
            (place.digest.as_ref()?, Some(place.copy?))
        };
        let (digest, uid) = (digest.clone(), place.uid.clone());
        Some(Id { digest, uid, copy }.text())
    }

    /// The number in this session of a message that was seen before, if the mailbox still holds it.
    /// Complete after [`fresh`](Self::fresh).
    pub fn number(&self, id: &str) -> Option<u32> {
        let id = Id::parse(id)?;
        let at = self.seen.binary_search_by(|seen| seen.id.cmp(&id)).ok()?;
        self.seen.get(at)?.taken
    }

    /// Ids of messages that the mailbox holds no more, so that they can be forgotten. Complete
    /// after [`fresh`](Self::fresh).
    pub fn gone(&self) -> Vec<String> {
        let untaken = self.seen.iter().filter(|seen| seen.taken.is_none());
        let gone = untaken.map(|seen| seen.id.text());
        gone.chain(self.unreadable.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests;
