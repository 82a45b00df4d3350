//! Content-Transfer-Encoding
//! ([RFC 2045, section 6](https://www.rfc-editor.org/rfc/rfc2045#section-6)), decoded so that
//! damage costs no more than the octets it hit.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use memchr::memchr;

use crate::field;

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
/// [RFC 2045, section 6.8](https://www.rfc-editor.org/rfc/rfc2045#section-6.8) demands. Padding
/// ends the text, since what follows it is mostly a footer added on the way; it may be missing.
pub(crate) fn base64(body: &[u8]) -> Vec<u8> {
    let text = memchr(b'=', body)
        .and_then(|end| body.get(..end))
        .unwrap_or(body);
    let mut clean = Vec::with_capacity(text.len() + 2);
    for line in field::lines(text) {
        let line = field::strip_line_end(line);
        if line.iter().all(in_alphabet) {
            clean.extend_from_slice(line);
        } else {
            clean.extend(line.iter().copied().filter(in_alphabet));
        }
    }
    match clean.len() % 4 {
        // Six bits, which are not an octet.
        1 => clean.truncate(clean.len() - 1),
        2 => clean.extend_from_slice(b"=="),
        3 => clean.push(b'='),
        _ => {}
    }
    base64_decode(&clean).unwrap_or_default()
}

fn in_alphabet(octet: &u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/')
}

/// An `=` that begins no valid sequence stands for itself
/// ([RFC 2045, section 6.7](https://www.rfc-editor.org/rfc/rfc2045#section-6.7), note 1).
pub(crate) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in field::lines(body) {
        let content = field::strip_line_end(line);
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
