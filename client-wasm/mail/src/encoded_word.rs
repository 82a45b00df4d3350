//! Encoded words in header fields ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047)).
//!
//! Words of one charset that stand side by side are joined before they are decoded, since many
//! senders cut a character in two between them.

use memchr::memmem;

use crate::{charset, transfer};

/// Octets of one encoded word. The standard says 75; senders that ignore it stay far below this.
const MAX_WORD: usize = 2_048;

/// One encoded word, transfer-decoded.
struct Word<'a> {
    charset: &'a str,
    octets: Vec<u8>,
    /// Length in the field.
    len: usize,
}

/// A stretch of a field.
enum Piece {
    /// Not encoded.
    Plain(String),
    /// One encoded word or several side by side.
    Decoded(String),
}

/// The field's text with its encoded words decoded. What is not encoded is UTF-8 or, failing
/// that, windows-1252, since a field with raw 8-bit text declares no charset.
pub(crate) fn decode(field: &[u8]) -> String {
    let texts = pieces(field).into_iter().map(|piece| match piece {
        Piece::Plain(text) | Piece::Decoded(text) => text,
    });
    one_line(&texts.collect::<String>())
}

/// The field's text with each run of encoded words written as one word in UTF-8, and each `=?`
/// that opens no encoded word written as one too. A structured parser that decodes word by word,
/// and looks ahead at each `=?`, then neither sees half a character nor looks ahead in vain.
pub(crate) fn normalise(field: &[u8]) -> String {
    let mut out = String::with_capacity(field.len());
    for piece in pieces(field) {
        match piece {
            Piece::Decoded(text) => {
                if !out.is_empty() && !out.ends_with([' ', '"', '(', ',']) {
                    out.push(' ');
                }
                encode(&one_line(&text), &mut out);
            }
            Piece::Plain(text) => {
                let text = one_line(&text);
                if out.ends_with("?=") && !text.starts_with([' ', '"', ')', ',', ';']) {
                    out.push(' ');
                }
                for (index, chunk) in text.split("=?").enumerate() {
                    if index > 0 {
                        encode("=?", &mut out);
                    }
                    out.push_str(chunk);
                }
            }
        }
    }
    out
}

fn encode(text: &str, out: &mut String) {
    out.push_str("=?utf-8?Q?");
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() {
            out.push(char::from(octet));
        } else {
            out.push('=');
            for digit in [octet >> 4, octet & 15] {
                out.extend(char::from_digit(u32::from(digit), 16).map(|d| d.to_ascii_uppercase()));
            }
        }
    }
    out.push_str("?=");
}

/// Line ends and other controls have no place in a field, encoded or not.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

fn pieces(field: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // The run of words that is being joined: charset and octets.
    let mut run: Option<(&str, Vec<u8>)> = None;
    let mut plain_from = 0;
    for start in memmem::find_iter(field, "=?") {
        // An opening inside the word before is none.
        let Some(gap) = field.get(plain_from..start) else {
            continue;
        };
        let Some(word) = field.get(start..).and_then(word) else {
            continue;
        };
        // White space between two encoded words is not part of the text.
        let adjacent = run.is_some() && gap.trim_ascii().is_empty();
        run = match run {
            Some((charset, mut octets))
                if adjacent && charset.eq_ignore_ascii_case(word.charset) =>
            {
                octets.extend_from_slice(&word.octets);
                Some((charset, octets))
            }
            other => {
                finish(&mut pieces, other);
                if !adjacent && !gap.is_empty() {
                    pieces.push(Piece::Plain(charset::guess(gap)));
                }
                Some((word.charset, word.octets))
            }
        };
        plain_from = start + word.len;
    }
    finish(&mut pieces, run);
    match field.get(plain_from..) {
        Some(rest) if !rest.is_empty() => pieces.push(Piece::Plain(charset::guess(rest))),
        _ => {}
    }
    pieces
}

fn finish(pieces: &mut Vec<Piece>, run: Option<(&str, Vec<u8>)>) {
    let Some((label, octets)) = run else { return };
    let decoded = charset::decode(Some(label), &octets);
    if let Some(Piece::Decoded(before)) = pieces.last_mut() {
        before.push_str(&decoded);
    } else {
        pieces.push(Piece::Decoded(decoded));
    }
}

/// The encoded word that the field begins with: `=?charset[*language]?encoding?data?=`.
fn word(field: &[u8]) -> Option<Word<'_>> {
    let window = field.get(..MAX_WORD).unwrap_or(field);
    let inner = window.strip_prefix(b"=?")?;
    let (label, rest) = split(inner, b"?")?;
    let (encoding, rest) = split(rest, b"?")?;
    let base64 = match encoding {
        b"B" | b"b" => true,
        b"Q" | b"q" => false,
        _ => return None,
    };
    let charset = label
        .split(|&octet| octet == b'*')
        .next()
        .unwrap_or_default();
    if charset.is_empty() || !charset.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let (data, rest) = split(rest, b"?=")?;
    let octets = if base64 {
        transfer::base64(data)
    } else {
        let spaces = data
            .iter()
            .map(|&octet| if octet == b'_' { b' ' } else { octet });
        let mut octets = Vec::with_capacity(data.len());
        transfer::escapes(&spaces.collect::<Vec<u8>>(), &mut octets);
        octets
    };
    let charset = std::str::from_utf8(charset).ok()?;
    Some(Word {
        charset,
        octets,
        len: window.len() - rest.len(),
    })
}

fn split<'a>(octets: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = memmem::find(octets, at)?;
    Some((octets.get(..found)?, octets.get(found + at.len()..)?))
}
