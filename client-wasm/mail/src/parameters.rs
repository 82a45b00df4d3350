//! Fields of the form `value; name=value; ...`: Content-Type and Content-Disposition, with the
//! long and non-ASCII parameters of [RFC 2231](https://www.rfc-editor.org/rfc/rfc2231).

use crate::{charset, encoded_word, transfer};

/// A field value and its parameters.
#[derive(Default)]
pub(crate) struct Parameterised {
    /// What stands before the first semicolon, in lower case.
    pub(crate) value: String,
    /// Names in lower case; values decoded.
    parameters: Vec<(String, String)>,
}

impl Parameterised {
    /// Reads an unfolded field value. What is not a parameter is skipped.
    pub(crate) fn parse(field: &str) -> Parameterised {
        let (value, mut rest) = field.split_once(';').unwrap_or((field, ""));
        let mut found = Vec::new();
        while !rest.is_empty() {
            let (parameter, after) = next_parameter(rest);
            found.extend(parameter);
            rest = after;
        }
        Parameterised {
            value: without_comment(value).to_ascii_lowercase(),
            parameters: join(found),
        }
    }

    /// The parameter of that lower-case name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// `name=value` at the start of `text`, and what follows its semicolon.
fn next_parameter(text: &str) -> (Option<(String, String)>, &str) {
    let Some(end) = text.find(['=', ';']) else {
        return (None, "");
    };
    let (name, rest) = text.split_at(end);
    let Some(rest) = rest.strip_prefix('=') else {
        return (None, rest.strip_prefix(';').unwrap_or(rest));
    };
    let name = name.trim().to_ascii_lowercase();
    let (value, rest) = match rest.trim_start().strip_prefix('"') {
        Some(quoted) => {
            let (value, rest) = quoted_string(quoted);
            (value, rest.split_once(';').map_or("", |(_, rest)| rest))
        }
        None => {
            let (value, rest) = rest.split_once(';').unwrap_or((rest, ""));
            (without_comment(value).to_owned(), rest)
        }
    };
    ((!name.is_empty()).then_some((name, value)), rest)
}

/// The content of a quoted string and what follows its closing quote. A backslash that escapes
/// neither a quote nor itself is kept: Windows senders write paths that way.
fn quoted_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    (value, "")
}

/// A token without white space around it and without a trailing comment.
fn without_comment(token: &str) -> &str {
    let token = token.trim();
    match token.split_once('(') {
        Some((before, _)) if before.ends_with([' ', '\t']) => before.trim_end(),
        _ => token,
    }
}

/// A piece of a parameter that RFC 2231 cut up.
struct Segment {
    name: String,
    position: u32,
    /// Percent-encoded, and the first of them with a charset.
    extended: bool,
    value: String,
}

/// Puts pieces together, and decodes what is encoded. The extended form of a parameter comes
/// before the plain one, which senders add for old readers.
fn join(found: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut plain = Vec::new();
    let mut segments = Vec::new();
    for (name, value) in found {
        match segment(&name) {
            Some((base, position, extended)) => {
                segments.push(Segment {
                    name: base.to_owned(),
                    position,
                    extended,
                    value,
                });
            }
            None => plain.push((name, encoded_word::decode(value.as_bytes()))),
        }
    }
    segments.sort_by(|a, b| (&a.name, a.position).cmp(&(&b.name, b.position)));
    let mut joined: Vec<(String, String)> = segments
        .chunk_by(|a, b| a.name == b.name)
        .filter_map(|pieces| Some((pieces.first()?.name.clone(), decode_segments(pieces))))
        .collect();
    joined.append(&mut plain);
    joined
}

/// Base name, position and whether extended, of `name*`, `name*0` or `name*0*`.
fn segment(name: &str) -> Option<(&str, u32, bool)> {
    let (base, suffix) = name.split_once('*')?;
    let (number, extended) = match suffix.strip_suffix('*') {
        Some(number) => (number, true),
        None => (suffix, suffix.is_empty()),
    };
    let position = if number.is_empty() {
        0
    } else {
        number.parse().ok()?
    };
    Some((base, position, extended))
}

fn decode_segments(segments: &[Segment]) -> String {
    let mut label = None;
    let mut octets = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let mut value = segment.value.as_str();
        if segment.extended && index == 0 {
            let mut parts = value.splitn(3, '\'');
            if let (Some(charset), Some(_language), Some(rest)) =
                (parts.next(), parts.next(), parts.next())
            {
                label = Some(charset);
                value = rest;
            }
        }
        if segment.extended {
            percent_decode(value, &mut octets);
        } else {
            octets.extend_from_slice(value.as_bytes());
        }
    }
    // Segments may be cut in mid-character, so the charset comes last.
    let decoded = charset::decode(label, &octets);
    if label.is_some() {
        decoded
    } else {
        encoded_word::decode(decoded.as_bytes())
    }
}

/// Appends the octets that percent-encoded text stands for; a `%` without two digits is itself.
pub(crate) fn percent_decode(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        if octet == b'%'
            && let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (transfer::hex(*high), transfer::hex(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(octet);
        }
    }
}
