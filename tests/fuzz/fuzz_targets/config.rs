#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pop3_tests::trials::config::trial(input));
