//! Encoded words in header fields ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047)).
//!
//! Words of one charset that stand side by side are joined before they are decoded, since many
//! senders cut a character in two between them.

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

/// The text with its encoded words decoded.
pub(crate) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Decoded(decoded) => out.push_str(&one_line(&decoded)),
        }
    }
    out
}

/// The text with each run of encoded words written as one word in UTF-8, and each `=?` that opens
/// no encoded word written as one too. A structured parser that decodes word by word, and looks
/// ahead at each `=?`, then neither sees half a character nor looks ahead in vain.
pub(crate) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Decoded(decoded) => {
                if !out.is_empty() && !out.ends_with([' ', '"', '(', ',']) {
                    out.push(' ');
                }
                encode(&one_line(&decoded), &mut out);
            }
            Piece::Plain(plain) => {
                if out.ends_with("?=") && !plain.starts_with([' ', '"', ')', ',', ';']) {
                    out.push(' ');
                }
                let mut opened = false;
                for chunk in plain.split("=?") {
                    if opened {
                        encode("=?", &mut out);
                    }
                    out.push_str(chunk);
                    opened = true;
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

enum Piece<'a> {
    Plain(&'a str),
    Decoded(String),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // The run of words that is being joined: charset and octets.
    let mut run: Option<(&str, Vec<u8>)> = None;
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("=?")) {
        let start = at + found;
        let Some(word) = text.get(start..).and_then(word) else {
            at = start + 1;
            continue;
        };
        let gap = text.get(plain_from..start).unwrap_or_default();
        // White space between two encoded words is not part of the text.
        let adjacent = run.is_some() && gap.trim().is_empty();
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
                    pieces.push(Piece::Plain(gap));
                }
                Some((word.charset, word.octets))
            }
        };
        at = start + word.len;
        plain_from = at;
    }
    finish(&mut pieces, run);
    match text.get(plain_from..) {
        Some(rest) if !rest.is_empty() => pieces.push(Piece::Plain(rest)),
        _ => {}
    }
    pieces
}

fn finish(pieces: &mut Vec<Piece<'_>>, run: Option<(&str, Vec<u8>)>) {
    let Some((label, octets)) = run else { return };
    let decoded = charset::decode(Some(label), &octets);
    if let Some(Piece::Decoded(before)) = pieces.last_mut() {
        before.push_str(&decoded);
    } else {
        pieces.push(Piece::Decoded(decoded));
    }
}

/// The encoded word that the text begins with: `=?charset[*language]?encoding?data?=`.
fn word(text: &str) -> Option<Word<'_>> {
    let window = text
        .get(..text.floor_char_boundary(MAX_WORD))
        .unwrap_or(text);
    let inner = window.strip_prefix("=?")?;
    let (label, rest) = inner.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let base64 = match encoding {
        "B" | "b" => true,
        "Q" | "q" => false,
        _ => return None,
    };
    let charset = label.split('*').next().unwrap_or_default();
    if charset.is_empty() || !charset.bytes().all(|octet| octet.is_ascii_graphic()) {
        return None;
    }
    let (data, _) = rest.split_once("?=")?;
    let octets = if base64 {
        transfer::base64(data.as_bytes())
    } else {
        let mut octets = Vec::with_capacity(data.len());
        transfer::escapes(data.replace('_', " ").as_bytes(), &mut octets);
        octets
    };
    let len = "=?".len() + label.len() + 1 + encoding.len() + 1 + data.len() + "?=".len();
    Some(Word {
        charset,
        octets,
        len,
    })
}
