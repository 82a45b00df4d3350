//! The client's fuzz targets on what fuzzing has left.
#![allow(clippy::expect_used, reason = "a test says what is wrong by ending")]

use pop3_trials::TRIALS;

pop3_trials::replayed! { TRIALS: reply session sasl mime }
