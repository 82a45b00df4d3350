//! The inputs that fuzzing has left, without a fuzzer: each seed, and each input that once brought
//! something down, under a name that says what was wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by ending"
)]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use pop3_trials::TRIALS;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz")
        .join(name)
}

/// Runs a target on each file of a folder, which need not be there, and shows all that failed at
/// once. Says how many files there were.
fn replay(kind: &str, target: &str) -> usize {
    let (_, trial) = TRIALS.iter().find(|(name, _)| *name == target).unwrap();
    let folder = folder(kind).join(target);
    if !folder.exists() {
        return 0;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let fails = |file: &&PathBuf| {
        let input = fs::read(file).unwrap();
        catch_unwind(|| trial(&input)).is_err()
    };
    let failed: Vec<String> = files
        .iter()
        .filter(fails)
        .map(|file| file.display().to_string())
        .collect();
    assert!(failed.is_empty(), "these failed:\n{}", failed.join("\n"));
    files.len()
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            assert!(replay("seeds", stringify!($target)) > 0, "no seeds");
            replay("crashes", stringify!($target));
        })*

        #[test]
        fn every_target_is_replayed() {
            let known: Vec<&str> = TRIALS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, [$(stringify!($target)),*]);
        }
    };
}

targets! { reply session sasl mime }
