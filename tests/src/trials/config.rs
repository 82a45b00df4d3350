//! A configuration file.

use pop3_proxy::{Config, Proxy};

/// The fuzz target.
///
/// # Panics
/// When a mistake is not told in one line that can be shown, or a good configuration cannot be used.
pub fn trial(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    // They would be read, wherever they lie.
    if ["-file", "certificate"]
        .iter()
        .any(|key| text.contains(key))
    {
        return;
    }
    match Config::from_toml(&text) {
        Ok(config) => {
            // That the system has authorities is not this target's subject.
            let _ = Proxy::check(&config);
            config.check().expect("it was checked when it was read");
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty());
            assert!(!said.contains(char::is_control), "{said:?}");
            // What is missing at the end may be told of the empty line after the last.
            let lines = text.lines().count() + 1;
            assert!(error.line().is_none_or(|line| line <= lines), "{said}");
        }
    }
}
