#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pop3_trials::sasl::trial(input));
