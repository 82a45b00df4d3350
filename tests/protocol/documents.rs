//! What documents say of the protocol: each case that was seen in the field, and each section of the
//! standards, is proven where they tell.
#![cfg(not(target_family = "wasm"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what is wrong by ending"
)]

use std::collections::BTreeSet;
use std::path::Path;

use pop3_trials::transcript;

/// `CASES.md` says where each case is proven. Each line that does names a conversation, or a file of
/// the repository and a word in it.
#[test]
fn what_proves_a_case_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cases = std::fs::read_to_string(root.join("tests/transcripts/CASES.md")).unwrap();
    let known: BTreeSet<String> = transcript::all()
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
        .filter(|line| line.starts_with("| ") && !line.starts_with("| --"))
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
