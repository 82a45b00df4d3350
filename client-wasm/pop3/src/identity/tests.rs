use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Comparison, HeaderDigest, Listed};

fn listing<const N: usize>(uids: [Option<&str>; N]) -> Vec<Listed> {
    let entries = (1..).zip(uids);
    let listed = entries.map(|(number, uid)| Listed {
        number,
        uid: uid.map(String::from),
    });
    listed.collect()
}

fn digest(text: &str) -> HeaderDigest {
    HeaderDigest::of(text.as_bytes())
}

/// Compares, and gives the ids of all that is new: `headers` has those of the messages in order.
fn fetch(seen: &[String], listed: Vec<Listed>, headers: &[&str]) -> Vec<String> {
    let mut comparison = Comparison::new(seen.iter().map(String::as_str), listed);
    let header = |number: u32| digest(headers[number as usize - 1]);
    for number in comparison.undecided().collect::<Vec<_>>() {
        comparison.tell(number, header(number));
    }
    let fresh = comparison.fresh();
    let ids = fresh
        .into_iter()
        .map(|number| comparison.id(number, &header(number)));
    ids.map(|id| id.unwrap()).collect()
}

#[test]
fn what_was_seen_is_found_under_its_number_of_this_session() {
    let first = listing([Some("x"), Some("s"), Some("s"), None]);
    let headers = ["a", "b", "c", "d"];
    let seen = fetch(&[], first, &headers);
    // The first is gone, so that the others have moved up, and one no longer shares its identifier.
    let later = listing([Some("s"), Some("t"), None]);
    let mut comparison = Comparison::new(seen.iter().map(String::as_str), later);
    for number in comparison.undecided().collect::<Vec<_>>() {
        comparison.tell(number, digest(headers[number as usize]));
    }
    assert_eq!(comparison.fresh(), [0_u32; 0]);
    let numbers: Vec<_> = seen.iter().map(|id| comparison.number(id)).collect();
    assert_eq!(numbers, [None, Some(1), Some(2), Some(3)]);
    assert_eq!(comparison.gone(), seen[..1]);
    for unknown in ["", "u:digest:y", "not an id"] {
        assert_eq!(comparison.number(unknown), None, "{unknown:?}");
    }
}

#[test]
fn the_digest_is_of_the_lasting_fields_of_the_header_alone() {
    let plain = digest("From: a\r\nSubject: b\r\n");
    for same in [
        "From: a\r\nSubject: b\r\n\r\n",
        "From: a\r\nSubject: b\r\n\r\nbody\r\n\r\nmore",
        "Status: RO\r\nFrom: a\r\nSubject: b\r\nX-UIDL: abc\r\n def\r\n\r\n",
        "From: a\r\nSubject: b\r\nx-status : \r\n\r\n",
    ] {
        assert_eq!(digest(same), plain, "{same:?}");
    }
    for other in [
        "",
        "From: a\r\nSubject: c\r\n\r\n",
        "From: a\r\n\r\nSubject: b\r\n",
        "From: a\r\nSubject: b\r\nStatusquo: 1\r\n\r\n",
        "From: a\r\nSubject: b\r\n folded\r\n\r\n",
    ] {
        assert_ne!(digest(other), plain, "{other:?}");
    }
    assert_eq!(digest("From: a\n\nbody"), digest("From: a\n"));
}

#[test]
fn identifiers_decide_alone_where_each_has_its_own() {
    let ids = fetch(&[], listing([Some("x"), Some("y")]), &["a", "b"]);
    assert_eq!(ids.len(), 2);
    let comparison = Comparison::new(
        ids.iter().map(String::as_str),
        listing([Some("y"), Some("z")]),
    );
    assert_eq!(comparison.undecided().count(), 0);
    assert_eq!(comparison.gone(), ids[..1]);
    let more = fetch(&ids, listing([Some("y"), Some("z")]), &["b", "c"]);
    assert_eq!(more.len(), 1);
    assert!(more[0].ends_with(":z"), "{}", more[0]);
}

