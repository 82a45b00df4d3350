//! Plays every conversation in `tests/transcripts` against the session: whole, cut in two at every
//! octet, and octet by octet. All ways must give the same events. Then each is cut off at every
//! octet by the end of the connection, which must leave no command waiting.
//!
//! What the lines of those files mean is told in `tests/transcripts/README.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by ending"
)]

mod player;

use std::collections::BTreeSet;
use std::path::Path;

use player::{Delivery, play, play_until};
use pop3_proto::quirks::QUIRKS;
use pop3_trials::transcript::{self, Conversation};

/// All conversations, by the file they are in.
fn conversations() -> Vec<Conversation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of transcripts")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy();
            let text = std::fs::read_to_string(path).unwrap();
            transcript::read(&name, &text)
        })
        .collect()
}

/// Plays all conversations in one way, and shows all that went wrong at once.
fn check(mut deliveries: impl FnMut(&Conversation) -> Vec<Delivery>) {
    let conversations = conversations();
    assert!(!conversations.is_empty());
    let mut failures = Vec::new();
    for conversation in &conversations {
        for delivery in deliveries(conversation) {
            if let Err(difference) = play(conversation, delivery) {
                failures.push(format!(
                    "{} ({delivery:?})\n{difference}",
                    conversation.name
                ));
                break;
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failed\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn whole() {
    check(|_| vec![Delivery::Whole]);
}

#[test]
fn cut_at_every_octet() {
    check(|conversation| {
        (1..conversation.octets_from_server())
            .map(Delivery::CutAt)
            .collect()
    });
}

#[test]
fn octet_by_octet() {
    check(|_| vec![Delivery::Single]);
}

#[test]
fn octet_by_octet_with_events_left_lying() {
    check(|_| vec![Delivery::SingleUnfetched]);
}

#[test]
fn cut_off_at_every_octet() {
    for conversation in conversations() {
        for octets in 0..=conversation.octets_from_server() {
            if let Err(outcome) = play_until(&conversation, octets) {
                panic!("{}\n{outcome}", conversation.name);
            }
        }
    }
}

#[test]
fn each_quirk_has_one_transcript_of_its_own() {
    let mut shown = Vec::new();
    for conversation in conversations() {
        assert!(conversation.quirks.len() < 2, "{}", conversation.name);
        shown.extend(conversation.quirks);
    }
    let known: Vec<&str> = QUIRKS.iter().map(|quirk| quirk.name).collect();
    assert_eq!(shown, known);
}

/// `CASES.md` says where each case is proven. Each line that does names a conversation, or a file of
/// the repository and a word in it.
#[test]
fn what_proves_a_case_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cases = std::fs::read_to_string(root.join("tests/transcripts/CASES.md")).unwrap();
    let known: BTreeSet<String> = conversations()
        .into_iter()
        .map(|conversation| conversation.name)
        .collect();
    let mut lacking = Vec::new();
    let mut count = 0;
    let mut proven = true;
    for line in cases.lines() {
        if let Some(proof) = line.strip_prefix("  - ") {
            let (place, name) = proof.split_once(": ").expect(line);
            let (place, name) = (place.trim_matches('`'), name.trim_matches('`'));
            let there = if place.contains('/') {
                let text = std::fs::read_to_string(root.join(place)).expect(place);
                text.contains(name)
            } else {
                known.contains(&format!("{place}: {name}"))
            };
            if !there {
                lacking.push(line);
            }
            proven = true;
        } else if line.starts_with("- ") {
            assert!(proven, "nothing proves the case before: {line}");
            (count, proven) = (count + 1, false);
        }
    }
    assert!(lacking.is_empty() && proven, "{}", lacking.join("\n"));
    assert!(count > 0);
}

/// The table of standards in the package's README names files, items in them, and tests.
#[test]
fn the_table_of_standards_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("client-wasm/README.md")).unwrap();
    let (_, section) = readme.split_once("\n## Standards\n").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    let mut rows = 0;
    // The heading, and the line below it.
    for row in section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
    {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [_, _, places, tests] = cells[..] else {
            panic!("not four cells: {row}");
        };
        let mut text = None;
        for place in quoted(places) {
            if place.ends_with(".rs") {
                let path = root.join("client-wasm").join(place);
                text = Some(std::fs::read_to_string(path).expect(place));
            } else {
                let text = text.as_ref().expect(row);
                assert!(text.contains(place), "{place} is not there: {row}");
            }
        }
        assert!(text.is_some(), "no file: {row}");
        let mut held = false;
        for test in quoted(tests) {
            let path = if test.contains('/') {
                root.join(test)
            } else {
                root.join(format!("tests/transcripts/{test}.txt"))
            };
            assert!(path.is_file(), "{test} is not there: {row}");
            held = true;
        }
        assert!(held, "no test: {row}");
        rows += 1;
    }
    assert!(rows > 0);
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
