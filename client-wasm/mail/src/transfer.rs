//! Content-Transfer-Encoding
//! ([RFC 2045, section 6](https://www.rfc-editor.org/rfc/rfc2045#section-6)), decoded so that
//! damage costs no more than the octets it hit.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;

/// The octets of a body whose Content-Transfer-Encoding is `encoding`; an unknown one leaves them
/// as they are.
pub(crate) fn decode<'a>(encoding: Option<&str>, body: &'a [u8]) -> Cow<'a, [u8]> {
    let encoding = encoding.unwrap_or_default();
    let encoding = encoding.split([';', ' ', '(']).next().unwrap_or_default();
    if encoding.eq_ignore_ascii_case("base64") {
        Cow::Owned(base64(body))
    } else if encoding.eq_ignore_ascii_case("quoted-printable") {
        Cow::Owned(quoted_printable(body))
    } else {
        Cow::Borrowed(body)
    }
}

/// Characters outside the alphabet are skipped, as
/// [RFC 2045, section 6.8](https://www.rfc-editor.org/rfc/rfc2045#section-6.8) demands; padding
/// may be missing.
pub(crate) fn base64(body: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(body.len() + 3);
    let mut quantum = 0;
    for &octet in body {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                clean.push(octet);
                quantum = (quantum + 1) % 4;
            }
            // Padding ends a quantum, not the text: some senders encode piece by piece.
            b'=' if quantum != 0 => {
                finish_quantum(&mut clean, quantum);
                quantum = 0;
            }
            _ => {}
        }
    }
    finish_quantum(&mut clean, quantum);
    base64_decode(&clean).unwrap_or_default()
}

/// A lone sixth of an octet, which says nothing, is dropped; otherwise the padding is made whole.
fn finish_quantum(clean: &mut Vec<u8>, quantum: usize) {
    match quantum {
        1 => {
            clean.pop();
        }
        2 => clean.extend_from_slice(b"=="),
        3 => clean.push(b'='),
        _ => {}
    }
}

/// An `=` that begins no valid sequence stands for itself
/// ([RFC 2045, section 6.7](https://www.rfc-editor.org/rfc/rfc2045#section-6.7), note 1).
pub(crate) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in crate::field::lines(body) {
        let content = crate::field::strip_line_end(line);
        let end = line.get(content.len()..).unwrap_or_default();
        // White space at the end of a line was added on the way.
        let content = content.trim_ascii_end();
        match content.strip_suffix(b"=") {
            Some(soft) => escapes(soft, &mut out),
            None => {
                escapes(content, &mut out);
                out.extend_from_slice(end);
            }
        }
    }
    out
}

/// One line of quoted-printable, or the data of a Q-encoded word.
pub(crate) fn escapes(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        if octet == b'='
            && let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(octet);
        }
    }
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