#[test]
fn a_message_is_known_again_when_its_identifier_starts_or_stops_to_be_shared() {
    let alone = fetch(&[], listing([Some("x")]), &["a"]);
    let shared = fetch(&alone, listing([Some("x"), Some("x")]), &["a", "b"]);
    assert_eq!(shared.len(), 1);
    let all = [alone, shared.clone()].concat();
    assert!(fetch(&all, listing([Some("x"), Some("x")]), &["b", "a"]).is_empty());
    assert!(fetch(&shared, listing([Some("x")]), &["b"]).is_empty());
    // Its namesake was never fetched.
    assert_eq!(fetch(&shared, listing([Some("x")]), &["c"]).len(), 1);
}

#[test]
fn without_identifiers_the_header_decides_and_copies_are_counted() {
    let ids = fetch(&[], listing([None, None, None]), &["a", "a", "b"]);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
    assert!(fetch(&ids, listing([None, None, None]), &["b", "a", "a"]).is_empty());
    assert_eq!(
        fetch(&ids, listing([None, Some(""), None]), &["a", "a", "a"]).len(),
        1
    );
}

#[test]
fn identifiers_that_come_and_go_make_nothing_new() {
    let without = fetch(&[], listing([None, None]), &["a", "b"]);
    assert!(fetch(&without, listing([Some("x"), Some("y")]), &["a", "b"]).is_empty());
    let with = fetch(&[], listing([Some("x"), Some("y")]), &["a", "b"]);
    assert!(fetch(&with, listing([None, None]), &["a", "b"]).is_empty());
}

#[test]
fn ids_of_another_kind_are_gone_and_match_nothing() {
    let odd = [
        "",
        "x",
        "u:",
        "u:abc",
        "d:abc:1",
        "n:abc:one",
        "n:abc:1:x",
        "q:abc:1",
    ];
    let mut comparison = Comparison::new(odd, listing([Some("x"), Some("abc")]));
    assert_eq!(comparison.fresh(), [1, 2]);
    assert_eq!(comparison.gone().len(), odd.len());
}

#[test]
fn equal_headers_that_are_told_one_after_the_other_have_ids_of_their_own() {
    let seen = ["n:x:1", "n:x:2"];
    let mut comparison = Comparison::new(seen, listing([None, Some("s"), None, Some("s"), None]));
    let mut ids = Vec::new();
    for number in [5, 2, 1, 4, 3] {
        comparison.tell(number, digest("a"));
        comparison.fresh();
        // Once it is new, no other header changes its id.
        comparison.tell(number, digest("b"));
        ids.push(comparison.id(number, &digest("a")).unwrap());
    }
    assert_eq!(comparison.fresh(), [1, 2, 3, 4, 5]);
    for (number, id) in [5, 2, 1, 4, 3].into_iter().zip(&ids) {
        assert_eq!(comparison.id(number, &digest("c")).as_ref(), Some(id));
    }
    let different: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(different.len(), 5, "{ids:?}");
    let all: Vec<String> = ids.clone();
    let mailbox = listing([None, Some("s"), None, Some("s"), None]);
    assert!(fetch(&all, mailbox, &["a"; 5]).is_empty());
}

#[test]
fn a_number_that_is_not_listed_has_no_id() {
    let mut comparison = Comparison::new([], listing([Some("x")]));
    comparison.tell(7, digest("a"));
    assert_eq!(comparison.id(7, &digest("a")), None);
}

#[test]
fn many_equal_messages_cost_no_more_than_many_different_ones() {
    let many: u32 = 20_000;
    let listed = || (1..=many).map(|number| Listed { number, uid: None });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut comparison = Comparison::new(ids.iter().map(String::as_str), listed());
        for number in 1..=many {
            comparison.tell(number, digest("a"));
        }
        let fresh = comparison.fresh();
        assert_eq!(fresh.len(), if ids.is_empty() { many as usize } else { 0 });
        ids.extend(
            fresh
                .iter()
                .map(|number| comparison.id(*number, &digest("a")).unwrap()),
        );
    }
}

/// What happens to a mailbox between and during sessions.
#[derive(Clone, Debug)]
enum Happening {
    /// A message comes, with an identifier of its own, one of few that are shared, or none.
    Delivered(Uid),
    /// The same once more: a copy of the message at this place, with its identifier if it is shared.
    Copied(prop::sample::Index),
    /// Somebody else deletes the message at this place.
    Deleted(prop::sample::Index),
    /// A session fetches this many of the new messages before it breaks; the server tells
    /// identifiers or does not, and lists its messages in either order.
    Session {
        fetches: usize,
        uidl: bool,
        backwards: bool,
    },
}

