//! What status lines and lines of lists mean. Nothing here trusts the server.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::str::FromStr;

use crate::reply::{Language, ListEntry, Stat, Status, UidlEntry};

/// Longest response code that is looked for, in octets, brackets left out.
const LONGEST_CODE: usize = 128;

/// Takes a status line apart: `Ok` after `+OK`, `Err` after `-ERR`; `None` for any other line.
pub(crate) fn status_line(line: &[u8]) -> Option<Result<Status, Status>> {
    if let Some(rest) = line.strip_prefix(b"+OK") {
        Some(Ok(status(rest)))
    } else {
        line.strip_prefix(b"-ERR").map(|rest| Err(status(rest)))
    }
}

/// What a challenge of AUTH holds: the line after `+`, which may be bare.
pub(crate) fn challenge(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"+")?;
    (rest.is_empty() || rest.starts_with(b" ")).then_some(rest)
}

fn status(rest: &[u8]) -> Status {
    let rest = rest.trim_ascii();
    match response_code(rest) {
        Some((code, words)) => Status {
            text: text(words),
            code: Some(code.to_owned()),
        },
        None => Status {
            text: text(rest),
            code: None,
        },
    }
}

/// The response code at the start of a text, and what follows it
/// ([RFC 2449 section 8](https://www.rfc-editor.org/rfc/rfc2449#section-8)).
fn response_code(text: &[u8]) -> Option<(&str, &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let end = inner
        .iter()
        .take(LONGEST_CODE + 1)
        .position(|octet| *octet == b']')?;
    let (code, rest) = inner.split_at(end);
    let well_formed = code
        .split(|octet| *octet == b'/')
        .all(|level| !level.is_empty() && level.iter().all(u8::is_ascii_graphic));
    let code = core::str::from_utf8(code).ok().filter(|_| well_formed)?;
    Some((code, rest.strip_prefix(b"]").unwrap_or(rest).trim_ascii()))
}

