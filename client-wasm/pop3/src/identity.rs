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
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};
use memchr::memchr;
use sha2::{Digest, Sha256};

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

/// How a message can be known again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    /// By an identifier of its own.
    Unique { digest: String, uid: String },
    /// By its digest, among others of the same identifier.
    Shared {
        digest: String,
        copy: u32,
        uid: String,
    },
    /// By its digest alone.
    Nameless { digest: String, copy: u32 },
}

impl Id {
    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let mut parts = rest.splitn(if kind == "u" { 2 } else { 3 }, ':');
        let digest = parts.next()?.to_owned();
        if kind == "u" {
            let uid = parts.next()?.to_owned();
            return Some(Self::Unique { digest, uid });
        }
        let copy = parts.next()?.parse().ok()?;
        match (kind, parts.next()) {
            ("d", Some(uid)) => Some(Self::Shared {
                digest,
                copy,
                uid: uid.to_owned(),
            }),
            ("n", None) => Some(Self::Nameless { digest, copy }),
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Unique { digest, uid } => format!("u:{digest}:{uid}"),
            Self::Shared { digest, copy, uid } => format!("d:{digest}:{copy}:{uid}"),
            Self::Nameless { digest, copy } => format!("n:{digest}:{copy}"),
        }
    }

    fn digest(&self) -> &str {
        match self {
            Self::Unique { digest, .. }
            | Self::Shared { digest, .. }
            | Self::Nameless { digest, .. } => digest,
        }
    }

    fn uid(&self) -> Option<&str> {
        match self {
            Self::Unique { uid, .. } | Self::Shared { uid, .. } => Some(uid),
            Self::Nameless { .. } => None,
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
    /// Ids handed in, and the message of the mailbox that has taken each.
    seen: BTreeMap<Id, Option<u32>>,
    /// Ids handed in that no version of this crate has made.
    unreadable: Vec<String>,
    messages: BTreeMap<u32, Place>,
    /// The last number that was tried for a copy of this digest and identifier.
    copies: BTreeMap<(String, Option<String>), u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    uid: Option<String>,
    /// The identifier is this message's alone.
    own: bool,
    verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Seen,
    Fresh,
    /// The header decides.
    Undecided(Option<HeaderDigest>),
}

impl Comparison {
    /// Holds what the mailbox lists now against the ids of earlier sessions.
    pub fn new<'a>(
        seen: impl IntoIterator<Item = &'a str>,
        listing: impl IntoIterator<Item = Listed>,
    ) -> Self {
        let mut ids = BTreeMap::new();
        let mut unreadable = Vec::new();
        for text in seen {
            match Id::parse(text) {
                Some(id) => {
                    ids.insert(id, None);
                }
                None => unreadable.push(text.to_owned()),
            }
        }
        let mut messages = BTreeMap::new();
        for Listed { number, uid } in listing {
            let uid = uid.filter(|uid| !uid.is_empty());
            let (own, verdict) = (false, Verdict::Undecided(None));
            messages.insert(number, Place { uid, own, verdict });
        }
        let mut comparison = Self {
            seen: ids,
            unreadable,
            messages,
            copies: BTreeMap::new(),
        };
        comparison.judge_by_uid();
        comparison
    }

    /// What the identifiers alone can tell.
    fn judge_by_uid(&mut self) {
        let mut owners: BTreeMap<&str, Option<u32>> = BTreeMap::new();
        for (number, place) in &self.messages {
            if let Some(uid) = place.uid.as_deref() {
                let owner = owners.entry(uid);
                // Of an identifier that two share, neither is the owner.
                owner.and_modify(|one| *one = None).or_insert(Some(*number));
            }
        }
        let own: BTreeMap<String, u32> = owners
            .into_iter()
            .filter_map(|(uid, owner)| Some((uid.to_owned(), owner?)))
            .collect();
        let mut shared_before: BTreeSet<&str> = BTreeSet::new();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut nameless = false;
        for (id, taken) in &mut self.seen {
            match id {
                Id::Unique { uid, .. } => {
                    known.insert(uid);
                    *taken = own.get(uid).copied();
                }
                Id::Shared { uid, .. } => {
                    shared_before.insert(uid);
                }
                // It may be a message whose identifier the server told only now.
                Id::Nameless { .. } => nameless = true,
            }
        }
        for place in self.messages.values_mut() {
            let Some(uid) = place.uid.as_deref().filter(|uid| own.contains_key(*uid)) else {
                continue;
            };
            place.own = true;
            if known.contains(uid) {
                place.verdict = Verdict::Seen;
            } else if !nameless && !shared_before.contains(uid) {
                place.verdict = Verdict::Fresh;
            }
        }
    }

    /// Messages of which nothing can be said before [`tell`](Self::tell) has their headers.
    pub fn undecided(&self) -> impl Iterator<Item = u32> {
        self.messages
            .iter()
            .filter(|(_, place)| place.verdict == Verdict::Undecided(None))
            .map(|(number, _)| *number)
    }

    /// Tells the digest of a message's header. For one that is not [undecided](Self::undecided) it
    /// does nothing.
    pub fn tell(&mut self, number: u32, digest: HeaderDigest) {
        if let Some(place) = self.messages.get_mut(&number)
            && place.verdict == Verdict::Undecided(None)
        {
            place.verdict = Verdict::Undecided(Some(digest));
        }
    }

    /// The messages that were not seen before, by their numbers. Those that are still undecided are
    /// left out, and stay so.
    pub fn fresh(&mut self) -> Vec<u32> {
        self.judge_by_digest();
        let mut fresh = Vec::new();
        for (number, place) in &mut self.messages {
            if matches!(place.verdict, Verdict::Undecided(Some(_))) {
                place.verdict = Verdict::Fresh;
            }
            if place.verdict == Verdict::Fresh {
                fresh.push(*number);
            }
        }
        fresh
    }

    /// Gives each undecided message an id of its digest that no other message has, if one is left:
    /// first to those that also have its identifier, then to the others.
    fn judge_by_digest(&mut self) {
        let mut left: BTreeMap<String, BTreeMap<Option<String>, Vec<Id>>> = BTreeMap::new();
        // The last one first, since they are taken off the end.
        for (id, _) in self.seen.iter().rev().filter(|(_, taken)| taken.is_none()) {
            let same_digest = left.entry(id.digest().to_owned()).or_default();
            let same_uid = same_digest.entry(id.uid().map(ToOwned::to_owned));
            same_uid.or_default().push(id.clone());
        }
        for with_uid in [true, false] {
            for (number, place) in &mut self.messages {
                let Verdict::Undecided(Some(digest)) = &place.verdict else {
                    continue;
                };
                let Some(ids) = left.get_mut(&digest.0) else {
                    continue;
                };
                let uid = if with_uid {
                    place.uid.clone()
                } else {
                    ids.keys().next().cloned().flatten()
                };
                if let Some(id) = take(ids, &uid) {
                    self.seen.insert(id, Some(*number));
                    place.verdict = Verdict::Seen;
                }
            }
        }
    }

    /// The id to remember for a message that was [new](Self::fresh), once it is stored. `None` for
    /// a number that is not listed.
    pub fn id(&mut self, number: u32, digest: &HeaderDigest) -> Option<String> {
        let place = self.messages.get(&number)?;
        let digest = digest.0.clone();
        if place.own
            && let Some(uid) = place.uid.clone()
        {
            return Some(Id::Unique { digest, uid }.text());
        }
        let uid = place.uid.clone();
        let last = self
            .copies
            .entry((digest.clone(), uid.clone()))
            .or_default();
        let id = loop {
            *last += 1;
            let (copy, digest) = (*last, digest.clone());
            let id = match uid.clone() {
                Some(uid) => Id::Shared { digest, copy, uid },
                None => Id::Nameless { digest, copy },
            };
            if !self.seen.contains_key(&id) {
                break id;
            }
        };
        let text = id.text();
        self.seen.insert(id, Some(number));
        Some(text)
    }

    /// The number in this session of a message that was seen before, if the mailbox still holds it.
    /// Complete after [`fresh`](Self::fresh).
    pub fn number(&self, id: &str) -> Option<u32> {
        *self.seen.get(&Id::parse(id)?)?
    }

    /// Ids of messages that the mailbox holds no more, so that they can be forgotten. Complete
    /// after [`fresh`](Self::fresh).
    pub fn gone(&self) -> Vec<String> {
        let untaken = self.seen.iter().filter(|(_, taken)| taken.is_none());
        let gone = untaken.map(|(id, _)| id.text());
        gone.chain(self.unreadable.iter().cloned()).collect()
    }
}

fn take(ids: &mut BTreeMap<Option<String>, Vec<Id>>, uid: &Option<String>) -> Option<Id> {
    let same = ids.get_mut(uid)?;
    let id = same.pop();
    if same.is_empty() {
        ids.remove(uid);
    }
    id
}

#[cfg(test)]
mod tests;
