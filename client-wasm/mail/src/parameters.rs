//! Parameters cut into segments ([RFC 2231, section 3](https://www.rfc-editor.org/rfc/rfc2231#section-3)).

/// The field with the segments of each parameter put together. The parser decodes each segment by
/// itself and forgets the charset after the first, while senders cut in mid-character. Encoded
/// parameters come first, as the ones to prefer over the plain ones for old readers.
pub(crate) fn join_segments(field: &str) -> String {
    let mut pieces = split(field).into_iter();
    let mut joined = pieces.next().unwrap_or_default().to_owned();
    let mut segments = Vec::new();
    let mut plain = Vec::new();
    for piece in pieces {
        match Segment::parse(piece) {
            Some(segment) => segments.push(segment),
            None => plain.push(piece),
        }
    }
    segments.sort_by(|a, b| (&a.name, a.position).cmp(&(&b.name, b.position)));
    for pieces in segments.chunk_by(|a, b| a.name == b.name) {
        let Some(first) = pieces.first() else {
            continue;
        };
        joined.push_str(&format!(";{}*=", first.name));
        if !(first.encoded && first.value.contains('\'')) {
            joined.push_str("utf-8''");
        }
        for piece in pieces {
            if piece.encoded {
                joined.push_str(piece.value);
            } else {
                percent_encode(piece.value, &mut joined);
            }
        }
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