#[derive(Clone, Debug)]
enum Uid {
    Own,
    Shared(u8),
    Blank,
}

fn happening() -> impl Strategy<Value = Happening> {
    let uid = prop_oneof![
        3 => Just(Uid::Own),
        2 => (0..2_u8).prop_map(Uid::Shared),
        1 => Just(Uid::Blank),
    ];
    prop_oneof![
        4 => uid.prop_map(Happening::Delivered),
        1 => any::<prop::sample::Index>().prop_map(Happening::Copied),
        2 => any::<prop::sample::Index>().prop_map(Happening::Deleted),
        3 => (0..6_usize, prop::bool::weighted(0.8), any::<bool>()).prop_map(
            |(fetches, uidl, backwards)| Happening::Session { fetches, uidl, backwards }
        ),
    ]
}

struct Stored {
    header: usize,
    uid: String,
}

/// The mailbox, the ids that the user remembers, and how often each header came and was fetched.
#[derive(Default)]
struct World {
    mailbox: Vec<Stored>,
    seen: BTreeSet<String>,
    delivered: BTreeMap<usize, usize>,
    fetched: BTreeMap<usize, usize>,
    headers: usize,
}

impl World {
    fn deliver(&mut self, header: usize, uid: String) {
        *self.delivered.entry(header).or_default() += 1;
        self.mailbox.push(Stored { header, uid });
    }

    fn happen(&mut self, happening: Happening) {
        let size = self.mailbox.len();
        match happening {
            Happening::Delivered(uid) => {
                self.headers += 1;
                let uid = match uid {
                    Uid::Own => format!("own{}", self.headers),
                    Uid::Shared(which) => format!("shared{which}"),
                    Uid::Blank => String::new(),
                };
                self.deliver(self.headers, uid);
            }
            Happening::Copied(at) if size > 0 => {
                let Stored { header, uid } = &self.mailbox[at.index(size)];
                let copies = self.delivered[header];
                let uid = match uid.strip_prefix("own") {
                    Some(_) => format!("{uid}copy{copies}"),
                    None => uid.clone(),
                };
                self.deliver(*header, uid);
            }
            // One that is shared stays: if the next of its name were alone with it then, that
            // would be a used identifier given to another message, which no identifier can tell.
            Happening::Deleted(at) if size > 0 => {
                if !self.mailbox[at.index(size)].uid.starts_with("shared") {
                    self.mailbox.remove(at.index(size));
                }
            }
            Happening::Session {
                fetches,
                uidl,
                backwards,
            } => {
                self.session(fetches, uidl, backwards);
            }
            Happening::Copied(_) | Happening::Deleted(_) => {}
        }
    }

    fn session(&mut self, fetches: usize, uidl: bool, backwards: bool) {
        let mut order: Vec<&Stored> = self.mailbox.iter().collect();
        if backwards {
            order.reverse();
        }
        let listed = (1..).zip(&order).map(|(number, stored)| Listed {
            number,
            uid: uidl.then(|| stored.uid.clone()),
        });
        let mut comparison = Comparison::new(self.seen.iter().map(String::as_str), listed);
        let header = |number: u32| order[number as usize - 1].header;
        for number in comparison.undecided().collect::<Vec<_>>() {
            comparison.tell(number, digest(&format!("Message-ID: {}", header(number))));
        }
        let mut new = Vec::new();
        for number in comparison.fresh().into_iter().take(fetches) {
            let header = header(number);
            *self.fetched.entry(header).or_default() += 1;
            let id = comparison.id(number, &digest(&format!("Message-ID: {header}")));
            new.push(id.unwrap());
        }
        self.seen.extend(new);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_fetched_twice_and_nothing_is_missed(
        happenings in proptest::collection::vec(happening(), 0..60),
    ) {
        let mut world = World::default();
        for happening in happenings {
            world.happen(happening);
        }
        world.session(usize::MAX, true, false);
        for (header, fetched) in &world.fetched {
            prop_assert!(fetched <= &world.delivered[header], "{header} came twice");
        }
        for stored in &world.mailbox {
            prop_assert!(world.fetched.contains_key(&stored.header), "{} is missing", stored.header);
        }
        // And a session right after has nothing to do.
        let before = world.fetched.clone();
        world.session(usize::MAX, true, true);
        prop_assert_eq!(before, world.fetched);
    }
}
