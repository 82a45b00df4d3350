//! Header fields: where the header of an entity ends, and its fields as Unicode text
//! ([RFC 5322, section 2.2](https://www.rfc-editor.org/rfc/rfc5322#section-2.2)).

use memchr::memchr;

use crate::{charset, encoded_word, limits};

/// A field as it stands in the message.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    /// Printable ASCII.
    pub(crate) name: &'a str,
    /// Octets after the colon, folds included.
    raw: &'a [u8],
}

impl Field<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value with its folds taken out: a line end followed by white space is that white space
    /// ([RFC 5322, section 2.2.3](https://www.rfc-editor.org/rfc/rfc5322#section-2.2.3)).
    pub(crate) fn unfolded(&self) -> Vec<u8> {
        self.unfolded_to(limits::MAX_FIELD_OCTETS)
    }

    /// The value on one line, encoded words decoded.
    pub(crate) fn text(&self) -> String {
        encoded_word::decode(&self.unfolded()).trim().to_owned()
    }

    fn unfolded_to(&self, octets: usize) -> Vec<u8> {
        let raw = self.raw.get(..octets).unwrap_or(self.raw).trim_ascii();
        raw.iter()
            .copied()
            .filter(|octet| !matches!(octet, b'\r' | b'\n'))
            .collect()
    }
}

/// An entity split into header and body
/// ([RFC 2045, section 2.4](https://www.rfc-editor.org/rfc/rfc2045#section-2.4)).
pub(crate) struct Entity<'a> {
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) body: &'a [u8],
}

impl<'a> Entity<'a> {
    /// Splits at the first empty line. Where that is missing, the body begins at the first line
    /// after the fields that is not one; octets that begin with no field at all are all body.
    pub(crate) fn split(octets: &'a [u8]) -> Entity<'a> {
        let mut fields = Vec::new();
        let mut open: Option<(&'a str, usize)> = None;
        let mut any = false;
        let mut stray = None;
        let mut body = octets.len();
        let mut at = 0;
        for line in lines(octets) {
            let start = at;
            at += line.len();
            let content = strip_line_end(line);
            let folded = matches!(content.first(), Some(b' ' | b'\t'));
            if folded && open.is_some() {
                continue;
            }
            close(&mut fields, octets, open.take(), start);
            if content.is_empty() {
                // An empty line that only ends stray text begins nothing.
                body = if any || stray.is_none() { at } else { 0 };
                stray = None;
                any = true;
                break;
            }
            match name_of(content) {
                Some(name) if !folded => {
                    open = Some((name, start + content.len() - after_colon(content).len()));
                    any = true;
                    stray = None;
                }
                // A separator of the mbox format, which survives in some stores.
                _ if start == 0 && content.starts_with(b"From ") => {}
                _ => stray = stray.or(Some(start)),
            }
        }
        close(&mut fields, octets, open, at);
        if !any {
            body = 0;
        } else if let Some(stray) = stray {
            body = stray;
        }
        Entity {
            fields,
            body: octets.get(body..).unwrap_or_default(),
        }
    }

    /// The first field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.is(name))
    }

    /// The first field of that name on one line, nothing decoded, if it says anything.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let value = self.field(name)?.unfolded_to(limits::MAX_PARAMETER_OCTETS);
        (!value.is_empty()).then(|| charset::guess(&value))
    }
}

fn close<'a>(
    fields: &mut Vec<Field<'a>>,
    octets: &'a [u8],
    open: Option<(&'a str, usize)>,
    end: usize,
) {
    if let Some((name, start)) = open
        && fields.len() < limits::MAX_FIELDS
    {
        fields.push(Field {
            name,
            raw: octets.get(start..end).unwrap_or_default(),
        });
    }
}

/// The name, if the line is `field-name ":" ...`. White space before the colon is obsolete
/// syntax that is still met.
fn name_of(line: &[u8]) -> Option<&str> {
    let line = line.get(..limits::MAX_PARAMETER_OCTETS).unwrap_or(line);
    let name = line.get(..memchr(b':', line)?)?.trim_ascii_end();
    let printable = name.iter().all(|octet| (b'!'..=b'~').contains(octet));
    if name.is_empty() || !printable {
        return None;
    }
    std::str::from_utf8(name).ok()
}

fn after_colon(line: &[u8]) -> &[u8] {
    memchr(b':', line)
        .and_then(|colon| line.get(colon + 1..))
        .unwrap_or_default()
}

/// Lines with their ends, LF or CRLF; the last may have none.
pub(crate) fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(line)
    })
}

/// The line without its CRLF, LF or dangling CR.
pub(crate) fn strip_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
