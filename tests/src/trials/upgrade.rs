//! What a client sends first: requests over HTTP, and the upgrade.

use super::gateway::{ORIGIN, Place};

static PLACE: Place = Place::new();

/// What the proxy may answer with. None of it is a fault of its own.
const STATUS: [&str; 12] = [
    "101", "200", "206", "304", "400", "403", "404", "405", "408", "416", "426", "431",
];

/// The fuzz target.
///
/// # Panics
/// When the proxy hangs or panics, answers with what is no HTTP, or opens a session that it must not.
pub fn trial(input: &[u8]) {
    let answer = PLACE.gateway().answer(input);
    if answer.is_empty() {
        return;
    }
    let answer = String::from_utf8_lossy(&answer);
    let version = answer
        .strip_prefix("HTTP/1.1 ")
        .or_else(|| answer.strip_prefix("HTTP/1.0 "));
    let status = version.and_then(|rest| rest.get(..3)).unwrap_or_default();
    assert!(STATUS.contains(&status), "{answer}");
    if status == "101" {
        is_allowed(&String::from_utf8_lossy(input), &answer);
    }
}

/// Holds a session that was opened against what PROTOCOL.md asks of the request for it.
fn is_allowed(request: &str, answer: &str) {
    let answer = answer.to_ascii_lowercase();
    let (head, _) = answer.split_once("\r\n\r\n").expect("a whole head");
    let has = |line: &str| head.lines().any(|found| found.starts_with(line));
    assert!(has("sec-websocket-accept: "), "{head}");
    assert!(has("sec-websocket-protocol: pop3.v1"), "{head}");
    assert!(!has("sec-websocket-extensions"), "{head}");

    // A line may end with LF alone, and a request may begin after empty lines.
    let lines = request.lines().map(|line| line.trim_end_matches('\r'));
    let lines = lines.skip_while(|line| line.is_empty());
    let mut lines = lines.take_while(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    assert!(first.starts_with("GET "), "{first:?}");
    let headers: Vec<(String, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .collect();
    let all = |wanted: &'static str| {
        let found = headers.iter().filter(move |(name, _)| name == wanted);
        found.map(|(_, value)| *value).collect::<Vec<&str>>()
    };
    let origins = all("origin");
    assert!(origins.is_empty() || origins == [ORIGIN], "{origins:?}");
    let version = all("sec-websocket-version");
    assert!(version.contains(&"13"), "{version:?}");
    let offered = all("sec-websocket-protocol").join(",");
    assert!(offered.contains("pop3.v1"), "{offered:?}");
    assert!(!all("sec-websocket-key").is_empty());
}
