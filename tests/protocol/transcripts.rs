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

use player::{Delivery, play, play_until};
use pop3_proto::quirks::QUIRKS;
use pop3_trials::transcript::{self, Conversation};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Plays all conversations in one way, and shows all that went wrong at once.
fn check(mut deliveries: impl FnMut(&Conversation) -> Vec<Delivery>) {
    let conversations = transcript::all();
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
    for conversation in transcript::all() {
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
    for conversation in transcript::all() {
        assert!(conversation.quirks.len() < 2, "{}", conversation.name);
        shown.extend(conversation.quirks);
    }
    let known: Vec<&str> = QUIRKS.iter().map(|quirk| quirk.name).collect();
    assert_eq!(shown, known);
}
