//! Encoded words ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047)), rewritten for the parser.

use memchr::memmem;

use crate::{
    body,
    charset::{self, Charsets},
    limits,
};

/// Octets of one encoded word that are looked at; it may have 75.
const MAX_WORD: usize = 2_048;

/// The field with its encoded words in UTF-8, and with one in the place of several that stand side
/// by side: the parser knows few charsets, and many senders cut a character in two between words,
/// of which it, decoding word by word, makes two wrong ones. Where too many openings turn out to be
/// none, no more are recognised, see [`limits::MAX_FALSE_WORDS`].
pub(crate) fn in_utf_8(field: &str, charsets: Charsets) -> String {
    rewritten(field, charsets, encode)
}

/// The field with its encoded words decoded, and nothing else changed: the parser puts spaces around
/// words that stand in quotes or before a comma.
pub(crate) fn decoded(field: &str, charsets: Charsets) -> String {
    rewritten(field, charsets, |text, out| out.push_str(text))
}

fn rewritten(field: &str, charsets: Charsets, write: fn(&str, &mut String)) -> String {
    let end = |run: Option<Run<'_>>, out: &mut String| {
        if let Some(run) = run {
            write(
                &charset::decode(Some(run.charset), &run.octets, charsets),
                out,
            );
        }
    };
    let mut out = String::with_capacity(field.len() + 1);
    let mut rest = field;
    // The words that `out` is to go on with.
    let mut run: Option<Run<'_>> = None;
    let mut false_words = 0;
    while let Some(at) = memmem::find(rest.as_bytes(), b"=?") {
        let (gap, opened) = rest.split_at(at);
        let Some((word, after)) = Word::parse(opened) else {
            end(run.take(), &mut out);
            out.push_str(gap);
            false_words += 1;
            if false_words > limits::MAX_FALSE_WORDS {
                return out + &opened.replace("=?", "= ?");
            }
            out.push_str("=?");
            rest = opened.get(2..).unwrap_or_default();
            continue;
        };
        match &mut run {
            Some(run)
                if gap.trim().is_empty() && run.charset.eq_ignore_ascii_case(word.charset) =>
            {
                word.decode(&mut run.octets);
            }
            _ => {
                end(run.take(), &mut out);
                out.push_str(gap);
                let mut octets = Vec::new();
                word.decode(&mut octets);
                run = Some(Run {
                    charset: word.charset,
                    octets,
                });
            }
        }
        rest = after;
    }
    end(run, &mut out);
    out + rest
}

/// Words of one charset that stand side by side.
struct Run<'a> {
    charset: &'a str,
    octets: Vec<u8>,
}

fn encode(text: &str, out: &mut String) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    out.push_str("=?utf-8?Q?");
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() {
            out.push(char::from(octet));
            continue;
        }
        out.push('=');
        for digit in [octet >> 4, octet & 15] {
            out.extend(HEX.get(usize::from(digit)));
        }
    }
    out.push_str("?=");
}

/// One encoded word.
struct Word<'a> {
    /// Without the language ([RFC 2231, section 5](https://www.rfc-editor.org/rfc/rfc2231#section-5)).
    charset: &'a str,
    base64: bool,
    data: &'a str,
}

impl<'a> Word<'a> {
    /// The word at the start of the text, and what follows it.
    fn parse(text: &'a str) -> Option<(Word<'a>, &'a str)> {
        let window = text.get(..text.floor_char_boundary(MAX_WORD))?;
        let (label, rest) = window.strip_prefix("=?")?.split_once('?')?;
        let (encoding, rest) = rest.split_once('?')?;
        let base64 = match encoding {
            "B" | "b" => true,
            "Q" | "q" => false,
            _ => return None,
        };
        if label.len() < 2 || !label.bytes().all(|octet| octet.is_ascii_graphic()) {
            return None;
        }
        let (data, _) = rest.split_once("?=")?;
        let end = label.len() + encoding.len() + data.len() + "=????=".len();
        let charset = label.split('*').next().unwrap_or_default();
        Some((
            Word {
                charset,
                base64,
                data,
            },
            text.get(end..)?,
        ))
    }

    /// Octets above 127 have no place in a word. Where they are there all the same, they are in its
    /// charset, and were taken for windows-1252 before.
    fn as_sent(&self, data: &str) -> Vec<u8> {
        if data.is_ascii() || self.charset.to_ascii_lowercase().starts_with("utf") {
            return data.as_bytes().to_vec();
        }
        let mut octets = Vec::with_capacity(data.len());
        for character in data.chars() {
            match u8::try_from(character) {
                Ok(octet) => octets.push(octet),
                Err(_) => octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        octets
    }

    fn decode(&self, octets: &mut Vec<u8>) {
        if self.base64 {
            octets.extend(body::base64(self.data.as_bytes()));
        } else {
            // White space at the end would be taken for what a transport added.
            let data = self.data.replace(['_', ' '], "=20");
            octets.extend(body::quoted_printable(&self.as_sent(&data)));
        }
    }
}
