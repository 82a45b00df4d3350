//! The short form of `cargo xtask soak`.

use std::path::Path;
use std::time::Duration;

use pop3_tests::soak::{self, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_cut_on_both_sides_get_no_wrong_octet_and_leave_nothing_behind() {
    let plan = Plan {
        sessions: 60,
        warm_up: Duration::from_secs(5),
        duration: Duration::from_secs(12),
        pause: Duration::from_millis(400),
        seed: 1,
    };
    let report = soak::run(Path::new(env!("CARGO_BIN_EXE_pop3-proxy")), plan).await;
    let report = report.unwrap_or_else(|error| panic!("{error:#}"));
    // Every kind of ending came about, or nothing was shown.
    let count = |word: &str| {
        let of_kind = report
            .endings
            .iter()
            .filter(|(name, _)| name.contains(word));
        of_kind.map(|(_, count)| count).sum::<u64>()
    };
    for word in [
        "ended by QUIT",
        "interrupted",
        "Closes",
        "Vanishes",
        "Resets",
        "ClosesHalf",
    ] {
        assert!(count(word) > 0, "none {word}:\n{report}");
    }
}