/// The server's words as text that is safe to show in one line.
pub(crate) fn text(words: &[u8]) -> String {
    String::from_utf8_lossy(words)
        .chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// What follows `+OK` in STAT's answer: count, size, and perhaps other words.
pub(crate) fn stat(answer: &[u8]) -> Option<Stat> {
    let (count, rest) = first_word(answer);
    let (size, _) = first_word(rest);
    Some(Stat {
        count: decimal(count)?,
        size: decimal(size)?,
    })
}

/// A line of LIST, or what follows `+OK` in its answer for one message.
pub(crate) fn list_entry(line: &[u8]) -> Option<ListEntry> {
    let (number, rest) = first_word(without_ok(line));
    let (size, _) = first_word(rest);
    Some(ListEntry {
        number: message_number(number)?,
        size: decimal(size)?,
    })
}

/// A line of UIDL.
pub(crate) fn uidl_entry(line: &[u8]) -> Option<UidlEntry> {
    let (number, uid) = first_word(without_ok(line));
    Some(UidlEntry {
        number: message_number(number)?,
        uid: unique_id(uid),
    })
}

/// What follows `+OK` in UIDL's answer for one message: with its number, or without.
pub(crate) fn uidl_answer(answer: &[u8], asked: u32) -> Option<UidlEntry> {
    let (word, uid) = first_word(answer);
    match message_number(word) {
        // The number asked for, and perhaps no id: the quirk `uid-blank`.
        Some(number) if number == asked => Some(UidlEntry {
            number,
            uid: unique_id(uid),
        }),
        // The quirk `uidl-without-number`. Of several words the first should have been the number.
        _ if !word.is_empty() && uid.is_empty() => Some(UidlEntry {
            number: asked,
            uid: unique_id(word),
        }),
        _ => None,
    }
}

/// A line of LANG, or what follows `+OK` in its answer for one language.
pub(crate) fn language(line: &[u8]) -> Option<Language> {
    let (tag, words) = first_word(line);
    let well_formed = tag
        .iter()
        .all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-');
    (well_formed && !tag.is_empty()).then(|| Language {
        tag: text(tag),
        text: text(words),
    })
}

/// The quirk `ok-on-every-line`.
fn without_ok(line: &[u8]) -> &[u8] {
    match line.trim_ascii_start().strip_prefix(b"+OK") {
        Some(rest) if rest.first().is_some_and(u8::is_ascii_whitespace) => rest,
        _ => line,
    }
}

/// The first word of a line, and the rest without the blanks around it.
fn first_word(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii();
    let end = line
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    (word, rest.trim_ascii_start())
}

/// The quirk `uid-8bit`: where it is not UTF-8, each octet is taken for the character of its number.
/// U+FFFD for all of them would make different ids equal.
fn unique_id(octets: &[u8]) -> String {
    let octets = octets.trim_ascii();
    match core::str::from_utf8(octets) {
        Ok(uid) => uid.to_owned(),
        Err(_) => octets.iter().copied().map(char::from).collect(),
    }
}

fn message_number(word: &[u8]) -> Option<u32> {
    decimal(word).filter(|number| *number != 0)
}

/// A number of digits alone. `parse` by itself would let a plus sign through.
pub(crate) fn decimal<T: FromStr>(word: &[u8]) -> Option<T> {
    let digits = core::str::from_utf8(word).ok()?;
    if digits.bytes().all(|octet| octet.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alloc::format;

    use super::{language, list_entry, stat, status_line, uidl_answer, uidl_entry};

    #[test]
    fn status_lines() {
        let cases: [(&[u8], &str); 14] = [
            (b"+OK", "+ None ''"),
            (b"-ERR", "- None ''"),
            (b"+OK ready", "+ None 'ready'"),
            (b"+OKready", "+ None 'ready'"),
            (
                b"-ERR [IN-USE] Do you have another session?",
                "- IN-USE 'Do you have another session?'",
            ),
            (b"-ERR [SYS/TEMP]wait", "- SYS/TEMP 'wait'"),
            (b"-ERR not [AUTH]", "- None 'not [AUTH]'"),
            (
                b"+OK ready. [TQBOADIAUAAy=]",
                "+ None 'ready. [TQBOADIAUAAy=]'",
            ),
            (b"-ERR []", "- None '[]'"),
            (b"-ERR [a//b] x", "- None '[a//b] x'"),
            (b"-ERR [a b] x", "- None '[a b] x'"),
            (b"-ERR [open", "- None '[open'"),
            (
                b"-ERR a\tb\0\x1b[1m\xff",
                "- None 'a b\u{fffd}\u{fffd}[1m\u{fffd}'",
            ),
            (b"-ERR \xc3\xa9", "- None '\u{e9}'"),
        ];
        for (line, expected) in cases {
            let (sign, status) = match status_line(line).unwrap() {
                Ok(status) => ('+', status),
                Err(status) => ('-', status),
            };
            let code = status.code.as_deref().unwrap_or("None");
            assert_eq!(format!("{sign} {code} '{}'", status.text), expected);
        }
        for line in [&b"+"[..], b"-", b"OK", b"+ok", b" +OK", b"", b"\xff"] {
            assert_eq!(status_line(line), None);
        }
    }

    #[test]
    fn numbers_are_digits_that_fit() {
        for text in [
            "",
            "1",
            "a b",
            "1 b",
            "-1 2",
            "1 -2",
            "+1 2",
            "4294967296 0",
            "1 18446744073709551616",
        ] {
            assert_eq!(stat(text.as_bytes()), None, "{text}");
        }
        assert_eq!(
            stat(b"4294967295  18446744073709551615 octets")
                .unwrap()
                .size,
            u64::MAX
        );
    }

    #[test]
    fn list_lines() {
        for line in ["", "1", "0 5", "a 5", "1 a", "+OK", "+OK1 5", "1,5", "1 -5"] {
            assert_eq!(list_entry(line.as_bytes()), None, "{line}");
        }
        for line in [
            "2 120",
            "2   120",
            " 2 120 ",
            "2 120 extra words",
            "+OK 2 120",
            "2\t120",
        ] {
            let entry = list_entry(line.as_bytes()).unwrap();
            assert_eq!((entry.number, entry.size), (2, 120), "{line}");
        }
    }

    #[test]
    fn uidl_lines() {
        for line in ["", "0 a", "a b", "-1 a", "+OK"] {
            assert_eq!(uidl_entry(line.as_bytes()), None, "{line}");
        }
        let uid = |line: &[u8]| uidl_entry(line).unwrap().uid;
        assert_eq!(uid(b"1   a b "), "a b");
        assert_eq!(uid(b"1"), "");
        assert_eq!(uid(b"+OK 1 a"), "a");
        assert_eq!(uid(b"1 \xc3\xa9"), "\u{e9}");
        assert_eq!(uid(b"1 \xe9"), "\u{e9}");
        assert_ne!(uid(b"1 \xe9"), uid(b"1 \xea"));
    }

    #[test]
    fn language_lines() {
        let words = |line: &str| {
            language(line.as_bytes()).map(|language| [language.tag, language.text].join("|"))
        };
        assert_eq!(words("en English").as_deref(), Some("en|English"));
        assert_eq!(words("sr-Latn").as_deref(), Some("sr-Latn|"));
        assert_eq!(
            words(" fr  La Language commande a \u{e9}t\u{e9}").as_deref(),
            Some("fr|La Language commande a \u{e9}t\u{e9}")
        );
        for line in ["", " ", "\u{e9} x", "a_b c"] {
            assert_eq!(words(line), None, "{line}");
        }
    }

    #[test]
    fn uidl_answers_for_one() {
        let answer = |text: &str| uidl_answer(text.as_bytes(), 2).map(|entry| entry.uid);
        assert_eq!(answer("2 a").as_deref(), Some("a"));
        assert_eq!(answer("a").as_deref(), Some("a"));
        assert_eq!(answer("77").as_deref(), Some("77"));
        assert_eq!(answer("2").as_deref(), Some(""));
        for text in ["3 a", "0 a", "-2 a", "a b", "4294967296 a", ""] {
            assert_eq!(answer(text), None, "{text}");
        }
    }
}
