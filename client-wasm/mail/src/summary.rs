//! Date and message identifiers
//! ([RFC 5322, sections 3.3 and 3.6.4](https://www.rfc-editor.org/rfc/rfc5322#section-3.3)).

use mail_parser::{DateTime, HeaderValue, parsers::MessageStream};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Milliseconds since 1970, UTC, of a Date field; `None` for a date that cannot be.
pub(crate) fn date(value: &str) -> Option<i64> {
    // The parser tells months by a hash of two letters, so that any word is one.
    let month = |word: &str| {
        let start = word.get(..3).unwrap_or_default();
        MONTHS.iter().any(|month| start.eq_ignore_ascii_case(month))
    };
    if !value
        .split(|character: char| !character.is_ascii_alphabetic())
        .any(month)
    {
        return None;
    }
    // The parser wants the line end that closes the field.
    let line = format!("{value}\n");
    let HeaderValue::DateTime(mut date) = MessageStream::new(line.as_bytes()).parse_date() else {
        return None;
    };
    // A leap second, which has no number of its own in Unix time.
    if date.second == 60 {
        date.second = 59;
    }
    if !date.is_valid() {
        return None;
    }
    // 31 April reads as 1 May: a day that the calendar does not have is no date.
    let calendar = DateTime::from_timestamp(date.to_timestamp_local());
    (calendar.day == date.day).then(|| date.to_timestamp() * 1_000)
}

/// Message identifiers without their angle brackets. Bare words are taken if nothing is in
/// brackets, since some senders leave them off.
pub(crate) fn identifiers(value: &str) -> Vec<String> {
    let bracketed: Vec<String> = value
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| id.trim().to_owned())
        .filter(|id| !id.is_empty())
        .collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    let bare = |word: &str| word.trim_matches(['<', '>', ',', ';', '"']).to_owned();
    value
        .split_whitespace()
        .filter(|word| word.contains('@'))
        .map(bare)
        .collect()
}
