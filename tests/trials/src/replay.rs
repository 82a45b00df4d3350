//! The inputs that fuzzing has left, without a fuzzer: each seed, and each input that once brought
//! something down, under a name that says what was wrong.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Runs a target on its seeds and its crashes, and shows all files that failed at once.
///
/// # Panics
/// When one fails, and when there is no seed.
pub fn replay(target: &str, trial: fn(&[u8])) {
    assert!(all("seeds", target, trial) > 0, "no seeds");
    all("crashes", target, trial);
}

/// Says how many files there were. The folder need not be there.
fn all(kind: &str, target: &str, trial: fn(&[u8])) -> usize {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let Ok(folder) = fs::read_dir(fuzz.join(kind).join(target)) else {
        return 0;
    };
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let fails = |file: &&PathBuf| {
        let input = fs::read(file).expect("a file that can be read");
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

/// One test for each target of a table, and one that none is left out.
#[macro_export]
macro_rules! replayed {
    ($trials:ident: $($target:ident)*) => {
        $(#[test]
        fn $target() {
            let (_, trial) = $trials
                .iter()
                .find(|(name, _)| *name == stringify!($target))
                .expect("a target of that name");
            $crate::replay::replay(stringify!($target), *trial);
        })*

        #[test]
        fn every_target_is_replayed() {
            let known: Vec<&str> = $trials.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, [$(stringify!($target)),*]);
        }
    };
}
