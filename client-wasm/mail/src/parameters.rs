//! Parameters cut into segments ([RFC 2231, section 3](https://www.rfc-editor.org/rfc/rfc2231#section-3)).

use mail_parser::decoders::hex::decode_hex;

use crate::charset::{self, Charsets};

/// The field with the segments of each parameter put together, in UTF-8. The parser decodes each
/// segment by itself and forgets the charset after the first, while senders cut in mid-character.
/// Encoded parameters come first, as the ones to prefer over the plain ones for old readers.
pub(crate) fn join_segments(field: &str, charsets: Charsets) -> String {
    let mut pieces = split(field).into_iter();
    let mut joined = pieces.next().unwrap_or_default().to_owned();
    // In order; putting each in its place takes less code than a sort, and a field has few.
    let mut segments: Vec<Segment<'_>> = Vec::new();
    let mut plain = Vec::new();
    for piece in pieces {
        match Segment::parse(piece) {
            Some(segment) => {
                let place =
                    |s: &Segment<'_>| (&s.name, s.position) <= (&segment.name, segment.position);
                let at = segments.partition_point(place);
                segments.insert(at, segment);
            }
            None => plain.push(piece),
        }
    }
    for pieces in segments.chunk_by(|a, b| a.name == b.name) {
        let Some(first) = pieces.first() else {
            continue;
        };
        joined.push_str(&format!(";{}*=utf-8''", first.name));
        let mut charset = None;
        let mut octets = Vec::new();
        for (position, piece) in pieces.iter().enumerate() {
            let mut value = piece.value;
            // charset'language'value
            if let (0, true, Some((label, rest))) =
                (position, piece.encoded, value.split_once('\''))
            {
                charset = Some(label);
                value = rest.split_once('\'').map_or(rest, |(_, value)| value);
            }
            if piece.encoded {
                octets.extend(decode_hex(value.as_bytes()).1);
            } else {
                octets.extend_from_slice(value.as_bytes());
            }
        }
        percent_encode(&charset::decode(charset, &octets, charsets), &mut joined);
    }
    for piece in plain {
        joined.push(';');
        joined.push_str(piece);
    }
    joined
}

/// `name*0*=value`.
struct Segment<'a> {
    name: String,
    position: u32,
    encoded: bool,
    value: &'a str,
}

impl Segment<'_> {
    fn parse(parameter: &str) -> Option<Segment<'_>> {
        let (name, value) = parameter.split_once('=')?;
        let (name, suffix) = name.trim().split_once('*')?;
        let (position, encoded) = match suffix.strip_suffix('*') {
            Some(position) => (position, true),
            None => (suffix, suffix.is_empty()),
        };
        Some(Segment {
            name: name.to_ascii_lowercase(),
            position: if position.is_empty() {
                0
            } else {
                position.parse().ok()?
            },
            encoded,
            value: value.trim().trim_matches('"'),
        })
    }
}

/// Splits at semicolons outside quotes.
fn split(field: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    field
        .split(|character| {
            let separates = character == ';' && !quoted;
            quoted ^= character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            separates
        })
        .collect()
}

fn percent_encode(text: &str, out: &mut String) {
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() {
            out.push(char::from(octet));
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
    }
}
